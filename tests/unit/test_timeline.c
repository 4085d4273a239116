/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "find/timeline.h"

#define S 1000000000ull

static uint64_t sum(const struct timeline *t) {
	uint64_t n = 0;
	for (size_t i = 0; i < t->len; i++)
		n += t->counts[i];
	return n;
}

static void slots_count_what_came_in_them(void **state) {
	(void)state;
	struct timeline t = {0};
	timeline_add(&t, 0, 2);
	timeline_add(&t, S - 1, 1);
	timeline_add(&t, S, 4);
	timeline_add(&t, 7 * S, 0);
	assert_int_equal(timeline_width_s(&t), 1);
	assert_int_equal(t.len, 8);
	assert_int_equal(t.counts[0], 3);
	assert_int_equal(t.counts[1], 4);
	assert_int_equal(t.counts[7], 0);
}

static void slots_widen_and_keep_all(void **state) {
	(void)state;
	struct timeline t = {0};
	for (uint64_t s = 0; s < 120; s++)
		timeline_add(&t, s * S, 1);
	assert_int_equal(timeline_width_s(&t), 1);
	timeline_add(&t, 120 * S, 1);
	assert_int_equal(timeline_width_s(&t), 5);
	assert_string_equal(timeline_width_name(&t), "5 seconds");
	assert_int_equal(t.len, 25);
	assert_int_equal(t.counts[0], 5);
	assert_int_equal(t.counts[24], 1);
	assert_int_equal(sum(&t), 121);
}

static void any_length_of_time_fits(void **state) {
	(void)state;
	struct timeline t = {0};
	static const uint64_t hour = 3600 * S;
	static const uint64_t at[] = {0, hour, 24 * hour, 365 * 24 * hour, UINT64_MAX, 5};
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		timeline_add(&t, at[i], 10);
		assert_true(t.len <= TIMELINE_SLOTS);
		assert_int_equal(sum(&t), 10 * (i + 1));
	}
	assert_string_equal(timeline_width_name(&t), "4 weeks");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slots_count_what_came_in_them),
	    cmocka_unit_test(slots_widen_and_keep_all),
	    cmocka_unit_test(any_length_of_time_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
