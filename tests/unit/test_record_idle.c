/* SPDX-License-Identifier: MIT */
/* A line that stands unfinished: scanned as it is, and again with what follows. */
#include "test_record.h"

static void an_idle_line_is_scanned_and_what_follows_overlaps_it(void **state) {
	struct fixture *f = *state;

	feed(f, "mail=john@ma");
	recorder_tick(f->r, f->now_ns + RECORD_IDLE_NS - 1);
	assert_int_equal(f->seen.len, 0);
	recorder_tick(f->r, f->now_ns + RECORD_IDLE_NS);
	assert_int_equal(f->seen.len, 1);
	recorder_tick(f->r, f->now_ns + 2 * RECORD_IDLE_NS);
	assert_int_equal(f->seen.len, 1);
	f->now_ns += 3 * RECORD_IDLE_NS;
	feed(f, "il.org\nnext\n");
	expect(f, "mail=john@ma", "mail=john@mail.org", "next", NULL);
	assert_true(f->seen.rec[0].cut_after);
	assert_true(f->seen.rec[1].cut_before);
	assert_int_equal(f->seen.rec[1].overlap, 12);
	assert_int_equal(f->seen.rec[1].raw_bytes, 7);
	assert_int_equal(f->seen.rec[1].time_ns, f->now_ns);
	assert_int_equal(f->seen.rec[2].overlap, 0);
	assert_false(f->seen.rec[2].cut_before);
}

static void the_overlap_of_an_idle_line_is_bounded(void **state) {
	struct fixture *f = *state;

	feed_letters(f, 10000, "");
	recorder_tick(f->r, f->now_ns + RECORD_IDLE_NS);
	feed(f, "!\n");
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 2);
	assert_int_equal(f->seen.rec[1].overlap, RECORD_OVERLAP_BYTES);
	assert_int_equal(f->seen.rec[1].len, RECORD_OVERLAP_BYTES + 1);
	assert_memory_equal(f->seen.text[1], f->seen.text[0] + 10000 - RECORD_OVERLAP_BYTES, RECORD_OVERLAP_BYTES);
	expect_books(f);
}

/* What was said to go on comes again as what it was: the end. */
static void expect_repeated(struct fixture *f) {
	assert_true(f->seen.len >= 2);
	assert_true(f->seen.rec[0].cut_after);
	assert_string_equal(f->seen.text[1], f->seen.text[0]);
	assert_int_equal(f->seen.rec[1].overlap, f->seen.rec[1].len);
	assert_int_equal(f->seen.rec[1].raw_bytes, 0);
	assert_int_equal(f->seen.rec[1].raw_writes, 0);
	assert_false(f->seen.rec[1].cut_after);
}

static void idle(struct fixture *f, uint64_t ns) {
	f->now_ns += ns;
	recorder_tick(f->r, f->now_ns);
}

static void an_idle_line_is_forgotten_in_the_end(void **state) {
	struct fixture *f = *state;

	feed(f, "prompt: ");
	idle(f, RECORD_IDLE_NS);
	idle(f, RECORD_FORGET_NS);
	feed(f, "answer\n");
	expect(f, "prompt: ", "prompt: ", "answer", NULL);
	expect_repeated(f);
}

static void an_idle_line_that_never_goes_on_comes_again(void **state) {
	struct fixture *f = *state;

	feed(f, "exit");
	idle(f, RECORD_IDLE_NS);
	recorder_process_exit(f->r, &shop);
	expect(f, "exit", "exit", NULL);
	expect_repeated(f);
}

static void an_idle_line_that_ends_with_a_newline_comes_again(void **state) {
	struct fixture *f = *state;

	feed(f, "line");
	idle(f, RECORD_IDLE_NS);
	feed(f, "\nnext\n");
	expect(f, "line", "line", "next", NULL);
	assert_int_equal(f->seen.rec[1].overlap, 4);
	assert_int_equal(f->seen.rec[1].raw_bytes, 1);
}

static void an_idle_line_before_a_gap_comes_again(void **state) {
	struct fixture *f = *state;

	feed(f, "begun");
	idle(f, RECORD_IDLE_NS);
	feed_gap(f, "rest\n");
	expect(f, "begun", "begun", "rest", NULL);
	expect_repeated(f);
	assert_int_equal(f->seen.rec[2].overlap, 0);
	assert_true(f->seen.rec[2].cut_before);
}

static void an_idle_line_at_the_end_of_the_watch_comes_again(void **state) {
	struct fixture *f = *state;

	feed(f, "last");
	idle(f, RECORD_IDLE_NS);
	expect(f, "last", "last", NULL);
	expect_repeated(f);
}

int main(void) {
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    test(an_idle_line_is_scanned_and_what_follows_overlaps_it),
	    test(the_overlap_of_an_idle_line_is_bounded),
	    test(an_idle_line_is_forgotten_in_the_end),
	    test(an_idle_line_that_never_goes_on_comes_again),
	    test(an_idle_line_that_ends_with_a_newline_comes_again),
	    test(an_idle_line_before_a_gap_comes_again),
	    test(an_idle_line_at_the_end_of_the_watch_comes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
