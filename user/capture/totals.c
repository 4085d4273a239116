/* SPDX-License-Identifier: MIT */
#include "capture/state.h"

#include "base/cleanup.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <errno.h>

#define UNNAMED "a sink that could not be named"

static void add_stats(struct capture_totals *t, const struct wire_sink_stats *s) {
	t->seen_bytes += s->seen_bytes;
	t->seen_writes += s->seen_writes;
	for (int i = 0; i < WIRE_LOSS_COUNT; i++) {
		t->lost[i].bytes += s->lost_bytes[i];
		t->lost[i].writes += s->lost_writes[i];
	}
}

static void add_targets(struct capture_totals *t, const struct wire_target_stats *targets) {
	for (int i = 0; i < WIRE_TARGETS_MAX; i++) {
		t->seen_bytes += targets[i].unplaced_bytes;
		t->seen_writes += targets[i].unplaced_writes;
		t->lost[WIRE_LOSS_UNSUPPORTED].bytes += targets[i].unplaced_bytes;
		t->lost[WIRE_LOSS_UNSUPPORTED].writes += targets[i].unplaced_writes;
	}
}

static void add_to_kept(struct wire_sink_stats *kept, const struct wire_sink_stats *s) {
	kept->seen_bytes += s->seen_bytes;
	kept->seen_writes += s->seen_writes;
	for (int i = 0; i < WIRE_LOSS_COUNT; i++) {
		kept->lost_bytes[i] += s->lost_bytes[i];
		kept->lost_writes[i] += s->lost_writes[i];
	}
}

void totals_keep_place(struct capture *c, uint32_t place) {
	const struct sink_owner *owner = &c->sinks.by_place[place];
	const struct wire_sink_stats *stats = &c->places.stats[place];
	if (owner->is_other)
		return;
	add_to_kept(&c->kept, stats);
	blind_spots_add_sink(&c->blind, owner->entry ? owner->entry->sink.name : UNNAMED, stats);
}

/* s: NULL for one that could not be announced, for want of room in the ring. It may be a log, and counts as one. */
typedef int (*sink_fn)(void *arg, const struct sink *s, const struct wire_sink_stats *stats);

/* Calls fn for each log, until it fails. */
static int each_log(struct capture *c, sink_fn fn, void *arg) {
	int r = 0;
	for (uint32_t place = 0; place < WIRE_SINKS_MAX && !r; place++) {
		const struct sink_owner *owner = &c->sinks.by_place[place];
		if (c->places.stats[place].key.ino && !owner->is_other)
			r = fn(arg, owner->entry ? &owner->entry->sink : NULL, &c->places.stats[place]);
	}
	return r;
}

static int add_to_totals(void *arg, const struct sink *s, const struct wire_sink_stats *stats) {
	(void)s;
	add_stats(arg, stats);
	return 0;
}

int capture_totals(struct capture *c, struct capture_totals *ret) {
	struct capture_totals t = {0};
	int r = each_log(c, add_to_totals, &t);
	if (r)
		return r;
	add_stats(&t, &c->kept);
	t.seen_bytes += c->followers.read.bytes;
	t.seen_writes += c->followers.read.writes;
	add_targets(&t, c->kernel.bpf->bss->target_stats);
	t.lost[WIRE_LOSS_SCANNER].bytes += c->undelivered.bytes;
	t.lost[WIRE_LOSS_SCANNER].writes += c->undelivered.writes;
	*ret = t;
	return 0;
}

static uint64_t untracked_processes(const struct capture *c) {
	uint64_t n = 0;
	for (int i = 0; i < WIRE_TARGETS_MAX; i++)
		n += c->kernel.bpf->bss->target_stats[i].untracked_processes;
	return n;
}

static uint64_t unseen_requests(const struct capture *c) {
	uint64_t n = 0;
	for (int i = 0; i < WIRE_TARGETS_MAX; i++)
		n += c->kernel.bpf->bss->target_stats[i].unseen_requests;
	return n;
}

static int add_sink_spots(void *arg, const struct sink *s, const struct wire_sink_stats *stats) {
	return blind_spots_add_sink(arg, s ? s->name : UNNAMED, stats);
}

int capture_blind_spots(struct capture *c, struct blind_spots *ret) {
	_cleanup_(blind_spots_release) struct blind_spots spots = {0};
	int r = each_log(c, add_sink_spots, &spots);
	for (size_t i = 0; i < c->blind.len && !r; i++)
		r = blind_spots_add(&spots, c->blind.items[i].kind, c->blind.items[i].name, c->blind.items[i].amount);
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_PROCESSES, NULL, (struct wire_amount){.events = untracked_processes(c)});
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_URING, NULL, (struct wire_amount){.events = unseen_requests(c)});
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_MISSED_CALLS, NULL,
		                    (struct wire_amount){.events = cost_counts(&c->kernel).missed});
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_COMPAT, NULL,
		                    (struct wire_amount){.events = c->kernel.bpf->bss->unseen_compat - c->compat_named});
	if (r)
		return r;
	*ret = spots;
	spots = (struct blind_spots){0};
	return 0;
}

void capture_cost(const struct capture *c, struct capture_cost *ret) {
	struct cost_counts counts = cost_counts(&c->kernel);
	*ret = (struct capture_cost){counts.calls, counts.ns};
}

int capture_sink_totals(struct capture *c, const struct sink *s, struct capture_totals *ret) {
	const struct sink_entry *e = (const struct sink_entry *)s;
	if (!s->is_log && !s->second_hop)
		return -ENOENT;
	*ret = (struct capture_totals){0};
	add_stats(ret, &c->places.stats[e->place]);
	return 0;
}

void capture_past_totals(const struct capture *c, struct capture_totals *ret) {
	*ret = (struct capture_totals){0};
	add_stats(ret, &c->kept);
}

void capture_each_sink(struct capture *c, void (*fn)(void *arg, struct sink *s), void *arg) {
	size_t at = 0;
	for (struct sink_entry *e; (e = table_next(&c->sinks.by_key, &at));)
		fn(arg, &e->sink);
}
