/* SPDX-License-Identifier: MIT */
#include "record/record.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEN_MAX 32768

/* What came out: records with their texts, one NUL-ended copy each. */
struct seen {
	struct record rec[SEEN_MAX];
	char *text[SEEN_MAX];
	size_t len, blocks;
	uint64_t bytes, writes;
	const char *last_text;
	size_t last_len;
};

static struct sink app_log = {.id = 1}, other_log = {.id = 2}, socket_log = {.id = 3, .framing = SINK_DATAGRAM};
static struct process shop = {.pid = 100}, cart = {.pid = 200};

static void on_block(void *arg, const struct record_block *b) {
	struct seen *s = arg;
	uint32_t end = 0;

	s->blocks++;
	s->last_text = b->text;
	s->last_len = b->len;
	assert_true(b->records_len > 0);
	for (size_t i = 0; i < b->records_len; i++) {
		const struct record *r = &b->records[i];

		assert_true(i == 0 || r->start > end);
		end = r->start + r->len;
		assert_true(end < b->len);
		assert_true(r->overlap <= r->len);
		assert_true(s->len < SEEN_MAX);
		s->rec[s->len] = *r;
		s->text[s->len++] = strndup(b->text + r->start, r->len);
		s->bytes += r->raw_bytes;
		s->writes += r->raw_writes;
	}
	for (size_t i = 0; i < RECORD_PADDING_BYTES; i++)
		assert_int_equal(b->text[b->len + i], 0);
}

struct fixture {
	struct recorder *r;
	struct seen seen;
	uint64_t fed_bytes, fed_writes, now_ns;
};

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(recorder_new(&f->r, on_block, &f->seen), 0);
	f->now_ns = 1000000000000ull;
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;

	recorder_free(f->r);
	for (size_t i = 0; i < f->seen.len; i++)
		free(f->seen.text[i]);
	free(f);
	return 0;
}

static void feed_write(struct fixture *f, struct capture_write w) {
	w.time_ns = f->now_ns;
	assert_int_equal(recorder_feed(f->r, &w), 0);
	f->fed_bytes += w.len;
	f->fed_writes++;
}

static void feed_to(struct fixture *f, struct sink *sink, struct process *p, const char *text) {
	feed_write(f, (struct capture_write){.sink = sink, .process = p, .data = text, .len = strlen(text)});
}

static void feed(struct fixture *f, const char *text) {
	feed_to(f, &app_log, &shop, text);
}

static void feed_gap(struct fixture *f, const char *text) {
	feed_write(
	    f, (struct capture_write){.sink = &app_log, .process = &shop, .gap = true, .data = text, .len = strlen(text)});
}

static void feed_letters(struct fixture *f, size_t len, const char *end) {
	char *s = malloc(len + strlen(end));

	for (size_t i = 0; i < len; i++)
		s[i] = (char)('a' + i % 23);
	memcpy(s + len, end, strlen(end));
	feed_write(f, (struct capture_write){.sink = &app_log, .process = &shop, .data = s, .len = len + strlen(end)});
	free(s);
}

static void expect_books(struct fixture *f) {
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	assert_int_equal(f->seen.writes, f->fed_writes);
}

/* Flushes and compares the texts, given up to NULL. */
static void expect(struct fixture *f, ...) {
	va_list ap;
	const char *text;
	size_t i = 0;

	recorder_flush(f->r);
	va_start(ap, f);
	for (; (text = va_arg(ap, const char *)); i++) {
		assert_true(i < f->seen.len);
		assert_string_equal(f->seen.text[i], text);
	}
	va_end(ap);
	assert_int_equal(f->seen.len, i);
	expect_books(f);
}

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

static void a_tick_hands_over_the_block_begun(void **state) {
	struct fixture *f = *state;

	feed(f, "one\n");
	assert_int_equal(f->seen.len, 0);
	recorder_tick(f->r, f->now_ns);
	assert_int_equal(f->seen.len, 1);
}

