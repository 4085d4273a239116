/* SPDX-License-Identifier: MIT */
#include "capture/shed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_level_serves_the_modest_first(void **state) {
	(void)state;
	static const struct {
		uint64_t demands[4];
		size_t len;
		uint64_t total, level;
	} cases[] = {
	    {{0}, 0, 100, 100},
	    {{50}, 1, 100, 100}, /* room to grow */
	    {{500}, 1, 100, 100},
	    {{500, 10}, 2, 100, 90},
	    {{500, 10, 500}, 3, 100, 45},
	    {{30, 20, 10}, 3, 100, 70},          /* all served: any one may have what is left */
	    {{1000, 1000, 1000, 1000}, 4, 2, 1}, /* never nothing */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t demands[4];
		memcpy(demands, cases[i].demands, sizeof(demands));
		assert_int_equal(shedding_level(demands, cases[i].len, cases[i].total), cases[i].level);
	}
}

static void what_all_get_is_the_total_or_all_they_want(void **state) {
	(void)state;
	enum { N = 300 };
	uint64_t demands[N];
	srandom(1);
	for (int round = 0; round < 200; round++) {
		uint64_t total = (uint64_t)random() % 1000000 + N, wanted = 0, given = 0;
		for (size_t i = 0; i < N; i++)
			wanted += demands[i] = (uint64_t)random() % (i % 7 ? 5000 : 50000) + 1;
		uint64_t level = shedding_level(demands, N, total);
		for (size_t i = 0; i < N; i++)
			given += demands[i] < level ? demands[i] : level;
		assert_true(given <= total);
		assert_true(wanted <= total ? given == wanted : given + N > total); /* but for fractions */
	}
}

static void a_rate_is_a_cost_and_no_limit_is_none(void **state) {
	(void)state;
	assert_int_equal(shedding_cost(0), 0);
	assert_int_equal(shedding_cost(1000000000), 1024);
	assert_int_equal(shedding_cost(UINT64_MAX), 1);
	assert_false(shedding_has_budget(&(struct capture_shedding){.sample_of = 10}));
	assert_int_equal(shedding_first_rate(&(struct capture_shedding){.sample_of = 10}), 0);
	assert_int_equal(shedding_first_rate(&(struct capture_shedding){.sink_bytes_per_s = 7, .total_bytes_per_s = 9}), 7);
	assert_int_equal(shedding_first_rate(&(struct capture_shedding){.sink_bytes_per_s = 9, .total_bytes_per_s = 7}), 7);
	assert_true(shedding_first_rate(&(struct capture_shedding){.max_cpu = 0.05}) > 0);
}

/* An agent that needs so many ns a byte, and some cpu even for none, under an offered load. The share of a core that it
 * used over the last 10 of 20 seconds. */
static double simulate(double max_cpu, double ns_per_byte, double idle, double offered, double *ret_worst) {
	uint64_t total = shedding_first_rate(&(struct capture_shedding){.max_cpu = max_cpu});
	double credit = 0, sum = 0, worst = 0, second = 0;
	srandom(1);
	for (int i = 0; i < 200; i++) {
		double noise = 0.8 + 0.4 * (double)random() / RAND_MAX;
		double passed = offered < (double)total ? offered : (double)total;
		double cpu = (idle + passed * ns_per_byte * noise / 1e9) * 0.1;
		const struct shedding_past past = {0.1, cpu, passed, offered > (double)total};
		total = shedding_steer(total, max_cpu, &past, &credit);
		sum += i >= 100 ? cpu : 0;
		second = i % 10 ? second + cpu : cpu;
		if (i % 10 == 9 && i >= 100 && second > worst)
			worst = second;
	}
	*ret_worst = worst;
	return sum / 10;
}

static void cpu_time_is_held_and_used_whatever_a_byte_costs(void **state) {
	(void)state;
	static const double costs[] = {1, 8, 60, 500};
	double worst;
	for (size_t i = 0; i < sizeof(costs) / sizeof(*costs); i++) {
		double used = simulate(0.05, costs[i], 0.005, 1e10, &worst);
		assert_true(used > 0.045 && used < 0.055);
		assert_true(worst < 0.06);
	}
}

static void little_is_all_looked_at(void **state) {
	(void)state;
	double worst, offered = 1.2e6, used = simulate(0.05, 8, 0.005, offered, &worst);
	assert_true(fabs(used - 0.005 - offered * 8e-9) < 0.001);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_level_serves_the_modest_first),
	    cmocka_unit_test(what_all_get_is_the_total_or_all_they_want),
	    cmocka_unit_test(a_rate_is_a_cost_and_no_limit_is_none),
	    cmocka_unit_test(cpu_time_is_held_and_used_whatever_a_byte_costs),
	    cmocka_unit_test(little_is_all_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
