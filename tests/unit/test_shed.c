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
	assert_int_equal(shedding_first_rate(&(struct capture_shedding){.sample_of = 10}, false), 0);
	assert_int_equal(
	    shedding_first_rate(&(struct capture_shedding){.sink_bytes_per_s = 7, .total_bytes_per_s = 9}, false), 7);
	assert_int_equal(
	    shedding_first_rate(&(struct capture_shedding){.sink_bytes_per_s = 9, .total_bytes_per_s = 7}, false), 7);
	const struct capture_shedding limit = {.max_cpu = 0.05};
	assert_true(shedding_first_rate(&limit, true) > 0);
	assert_true(shedding_first_rate(&limit, true) < shedding_first_rate(&limit, false)); /* each costs more */
}

/* An agent, what it is offered, and how unevenly what it has taken in comes to cost it. */
struct load {
	double ns_per_byte, us_per_look, idle;
	double bytes_per_s;
	double noise; /* 0.2: each tenth of a second takes from 0.8 to 1.2 of its share */
	int burst_of; /* all of a second comes in so many tenths of it; 0: evenly */
};

struct used {
	double mean, most, least; /* of a second, over the last 20 of 30 */
	double coverage;
};

/* As the kernel side does it: half a second's worth can be saved up. */
static double pass(double offered, double allowed, double *room) {
	*room = fmin(*room, allowed / 2) + allowed / 10;
	double passed = fmin(offered, *room);
	*room -= passed;
	return passed;
}

static struct used simulate(double max_cpu, const struct load *l) {
	struct shedding_control c;
	struct used used = {.least = 1};
	double room = 0, second = 0, passed_sum = 0, offered_sum = 0;
	shedding_control_init(&c, max_cpu, false);
	srandom(1);
	for (int i = 0; i < 300; i++) {
		double share = !l->burst_of ? 1 : i % 10 < l->burst_of ? 10.0 / l->burst_of : 0;
		double offered = l->bytes_per_s * share / 10, passed = pass(offered, c.total, &room);
		double looks = offered > 0 ? 100 / c.wait_ms : 0;
		double noise = 1 - l->noise + 2 * l->noise * (double)random() / RAND_MAX;
		double cpu = l->idle / 10 + noise * (passed * l->ns_per_byte / 1e9 + looks * l->us_per_look / 1e6);
		const struct shedding_past past = {0.1, cpu, passed * 10, passed < offered};
		shedding_steer(&c, max_cpu, &past);
		second = i % 10 ? second + cpu : cpu;
		if (i < 100)
			continue;
		offered_sum += offered;
		passed_sum += passed;
		used.mean += cpu / 20;
		if (i % 10 == 9) {
			used.most = fmax(used.most, second);
			used.least = fmin(used.least, second);
		}
	}
	used.coverage = passed_sum / offered_sum;
	return used;
}

static void cpu_time_is_held_and_used_whatever_a_byte_costs(void **state) {
	(void)state;
	static const struct load loads[] = {
	    {.ns_per_byte = 1, .idle = 0.002, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 1e10},
	    {.ns_per_byte = 2, .idle = 0.002, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 36e6},
	    {.ns_per_byte = 8, .idle = 0.002, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 1e10},
	    {.ns_per_byte = 60, .idle = 0.002, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 1e10},
	    {.ns_per_byte = 500, .idle = 0.002, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 1e10},
	};
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		struct used used = simulate(0.05, &loads[i]);
		assert_true(used.mean > 0.045 && used.mean < 0.055);
		assert_true(used.least > 0.04 && used.most < 0.06);
	}
}

/* One that was cut at each peak, and grew back more slowly, used 3.6 %. */
static void chance_does_not_make_it_use_less(void **state) {
	(void)state;
	const struct load uneven = {.ns_per_byte = 2, .idle = 0.002, .us_per_look = 90, .noise = 0.9, .bytes_per_s = 120e6};
	struct used used = simulate(0.05, &uneven);
	assert_true(used.mean > 0.045 && used.mean < 0.055);
}

static void what_fits_when_looked_at_more_rarely_is_not_shed(void **state) {
	(void)state;
	const struct load load = {
	    .ns_per_byte = 3, .idle = 0.002, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 12e6}; /* 5.6 % of a core */
	struct used used = simulate(0.05, &load);
	assert_true(used.coverage == 1);
	assert_true(used.mean > 0.045 && used.most < 0.06);
}

static void little_is_all_looked_at_and_soon(void **state) {
	(void)state;
	const struct load load = {.ns_per_byte = 8, .idle = 0.005, .us_per_look = 90, .noise = 0.2, .bytes_per_s = 1.2e6};
	struct used used = simulate(0.05, &load);
	assert_true(used.coverage == 1);
	assert_true(fabs(used.mean - 0.005 - 1.2e6 * 8e-9 - 200 * 90e-6) < 0.001);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_level_serves_the_modest_first),
	    cmocka_unit_test(what_all_get_is_the_total_or_all_they_want),
	    cmocka_unit_test(a_rate_is_a_cost_and_no_limit_is_none),
	    cmocka_unit_test(cpu_time_is_held_and_used_whatever_a_byte_costs),
	    cmocka_unit_test(chance_does_not_make_it_use_less),
	    cmocka_unit_test(what_fits_when_looked_at_more_rarely_is_not_shed),
	    cmocka_unit_test(little_is_all_looked_at_and_soon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
