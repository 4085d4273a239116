/* SPDX-License-Identifier: MIT */
/* Very many lines begun: apart from each other, and in little memory. */
#include "test_record.h"

#include <malloc.h>

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

/* Each sink gets a line of so many bytes and no end, which stands until it is scanned as it is. */
static void feed_idle_lines(struct fixture *f, struct sink *sinks, uint32_t lines, size_t len) {
	static char text[3000];
	struct capture_write w = {.process = &shop, .data = text, .len = len};

	assert_true(len <= sizeof(text));
	memset(text, 'x', len);
	for (uint32_t i = 0; i < lines; i++) {
		sinks[i].id = i;
		w.sink = &sinks[i];
		feed_write(f, w);
		if (i % 1000 == 999) {
			recorder_tick(f->r, f->now_ns += RECORD_IDLE_NS);
			forget_seen(f);
		}
	}
}

static void ten_thousand_idle_lines_stay_small(void **state) {
	struct fixture *f = *state;
	struct sink *sinks = calloc(10000, sizeof(*sinks));
	size_t before = heap_bytes();

	feed_idle_lines(f, sinks, 10000, 3000);
	assert_true(heap_bytes() - before < 10u << 20);
	recorder_tick(f->r, f->now_ns + RECORD_FORGET_NS);
	forget_seen(f);
	assert_true(heap_bytes() - before < 1u << 20);
	expect_books(f);
	free(sinks);
}

static void of_very_many_idle_lines_the_oldest_go(void **state) {
	struct fixture *f = *state;
	uint32_t lines = 100000;
	size_t before = heap_bytes();
	struct sink *sinks = calloc(lines, sizeof(*sinks));

	feed_idle_lines(f, sinks, lines, 1000);
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
	    test(ten_thousand_live_sinks_stay_small_and_apart),
	    test(ten_thousand_idle_lines_stay_small),
	    test(of_very_many_idle_lines_the_oldest_go),
	    test(long_lines_of_processes_that_have_gone_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
