/* SPDX-License-Identifier: MIT */
#include "find/risk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Tables of the one-sided 95 % bound of Clopper and Pearson, and closed forms. */
static void bounds_are_those_of_the_tables(void **state) {
	(void)state;
	static const struct {
		uint64_t hits, trials;
		double upper;
	} cases[] = {
	    {0, 10, 0.258866},  {1, 10, 0.394163},  {5, 10, 0.777559},   {9, 10, 0.994884}, {0, 100, 0.029513},
	    {1, 100, 0.046560}, {2, 100, 0.061619}, {10, 100, 0.163718}, {0, 1, 0.95},      {1, 2, 0.974679},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_float_equal(risk_upper(cases[i].hits, cases[i].trials), cases[i].upper, 2e-6);
}

static void what_was_not_tried_may_all_leak(void **state) {
	(void)state;
	assert_float_equal(risk_upper(0, 0), 1, 0);
	assert_float_equal(risk_upper(7, 7), 1, 0);
	assert_float_equal(risk_upper(8, 7), 1, 0);
}

static void without_a_hit_it_is_about_three_in_n(void **state) {
	(void)state;
	for (uint64_t n = 100; n < UINT64_C(1) << 50; n *= 7) {
		double times = risk_upper(0, n) * (double)n;
		assert_true(times > 2.9 && times < 3.0);
	}
}

static void more_hits_raise_and_more_records_lower_it(void **state) {
	(void)state;
	static const uint64_t trials[] = {1, 2, 3, 10, 59, 60, 1000, 12345, 1000000, 1000000000};
	for (size_t t = 0; t < sizeof(trials) / sizeof(*trials); t++) {
		double before = 0;
		for (uint64_t hits = 0; hits <= trials[t] && hits < 3000; hits = hits + 1 + hits / 7) {
			double upper = risk_upper(hits, trials[t]);
			assert_true(upper > before || upper == 1);
			assert_true(upper > (double)hits / (double)trials[t] || upper == 1);
			assert_true(risk_upper(hits, trials[t] + 1 + trials[t] / 50) < upper || hits > trials[t]);
			before = upper;
		}
	}
}

/* The definition itself: at the bound so few hits come about one time in twenty. */
static void at_the_bound_so_few_hits_are_improbable(void **state) {
	(void)state;
	for (unsigned hits = 0; hits < 40; hits += 3) {
		const unsigned trials = 200;
		double p = risk_upper(hits, trials), sum = 0;
		for (unsigned k = 0; k <= hits; k++)
			sum += exp(lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(p) +
			           (trials - k) * log1p(-p));
		assert_float_equal(sum, 0.05, 1e-6);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bounds_are_those_of_the_tables),
	    cmocka_unit_test(what_was_not_tried_may_all_leak),
	    cmocka_unit_test(without_a_hit_it_is_about_three_in_n),
	    cmocka_unit_test(more_hits_raise_and_more_records_lower_it),
	    cmocka_unit_test(at_the_bound_so_few_hits_are_improbable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
