/* SPDX-License-Identifier: MIT */
/* Asynchronous writes: io_submit(), and the C library's POSIX AIO, which writes from threads of its own. */
#include "harness.h"

#include <aio.h>
#include <linux/aio_abi.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static const size_t sizes[] = {1, 120, 4096, EDGE(WIRE_PIECE_MAX), 3 * WIRE_PIECE_MAX - 5, WIRE_WRITE_MAX};

struct job {
	char log[108], other[108];
};

static struct job job_of(const struct watch *w) {
	struct job job;
	watch_path(w, "a.log", job.log);
	watch_path(w, "data.bin", job.other);
	return job;
}

static bool has_aio(void) {
	aio_context_t ctx = 0;
	if (syscall(SYS_io_setup, 8, &ctx))
		return false;
	syscall(SYS_io_destroy, ctx);
	return true;
}

static aio_context_t must_setup(void) {
	aio_context_t ctx = 0;
	must(!syscall(SYS_io_setup, 64, &ctx));
	return ctx;
}

static void must_submit(aio_context_t ctx, struct iocb *requests, long len) {
	struct iocb *list[64];
	for (long i = 0; i < len; i++)
		list[i] = &requests[i];
	must(syscall(SYS_io_submit, ctx, len, list) == len);
}

static __s64 must_result(aio_context_t ctx) {
	struct io_event event;
	must(syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL) == 1);
	return event.res;
}

static struct iocb request_of(int fd, const void *p, size_t len, long long offset) {
	return (struct iocb){.aio_lio_opcode = IOCB_CMD_PWRITE,
	                     .aio_fildes = (__u32)fd,
	                     .aio_buf = (__u64)(uintptr_t)p,
	                     .aio_nbytes = len,
	                     .aio_offset = offset};
}

static void run(struct watch *w, void (*fn)(const void *arg)) {
	struct job job = job_of(w);
	if (!has_aio())
		skip_because("this kernel has no io_submit");
	watch_run(w, fn, &job);
}

static void assert_sizes_came(struct watch *w) {
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, LEN(sizes));
	for (size_t i = 0; i < LEN(sizes); i++)
		assert_taken_pattern(w, i, sizes[i], (uint32_t)i);
	assert_int_equal(w->totals.seen_writes, LEN(sizes));
}

static void submit_sizes(const void *arg) {
	int fd = must_open_log(((const struct job *)arg)->log);
	aio_context_t ctx = must_setup();
	for (size_t i = 0; i < LEN(sizes); i++) {
		char *p = pattern_new(sizes[i], (uint32_t)i);
		struct iocb request = request_of(fd, p, sizes[i], 0);
		must(p);
		must_submit(ctx, &request, 1);
		must(must_result(ctx) == (__s64)sizes[i]);
		free(p);
	}
}

static void submitted_write_comes_with_its_result(void **state) {
	run(*state, submit_sizes);
	assert_sizes_came(*state);
	assert_int_equal(((struct watch *)*state)->blind.len, 0);
}

static void submit_iovecs(const void *arg) {
	char *p = pattern_new(3000, 1);
	struct iovec iov[] = {{p, 1000}, {p + 1000, 0}, {p + 1000, 2000}};
	struct iocb request = request_of(must_open_log(((const struct job *)arg)->log), iov, 3, 0);
	aio_context_t ctx = must_setup();
	must(p);
	request.aio_lio_opcode = IOCB_CMD_PWRITEV;
	must_submit(ctx, &request, 1);
	must(must_result(ctx) == 3000);
}

static void submitted_list_of_buffers_comes(void **state) {
	struct watch *w = *state;
	run(w, submit_iovecs);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_pattern(w, 0, 3000, 1);
	assert_int_equal(w->blind.len, 0);
}

#define BATCH 8

/* Reads, writes to what is no log and failures among writes to a log. */
static void submit_batch(const void *arg) {
	const struct job *job = arg;
	struct iocb requests[BATCH];
	char *p = pattern_new(100, 1), back[100];
	int fd = must_open_log(job->log), other = must_open(job->other, O_RDWR | O_CREAT);
	aio_context_t ctx = must_setup();
	must(p);
	must_write(other, p, 100);
	for (int i = 0; i < BATCH; i++)
		requests[i] = request_of(i % 2 == 0 ? fd : other, p, 100, 0);
	requests[1].aio_lio_opcode = IOCB_CMD_PREAD;
	requests[1].aio_buf = (__u64)(uintptr_t)back;
	requests[4] = request_of(fd, NULL, 100, 0); /* EFAULT */
	must_submit(ctx, requests, BATCH);
	for (int i = 0; i < BATCH; i++)
		must(must_result(ctx) == (i == 4 ? -EFAULT : 100));
}

