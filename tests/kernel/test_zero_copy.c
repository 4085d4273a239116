/* SPDX-License-Identifier: MIT */
/*
 * sendfile(), splice(), tee() and copy_file_range() into a log: no byte comes, each is counted, the log is named.
 * vmsplice() into a pipe that is a log comes like a write.
 */
#include "sockets.h"

#include "base/cleanup.h"

#include <sys/sendfile.h>
#include <sys/stat.h>

#define LEN_BYTES 5000

struct job {
	char source[108], log[108], other[108];
};

static struct job job_of(const struct watch *w) {
	struct job job;
	watch_path(w, "source", job.source);
	watch_path(w, "a.log", job.log);
	watch_path(w, "data.bin", job.other);
	return job;
}

/* A file of LEN_BYTES to copy from, at its beginning. */
static int must_open_source(const struct job *job) {
	char *p = pattern_new(LEN_BYTES, 1);
	int fd = must_open(job->source, O_RDWR | O_CREAT | O_TRUNC);
	must(p);
	must_write(fd, p, LEN_BYTES);
	must(lseek(fd, 0, SEEK_SET) == 0);
	free(p);
	return fd;
}

/* A pipe that holds LEN_BYTES. Made here, it carries what the processes of the target tell each other: no log. */
static int must_fill_pipe(const struct job *job, int *ret_in) {
	int fds[2], source = must_open_source(job);
	must(!pipe2(fds, O_CLOEXEC));
	must(splice(source, NULL, fds[1], NULL, LEN_BYTES, 0) == LEN_BYTES);
	*ret_in = fds[1];
	return fds[0];
}

static void copy_by_sendfile(const void *arg) {
	const struct job *job = arg;
	must(sendfile(must_open(job->log, O_WRONLY | O_CREAT), must_open_source(job), NULL, LEN_BYTES) == LEN_BYTES);
}

static void copy_by_copy_file_range(const void *arg) {
	const struct job *job = arg;
	int to = must_open(job->log, O_WRONLY | O_CREAT);
	must(copy_file_range(must_open_source(job), NULL, to, NULL, LEN_BYTES, 0) == LEN_BYTES);
}

static void copy_by_splice(const void *arg) {
	const struct job *job = arg;
	int in, out = must_fill_pipe(job, &in);
	must(splice(out, NULL, must_open(job->log, O_WRONLY | O_CREAT), NULL, LEN_BYTES, 0) == LEN_BYTES);
}

static void assert_counted_and_named(struct watch *w, void (*fn)(const void *arg)) {
	struct job job = job_of(w);
	watch_run(w, fn, &job);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.seen_bytes, LEN_BYTES);
	assert_int_equal(w->totals.seen_writes, 1);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, LEN_BYTES);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].writes, 1);
	assert_int_equal(watch_blind(w, WIRE_BLIND_ZERO_COPY, job.log).bytes, LEN_BYTES);
	assert_int_equal(watch_blind(w, WIRE_BLIND_ZERO_COPY, NULL).events, 1);
}

static void sendfile_into_a_log_is_counted_and_named(void **state) {
	assert_counted_and_named(*state, copy_by_sendfile);
}

static void copy_file_range_into_a_log_is_counted_and_named(void **state) {
	assert_counted_and_named(*state, copy_by_copy_file_range);
}

static void splice_into_a_log_is_counted_and_named(void **state) {
	assert_counted_and_named(*state, copy_by_splice);
}

/* The log is a named pipe, that the test reads. */
static void tee_into_log(const void *arg) {
	const struct job *job = arg;
	int in, out = must_fill_pipe(job, &in);
	must(tee(out, must_open(job->log, O_RDWR), LEN_BYTES, 0) == LEN_BYTES);
}

static void vmsplice_into_log(const void *arg) {
	const struct job *job = arg;
	char *p = pattern_new(LEN_BYTES, 1), back[LEN_BYTES];
	int fd = must_open(job->log, O_RDWR), reading;
	must(p);
	must(vmsplice(fd, &(struct iovec){p, LEN_BYTES}, 1, 0) == LEN_BYTES);
	reading = must_open(job->log, O_RDONLY);
	must(vmsplice(reading, &(struct iovec){back, LEN_BYTES}, 1, 0) == LEN_BYTES);
	must(!memcmp(p, back, LEN_BYTES));
}

static void make_fifo_log(const struct watch *w) {
	struct job job = job_of(w);
	assert_return_code(mkfifo(job.log, 0600), errno);
}

static void tee_into_a_log_is_counted_and_named(void **state) {
	struct job job = job_of(*state);
	make_fifo_log(*state);
	watch_open_sink(*state, job.log);
	assert_counted_and_named(*state, tee_into_log);
}

