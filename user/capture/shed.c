/* SPDX-License-Identifier: MIT */
#include "capture/shed.h"

#include "base/usage.h"
#include "capture/state.h"

#include "bpf/logspill.skel.h"

#include <math.h>
#include <stdlib.h>

#define EVERY_NS (100 * 1000 * 1000ull)
#define COST_SHIFT 10                         /* BUDGET_COST_SHIFT of bpf/maps.bpf.h */
#define BYTES_PER_CPU_S (100.0 * 1000 * 1000) /* a low guess of what a core scans, to begin with ... */
#define STACKED_PER_CPU_S (2.0 * 1000 * 1000) /* if a stack comes with each write */
#define TOTAL_MIN 1024.0
#define REPAY_S 2.0    /* what was used too much is saved again over this time */
#define FADE_S 0.5     /* a mean over less follows chance: it would be cut at each peak, and recover more slowly */
#define GROWTH 1.25    /* at most, from time to time */
#define WAIT_MIN_MS 5  /* what is found is told within twice that */
#define WAIT_MAX_MS 20 /* who wrote is looked up while it is there */

bool shedding_has_budget(const struct capture_shedding *s) {
	return s->sink_bytes_per_s || s->total_bytes_per_s || s->max_cpu > 0;
}

/* 0 is no limit. */
static uint64_t lower(uint64_t a, uint64_t b) {
	return !a || (b && b < a) ? b : a;
}

void shedding_control_init(struct shedding_control *c, double max_cpu, bool every_stack) {
	double guess = max_cpu * (every_stack ? STACKED_PER_CPU_S : BYTES_PER_CPU_S);
	*c = (struct shedding_control){.guess = guess, .total = guess + 1, .wait_ms = WAIT_MIN_MS};
}

static uint64_t total_of(const struct capture_shedding *s, const struct shedding_control *c) {
	return lower(s->total_bytes_per_s, s->max_cpu > 0 ? (uint64_t)c->total : 0);
}

uint64_t shedding_first_rate(const struct capture_shedding *s, bool every_stack) {
	struct shedding_control first;
	shedding_control_init(&first, s->max_cpu, every_stack);
	return lower(s->sink_bytes_per_s, total_of(s, &first));
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

static void note_past(struct shedding_control *c, const struct shedding_past *past) {
	double rest = exp(-past->seconds / FADE_S);
	c->seconds = c->seconds * rest + past->seconds;
	c->cpu = c->cpu * rest + past->cpu;
	c->allowed = c->allowed * rest + c->total * past->seconds;
	c->passed = c->passed * rest + past->passed * past->seconds;
}

/* The share to use next, of a core. What was saved while there was little to do is no licence to use more later. */
static double aim(struct shedding_control *c, double max_cpu, const struct shedding_past *past) {
	c->credit = within(c->credit + max_cpu * past->seconds - past->cpu, -REPAY_S * max_cpu, max_cpu / 10);
	return within(max_cpu + c->credit / REPAY_S, max_cpu / 4, max_cpu * 1.1);
}

/* Fewer looks find more each time, which costs less a byte: before anything is shed, and whenever something is. */
static void steer_wait(struct shedding_control *c, double over, const struct shedding_past *past) {
	c->wait_ms = within(c->wait_ms * (past->bound ? GROWTH : pow(over, past->seconds)), WAIT_MIN_MS, WAIT_MAX_MS);
}

/* Of what was allowed not all may have come through, as when sinks are written to by fits and starts: what counts is
 * what it cost to allow so much. */
static void steer_total(struct shedding_control *c, double over, const struct shedding_past *past) {
	double passed = c->passed / c->seconds, most = 2 * passed;
	if (past->bound)
		c->total = within(c->allowed / c->seconds / over, c->total / 2, c->total * GROWTH);
	else if (over > 1 && c->wait_ms >= WAIT_MAX_MS)
		c->total = passed / over;
	/* Unused room would all be used at once by whoever comes. */
	if (c->total > c->guess && c->total > most)
		c->total = most > c->guess ? most : c->guess;
	if (c->total < TOTAL_MIN)
		c->total = TOTAL_MIN;
}

void shedding_steer(struct shedding_control *c, double max_cpu, const struct shedding_past *past) {
	note_past(c, past);
	double over = c->cpu / c->seconds / aim(c, max_cpu, past);
	steer_wait(c, over, past);
	steer_total(c, over, past);
}

void shedder_init(struct shedder *s, const struct capture_shedding *config, bool every_stack) {
	*s = (struct shedder){.config = *config};
	shedding_control_init(&s->control, config->max_cpu, every_stack);
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

void capture_count_cpu(struct capture *c, uint64_t ns) {
	c->shedder.beside_ns = ns;
}

int shedder_wait_ms(const struct shedder *s) {
	return (int)s->control.wait_ms;
}

bool shedder_is_on(const struct shedder *s) {
	return total_of(&s->config, &s->control);
}

void shedder_tick(struct capture *c, uint64_t now_ns) {
	struct shedder *s = &c->shedder;
	if (!shedder_is_on(s) || now_ns < s->since_ns + EVERY_NS)
		return;
	uint64_t cpu_ns = usage_cpu_ns() + s->beside_ns, lost;
	struct shedding_past past = {.seconds = (double)(now_ns - s->since_ns) / 1e9,
	                             .cpu = (double)(cpu_ns - s->cpu_ns) / 1e9};
	size_t len;
	if (!take_demands(c, past.seconds, &len, &lost, &past.passed))
		return;
	past.bound = lost > s->budget_lost_bytes;
	if (s->config.max_cpu > 0 && s->since_ns)
		shedding_steer(&s->control, s->config.max_cpu, &past);
	s->since_ns = now_ns;
	s->cpu_ns = cpu_ns;
	s->budget_lost_bytes = lost;
	uint64_t total = total_of(&s->config, &s->control);
	uint64_t rate = lower(s->config.sink_bytes_per_s, shedding_level(s->demands, len, total));
	__atomic_store_n(&c->kernel.bpf->bss->budget_cost, shedding_cost(rate), __ATOMIC_RELAXED);
}
