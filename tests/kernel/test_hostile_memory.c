/* SPDX-License-Identifier: MIT */
/* Writers whose other threads pull memory and descriptors from under a write: what was written is captured as it was,
 * or counted; nothing is invented. */
#include "sockets.h"

#include <limits.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define LINE_LEN 100
#define MAX_RW_COUNT (INT_MAX & ~4095l) /* the most that one call writes */
#define MUCH (1ul << 40)                /* not beyond the end of a process's reach */

/* What was written, and how often. */
static void tell(ssize_t n) {
	must(n > 0 || (n == -1 && (errno == EFAULT || errno == EINVAL)));
	told[0] += n > 0;
	told[1] += n > 0 ? (uint64_t)n : 0;
}

/* A filesystem stops a write at the end of memory; a device that reads nothing takes the length for granted. */
static void write_nothing_and_everything(const void *arg) {
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap((void *)(1ul << 44), 2 * (size_t)page, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	int log = must_open_log(arg), null = must_open("/dev/null", O_WRONLY);
	must(p != MAP_FAILED && !munmap(p + page, (size_t)page));
	pattern_fill(p, (size_t)page, 1);
	struct iovec most[2] = {{p, SSIZE_MAX}, {p, SSIZE_MAX}}, none[2] = {{p, 0}, {NULL, 0}};
	must(write(log, p, 0) == 0 && write(log, NULL, 0) == 0 && writev(log, none, 2) == 0);
	must(syscall(SYS_write, log, p, (size_t)-1) == -1);
	tell(write(log, p, SSIZE_MAX)); /* refused by some kernels, cut by others */
	tell(writev(log, most, 1));
	tell(writev(log, most, 2));
	tell(write(log, p, MUCH));
	tell(pwrite(log, p + page - LINE_LEN, MUCH, 0));
	must(write(null, p, MUCH) == MAX_RW_COUNT);
	must(pwrite(null, p, MUCH, 0) == MAX_RW_COUNT);
}

static void writes_of_nothing_and_of_all_memory_are_exact(void **state) {
	struct watch *w = *state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char path[108];
	watch_path(w, "a.log", path);
	watch_open_sink(w, "/dev/null");
	watch_run(w, write_nothing_and_everything, path);
	assert_int_equal(w->totals.seen_writes, told[0] + 2);
	assert_int_equal(w->totals.seen_bytes, told[1] + 2 * (uint64_t)MAX_RW_COUNT);
	assert_int_equal(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, 2 * ((uint64_t)MAX_RW_COUNT - WIRE_WRITE_MAX));
	assert_int_equal(w->totals.lost[WIRE_LOSS_FAULT].bytes, 2 * WIRE_WRITE_MAX);
	assert_int_equal(w->taken_len, told[0]);
	for (size_t i = 0; i + 1 < w->taken_len; i++)
		assert_taken_pattern(w, i, page, 1);
}

#define AREA (256 * 1024u)
#define WRITES 4000

/* What two threads do to each other. The pattern lies in a file, so that memory mapped anew holds it again. */
struct fight {
	const char *log, *source;
	char *area;
	int fd, other;
	bool done;
};

static bool fight_goes_on(struct fight *f) {
	return !__atomic_load_n(&f->done, __ATOMIC_RELAXED);
}

static void *pull_memory(void *arg) {
	struct fight *f = arg;
	int source = must_open(f->source, O_RDONLY);
	for (unsigned i = 0; fight_goes_on(f); i++) {
		char *at = f->area + (i % 3 ? AREA / 2 : 0);
		if (i % 2) {
			must(!mprotect(at, AREA / 2, PROT_NONE));
			must(!mprotect(at, AREA / 2, PROT_READ));
		} else {
			must(!munmap(at, AREA / 2));
			must(mmap(at, AREA / 2, PROT_READ, MAP_PRIVATE | MAP_FIXED, source, at - f->area) == at);
		}
	}
	return NULL;
}

static ssize_t write_some(int fd, char *area, unsigned i) {
	size_t start = i * 977 % (AREA / 2), len = i % 5 ? LINE_LEN : AREA / 2;
	struct iovec iov[3] = {
	    {area + start, len / 2}, {area + start + len / 2, 0}, {area + start + len / 2, len - len / 2}};
	return i % 2 ? write(fd, area + start, len) : writev(fd, iov, 3);
}

/* Another process of ours could not map at that address, so told[] tells where it is not. */
static void write_while_memory_is_pulled(const void *arg) {
	struct fight f = *(const struct fight *)arg;
	pthread_t thread;
	f.fd = must_open_log(f.log);
	f.area = mmap(NULL, AREA, PROT_READ, MAP_PRIVATE, must_open(f.source, O_RDONLY), 0);
	must(f.area != MAP_FAILED && !pthread_create(&thread, NULL, pull_memory, &f));
	for (unsigned i = 0; i < WRITES; i++)
		tell(write_some(f.fd, f.area, i));
	__atomic_store_n(&f.done, true, __ATOMIC_RELAXED);
	must(!pthread_join(thread, NULL));
}

static char *source_make(const struct watch *w, char path[static 108]) {
	char *p = pattern_new(AREA, 3);
	assert_non_null(p);
	watch_path(w, "source", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, p, AREA), AREA);
	close(fd);
	return p;
}

