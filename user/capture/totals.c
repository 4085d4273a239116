/* SPDX-License-Identifier: MIT */
#include "capture/state.h"

#include "base/cleanup.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <errno.h>
#include <string.h>

#define UNNAMED "a sink that could not be named"

static void add_stats(struct capture_totals *t, const struct wire_sink_stats *s) {
	t->seen_bytes += s->seen_bytes;
	t->seen_writes += s->seen_writes;
	for (int i = 0; s->gaps && i < WIRE_LOSS_COUNT; i++) {
		t->lost[i].bytes += s->lost_bytes[i];
		t->lost[i].writes += s->lost_writes[i];
	}
}

void capture_totals_add(struct capture_totals *t, const struct capture_totals *more) {
	t->seen_bytes += more->seen_bytes;
	t->seen_writes += more->seen_writes;
	for (int i = 0; i < WIRE_LOSS_COUNT; i++) {
		t->lost[i].bytes += more->lost[i].bytes;
		t->lost[i].writes += more->lost[i].writes;
	}
}

struct capture_loss capture_totals_lost(const struct capture_totals *t) {
	struct capture_loss sum = {0};
	for (int i = 0; i < WIRE_LOSS_COUNT; i++) {
		sum.bytes += t->lost[i].bytes;
		sum.writes += t->lost[i].writes;
	}
	return sum;
}

void totals_keep_place(struct capture *c, uint32_t place) {
	const struct sink_owner *owner = &c->sinks.by_place[place];
	const struct wire_sink_stats *stats = &c->places.stats[place];
	if (owner->is_other)
		return;
	add_stats(&c->kept[target_of(&stats->key)], stats);
	blind_spots_add_sink(&c->blind, owner->entry ? owner->entry->sink.name : UNNAMED, stats);
}

/* All places that were ever used lie below. */
static uint32_t places_end(const struct capture *c) {
	uint32_t used = __atomic_load_n(&c->kernel.bpf->bss->places_used, __ATOMIC_RELAXED);
	return c->replay || used >= WIRE_SINKS_MAX ? WIRE_SINKS_MAX : used + 1;
}

static uint64_t blind_events(const struct wire_sink_stats *s) {
	uint64_t events = 0;
	for (enum wire_blind kind = 0; kind < WIRE_BLIND_OF_SINKS; kind++)
		events += s->blind[kind].events;
	return events;
}

/* Each counter only grows until its place is given back, which is a change of the sinks. */
static struct capture_moves count_moves(const struct capture *c) {
	struct capture_moves moves = {.sinks = c->sinks.changes};
	uint32_t end = places_end(c);
	for (uint32_t place = 0; place < end; place++) {
		const struct wire_sink_stats *s = &c->places.stats[place];
		if (!s->key.ino)
			continue;
		moves.counters[target_of(&s->key)] += s->seen_writes + s->gaps + blind_events(s);
	}
	return moves;
}

bool capture_moved(const struct capture *c, const struct capture_moves *since, uint32_t except) {
	bool moved = since->sinks != c->read.moves.sinks;
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++)
		moved |= i != except && since->counters[i] != c->read.moves.counters[i];
	return moved;
}

struct capture_moves capture_moves(const struct capture *c) {
	return c->read.moves;
}

/* One that could not be announced, for want of room in the ring, may be a log, and counts as one. The sink itself,
 * which lies anywhere, is looked at for its name alone. */
static int add_log(struct totals_read *t, const struct sink_entry *e, const struct wire_sink_stats *stats) {
	add_stats(&t->targets[target_of(&stats->key)], stats);
	return blind_events(stats) ? blind_spots_add_sink(&t->blind, e ? e->sink.name : UNNAMED, stats) : 0;
}

/* What moves while it is read is read again. */
static int read_logs(struct capture *c) {
	struct capture_moves now = count_moves(c);
	uint32_t end = places_end(c);
	int r = 0;
	if (c->read.valid && !capture_moved(c, &now, WIRE_TARGETS_MAX))
		return 0;
	blind_spots_release(&c->read.blind);
	c->read = (struct totals_read){.moves = now};
	for (uint32_t place = 0; place < end && !r; place++) {
		const struct sink_owner *owner = &c->sinks.by_place[place];
		if (c->places.stats[place].key.ino && !owner->is_other)
			r = add_log(&c->read, owner->entry, &c->places.stats[place]);
	}
	c->read.valid = !r;
	return r;
}

