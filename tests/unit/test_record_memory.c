/* SPDX-License-Identifier: MIT */
/* Every allocation of a feed fails in turn: either the write is taken whole or not at all. */
#include "record/record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int fail_after = -1; /* allocations that succeed before one fails; -1: all do */

/* A sanitizer has malloc to itself: then this only shows that all goes well. */
#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);

static bool fails(void) {
	return fail_after >= 0 && fail_after-- == 0;
}

void *malloc(size_t size) {
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
	return fails() ? NULL : __libc_calloc(n, size);
}
#endif

#define TIME "2026-11-22T13:49:02.123456789Z "

struct books {
	uint64_t bytes, writes, records, longest;
};

static void on_block(void *arg, const struct record_block *b) {
	struct books *seen = arg;

	for (size_t i = 0; i < b->records_len; i++) {
		seen->bytes += b->records[i].raw_bytes;
		seen->writes += b->records[i].raw_writes;
		seen->records++;
		seen->longest = seen->longest > b->records[i].len ? seen->longest : b->records[i].len;
	}
}

static struct process shop = {.pid = 1};

/* Feeds the writes, failing the n-th allocation from now on; what was refused is not in *fed. */
static void feed_all(struct recorder *r, struct sink *sink, int n, struct books *fed, int *ret_refused) {
	static char longer[RECORD_MAX_BYTES + 5000], ended[3000];
#define literal(s)                                                                                                     \
	{ s, sizeof(s) - 1 }
	const struct {
		const char *data;
		size_t len;
	} writes[] = {
	    literal("begun "),
	    {longer, 3000},
	    literal(TIME "stdout P part\n" TIME "std"),
	    {longer, sizeof(longer)},
	    literal("end\nwhole\nbegun"),
	    literal("\n{\"log\":\"part\",\"stream\":\"stdout\"}\n"),
	    literal(TIME "stdout F end\n" TIME "stdout F begun "),
	    {ended, sizeof(ended)},
	};
#undef literal

	memset(longer, 'x', sizeof(longer));
	memset(ended, 'x', sizeof(ended));
	ended[sizeof(ended) - 1] = '\n';
	*ret_refused = 0;
	fail_after = n;
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		struct capture_write w = {
		    .sink = sink, .process = &shop, .time_ns = 1, .data = writes[i].data, .len = writes[i].len};
		int rc = recorder_feed(r, &w);

		assert_true(rc == 0 || rc == -ENOMEM);
		*ret_refused += rc != 0;
		fed->bytes += rc ? 0 : w.len;
		fed->writes += rc == 0;
	}
	fail_after = -1;
}

static void a_write_is_taken_whole_or_not_at_all(void **state) {
	static const enum sink_framing framings[] = {SINK_LINES, SINK_CRI, SINK_DOCKER_JSON, SINK_JOURNAL_FIELDS};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		int refusals = 0;

		for (int n = 0; n < 30; n++) {
			struct sink sink = {.framing = framings[i]};
			struct books seen = {0}, fed = {0};
			struct recorder *r;
			int refused;

			assert_int_equal(recorder_new(&r, on_block, &seen), 0);
			feed_all(r, &sink, n, &fed, &refused);
			recorder_flush(r);
			recorder_free(r);
			assert_int_equal(seen.bytes, fed.bytes);
			assert_int_equal(seen.writes, fed.writes);
			refusals += refused;
		}
#ifndef __SANITIZE_ADDRESS__
		assert_true(refusals > 0);
#endif
	}
}

static void nothing_is_joined_across_a_refused_write(void **state) {
#ifdef __SANITIZE_ADDRESS__
	(void)state;
	print_message("SKIP: the sanitizer build has an allocator of its own\n");
	skip();
#else
	struct sink sink = {.framing = SINK_LINES};
	struct books seen = {0};
	struct recorder *r;
	static char large[8192];
	struct capture_write w = {.sink = &sink, .process = &shop, .data = "4111 1111 ", .len = 10};

	(void)state;
	assert_int_equal(recorder_new(&r, on_block, &seen), 0);
	assert_int_equal(recorder_feed(r, &w), 0);
	memset(large, 'x', sizeof(large));
	w.data = large;
	w.len = sizeof(large);
	fail_after = 0;
	assert_int_equal(recorder_feed(r, &w), -ENOMEM);
	fail_after = -1;
	w.data = "1111 1111\n";
	w.len = 10;
	assert_int_equal(recorder_feed(r, &w), 0);
	recorder_flush(r);
	assert_int_equal(seen.records, 2);
	assert_int_equal(seen.bytes, 20);
	recorder_free(r);
#endif
}

static void a_frame_is_taken_with_all_of_its_text(void **state) {
	static char ended[3000];

	(void)state;
	memset(ended, 'x', sizeof(ended));
	ended[sizeof(ended) - 1] = '\n';
	for (int n = 0; n < 4; n++) {
		struct sink sink = {.framing = SINK_CRI};
		struct books seen = {0};
		struct recorder *r;
		struct capture_write begin = {.sink = &sink, .process = &shop, .data = TIME "stdout F ", .len = 40};
		struct capture_write end = {.sink = &sink, .process = &shop, .data = ended, .len = sizeof(ended)};
		int rc;

		assert_int_equal(recorder_new(&r, on_block, &seen), 0);
		assert_int_equal(recorder_feed(r, &begin), 0);
		fail_after = n;
		rc = recorder_feed(r, &end);
		fail_after = -1;
		recorder_flush(r);
		assert_int_equal(seen.longest, rc ? begin.len : sizeof(ended) - 1);
		recorder_free(r);
	}
}

static void a_recorder_without_memory_is_refused(void **state) {
#ifdef __SANITIZE_ADDRESS__
	(void)state;
	print_message("SKIP: the sanitizer build has an allocator of its own\n");
	skip();
#else
	struct recorder *r = NULL;

	(void)state;
	for (int n = 0; n < 4; n++) {
		fail_after = n;
		assert_int_equal(recorder_new(&r, on_block, NULL), -ENOMEM);
		assert_null(r);
	}
	fail_after = -1;
#endif
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_write_is_taken_whole_or_not_at_all),
	    cmocka_unit_test(nothing_is_joined_across_a_refused_write),
	    cmocka_unit_test(a_frame_is_taken_with_all_of_its_text),
	    cmocka_unit_test(a_recorder_without_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