static void memory_that_goes_meanwhile_is_captured_or_counted(void **state) {
	struct watch *w = *state;
	char log[108], source[108], *pattern = source_make(w, source);
	watch_path(w, "a.log", log);
	watch_open_with(w, (struct capture_config){.ring_bytes = 256 * 1024 * 1024});
	watch_run(w, write_while_memory_is_pulled, &(struct fight){.log = log, .source = source});
	assert_int_equal(w->totals.seen_writes, told[0]);
	assert_int_equal(w->totals.seen_bytes, told[1]);
	assert_int_equal(w->totals.lost[WIRE_LOSS_FAULT].bytes, totals_lost_bytes(&w->totals));
	for (size_t i = 0; i < w->taken_len; i++)
		assert_non_null(memmem(pattern, AREA, w->taken[i].data, w->taken[i].len));
	assert_true(w->taken_len > 0);
	free(pattern);
}

static void *pull_iovecs(void *arg) {
	struct fight *f = arg;
	struct iovec *iov = (struct iovec *)f->area;
	while (fight_goes_on(f)) {
		__atomic_store_n(&iov[1].iov_len, AREA / 2, __ATOMIC_RELAXED);
		__atomic_store_n(&iov[1].iov_len, 10, __ATOMIC_RELAXED);
		__atomic_store_n(&iov[0].iov_base, NULL, __ATOMIC_RELAXED);
		__atomic_store_n(&iov[0].iov_base, f->area + 4096, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* The vector itself changes: the pattern is all that any version of it points to. */
static void write_while_iovecs_change(const void *arg) {
	struct fight f = *(const struct fight *)arg;
	pthread_t thread;
	f.fd = must_open_log(f.log);
	f.area = mmap(NULL, 4096 + AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(f.area != MAP_FAILED);
	pattern_fill(f.area + 4096, AREA, 3);
	struct iovec *iov = (struct iovec *)f.area;
	iov[0] = (struct iovec){f.area + 4096, 50};
	iov[1] = (struct iovec){f.area + 4096 + 50, 10};
	must(!pthread_create(&thread, NULL, pull_iovecs, &f));
	for (unsigned i = 0; i < WRITES; i++)
		tell(writev(f.fd, iov, 2));
	__atomic_store_n(&f.done, true, __ATOMIC_RELAXED);
	must(!pthread_join(thread, NULL));
}

static void vectors_that_change_meanwhile_are_captured_or_counted(void **state) {
	struct watch *w = *state;
	char log[108], *pattern = pattern_new(AREA, 3);
	assert_non_null(pattern);
	watch_path(w, "a.log", log);
	watch_open_with(w, (struct capture_config){.ring_bytes = 512 * 1024 * 1024});
	watch_run(w, write_while_iovecs_change, &(struct fight){.log = log});
	assert_int_equal(w->totals.seen_writes, told[0]);
	assert_int_equal(w->totals.seen_bytes, told[1]);
	for (size_t i = 0; i < w->taken_len; i++) {
		const struct taken *t = &w->taken[i];
		size_t first = t->len < 50 ? t->len : 50;
		assert_non_null(memmem(pattern, AREA, t->data, first));
		assert_non_null(memmem(pattern, AREA, t->data + first, t->len - first));
	}
	free(pattern);
}

static void *pull_descriptor(void *arg) {
	struct fight *f = arg;
	for (unsigned i = 0; fight_goes_on(f); i++) {
		if (i % 4 == 0)
			close(f->fd);
		must(dup2(i % 2 ? f->other : f->other + 1, f->fd) == f->fd);
	}
	return NULL;
}

/* Two logs change places at one number, which is nobody's in between. */
static void write_while_the_descriptor_is_pulled(const void *arg) {
	struct fight f = *(const struct fight *)arg;
	char path[120], text[LINE_LEN];
	pthread_t thread;
	snprintf(path, sizeof(path), "%s.b.log", f.log);
	f.fd = 500; /* unlike lower ones, nothing that the test has open */
	f.other = 501;
	must_move_fd(must_open_log(f.log), f.other);
	must_move_fd(must_open_log(path), f.other + 1);
	must_write(f.other, "a", 1); /* both are known from here on */
	must_write(f.other + 1, "b", 1);
	pattern_fill(text, LINE_LEN, 9);
	must(!pthread_create(&thread, NULL, pull_descriptor, &f));
	for (unsigned i = 0; i < 10 * WRITES; i++) {
		ssize_t n = write(f.fd, text, LINE_LEN);
		must(n == LINE_LEN || (n == -1 && errno == EBADF));
		told[0] += n > 0;
	}
	__atomic_store_n(&f.done, true, __ATOMIC_RELAXED);
	must(!pthread_join(thread, NULL));
}

static void descriptor_that_goes_meanwhile_is_captured_or_counted(void **state) {
	struct watch *w = *state;
	char log[108];
	watch_path(w, "a.log", log);
	watch_open_with(w, (struct capture_config){.ring_bytes = 64 * 1024 * 1024});
	watch_run(w, write_while_the_descriptor_is_pulled, &(struct fight){.log = log});
	printf("NOTE: of %llu writes %llu had their descriptor closed meanwhile\n", (unsigned long long)told[0],
	       (unsigned long long)w->totals.lost[WIRE_LOSS_UNSUPPORTED].writes);
	assert_int_equal(w->totals.seen_writes, told[0] + 2);
	assert_int_equal(w->totals.seen_bytes, told[0] * LINE_LEN + 2);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, totals_lost_bytes(&w->totals));
	for (size_t i = 2; i < w->taken_len; i++)
		assert_taken_pattern(w, i, LINE_LEN, 9);
}

#define FILLS_A_PIPE (256 * 1024)

static void *write_until_read(void *p) {
	must_write(STDOUT_FILENO, p, FILLS_A_PIPE);
	return NULL;
}

/* Closed for sure while the write waits for a reader. */
static void close_what_is_written_to(const void *arg) {
	char *p = pattern_new(FILLS_A_PIPE, 2);
	int in_pipe = 0, out = *(const int *)arg;
	pthread_t thread;
	must_move_fd(dup(out), STDOUT_FILENO);
	must(p && !pthread_create(&thread, NULL, write_until_read, p));
	while (in_pipe < fcntl(out, F_GETPIPE_SZ))
		must(!ioctl(out, FIONREAD, &in_pipe));
	close(STDOUT_FILENO);
	writer_pause();
	must(!pthread_join(thread, NULL));
}

static void write_that_outlives_its_descriptor_is_counted(void **state) {
	struct watch *w = *state;
	int fds[2];
	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	struct writer writer = writer_start(close_what_is_written_to, &fds[1]);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	pid_t drain = drain_fd(fds[0], fds[1]);
	writer_resume(&writer);
	writer_join(w, &writer);
	close(fds[1]);
	drain_end(drain);
	watch_finish(w);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.seen_writes, 1);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, FILLS_A_PIPE);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(writes_of_nothing_and_of_all_memory_are_exact),
	    BOTH_HOOKS(memory_that_goes_meanwhile_is_captured_or_counted),
	    BOTH_HOOKS(vectors_that_change_meanwhile_are_captured_or_counted),
	    BOTH_HOOKS(descriptor_that_goes_meanwhile_is_captured_or_counted),
	    BOTH_HOOKS(write_that_outlives_its_descriptor_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
