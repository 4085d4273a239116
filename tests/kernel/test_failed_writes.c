/* SPDX-License-Identifier: MIT */
/* Only what the kernel took counts: short writes are short, failed ones are nothing; and where in memory the bytes lie
 * does not matter. */
#include "harness.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Of a pipe as standard output; it has room by pages. */
#define ROOM 8192
#define ASKED 32000

static void fill_stdout(int out) {
	int size = fcntl(out, F_GETPIPE_SZ);
	char *p = pattern_new((size_t)size, 4);
	must(p && size > ROOM);
	must_move_fd(out, STDOUT_FILENO);
	must(fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK) == 0);
	must_write(STDOUT_FILENO, p, (size_t)(size - ROOM));
}

static void write_to_a_pipe_with_little_room(const void *arg) {
	char *p = pattern_new(ASKED, 5);
	must(p);
	fill_stdout(*(const int *)arg);
	must(write(STDOUT_FILENO, p, ASKED) == ROOM);
	must(write(STDOUT_FILENO, p, ASKED) == -1 && errno == EAGAIN);
	must(writev(STDOUT_FILENO, &(struct iovec){p, ASKED}, 1) == -1 && errno == EAGAIN);
}

/* The pipe is full in the middle of the third buffer. */
static void writev_to_a_pipe_with_little_room(const void *arg) {
	struct iovec iov[8];
	char *p = pattern_new(ASKED, 5);
	must(p);
	for (size_t i = 0; i < LEN(iov); i++)
		iov[i] = (struct iovec){p + i * (ASKED / LEN(iov)), ASKED / LEN(iov)};
	fill_stdout(*(const int *)arg);
	must(writev(STDOUT_FILENO, iov, (int)LEN(iov)) == ROOM);
	must(writev(STDOUT_FILENO, iov, (int)LEN(iov)) == -1 && errno == EAGAIN);
	must(write(STDOUT_FILENO, p, 1) == -1 && errno == EAGAIN);
}

static void run_short(struct watch *w, void (*fn)(const void *arg)) {
	int fds[2];
	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	size_t size = (size_t)fcntl(fds[0], F_GETPIPE_SZ);
	watch_run(w, fn, &fds[1]);
	close(fds[0]);
	close(fds[1]);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_pattern(w, 0, size - ROOM, 4);
	assert_taken_pattern(w, 1, ROOM, 5);
}

static void short_write_is_taken_short(void **state) {
	run_short(*state, write_to_a_pipe_with_little_room);
}

static void short_writev_is_taken_short(void **state) {
	run_short(*state, writev_to_a_pipe_with_little_room);
}

static void write_up_to_the_limit(const void *arg) {
	const struct rlimit limit = {1000, 1000};
	char *p = pattern_new(700, 7);
	int fd = must_open_log(arg);
	must(p && !setrlimit(RLIMIT_FSIZE, &limit));
	signal(SIGXFSZ, SIG_IGN);
	must_write(fd, p, 700);
	must(write(fd, p, 700) == 300);
	must(write(fd, p, 700) == -1 && errno == EFBIG);
}

static void write_at_the_file_size_limit_is_taken_short(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, write_up_to_the_limit, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_pattern(w, 0, 700, 7);
	assert_taken_pattern(w, 1, 300, 7);
}

