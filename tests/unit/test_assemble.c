/* SPDX-License-Identifier: MIT */
/* Pieces of writes become writes again, whatever comes between them and whatever is missing. */
#include "capture/assemble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN(array) (sizeof(array) / sizeof(*(array)))

struct delivered {
	char text[256];
	uint32_t tid;
	bool gap, continued, datagram;
	const char *data;
};

struct log {
	struct delivered items[64];
	size_t len, writes, bytes;
};

static struct sink a_log = {.id = 1};
static struct process shop = {.pid = 100}, cart = {.pid = 200};

static void on_write(void *arg, const struct capture_write *w) {
	struct log *log = arg;
	struct delivered *d = &log->items[log->len++];
	assert_true(log->len <= LEN(log->items) && w->len < sizeof(d->text));
	*d = (struct delivered){
	    .tid = w->tid, .gap = w->gap, .continued = w->continued, .datagram = w->datagram, .data = w->data};
	memcpy(d->text, w->data, w->len);
	log->writes += !w->continued;
	log->bytes += w->len;
}

/* text: the piece; offset and write_len: where it stands in its write. */
struct piece {
	uint32_t tid;
	uint64_t time_ns;
	uint32_t offset, write_len;
	const char *text;
};

static void feed_from(struct assembler *a, const struct piece *p, struct process *process, bool gap) {
	size_t len = strlen(p->text);
	struct wire_data *w = calloc(1, sizeof(*w) + len);
	assert_non_null(w);
	w->tid = p->tid;
	w->time_ns = p->time_ns;
	w->offset = p->offset;
	w->write_len = p->write_len;
	w->len = (__u32)len;
	memcpy(w->payload, p->text, len);
	assembler_feed(a, w, &a_log, process, gap);
	free(w);
}

static void feed(struct assembler *a, const struct piece *pieces, size_t len) {
	for (size_t i = 0; i < len; i++)
		feed_from(a, &pieces[i], &shop, false);
}

#define FEED(a, ...) feed(a, (const struct piece[]){__VA_ARGS__}, LEN(((const struct piece[]){__VA_ARGS__})))

static void assert_delivered(const struct log *log, const char *const *texts, size_t len) {
	assert_int_equal(log->len, len);
	for (size_t i = 0; i < len; i++)
		assert_string_equal(log->items[i].text, texts[i]);
}

#define ASSERT_DELIVERED(log, ...)                                                                                     \
	assert_delivered(log, (const char *const[]){__VA_ARGS__}, LEN(((const char *const[]){__VA_ARGS__})))

static void single_piece_goes_through(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 3, "one"}, {2, 11, 0, 3, "two"}, {1, 12, 0, 5, "three"});
	ASSERT_DELIVERED(&log, "one", "two", "three");
	assert_int_equal(a.by_tid.len, 0);
	assert_null(a.spare); /* nothing was copied */
	assembler_release(&a);
}

static void pieces_are_joined_though_others_come_between(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 6, "ab"}, {2, 11, 0, 4, "xy"}, {3, 12, 0, 3, "one"}, {1, 10, 2, 6, "cd"}, {2, 11, 2, 4, "zw"},
	     {1, 10, 4, 6, "ef"});
	ASSERT_DELIVERED(&log, "one", "xyzw", "abcdef");
	assert_int_equal(log.writes, 3);
	for (size_t i = 0; i < log.len; i++)
		assert_false(log.items[i].gap || log.items[i].continued);
	assembler_release(&a);
}

static void hole_in_a_write_is_not_joined_across(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 8, "ab"}, {1, 10, 4, 8, "ef"}, {1, 10, 6, 8, "gh"});
	ASSERT_DELIVERED(&log, "ab", "efgh");
	assert_false(log.items[0].gap || log.items[0].continued);
	assert_true(log.items[1].gap && log.items[1].continued);
	assert_int_equal(log.writes, 1);
	assembler_release(&a);
}

static void lost_beginning_is_a_gap(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 2, 6, "cd"}, {1, 10, 4, 6, "ef"});
	ASSERT_DELIVERED(&log, "cdef");
	assert_true(log.items[0].gap);
	assert_false(log.items[0].continued);
	assembler_release(&a);
}

static void lost_end_leaves_what_there_is(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 6, "ab"}, {1, 10, 2, 6, "cd"}, {1, 20, 0, 4, "next"}, {1, 30, 0, 4, "mo"});
	ASSERT_DELIVERED(&log, "abcd", "next");
	assembler_flush(&a, NULL, NULL);
	ASSERT_DELIVERED(&log, "abcd", "next", "mo");
	assert_int_equal(log.writes, 3);
	assembler_release(&a);
}