static void of_a_batch_what_was_written_to_a_log_comes(void **state) {
	struct watch *w = *state;
	run(w, submit_batch);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, BATCH / 2 - 1);
	for (size_t i = 0; i < BATCH / 2 - 1; i++)
		assert_taken_pattern(w, i, 100, 1);
	assert_int_equal(w->blind.len, 0);
}

#define LARGE_BATCH 20

static void submit_many(const void *arg) {
	struct iocb requests[LARGE_BATCH];
	char *p = pattern_new(100, 1);
	int fd = must_open_log(((const struct job *)arg)->log);
	must(p);
	for (int i = 0; i < LARGE_BATCH; i++)
		requests[i] = request_of(fd, p, 100, 0);
	must_submit(must_setup(), requests, LARGE_BATCH);
}

static void of_a_large_batch_the_end_is_counted(void **state) {
	struct watch *w = *state;
	run(w, submit_many);
	assert_int_equal(w->totals.seen_bytes, LARGE_BATCH * 100);
	assert_int_equal(w->totals.seen_writes, LARGE_BATCH);
	assert_int_equal(w->taken_len + w->totals.lost[WIRE_LOSS_TRUNCATED].writes, LARGE_BATCH);
	assert_in_range(w->taken_len, 7, LARGE_BATCH);
}

/* The device writes it later, and the result may be fetched without a system call. */
static void submit_directly(const void *arg) {
	char *p;
	struct iocb request;
	aio_context_t ctx = must_setup();
	int fd = must_open(((const struct job *)arg)->log, O_WRONLY | O_CREAT | O_DIRECT);
	must(!posix_memalign((void **)&p, 4096, WIRE_PIECE_MAX));
	pattern_fill(p, WIRE_PIECE_MAX, 1);
	request = request_of(fd, p, WIRE_PIECE_MAX, 0);
	must_submit(ctx, &request, 1);
	must(must_result(ctx) == WIRE_PIECE_MAX);
}

static void write_without_a_result_yet_comes_and_is_named(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	int fd = open(job.other, O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (fd < 0)
		skip_because("this file system has no direct writes");
	close(fd);
	run(w, submit_directly);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_pattern(w, 0, WIRE_PIECE_MAX, 1);
	/* Only if the device was slower than the return of the call, as devices are. */
	if (w->blind.len)
		assert_int_equal(watch_blind(w, WIRE_BLIND_ASSUMED, job.log).bytes, WIRE_PIECE_MAX);
}

static void must_finish(const struct aiocb *request, size_t len) {
	const struct aiocb *list[] = {request};
	while (aio_error(request) == EINPROGRESS)
		must(!aio_suspend(list, 1, NULL) || errno == EINTR);
	must(aio_return((struct aiocb *)request) == (ssize_t)len);
}

static void posix_sizes(const void *arg) {
	int fd = must_open(((const struct job *)arg)->log, O_WRONLY | O_CREAT);
	for (size_t i = 0; i < LEN(sizes); i++) {
		char *p = pattern_new(sizes[i], (uint32_t)i);
		struct aiocb request = {.aio_fildes = fd, .aio_buf = p, .aio_nbytes = sizes[i]};
		must(p);
		must(!aio_write(&request));
		must_finish(&request, sizes[i]);
		free(p);
	}
}

static void posix_aio_write_comes(void **state) {
	run(*state, posix_sizes);
	assert_sizes_came(*state);
}

static void posix_list(const void *arg) {
	struct aiocb requests[4], *list[4];
	char *p = pattern_new(100, 1);
	int fd = must_open_log(((const struct job *)arg)->log);
	must(p);
	for (int i = 0; i < 4; i++) {
		requests[i] = (struct aiocb){
		    .aio_fildes = fd, .aio_buf = p, .aio_nbytes = 100, .aio_lio_opcode = LIO_WRITE, .aio_offset = 100 * i};
		list[i] = &requests[i];
	}
	must(!lio_listio(LIO_WAIT, list, 4, NULL));
}

static void posix_lio_listio_comes(void **state) {
	struct watch *w = *state;
	run(w, posix_list);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 4);
	for (size_t i = 0; i < 4; i++)
		assert_taken_pattern(w, i, 100, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(submitted_write_comes_with_its_result),
	    BOTH_HOOKS(submitted_list_of_buffers_comes),
	    BOTH_HOOKS(of_a_batch_what_was_written_to_a_log_comes),
	    BOTH_HOOKS(of_a_large_batch_the_end_is_counted),
	    BOTH_HOOKS(write_without_a_result_yet_comes_and_is_named),
	    BOTH_HOOKS(posix_aio_write_comes),
	    BOTH_HOOKS(posix_lio_listio_comes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