static void a_process_exit_hands_over_all_of_it(void **state) {
	struct fixture *f = *state;

	feed(f, "whole\n");
	feed_to(f, &other_log, &shop, "unended");
	feed_to(f, &app_log, &cart, "goes on");
	recorder_process_exit(f->r, &shop);
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

static size_t heap_bytes(void) {
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void forget_seen(struct fixture *f) {
	while (f->seen.len)
		free(f->seen.text[--f->seen.len]);
}

static void ten_thousand_live_sinks_stay_small_and_apart(void **state) {
	struct fixture *f = *state;
	struct sink *sinks = calloc(10000, sizeof(*sinks));
	size_t before = heap_bytes();
	char text[64];

	for (uint32_t i = 0; i < 10000; i++) {
		sinks[i].id = i;
		snprintf(text, sizeof(text), "%u is an unfinished line of some forty bytes", i);
		feed_to(f, &sinks[i], &shop, text);
	}
	assert_true(heap_bytes() - before < 10u << 20);
	for (uint32_t i = 0; i < 10000; i++) {
		feed_to(f, &sinks[i], &shop, "\n");
		if (i % 1000 != 999)
			continue;
		recorder_tick(f->r, f->now_ns);
		assert_int_equal(f->seen.len, 1000);
		for (size_t j = 0; j < f->seen.len; j++)
			assert_int_equal(strtoul(f->seen.text[j], NULL, 10), f->seen.rec[j].sink->id);
		forget_seen(f);
	}
	expect_books(f);
	assert_true(heap_bytes() - before < 2u << 20);
	free(sinks);
}

static void ten_thousand_idle_lines_stay_small(void **state) {
	struct fixture *f = *state;
	struct sink *sinks = calloc(10000, sizeof(*sinks));
	size_t before = heap_bytes();
	char text[3000];
	struct capture_write w = {.process = &shop, .data = text, .len = sizeof(text)};

	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < 10000; i++) {
		sinks[i].id = i;
		w.sink = &sinks[i];
		feed_write(f, w);
		if (i % 1000 == 999) {
			recorder_tick(f->r, f->now_ns += RECORD_IDLE_NS);
			forget_seen(f);
		}
	}
	assert_true(heap_bytes() - before < 10u << 20);
	recorder_tick(f->r, f->now_ns + RECORD_FORGET_NS);
	forget_seen(f);
	assert_true(heap_bytes() - before < 1u << 20);
	expect_books(f);
	free(sinks);
}

static void of_very_many_idle_lines_the_oldest_go(void **state) {
	struct fixture *f = *state;
	size_t lines = 100000, before = heap_bytes();
	struct sink *sinks = calloc(lines, sizeof(*sinks));
	char text[1000];
	struct capture_write w = {.process = &shop, .data = text, .len = sizeof(text)};

	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < lines; i++) {
		sinks[i].id = i;
		w.sink = &sinks[i];
		feed_write(f, w);
		if (i % 1000 == 999) {
			recorder_tick(f->r, f->now_ns += RECORD_IDLE_NS);
			forget_seen(f);
		}
	}
	assert_true(heap_bytes() - before < (20u << 20) + lines * sizeof(*sinks));
	expect_books(f);
	free(sinks);
}

static void long_lines_of_processes_that_have_gone_leave_nothing(void **state) {
	struct fixture *f = *state;
	static struct process gone[50];
	size_t before = heap_bytes();

	for (size_t i = 0; i < 50; i++) {
		char *text = malloc(100001);

		memset(text, 'x', 100000);
		text[100000] = 0;
		feed_to(f, &app_log, &gone[i], text);
		free(text);
	}
	for (size_t i = 0; i < 50; i++)
		recorder_process_exit(f->r, &gone[i]);
	forget_seen(f);
	assert_true(heap_bytes() < before + (128 << 10));
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
	    test(an_idle_line_is_scanned_and_what_follows_overlaps_it),
	    test(the_overlap_of_an_idle_line_is_bounded),
	    test(an_idle_line_is_forgotten_in_the_end),
	    test(an_idle_line_that_never_goes_on_comes_again),
	    test(an_idle_line_that_ends_with_a_newline_comes_again),
	    test(an_idle_line_before_a_gap_comes_again),
	    test(an_idle_line_at_the_end_of_the_watch_comes_again),
	    test(a_tick_hands_over_the_block_begun),
	    test(a_process_exit_hands_over_all_of_it),
	    test(an_unfinished_line_at_the_end_is_a_record),
	    test(lines_around_the_size_bound_are_whole_or_overlap),
	    test(the_write_behind_a_full_carry_counts_with_the_next_piece),
	    test(a_block_is_handed_over_when_it_is_large_enough),
	    test(blocks_are_wiped_after_they_were_handled),
	    test(any_byte_is_text),
	    test(ten_thousand_live_sinks_stay_small_and_apart),
	    test(ten_thousand_idle_lines_stay_small),
	    test(of_very_many_idle_lines_the_oldest_go),
	    test(long_lines_of_processes_that_have_gone_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
