/* SPDX-License-Identifier: MIT */
#include "find/distinct.h"
#include "find/find.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* splitmix64: a bijection, so that different n are different hashes. */
static uint64_t mix(uint64_t n) {
	n += 0x9e3779b97f4a7c15ull;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ull;
	n = (n ^ n >> 27) * 0x94d049bb133111ebull;
	return n ^ n >> 31;
}

static void the_count_is_exact_up_to_the_limit(void **state) {
	(void)state;
	struct distinct d = {0};
	for (uint64_t i = 1; i <= FIND_DISTINCT_EXACT; i++) {
		assert_int_equal(distinct_add(&d, mix(i)), 0);
		assert_int_equal(d.count, i);
		assert_int_equal(distinct_add(&d, mix(1 + i / 2)), 0);
		assert_int_equal(d.count, i);
	}
	assert_null(d.sketch);
	assert_int_equal(distinct_add(&d, mix(0)), 0);
	assert_int_equal(d.count, FIND_DISTINCT_EXACT + 1);
	assert_non_null(d.sketch);
	distinct_release(&d);
}

static void a_hash_of_zero_counts_once(void **state) {
	(void)state;
	struct distinct d = {0};
	for (int i = 0; i < 3; i++)
		assert_int_equal(distinct_add(&d, 0), 0);
	assert_int_equal(d.count, 1);
	distinct_release(&d);
}

static void repeated_values_never_change_an_estimate(void **state) {
	(void)state;
	struct distinct d = {0};
	for (uint64_t i = 0; i < 20000; i++)
		distinct_add(&d, mix(i));
	uint64_t before = d.count;
	for (uint64_t i = 0; i < 20000; i++)
		distinct_add(&d, mix(i));
	assert_int_equal(d.count, before);
	distinct_release(&d);
}

/* Over 100 sets the root mean square error is that of the sketch: 1.6 %; five standard errors bound each. */
static void estimates_are_within_the_error_stated(void **state) {
	(void)state;
	static const uint64_t sizes[] = {1500, 5000, 20000, 100000};
	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		double squares = 0;
		for (uint64_t set = 0; set < 100; set++) {
			struct distinct d = {0};
			for (uint64_t i = 0; i < sizes[s]; i++)
				distinct_add(&d, mix(set << 32 | i));
			double error = ((double)d.count - (double)sizes[s]) / (double)sizes[s];
			assert_true(fabs(error) < 5 * 0.01625);
			squares += error * error;
			distinct_release(&d);
		}
		assert_true(sqrt(squares / 100) < 0.02);
	}
}

static void a_count_never_shrinks(void **state) {
	(void)state;
	struct distinct d = {0};
	for (uint64_t i = 0, before = 0; i < 10000; i++) {
		distinct_add(&d, mix(i));
		assert_true(d.count >= before);
		before = d.count;
	}
	distinct_release(&d);
}

/* Two hosts have seen values of which some are the same: together as many as one that has seen all. */
static void merged_sketches_count_the_union(void **state) {
	static const struct {
		uint64_t a_to, b_from, b_to;
	} cases[] = {{1, 0, 1}, {5, 3, 9}, {100, 50, 200}, {2000, 1000, 5000}, {30000, 0, 30}, {0, 0, 50}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct distinct a = {0}, b = {0}, both = {0}, merged = {0};
		for (uint64_t n = 0; n < cases[i].a_to; n++)
			assert_int_equal(distinct_add(&a, mix(n)) | distinct_add(&both, mix(n)), 0);
		for (uint64_t n = cases[i].b_from; n < cases[i].b_to; n++)
			assert_int_equal(distinct_add(&b, mix(n)) | distinct_add(&both, mix(n)), 0);
		char *text_a = distinct_text(&a), *text_b = distinct_text(&b), *text_both = distinct_text(&both);
		assert_int_equal(distinct_merge(&merged, text_a), 0);
		assert_int_equal(distinct_merge(&merged, text_b), 0);
		char *text_merged = distinct_text(&merged);
		assert_string_equal(text_merged, text_both);
		double error = fabs((double)merged.count - (double)both.count) / (double)both.count;
		assert_true(error <= 2 * FIND_DISTINCT_ERROR);
		assert_int_equal(distinct_merge(&a, text_b), 0);
		assert_int_equal(a.count, merged.count);
		free(text_a);
		free(text_b);
		free(text_both);
		free(text_merged);
		distinct_release(&a);
		distinct_release(&b);
		distinct_release(&both);
		distinct_release(&merged);
	}
}

static struct distinct_count count_of(uint64_t from, uint64_t to) {
	struct distinct d = {0};
	for (uint64_t n = from; n < to; n++)
		assert_int_equal(distinct_add(&d, mix(n)), 0);
	struct distinct_count c = {d.count, d.sketch ? FIND_DISTINCT_ERROR : 0, distinct_text(&d)};
	assert_non_null(c.text);
	distinct_release(&d);
	return c;
}

static void counts_of_two_hosts_are_added_each_value_once(void **state) {
	static const struct {
		uint64_t a_to, b_from, b_to, want;
		bool exact;
	} cases[] = {{10, 0, 10, 10, true},         {10, 2, 5, 10, true},    {3, 0, 10, 10, true},
	             {10, 5, 15, 15, false},        {10, 10, 11, 11, false}, {5000, 2500, 7500, 7500, false},
	             {800, 800, 1600, 1600, false}, {0, 0, 7, 7, true}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct distinct_count a = count_of(0, cases[i].a_to), b = count_of(cases[i].b_from, cases[i].b_to);
		uint64_t sum = a.count + b.count;
		assert_int_equal(distinct_unite(&a, &b), 0);
		assert_int_equal(a.error == 0, cases[i].exact);
		assert_in_range(a.count, b.count, sum);
		assert_true(fabs((double)a.count - (double)cases[i].want) <= 2 * FIND_DISTINCT_ERROR * (double)cases[i].want);
		free(a.text);
		free(b.text);
	}
	struct distinct_count a = count_of(0, 10);
	assert_int_equal(distinct_unite(&a, &(struct distinct_count){5, 0, (char *)"x"}), -EINVAL);
	assert_int_equal(a.count, 10);
	free(a.text);
}

static void what_is_no_sketch_is_refused(void **state) {
	static const char *const texts[] = {"",
	                                    "x",
	                                    "sAA",
	                                    "sAAAA",
	                                    "sAA/",
	                                    "sA!B",
	                                    "d",
	                                    "dAAAA",
	                                    "s\xff"
	                                    "AB"};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct distinct d = {0};
		assert_int_equal(distinct_merge(&d, texts[i]), -EINVAL);
		assert_int_equal(d.count, 0);
		distinct_release(&d);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_count_is_exact_up_to_the_limit),
	    cmocka_unit_test(a_hash_of_zero_counts_once),
	    cmocka_unit_test(repeated_values_never_change_an_estimate),
	    cmocka_unit_test(estimates_are_within_the_error_stated),
	    cmocka_unit_test(a_count_never_shrinks),
	    cmocka_unit_test(merged_sketches_count_the_union),
	    cmocka_unit_test(counts_of_two_hosts_are_added_each_value_once),
	    cmocka_unit_test(what_is_no_sketch_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
