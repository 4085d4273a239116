/* SPDX-License-Identifier: MIT */
#include "emit/snapshot.h"

#include <errno.h>
#include <pthread.h>

const double snapshot_latency_bounds_s[SNAPSHOT_LATENCY_BOUNDS] = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 10};

static void free_targets(struct snapshot *s) {
	for (size_t i = 0; i < s->targets_len; i++) {
		free(s->targets[i].name);
		free(s->targets[i].matches);
	}
	free(s->targets);
}

static void free_rules(struct snapshot *s) {
	for (size_t i = 0; i < s->rules_len; i++)
		free(s->rules[i].id);
	free(s->rules);
}

static void free_sinks(struct snapshot *s) {
	if (s->sinks_holders && __atomic_fetch_sub(s->sinks_holders, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	free(s->sinks_holders);
	for (size_t i = 0; i < s->sinks_len; i++) {
		free(s->sinks[i].name);
		free(s->sinks[i].label);
		free(s->sinks[i].reason);
	}
	free(s->sinks);
}

static void free_findings(struct snapshot *s) {
	for (size_t i = 0; i < s->findings_len; i++)
		finding_copy_drop(s->findings[i]);
	free(s->findings);
}

static void free_blind(struct snapshot *s) {
	for (size_t i = 0; i < s->blind_len; i++) {
		free(s->blind[i].kind);
		free(s->blind[i].name);
		free(s->blind[i].text);
	}
	free(s->blind);
}

static void free_programs(struct snapshot *s) {
	for (size_t i = 0; i < s->cost.programs_len; i++)
		free(s->cost.programs[i].name);
	free(s->cost.programs);
}

static void free_outputs(struct snapshot *s) {
	for (size_t i = 0; i < s->outputs_len; i++) {
		free(s->outputs[i].name);
		free(s->outputs[i].last_error);
	}
	free(s->outputs);
}

static void free_source(struct snapshot_source *s) {
	free(s->path);
	free(s->hash);
	free(s->last_error);
}

struct snapshot_sums snapshot_sum(const struct snapshot *s) {
	struct snapshot_sums sums = {0};
	for (size_t i = 0; i < s->targets_len; i++) {
		const struct snapshot_target *t = &s->targets[i];
		capture_totals_add(&sums.totals, &t->totals);
		sums.scanned.bytes += t->scanned.bytes;
		sums.scanned.writes += t->scanned.writes;
		sums.waiting.bytes += t->waiting.bytes;
		sums.waiting.writes += t->waiting.writes;
		sums.records += t->records;
	}
	sums.coverage = verdict_coverage(sums.scanned.bytes, sums.totals.seen_bytes - sums.waiting.bytes);
	return sums;
}

unsigned int snapshot_kinds(const struct snapshot *s) {
	unsigned int kinds = 0;
	for (size_t i = 0; i < s->targets_len; i++)
		kinds |= s->targets[i].kinds;
	return kinds;
}

size_t snapshot_findings(const struct snapshot *s) {
	return s->findings_total ? s->findings_total : s->findings_len;
}

size_t snapshot_unwaived(const struct snapshot *s) {
	size_t n = s->unwaived_total;
	if (s->findings_total)
		return n;
	for (size_t i = 0; i < s->findings_len; i++)
		n += !s->findings[i]->finding.waived;
	return n;
}

static bool is_blind(const struct snapshot *s) {
	bool is = false;
	for (size_t i = 0; i < s->blind_len; i++)
		is |= s->blind[i].doubt;
	return is;
}

enum verdict snapshot_verdict(const struct snapshot *s) {
	bool doubt = is_blind(s) || snapshot_sum(s).coverage < 1 || !s->ready || (s->probe.enabled && !s->probe.healthy);
	return snapshot_unwaived(s) ? VERDICT_FAIL : doubt ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
}

const char *snapshot_verdict_word(enum verdict v) {
	return v == VERDICT_FAIL ? verdict_word(v) : v == VERDICT_PASS ? "PASS so far" : "INCONCLUSIVE so far";
}

struct snapshot *snapshot_new(void) {
	struct snapshot *s = calloc(1, sizeof(*s));
	if (s)
		s->holders = 1;
	return s;
}

int snapshot_share_sinks(struct snapshot *to, struct snapshot *from) {
	if (!from->sinks_holders) {
		from->sinks_holders = malloc(sizeof(*from->sinks_holders));
		if (!from->sinks_holders)
			return -ENOMEM;
		*from->sinks_holders = 1;
	}
	__atomic_fetch_add(from->sinks_holders, 1, __ATOMIC_RELAXED);
	to->sinks = from->sinks;
	to->sinks_len = from->sinks_len;
	to->sinks_holders = from->sinks_holders;
	return 0;
}

struct snapshot *snapshot_hold(struct snapshot *s) {
	__atomic_fetch_add(&s->holders, 1, __ATOMIC_RELAXED);
	return s;
}

void snapshot_drop(struct snapshot *s) {
	if (!s || __atomic_fetch_sub(&s->holders, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	free_targets(s);
	free_rules(s);
	free_sinks(s);
	free_findings(s);
	free_blind(s);
	free_programs(s);
	free_outputs(s);
	free_source(&s->config);
	free_source(&s->rule_source);
	free(s);
}

struct snapshot_board {
	pthread_mutex_t lock;
	struct snapshot *newest;
};

int snapshot_board_new(struct snapshot_board **ret) {
	struct snapshot_board *b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	*ret = b;
	return 0;
}

void snapshot_board_free(struct snapshot_board *b) {
	if (!b)
		return;
	snapshot_drop(b->newest);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void snapshot_publish(struct snapshot_board *b, struct snapshot *s) {
	pthread_mutex_lock(&b->lock);
	struct snapshot *before = b->newest;
	b->newest = s;
	pthread_mutex_unlock(&b->lock);
	snapshot_drop(before);
}

struct snapshot *snapshot_newest(struct snapshot_board *b) {
	pthread_mutex_lock(&b->lock);
	struct snapshot *s = b->newest ? snapshot_hold(b->newest) : NULL;
	pthread_mutex_unlock(&b->lock);
	return s;
}