static void fail_in_many_ways(const void *arg) {
	struct iovec bad = {(void *)8, 100}, good = {(char *)"secret", 6};
	int fd = must_open_log(arg), read_only = must_open(arg, O_RDONLY), full = must_open("/dev/full", O_WRONLY), fds[2];
	signal(SIGPIPE, SIG_IGN);
	must(write(-1, "secret", 6) == -1 && errno == EBADF);
	must(write(9999, "secret", 6) == -1 && errno == EBADF);
	must(write(read_only, "secret", 6) == -1 && errno == EBADF);
	must(pwrite(read_only, "secret", 6, 0) == -1 && errno == EBADF);
	must(writev(read_only, &good, 1) == -1 && errno == EBADF);
	must(write(fd, bad.iov_base, 100) == -1 && errno == EFAULT);
	must(pwrite(fd, "secret", 6, -1) == -1 && errno == EINVAL);
	must(writev(fd, &bad, 1) == -1 && errno == EFAULT);
	must(writev(fd, bad.iov_base, 1) == -1 && errno == EFAULT);
	must(syscall(SYS_writev, fd, &good, 1025) == -1 && errno == EINVAL);
	must(writev(fd, &good, 0) == 0);
	must(write(full, "secret", 6) == -1 && errno == ENOSPC);
	must(writev(full, &good, 1) == -1 && errno == ENOSPC);
	must(!pipe2(fds, O_CLOEXEC) && dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO && !close(fds[0]));
	must(write(STDOUT_FILENO, "secret", 6) == -1 && errno == EPIPE);
	must(writev(STDOUT_FILENO, &good, 1) == -1 && errno == EPIPE);
	must_write(fd, "the end", 7);
}

static void failed_writes_count_nowhere(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_open_sink(w, "/dev/full");
	watch_run(w, fail_in_many_ways, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "the end");
}

static const size_t mapped_sizes[] = {1, 120, 4096, 4097, 65536, 300000, WIRE_WRITE_MAX};

struct mapped_job {
	const char *log, *source;
};

/* From a mapping of a file that was never touched, then of one whose pages were dropped. */
static void write_what_is_not_resident(const void *arg) {
	const struct mapped_job *job = arg;
	int log = must_open_log(job->log), source = must_open(job->source, O_RDONLY);
	for (size_t i = 0; i < LEN(mapped_sizes); i++) {
		char *p = mmap(NULL, WIRE_WRITE_MAX, PROT_READ, MAP_PRIVATE, source, 0);
		must(p != MAP_FAILED);
		must_write(log, p, mapped_sizes[i]);
		must(!madvise(p, WIRE_WRITE_MAX, MADV_DONTNEED));
		must_write(log, p, mapped_sizes[i]);
		must(!munmap(p, WIRE_WRITE_MAX));
	}
}

static void pages_that_are_not_resident_are_taken(void **state) {
	struct watch *w = *state;
	char log[108], source[108];
	struct mapped_job job = {log, source};
	char *p = pattern_new(WIRE_WRITE_MAX, 3);
	assert_non_null(p);
	watch_path(w, "a.log", log);
	watch_path(w, "source", source);
	int fd = open(source, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, p, WIRE_WRITE_MAX), WIRE_WRITE_MAX);
	close(fd);
	free(p);
	watch_run(w, write_what_is_not_resident, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2 * LEN(mapped_sizes));
	for (size_t i = 0; i < w->taken_len; i++)
		assert_taken_pattern(w, i, mapped_sizes[i / 2], 3);
}

/* The buffer goes on into memory that cannot be read: the kernel writes up to there. */
static void write_across_the_end_of_memory(const void *arg) {
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 3 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = must_open_log(arg);
	must(p != MAP_FAILED && !mprotect(p + 2 * page, (size_t)page, PROT_NONE));
	pattern_fill(p + page, (size_t)page, 8);
	ssize_t n = write(fd, p + page, 2 * (size_t)page);
	must(n == page);
	told[0] = (uint64_t)n;
}

static void write_into_unreadable_memory_is_taken_short(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, write_across_the_end_of_memory, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_pattern(w, 0, told[0], 8);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(short_write_is_taken_short),
	    BOTH_HOOKS(short_writev_is_taken_short),
	    BOTH_HOOKS(write_at_the_file_size_limit_is_taken_short),
	    BOTH_HOOKS(failed_writes_count_nowhere),
	    BOTH_HOOKS(pages_that_are_not_resident_are_taken),
	    BOTH_HOOKS(write_into_unreadable_memory_is_taken_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
