/* SPDX-License-Identifier: MIT */
#include "capture/shed.h"

#include "base/usage.h"
#include "capture/state.h"

#include "bpf/logspill.skel.h"

#include <stdlib.h>

#define EVERY_NS (100 * 1000 * 1000ull)
#define COST_SHIFT 10                        /* BUDGET_COST_SHIFT of bpf/maps.bpf.h */
#define BYTES_PER_CPU_S (50.0 * 1000 * 1000) /* a low guess of what a core scans, to begin with */
#define TOTAL_MIN 1024.0
#define REPAY_S 2.0 /* what was used too much is saved again over this time */
#define GROWTH 1.25 /* at most, from time to time */

bool shedding_has_budget(const struct capture_shedding *s) {
	return s->sink_bytes_per_s || s->total_bytes_per_s || s->max_cpu > 0;
}

/* 0 is no limit. */
static uint64_t lower(uint64_t a, uint64_t b) {
	return !a || (b && b < a) ? b : a;
}

static uint64_t first_total(const struct capture_shedding *s) {
	uint64_t guess = s->max_cpu > 0 ? (uint64_t)(s->max_cpu * BYTES_PER_CPU_S) + 1 : 0;
	return lower(s->total_bytes_per_s, guess);
}

uint64_t shedding_first_rate(const struct capture_shedding *s) {
	return lower(s->sink_bytes_per_s, first_total(s));
}

uint64_t shedding_cost(uint64_t bytes_per_s) {
	uint64_t cost = bytes_per_s ? (1000000000ull << COST_SHIFT) / bytes_per_s : 0;
	return bytes_per_s && !cost ? 1 : cost;
}

static int by_size(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

uint64_t shedding_level(uint64_t *demands, size_t len, uint64_t total) {
	uint64_t left = total, most = 0;
	if (len)
		qsort(demands, len, sizeof(*demands), by_size);
	for (size_t i = 0; i < len; i++) {
		uint64_t share = left / (len - i);
		if (demands[i] > share)
			return share ? share : 1;
		left -= demands[i];
		most = demands[i];
	}
	return most + left;
}

static double within(double x, double low, double high) {
	return x < low ? low : x > high ? high : x;
}

uint64_t shedding_steer(uint64_t total, double max_cpu, const struct shedding_past *past, double *credit) {
	double used = past->cpu / past->seconds;
	/* What was saved while there was little to do is no licence to use more later. */
	*credit = within(*credit + max_cpu * past->seconds - past->cpu, -REPAY_S * max_cpu, max_cpu / 10);
	double aim = within(max_cpu + *credit / REPAY_S, max_cpu / 4, max_cpu * 1.1);
	double next = (double)total, guess = max_cpu * BYTES_PER_CPU_S, most = 2 * past->passed;
	double change = used > 0 ? within(aim / used, 0.5, GROWTH) : GROWTH;
	if (past->bound)
		next *= change;
	else if (used > aim)
		next = past->passed * change;
	/* Unused room would all be used at once by whoever comes. */
	if (next > guess && next > most)
		next = most > guess ? most : guess;
	return (uint64_t)(next > TOTAL_MIN ? next : TOTAL_MIN);
}

void shedder_init(struct shedder *s, const struct capture_shedding *config) {
	*s = (struct shedder){.config = *config, .total = first_total(config)};
}

void shedder_release(struct shedder *s) {
	free(s->demands);
	s->demands = NULL;
}

/* Fills demands, in bytes a second, with those of the sinks that were written to. False: no memory. */
static bool take_demands(struct capture *c, double seconds, size_t *ret_len, uint64_t *ret_lost, double *ret_passed) {
	struct shedder *s = &c->shedder;
	uint64_t all = 0, lost = 0;
	size_t len = 0;
	if (c->sinks.logs_len > s->demands_cap) {
		uint64_t *demands = reallocarray(s->demands, 2 * c->sinks.logs_len, sizeof(*demands));
		if (!demands)
			return false;
		s->demands = demands;
		s->demands_cap = 2 * c->sinks.logs_len;
	}
	for (struct sink_entry *e = TAILQ_FIRST(&c->sinks.logs); e; e = TAILQ_NEXT(e, link)) {
		const struct wire_sink_stats *stats = &c->places.stats[e->place];
		uint64_t bytes = stats->seen_bytes - e->seen_bytes;
		lost += stats->lost_bytes[WIRE_LOSS_BUDGET];
		e->seen_bytes += bytes;
		all += bytes;
		if (bytes)
			s->demands[len++] = (uint64_t)((double)bytes / seconds);
	}
	/* Those that left took theirs along. */
	uint64_t shed = lost > s->budget_lost_bytes ? lost - s->budget_lost_bytes : 0;
	*ret_len = len;
	*ret_lost = lost;
	*ret_passed = (double)(all > shed ? all - shed : 0) / seconds;
	return true;
}

void shedder_tick(struct capture *c, uint64_t now_ns) {
	struct shedder *s = &c->shedder;
	if (!s->total || now_ns < s->since_ns + EVERY_NS)
		return;
	uint64_t cpu_ns = usage_cpu_ns(), lost;
	struct shedding_past past = {.seconds = (double)(now_ns - s->since_ns) / 1e9,
	                             .cpu = (double)(cpu_ns - s->cpu_ns) / 1e9};
	size_t len;
	if (!take_demands(c, past.seconds, &len, &lost, &past.passed))
		return;
	past.bound = lost > s->budget_lost_bytes;
	if (s->config.max_cpu > 0 && s->since_ns)
		s->total = lower(s->config.total_bytes_per_s, shedding_steer(s->total, s->config.max_cpu, &past, &s->credit));
	s->since_ns = now_ns;
	s->cpu_ns = cpu_ns;
	s->budget_lost_bytes = lost;
	uint64_t rate = lower(s->config.sink_bytes_per_s, shedding_level(s->demands, len, s->total));
	__atomic_store_n(&c->kernel.bpf->bss->budget_cost, shedding_cost(rate), __ATOMIC_RELAXED);
}
