/* SPDX-License-Identifier: MIT */
/* Lines from writes, however these are cut; gaps, datagrams, bounds. */
#include "test_record.h"

static void each_line_is_a_record(void **state) {
	struct fixture *f = *state;

	feed(f, "one\ntwo\n\nfour\n");
	expect(f, "one", "two", "", "four", NULL);
	assert_int_equal(f->seen.rec[0].raw_bytes, 4);
	assert_int_equal(f->seen.rec[0].raw_writes, 1);
	assert_int_equal(f->seen.rec[1].raw_writes, 0);
	assert_ptr_equal(f->seen.rec[3].sink, &app_log);
	assert_ptr_equal(f->seen.rec[3].process, &shop);
}

static void a_carriage_return_before_the_newline_is_not_text(void **state) {
	struct fixture *f = *state;

	feed(f, "one\r\n\r\ntwo\rmore\r\nthr");
	feed(f, "ee\r");
	feed(f, "\n");
	expect(f, "one", "", "two\rmore", "three", NULL);
}

static void a_line_of_many_writes_is_one_record(void **state) {
	struct fixture *f = *state;

	feed(f, "mail=jo");
	f->now_ns += 1000;
	feed(f, "hn@mail");
	feed(f, ".org\nnext");
	feed(f, "\n");
	expect(f, "mail=john@mail.org", "next", NULL);
	assert_int_equal(f->seen.rec[0].raw_writes, 3);
	assert_int_equal(f->seen.rec[1].raw_writes, 1);
	assert_int_equal(f->seen.rec[0].time_ns, f->now_ns - 1000);
	assert_int_equal(f->seen.rec[1].time_ns, f->now_ns);
}

static void a_write_counts_where_its_first_byte_lies(void **state) {
	struct fixture *f = *state;

	feed(f, "a");
	feed(f, "b\nc\nd");
	feed(f, "\ne\n");
	expect(f, "ab", "c", "d", "e", NULL);
	assert_int_equal(f->seen.rec[0].raw_writes, 2);
	assert_int_equal(f->seen.rec[1].raw_writes, 0);
	assert_int_equal(f->seen.rec[2].raw_writes, 1);
	assert_int_equal(f->seen.rec[3].raw_writes, 0);
}

static void processes_and_sinks_do_not_mix(void **state) {
	struct fixture *f = *state;

	feed_to(f, &app_log, &shop, "shop ");
	feed_to(f, &app_log, &cart, "cart ");
	feed_to(f, &other_log, &shop, "other ");
	feed_to(f, &app_log, &shop, "app\n");
	feed_to(f, &app_log, &cart, "app\n");
	feed_to(f, &other_log, &shop, "log\n");
	expect(f, "shop app", "cart app", "other log", NULL);
}

static void nothing_is_joined_across_a_gap(void **state) {
	struct fixture *f = *state;

	feed(f, "card 4111 1111 ");
	feed_to(f, &app_log, &cart, "begun");
	feed_to(f, &other_log, &shop, "elsewhere ");
	feed_gap(f, "1111 1111\nwhole\n");
	feed_to(f, &app_log, &cart, " later\nnew\n");
	feed_to(f, &other_log, &shop, "unbroken\n");
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 7);
	expect_books(f);
	for (size_t i = 0; i < 7; i++) {
		const struct record *r = &f->seen.rec[i];
		const char *text = f->seen.text[i];

		assert_int_equal(r->overlap, 0);
		assert_false(r->cut_after);
		assert_int_equal(r->cut_before, !strcmp(text, "1111 1111") || !strcmp(text, " later"));
	}
	assert_string_equal(f->seen.text[6], "elsewhere unbroken");
}

static void a_gap_without_a_line_begun_marks_only_the_next_record(void **state) {
	struct fixture *f = *state;

	feed(f, "whole\n");
	feed_gap(f, "rest of");
	feed(f, " it\nwhole\n");
	expect(f, "whole", "rest of it", "whole", NULL);
	assert_true(f->seen.rec[1].cut_before);
	assert_false(f->seen.rec[0].cut_after);
	assert_false(f->seen.rec[2].cut_before);
}

static struct sink socket_log = {.id = 3, .framing = SINK_DATAGRAM};

static void datagrams_are_records_of_their_own(void **state) {
	struct fixture *f = *state;
	struct capture_write w = {.sink = &app_log, .process = &shop, .datagram = true, .data = "two\nlines\n", .len = 10};

	feed(f, "begun ");
	feed_write(f, w);
	feed_to(f, &socket_log, &shop, "<14>a");
	feed_to(f, &socket_log, &shop, "<14>b\r\n");
	feed(f, "ended\n");
	expect(f, "two\nlines", "<14>a", "<14>b", "begun ended", NULL);
}

static void an_empty_write_counts_once(void **state) {
	struct fixture *f = *state;

	feed(f, "");
	feed(f, "a");
	feed(f, "");
	feed(f, "b\n");
	feed_write(f, (struct capture_write){.sink = &app_log, .process = &shop});
	expect(f, "", "", "ab", "", NULL);
}

static void a_tick_hands_over_the_block_begun(void **state) {
	struct fixture *f = *state;

	feed(f, "one\n");
	assert_int_equal(f->seen.len, 0);
	recorder_tick(f->r, f->now_ns);
	assert_int_equal(f->seen.len, 1);
}

