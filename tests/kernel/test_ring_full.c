/* SPDX-License-Identifier: MIT */
/* An agent that does not keep up: writers do not notice, what is lost is counted, and what follows is flagged. */
#include "harness.h"

#define SMALL_RING (64 * 1024)
#define LINES 100000
#define LINE_LEN 32

static int line_text(char ret_text[LINE_LEN + 1], int i) {
	return snprintf(ret_text, LINE_LEN + 1, "line %026d", i);
}

static void write_lines(int log, int from, int to) {
	char text[LINE_LEN + 1];
	for (int i = from; i < to; i++) {
		must(line_text(text, i) == LINE_LEN - 1);
		text[LINE_LEN - 1] = '\n';
		must_write(log, text, LINE_LEN);
	}
}

static void write_many_lines(const void *arg) {
	int log = must_open_log(arg);
	write_lines(log, 0, LINES);
	writer_pause();
	write_lines(log, LINES, LINES + 1);
	writer_pause();
	write_lines(log, LINES + 1, LINES + 2);
}

static int taken_line(const struct watch *w, size_t at) {
	int n;
	assert_int_equal(w->taken[at].len, LINE_LEN);
	assert_int_equal(sscanf(w->taken[at].data, "line %d\n", &n), 1);
	return n;
}

/* Until the writer is held again; nothing is dispatched. */
static void await_undisturbed(const struct writer *writer) {
	struct pollfd fd = {writer->done, POLLIN, 0};
	char c;
	assert_int_equal(poll(&fd, 1, (int)(PATIENCE_NS / 1000000)), 1);
	assert_int_equal(read(writer->done, &c, 1), 1);
}

static void open_small(struct watch *w) {
	watch_open_with(w, (struct capture_config){.ring_bytes = SMALL_RING});
}

/* A writer under watch up to its first pause, while nothing is dispatched. */
static struct writer overrun(struct watch *w, void (*fn)(const void *arg), const void *arg) {
	struct writer writer = writer_start(fn, arg);
	open_small(w);
	watch_writer(w, &writer);
	await_undisturbed(&writer);
	writer_resume(&writer);
	await_undisturbed(&writer);
	return writer;
}

static void ring_that_is_full_loses_and_counts(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	struct writer writer = overrun(w, write_many_lines, path);
	watch_dispatch(w);
	size_t first = w->taken_len;
	assert_in_range(first, 100, SMALL_RING / LINE_LEN);
	for (size_t i = 0; i < first; i++) {
		assert_int_equal(taken_line(w, i), i);
		assert_false(w->taken[i].gap);
	}
	for (int i = 0; i < 2; i++) {
		writer_resume(&writer);
		watch_until_bytes(w, (first + (size_t)i + 1) * LINE_LEN);
		if (!i)
			await_undisturbed(&writer);
	}
	writer_join(w, &writer);
	watch_finish(w);
	assert_int_equal(w->taken_len, first + 2);
	assert_int_equal(taken_line(w, first), LINES);
	assert_true(w->taken[first].gap);
	assert_int_equal(taken_line(w, first + 1), LINES + 1);
	assert_false(w->taken[first + 1].gap);
	assert_int_equal(w->totals.seen_writes, LINES + 2);
	assert_int_equal(w->totals.seen_bytes, (LINES + 2) * LINE_LEN);
	assert_int_equal(w->totals.lost[WIRE_LOSS_RING_FULL].writes, LINES - first);
	assert_int_equal(totals_lost_bytes(&w->totals), (LINES - first) * LINE_LEN);
}

/* The ring is full before anything of a log or a process could be announced. */
static void fill_then_write_elsewhere(const void *arg) {
	const struct watch *w = arg;
	char path[160];
	snprintf(path, sizeof(path), "%s/a.log", w->dir);
	write_lines(must_open_log(path), 0, 10000);
	snprintf(path, sizeof(path), "%s/b.log", w->dir);
	pid_t pid = fork();
	if (!pid) {
		write_lines(must_open_log(path), 0, 10);
		_exit(0);
	}
	must_exit_0(pid);
	writer_pause();
	write_lines(must_open_log(path), 10, 11);
}

static void log_first_met_while_the_ring_was_full_is_counted(void **state) {
	struct watch *w = *state;
	struct writer writer = overrun(w, fill_then_write_elsewhere, w);
	watch_dispatch(w);
	writer_resume(&writer);
	writer_join(w, &writer);
	watch_finish(w);
	assert_int_equal(w->totals.seen_writes, 10000 + 10 + 1);
	assert_int_equal(w->totals.seen_bytes, (10000 + 10 + 1) * LINE_LEN);
	assert_int_equal(taken_line(w, w->taken_len - 1), 10);
	assert_true(w->taken[w->taken_len - 1].gap);
	assert_int_equal(w->totals.lost[WIRE_LOSS_RING_FULL].bytes, totals_lost_bytes(&w->totals));
}

/* ... and never afterwards: it counts nevertheless. */
static void fill_then_end(const void *arg) {
	const struct watch *w = arg;
	char path[160];
	snprintf(path, sizeof(path), "%s/a.log", w->dir);
	write_lines(must_open_log(path), 0, 10000);
	snprintf(path, sizeof(path), "%s/b.log", w->dir);
	write_lines(must_open_log(path), 0, 10);
	writer_pause();
}

static void log_never_announced_is_counted(void **state) {
	struct watch *w = *state;
	struct writer writer = overrun(w, fill_then_end, w);
	watch_finish(w);
	assert_int_equal(w->totals.seen_writes, 10000 + 10);
	assert_int_equal(w->totals.seen_bytes, (10000 + 10) * LINE_LEN);
	assert_int_equal(w->totals.lost[WIRE_LOSS_RING_FULL].bytes, totals_lost_bytes(&w->totals));
	writer_resume(&writer);
	assert_int_equal(waitpid(writer.pid, NULL, 0), writer.pid);
}

/* A write larger than the ring's room loses pieces; what came of it is the beginning or stands behind a gap. */
static void write_large(const void *arg) {
	char *p = pattern_new(WIRE_WRITE_MAX, 1);
	int log = must_open_log(arg);
	must(p);
	for (int i = 0; i < 20; i++)
		must_write(log, p, WIRE_WRITE_MAX);
}

static void writes_larger_than_the_ring_are_counted(void **state) {
	struct watch *w = *state;
	char path[108], *want = pattern_new(WIRE_WRITE_MAX, 1);
	assert_non_null(want);
	watch_path(w, "a.log", path);
	open_small(w);
	watch_run(w, write_large, path);
	assert_int_equal(w->totals.seen_bytes, 20 * WIRE_WRITE_MAX);
	assert_int_equal(w->totals.seen_writes, 20);
	assert_true(w->totals.lost[WIRE_LOSS_RING_FULL].bytes >= 20 * (WIRE_WRITE_MAX - SMALL_RING));
	for (size_t i = 0; i < w->taken_len; i++)
		assert_non_null(memmem(want, WIRE_WRITE_MAX, w->taken[i].data, w->taken[i].len));
	free(want);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(ring_that_is_full_loses_and_counts),
	    BOTH_HOOKS(log_first_met_while_the_ring_was_full_is_counted),
	    BOTH_HOOKS(log_never_announced_is_counted),
	    BOTH_HOOKS(writes_larger_than_the_ring_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
