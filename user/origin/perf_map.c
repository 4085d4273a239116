/* SPDX-License-Identifier: MIT */
#include "origin/perf_map.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A file's times come from a clock that the tick moves: behind by a tick, in a virtual machine by the steal too. */
#define TIMESTAMP_LAG_NS 50000000ull

struct perf_map {
	char *text;
	size_t len, mapped;
};

/* The innermost of the pid's numbers: its own pid namespace's. */
static int own_pid(int folder, pid_t pid, uid_t *ret_uid) {
	char line[256];
	int own = pid, fd = openat(folder, "status", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f)
		return -ESRCH;
	while (fgets(line, sizeof(line), f)) {
		const char *last = strrchr(line, '\t');
		if (!strncmp(line, "NSpid:", 6) && last)
			own = atoi(last + 1);
		if (!strncmp(line, "Uid:", 4))
			*ret_uid = (uid_t)strtoul(line + 5, NULL, 10);
	}
	return own;
}

/* The file is somebody else's: mapped, it could shrink under us, so it is read. */
static int read_text(int fd, struct perf_map *m, size_t size) {
	m->mapped = size < PERF_MAP_BYTES_MAX ? size : PERF_MAP_BYTES_MAX;
	m->text = mmap(NULL, m->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->text == MAP_FAILED) {
		m->text = NULL;
		return -errno;
	}
	while (m->len < m->mapped) {
		ssize_t n = read(fd, m->text + m->len, m->mapped - m->len);
		if (n <= 0)
			break;
		m->len += (size_t)n;
	}
	return 0;
}

DEFINE_CLEANUP(struct perf_map *, perf_map_close)

/* Maps are not removed, and numbers come around: in a container that is started again at once. The wall clock is read
 * first: whatever holds us up between the two makes the process look older, not its map. */
static bool is_older(const struct stat *st, const struct process_id *process) {
	uint64_t wall_ns = clock_realtime_ns(), age_ns = clock_boottime_ns() - process->start_ns;
	uint64_t written_ns = (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;
	return written_ns + TIMESTAMP_LAG_NS < wall_ns - age_ns;
}

int perf_map_open(struct perf_map **ret, const struct process_id *process, int folder) {
	char path[64];
	struct stat st;
	uid_t uid = process->uid;
	int own = folder < 0 ? -ESRCH : own_pid(folder, process->pid, &uid);
	if (own < 0)
		snprintf(path, sizeof(path), "/tmp/perf-%d.map", process->pid);
	else
		snprintf(path, sizeof(path), "root/tmp/perf-%d.map", own);
	_cleanup_close_ int fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != uid || !st.st_size)
		return -EPERM;
	if (is_older(&st, process))
		return -ESTALE;
	_cleanup_(perf_map_closep) struct perf_map *m = calloc(1, sizeof(*m));
	int r = m ? read_text(fd, m, (size_t)st.st_size) : -ENOMEM;
	if (r)
		return r;
	*ret = take(m);
	return 0;
}

void perf_map_close(struct perf_map *m) {
	if (m && m->text)
		munmap(m->text, m->mapped);
	free(m);
}

/* Hexadecimal digits at p, "0x" before them or not; behind them *p is where they end. */
static uint64_t read_hex(const char **p, const char *end) {
	uint64_t n = 0;
	if (end - *p > 2 && (*p)[0] == '0' && (*p)[1] == 'x')
		*p += 2;
	for (int digit; *p < end && (digit = hex_digit(**p)) >= 0; (*p)++)
		n = n << 4 | (uint64_t)digit;
	return n;
}

size_t perf_map_find(struct perf_map *m, uint64_t address, const char **ret_name, uint64_t *ret_offset) {
	size_t found = 0;
	const char *end = m->text + m->len;
	for (const char *line = m->text, *next; line < end; line = next + 1) {
		const char *p = line;
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next) /* half a line: it is being written */
			break;
		uint64_t start = read_hex(&p, next);
		if (p == next || *p++ != ' ')
			continue;
		uint64_t size = read_hex(&p, next);
		if (p == next || *p++ != ' ' || address - start >= size)
			continue;
		*ret_name = p;
		*ret_offset = address - start;
		found = (size_t)(next - p);
	}
	return found;
}

static bool begins_with(const char *name, size_t len, const char *with) {
	return len >= strlen(with) && !memcmp(name, with, strlen(with));
}

/* "void java.io.Writer.write(java.lang.String)", as the JVM has it, or "Ljava/io/Writer;::write", as its agents do. */
static bool is_of_jdk(const char *name, size_t len) {
	static const char *const packages[] = {"java", "javax", "jdk", "sun", "com.sun", "com/sun"};
	const char *arguments = memchr(name, '(', len),
	           *space = memrchr(name, ' ', arguments ? (size_t)(arguments - name) : 0);
	const char *class = space ? space + 1 : name + (len && name[0] == 'L');
	size_t left = len - (size_t)(class - name);
	for (size_t i = 0; i < sizeof(packages) / sizeof(*packages); i++) {
		size_t n = strlen(packages[i]);
		if (begins_with(class, left, packages[i]) && left > n && (class[n] == '.' || class[n] == '/'))
			return true;
	}
	return false;
}

bool perf_map_is_library(const char *name, size_t len) {
	return begins_with(name, len, "Interpreter") || begins_with(name, len, "Stub") || is_of_jdk(name, len) ||
	       memmem(name, len, " node:", strlen(" node:"));
}