static void a_process_exit_ends_its_lines_and_breaks_no_block(void **state) {
	struct fixture *f = *state;

	feed(f, "whole\n");
	feed_to(f, &other_log, &shop, "unended");
	feed_to(f, &app_log, &cart, "goes on");
	recorder_process_exit(f->r, &shop);
	assert_int_equal(f->seen.len, 0);
	recorder_hand_over(f->r);
	assert_int_equal(f->seen.blocks, 1);
	assert_int_equal(f->seen.len, 2);
	assert_string_equal(f->seen.text[1], "unended");
	assert_false(f->seen.rec[1].cut_after);
	/* The next process may get the same address. */
	feed_to(f, &other_log, &shop, "anew\n");
	expect(f, "whole", "unended", "anew", "goes on", NULL);
	assert_false(f->seen.rec[2].cut_before);
}

static void an_unfinished_line_at_the_end_is_a_record(void **state) {
	struct fixture *f = *state;

	feed(f, "no newline");
	expect(f, "no newline", NULL);
	assert_false(f->seen.rec[0].cut_after);
}

static void lines_around_the_size_bound_are_whole_or_overlap(void **state) {
	struct fixture *f = *state;
	static const struct {
		size_t len, records;
	} cases[] = {{RECORD_MAX_BYTES - 1, 1},
	             {RECORD_MAX_BYTES, 1},
	             {RECORD_MAX_BYTES + 1, 2},
	             {2 * RECORD_MAX_BYTES - RECORD_OVERLAP_BYTES, 2},
	             {2 * RECORD_MAX_BYTES - RECORD_OVERLAP_BYTES + 1, 3},
	             {1000000, 4}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t first = f->seen.len, text = 0;

		feed_letters(f, cases[i].len, "\r\n");
		recorder_tick(f->r, f->now_ns);
		assert_int_equal(f->seen.len - first, cases[i].records);
		for (size_t j = first; j < f->seen.len; j++) {
			const struct record *r = &f->seen.rec[j];

			assert_true(r->len <= RECORD_MAX_BYTES);
			assert_int_equal(r->cut_before, j > first);
			assert_int_equal(r->cut_after, j + 1 < f->seen.len);
			assert_int_equal(r->overlap, j > first ? RECORD_OVERLAP_BYTES : 0);
			assert_int_equal(r->raw_writes, j == first);
			for (size_t k = 0; k < r->len; k++)
				assert_true(f->seen.text[j][k] == (char)('a' + (text - r->overlap + k) % 23));
			text += r->len - r->overlap;
		}
		assert_int_equal(text, cases[i].len);
		expect_books(f);
	}
}

static void the_write_behind_a_full_carry_counts_with_the_next_piece(void **state) {
	struct fixture *f = *state;

	feed_letters(f, RECORD_MAX_BYTES, "");
	feed(f, "x");
	feed(f, "y\n");
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 2);
	assert_int_equal(f->seen.rec[0].raw_writes, 1);
	assert_int_equal(f->seen.rec[0].raw_bytes, RECORD_MAX_BYTES);
	assert_int_equal(f->seen.rec[1].raw_writes, 2);
	expect_books(f);
}

static void a_block_is_handed_over_when_it_is_large_enough(void **state) {
	struct fixture *f = *state;

	for (size_t i = 0; i < RECORD_BLOCK_BYTES / 128; i++) {
		assert_int_equal(f->seen.blocks, 0);
		feed_letters(f, 127, "\n");
	}
	assert_int_equal(f->seen.blocks, 1);
	for (size_t i = 0; i < 3000; i++)
		feed(f, "\n");
	expect_books((recorder_flush(f->r), f));
}

static void blocks_are_wiped_after_they_were_handled(void **state) {
	struct fixture *f = *state;

	feed(f, "secret\nsecret");
	recorder_flush(f->r);
	assert_true(f->seen.last_len > 12);
	for (size_t i = 0; i < f->seen.last_len; i++)
		assert_int_equal(f->seen.last_text[i], 0);
}

static void any_byte_is_text(void **state) {
	struct fixture *f = *state;
	char bytes[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	feed_write(f, (struct capture_write){.sink = &app_log, .process = &shop, .data = bytes, .len = 256});
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 2);
	assert_int_equal(f->seen.rec[0].len, 10);
	assert_int_equal(f->seen.rec[1].len, 256 - 11);
	expect_books(f);
}

int main(void) {
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    test(each_line_is_a_record),
	    test(a_carriage_return_before_the_newline_is_not_text),
	    test(a_line_of_many_writes_is_one_record),
	    test(a_write_counts_where_its_first_byte_lies),
	    test(processes_and_sinks_do_not_mix),
	    test(nothing_is_joined_across_a_gap),
	    test(a_gap_without_a_line_begun_marks_only_the_next_record),
	    test(datagrams_are_records_of_their_own),
	    test(an_empty_write_counts_once),
	    test(a_tick_hands_over_the_block_begun),
	    test(a_process_exit_ends_its_lines_and_breaks_no_block),
	    test(an_unfinished_line_at_the_end_is_a_record),
	    test(lines_around_the_size_bound_are_whole_or_overlap),
	    test(the_write_behind_a_full_carry_counts_with_the_next_piece),
	    test(a_block_is_handed_over_when_it_is_large_enough),
	    test(blocks_are_wiped_after_they_were_handled),
	    test(any_byte_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
