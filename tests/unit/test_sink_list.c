/* SPDX-License-Identifier: MIT */
/* The list of sinks: its order, and that what it leaves out is in its sum. */
#include "app/sink_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SINKS 5000

static struct sink sinks[SINKS];
static char names[SINKS][16];
static struct capture_totals written[SINKS];

static int make_sinks(void **state) {
	(void)state;
	for (size_t i = 0; i < SINKS; i++) {
		snprintf(names[i], sizeof(names[i]), "/log/%zu", i * 2654435761u % 100003);
		sinks[i] = (struct sink){.name = names[i], .is_log = i % 5 < 3, .second_hop = i % 5 == 3};
		/* Many alike: their names put them in order. */
		written[i] = (struct capture_totals){.seen_writes = 1 + i % 7, .seen_bytes = i * 2246822519u % 40};
	}
	return 0;
}

static int before(const struct sink *a, const struct sink *b) {
	int rank_a = a->is_log ? 0 : a->second_hop ? 1 : 2, rank_b = b->is_log ? 0 : b->second_hop ? 1 : 2;
	uint64_t bytes_a = written[a - sinks].seen_bytes, bytes_b = written[b - sinks].seen_bytes;
	if (rank_a != rank_b)
		return rank_a - rank_b;
	return bytes_a != bytes_b ? (bytes_a < bytes_b) - (bytes_a > bytes_b) : strcmp(a->name, b->name);
}

static int before_at(const void *a, const void *b) {
	return before(*(const struct sink *const *)a, *(const struct sink *const *)b);
}

static void list(size_t max, uint64_t past_writes, struct sink_use **ret, size_t *ret_len) {
	struct sink_list l = {.max = max, .past.seen_writes = past_writes};
	for (size_t i = 0; i < SINKS; i++)
		sink_list_add(&l, &sinks[i], &written[i]);
	assert_int_equal(sink_list_end(&l, ret, ret_len), 0);
}

static void the_first_stand_in_order_and_the_rest_in_the_sum(void **state) {
	(void)state;
	const struct sink *sorted[SINKS];
	for (size_t i = 0; i < SINKS; i++)
		sorted[i] = &sinks[i];
	qsort(sorted, SINKS, sizeof(*sorted), before_at);
	const size_t sizes[] = {0, 1, 7, 1000, 2500, 3000, 3500, SINKS - 1};
	for (size_t n = 0; n < sizeof(sizes) / sizeof(*sizes); n++) {
		struct sink_use *uses;
		size_t len;
		struct capture_totals left_out = {.seen_writes = 5};
		list(sizes[n], 5, &uses, &len);
		assert_int_equal(len, sizes[n] + 1);
		for (size_t i = 0; i < sizes[n]; i++) {
			assert_ptr_equal(uses[i].sink, sorted[i]);
			assert_true(uses[i].is_counted);
			assert_int_equal(uses[i].totals.seen_bytes, written[sorted[i] - sinks].seen_bytes);
		}
		for (size_t i = sizes[n]; i < SINKS; i++)
			if (sorted[i]->is_log)
				capture_totals_add(&left_out, &written[sorted[i] - sinks]);
		assert_null(uses[len - 1].sink);
		assert_true(uses[len - 1].is_counted);
		assert_memory_equal(&uses[len - 1].totals, &left_out, sizeof(left_out));
		free(uses);
	}
}

static void with_room_for_all_none_is_left_out(void **state) {
	(void)state;
	const size_t sizes[] = {SINKS, SIZE_MAX};
	for (size_t n = 0; n < sizeof(sizes) / sizeof(*sizes); n++) {
		struct sink_use *uses;
		size_t len;
		list(sizes[n], 0, &uses, &len);
		assert_int_equal(len, SINKS);
		for (size_t i = 1; i < len; i++)
			assert_in_range(-before(uses[i - 1].sink, uses[i].sink), 0, INT32_MAX);
		free(uses);
	}
}

static void without_sinks_it_is_empty(void **state) {
	(void)state;
	struct sink_list l = {.max = 3};
	struct sink_use *uses;
	size_t len;
	assert_int_equal(sink_list_end(&l, &uses, &len), 0);
	assert_int_equal(len, 0);
	free(uses);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_stand_in_order_and_the_rest_in_the_sum),
	    cmocka_unit_test(with_room_for_all_none_is_left_out),
	    cmocka_unit_test(without_sinks_it_is_empty),
	};
	return cmocka_run_group_tests(tests, make_sinks, NULL);
}