int capture_target_totals(struct capture *c, struct capture_totals ret[WIRE_TARGETS_MAX]) {
	int r = read_logs(c);
	if (r)
		return r;
	memcpy(ret, c->read.targets, sizeof(c->read.targets));
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++) {
		struct capture_totals *t = &ret[i];
		const struct wire_target_stats *stats = &c->kernel.bpf->bss->target_stats[i];
		capture_totals_add(t, &c->kept[i]);
		t->seen_bytes += stats->unplaced_bytes + c->followers.read[i].bytes;
		t->seen_writes += stats->unplaced_writes + c->followers.read[i].writes;
		t->lost[WIRE_LOSS_UNSUPPORTED].bytes += stats->unplaced_bytes;
		t->lost[WIRE_LOSS_UNSUPPORTED].writes += stats->unplaced_writes;
		t->lost[WIRE_LOSS_SCANNER].bytes += c->undelivered[i].bytes;
		t->lost[WIRE_LOSS_SCANNER].writes += c->undelivered[i].writes;
	}
	return 0;
}

int capture_totals(struct capture *c, struct capture_totals *ret) {
	struct capture_totals targets[WIRE_TARGETS_MAX];
	int r = capture_target_totals(c, targets);
	if (r)
		return r;
	*ret = (struct capture_totals){0};
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++)
		capture_totals_add(ret, &targets[i]);
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

/* By the kernel, and by programs of ours that came while another one had the turn on that cpu. */
static uint64_t missed_calls(const struct capture *c) {
	return cost_counts(&c->kernel).missed + c->kernel.bpf->bss->missed_turns;
}

static int add_spots(struct blind_spots *to, const struct blind_spots *more) {
	int r = 0;
	for (size_t i = 0; i < more->len && !r; i++)
		r = blind_spots_add(to, more->items[i].kind, more->items[i].name, more->items[i].amount);
	return r;
}

int capture_blind_spots(struct capture *c, struct blind_spots *ret) {
	_cleanup_(blind_spots_release) struct blind_spots spots = {0};
	int r = c->read.valid ? 0 : read_logs(c);
	if (!r)
		r = add_spots(&spots, &c->read.blind);
	if (!r)
		r = add_spots(&spots, &c->blind);
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_PROCESSES, NULL, (struct wire_amount){.events = untracked_processes(c)});
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_URING, NULL, (struct wire_amount){.events = unseen_requests(c)});
	if (!r)
		r = blind_spots_add(&spots, WIRE_BLIND_MISSED_CALLS, NULL, (struct wire_amount){.events = missed_calls(c)});
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

void capture_each_program(const struct capture *c, capture_program_fn fn, void *arg) {
	cost_each_program(&c->kernel, fn, arg);
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
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++)
		capture_totals_add(ret, &c->kept[i]);
}

void capture_writers(struct capture *c, size_t ret[WIRE_TARGETS_MAX]) {
	size_t at = 0;
	memset(ret, 0, WIRE_TARGETS_MAX * sizeof(*ret));
	for (const struct process *p; (p = table_next(&c->processes.by_pid, &at));)
		ret[p->target % WIRE_TARGETS_MAX]++;
}

size_t capture_ring_bytes(const struct capture *c) {
	return ring_filled(&c->ring);
}

size_t capture_ring_size(const struct capture *c) {
	return c->ring.mask + 1;
}

void capture_each_sink(struct capture *c, void (*fn)(void *arg, struct sink *s), void *arg) {
	size_t at = 0;
	for (struct sink_entry *e; (e = table_next(&c->sinks.by_key, &at));)
		fn(arg, &e->sink);
}

void capture_each_appended(struct capture *c, void (*fn)(void *arg, struct sink *s), void *arg) {
	size_t at = 0, left = c->sinks.appended_len;
	for (struct sink_entry *e; left && (e = table_next(&c->sinks.by_key, &at));) {
		if (!e->sink.appended)
			continue;
		fn(arg, &e->sink);
		left--;
	}
}
