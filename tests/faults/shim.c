/* SPDX-License-Identifier: MIT */
/*
 * A library to be preloaded: system calls and allocations of the program fail now and then, while the file that
 * FAULT_FLAG names says so. It is mapped, so that it can be changed when the program may open nothing any more.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NOTHING, WRITES, OPENS, MEMORY, ONE_ALLOCATION /* the one_in-th, once */ };

static struct flag {
	uint32_t what, one_in;
	int64_t clock_s; /* that the wall clock is off */
	uint64_t failed; /* calls, for the test to read */
} none, *flag = &none;

static uint32_t random_state = 0x9e3779b9u;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

/* Where libfyaml lies: 0.7.12 takes a NULL for memory, which is no fault of who calls it. */
static uintptr_t spared_from, spared_to;

static int note_spared(struct dl_phdr_info *info, size_t size, void *arg) {
	(void)size, (void)arg;
	for (int i = 0; strstr(info->dlpi_name, "libfyaml") && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		spared_from = info->dlpi_addr + p->p_vaddr;
		spared_to = spared_from + p->p_memsz;
	}
	return 0;
}

static bool is_spared(const void *caller) {
	return (uintptr_t)caller >= spared_from && (uintptr_t)caller < spared_to;
}

/* Also by way of another library, as asprintf(3). */
static bool serves_spared(void) {
	void *frames[16];
	int n = backtrace(frames, sizeof(frames) / sizeof(*frames));
	bool spared = false;
	for (int i = 0; i < n; i++)
		spared |= is_spared(frames[i]);
	return spared;
}

__attribute__((constructor)) static void map_flag(void) {
	(void)serves_spared(); /* the first time it takes memory itself */
	const char *path = getenv("FAULT_FLAG");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*flag), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		flag = p;
	if (fd >= 0)
		close(fd);
	dl_iterate_phdr(note_spared, NULL);
}

static bool fails(uint32_t what, int error) {
	if (__atomic_load_n(&flag->what, __ATOMIC_RELAXED) != what)
		return false;
	uint32_t x = __atomic_add_fetch(&random_state, 0x9e3779b9u, __ATOMIC_RELAXED);
	x ^= x >> 16;
	x *= 0x85ebca6bu;
	x ^= x >> 13;
	if (flag->one_in && x % flag->one_in)
		return false;
	__atomic_add_fetch(&flag->failed, 1, __ATOMIC_RELAXED);
	errno = error;
	return true;
}

/* Pipes and sockets go on: it is a disk that fails. */
static bool write_fails(int fd) {
	struct stat st;
	return flag->what == WRITES && !fstat(fd, &st) && S_ISREG(st.st_mode) && fails(WRITES, EIO);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *p, size_t n) {
	static __typeof__(&write) real;
	real = real ? real : REAL(write);
	return write_fails(fd) ? -1 : real(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at) {
	static __typeof__(&pwrite) real;
	real = real ? real : REAL(pwrite);
	return write_fails(fd) ? -1 : real(fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at) {
	return pwrite(fd, p, n, at);
}

int fsync(int fd) {
	static __typeof__(&fsync) real;
	real = real ? real : REAL(fsync);
	return write_fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
	static __typeof__(&fdatasync) real;
	real = real ? real : REAL(fdatasync);
	return write_fails(fd) ? -1 : real(fd);
}

int open(const char *path, int flags, ...) {
	static int (*real)(const char *, int, ...);
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	real = real ? real : (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	return fails(OPENS, EMFILE) ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open(path, flags, mode);
}

int socket(int domain, int type, int protocol) {
	static __typeof__(&socket) real;
	real = real ? real : REAL(socket);
	return fails(OPENS, EMFILE) ? -1 : real(domain, type, protocol);
}

int accept4(int fd, struct sockaddr *restrict at, socklen_t *restrict len, int flags) {
	static int (*real)(int, struct sockaddr *, socklen_t *, int);
	real = real ? real : (int (*)(int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4");
	return fails(OPENS, EMFILE) ? -1 : real(fd, at, len, flags);
}

/* `failed` tells how many there were, when it is one of them that fails. */
static bool allocation_fails(void *caller) {
	if (__atomic_load_n(&flag->what, __ATOMIC_RELAXED) != ONE_ALLOCATION)
		return fails(MEMORY, ENOMEM);
	if (is_spared(caller))
		return false;
	if (__atomic_add_fetch(&flag->failed, 1, __ATOMIC_RELAXED) != flag->one_in || serves_spared())
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n) {
	return allocation_fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
	return allocation_fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n) {
	return allocation_fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}

int clock_gettime(clockid_t clock, struct timespec *ret) {
	static __typeof__(&clock_gettime) real;
	real = real ? real : REAL(clock_gettime);
	int r = real(clock, ret);
	if (!r && clock == CLOCK_REALTIME)
		ret->tv_sec += flag->clock_s;
	return r;
}