static void lost_end_is_not_waited_for(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 6, "ab"}, {2, 20, 0, 4, "mo"});
	assembler_flush_before(&a, 10);
	assert_int_equal(log.len, 0);
	assembler_flush_before(&a, 11);
	ASSERT_DELIVERED(&log, "ab");
	FEED(&a, {2, 20, 2, 4, "re"});
	ASSERT_DELIVERED(&log, "ab", "more");
	assembler_release(&a);
}

/* The first piece of the second write was lost: it must not continue the first, though it would fit. */
static void pieces_of_two_writes_are_not_joined(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 4, "ab"}, {1, 20, 2, 4, "cd"});
	ASSERT_DELIVERED(&log, "ab", "cd");
	assert_true(log.items[1].gap);
	assert_int_equal(log.writes, 2);
	assembler_release(&a);
}

static void exit_flushes_one_process_only(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	feed_from(&a, &(struct piece){1, 10, 0, 9, "shop"}, &shop, false);
	feed_from(&a, &(struct piece){2, 11, 0, 9, "cart"}, &cart, true);
	assembler_flush(&a, &cart, NULL);
	ASSERT_DELIVERED(&log, "cart");
	assert_true(log.items[0].gap);
	assembler_flush(&a, &shop, NULL);
	ASSERT_DELIVERED(&log, "cart", "shop");
	assert_int_equal(a.by_tid.len, 0);
	assembler_release(&a);
}

static void copies_are_wiped(void **state) {
	struct log log = {0};
	struct assembler a;
	(void)state;
	assembler_init(&a, on_write, &log);
	FEED(&a, {1, 10, 0, 12, "secret"}, {1, 10, 6, 12, "secret"});
	ASSERT_DELIVERED(&log, "secretsecret");
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(log.items[0].data[i], 0); /* of the spare, which is kept */
	assembler_release(&a);
}

/* Random cuts, threads, interleaving and losses: no byte twice, none invented, and the order within a write kept. */
static void random_pieces_balance(void **state) {
	static char texts[8][200];
	uint32_t x = 12345;
#define RANDOM(n) ((x = x * 1664525u + 1013904223u) >> 8) % (n)
	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct log log = {0};
		struct assembler a;
		uint32_t at[8] = {0}, len[8];
		size_t fed = 0, writes_with_a_piece = 0;
		bool any[8] = {0};
		assembler_init(&a, on_write, &log);
		for (uint32_t t = 0; t < 8; t++) {
			len[t] = 1 + RANDOM(199);
			for (uint32_t i = 0; i < len[t]; i++)
				texts[t][i] = (char)('0' + t);
		}
		for (int left = 8; left;) {
			uint32_t t = RANDOM(8);
			if (at[t] == len[t])
				continue;
			uint32_t n = 1 + RANDOM(len[t] - at[t]);
			char text[201] = {0};
			memcpy(text, texts[t] + at[t], n);
			if (RANDOM(4)) {
				feed_from(&a, &(struct piece){t, 7, at[t], len[t], text}, &shop, false);
				fed += n;
				writes_with_a_piece += !any[t];
				any[t] = true;
			}
			at[t] += n;
			left -= at[t] == len[t];
			if (log.len > 40)
				break;
		}
		assembler_flush(&a, NULL, NULL);
		assert_int_equal(log.bytes, fed);
		assert_int_equal(log.writes, writes_with_a_piece);
		for (size_t i = 0; i < log.len; i++)
			for (const char *p = log.items[i].text; *p; p++)
				assert_int_equal(*p, '0' + (int)log.items[i].tid);
		assembler_release(&a);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(single_piece_goes_through),
	    cmocka_unit_test(pieces_are_joined_though_others_come_between),
	    cmocka_unit_test(hole_in_a_write_is_not_joined_across),
	    cmocka_unit_test(lost_beginning_is_a_gap),
	    cmocka_unit_test(lost_end_leaves_what_there_is),
	    cmocka_unit_test(lost_end_is_not_waited_for),
	    cmocka_unit_test(pieces_of_two_writes_are_not_joined),
	    cmocka_unit_test(exit_flushes_one_process_only),
	    cmocka_unit_test(copies_are_wiped),
	    cmocka_unit_test(random_pieces_balance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