static void vmsplice_into_a_log_comes_and_out_of_it_does_not(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	make_fifo_log(w);
	watch_open_sink(w, job.log);
	watch_run(w, vmsplice_into_log, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_pattern(w, 0, LEN_BYTES, 1);
	assert_int_equal(w->totals.seen_writes, 1);
	assert_int_equal(w->blind.len, 0);
}

static void copy_elsewhere(const void *arg) {
	const struct job *job = arg;
	int in, out = must_fill_pipe(job, &in), pair[2], data = must_open(job->other, O_WRONLY | O_CREAT);
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	must(splice(out, NULL, data, NULL, 1000, 0) == 1000);
	must(copy_file_range(must_open_source(job), NULL, data, NULL, LEN_BYTES, 0) == LEN_BYTES);
	must(sendfile(pair[0], must_open_source(job), NULL, LEN_BYTES) == LEN_BYTES);
	must(sendfile(must_open_log(job->log), -1, NULL, LEN_BYTES) == -1);
	must(sendfile(must_open(job->log, O_WRONLY | O_CREAT), must_open(job->other, O_RDONLY), NULL, 0) == 0);
	must_write(must_open_log(job->log), "last", 4);
}

static void copies_to_what_is_no_log_do_not_count(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	watch_run(w, copy_elsewhere, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "last");
	assert_int_equal(w->totals.seen_bytes, 4);
	assert_int_equal(w->blind.len, 0);
}

/* What was cut out must not be bridged. */
static void write_around_copy(const void *arg) {
	const struct job *job = arg;
	int to = must_open(job->log, O_WRONLY | O_CREAT);
	must_write(to, "begin", 5);
	must(sendfile(to, must_open_source(job), NULL, LEN_BYTES) == LEN_BYTES);
	must_write(to, "end", 3);
}

static void writes_around_a_copy_have_a_gap_between_them(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	watch_run(w, write_around_copy, &job);
	assert_int_equal(w->taken_len, 2);
	assert_taken_text(w, 0, "begin");
	assert_taken_text(w, 1, "end");
	assert_false(w->taken[0].gap);
	assert_true(w->taken[1].gap);
	assert_int_equal(totals_lost_bytes(&w->totals), LEN_BYTES);
}

/* The writer pauses behind each step. */
static void write_and_copy_in_steps(const void *arg) {
	const struct job *job = arg;
	int to = must_open(job->log, O_WRONLY | O_CREAT);
	must_write(to, "begin", 5);
	writer_pause();
	must(sendfile(to, must_open_source(job), NULL, LEN_BYTES) == LEN_BYTES);
	writer_pause();
	must_write(to, "end", 3);
	writer_pause();
}

/* Asked twice: quiet logs are not read again. */
static void assert_totals_now(struct watch *w, uint64_t seen, uint64_t lost, uint64_t copies) {
	for (int i = 0; i < 2; i++) {
		_cleanup_(blind_spots_release) struct blind_spots spots = {0};
		struct capture_totals totals;
		assert_return_code(capture_totals(w->capture, &totals), errno);
		assert_return_code(capture_blind_spots(w->capture, &spots), errno);
		assert_int_equal(totals.seen_bytes, seen);
		assert_int_equal(totals_lost_bytes(&totals), lost);
		assert_int_equal(spots.len ? spots.items[0].amount.events : 0, copies);
	}
}

static void totals_that_are_asked_for_meanwhile_are_those_of_the_moment(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	struct writer writer = writer_start(write_and_copy_in_steps, &job);
	struct capture_moves before;
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	watch_until_bytes(w, 5);
	assert_totals_now(w, 5, 0, 0);
	before = capture_moves(w->capture);
	assert_false(capture_moved(w->capture, &before, WIRE_TARGETS_MAX));
	writer_resume(&writer);
	writer_await(w, &writer);
	assert_totals_now(w, 5 + LEN_BYTES, LEN_BYTES, 1);
	assert_true(capture_moved(w->capture, &before, WIRE_TARGETS_MAX));
	writer_resume(&writer);
	writer_await(w, &writer);
	assert_totals_now(w, 8 + LEN_BYTES, LEN_BYTES, 1);
	writer_resume(&writer);
	writer_join(w, &writer);
	watch_finish(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(sendfile_into_a_log_is_counted_and_named),
	    BOTH_HOOKS(copy_file_range_into_a_log_is_counted_and_named),
	    BOTH_HOOKS(splice_into_a_log_is_counted_and_named),
	    BOTH_HOOKS(tee_into_a_log_is_counted_and_named),
	    BOTH_HOOKS(vmsplice_into_a_log_comes_and_out_of_it_does_not),
	    BOTH_HOOKS(copies_to_what_is_no_log_do_not_count),
	    BOTH_HOOKS(writes_around_a_copy_have_a_gap_between_them),
	    BOTH_HOOKS(totals_that_are_asked_for_meanwhile_are_those_of_the_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
