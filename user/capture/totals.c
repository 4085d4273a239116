/* SPDX-License-Identifier: MIT */
#include "capture/state.h"

#include "base/cleanup.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <errno.h>

#define BATCH 256

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
		t->untracked_processes += targets[i].untracked_processes;
	}
}

struct batch {
	struct wire_sink_key keys[BATCH];
	struct wire_sink_stats stats[BATCH];
};

/* One that could not be announced, for want of room in the ring, may be a log: it counts as one. */
static bool counts(const struct capture *c, const struct wire_sink_key *key) {
	const struct sink_entry *e = sinks_find(&c->sinks, key);
	return !e || e->sink.is_log;
}

static int add_sinks(struct capture *c, struct capture_totals *t) {
	_cleanup_free_ struct batch *b = malloc(sizeof(*b));
	uint32_t at, *in = NULL, n;
	int r = b ? 0 : -ENOMEM;
	while (!r) {
		n = BATCH;
		r = bpf_map_lookup_batch(bpf_map__fd(c->kernel.bpf->maps.sinks), in, &at, b->keys, b->stats, &n, NULL);
		if (r && r != -ENOENT) /* that: these were the last */
			break;
		for (uint32_t i = 0; i < n; i++)
			if (counts(c, &b->keys[i]))
				add_stats(t, &b->stats[i]);
		in = &at;
	}
	return r == -ENOENT ? 0 : r;
}

static uint64_t missed_calls(const struct capture *c) {
	struct bpf_program *prog;
	uint64_t n = 0;
	bpf_object__for_each_program(prog, c->kernel.bpf->obj) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);
		if (bpf_program__autoload(prog) && !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			n += info.recursion_misses;
	}
	return n;
}

int capture_totals(struct capture *c, struct capture_totals *ret) {
	struct capture_totals t = {0};
	int r = add_sinks(c, &t);
	if (r)
		return r;
	t.missed_calls = missed_calls(c);
	add_targets(&t, c->kernel.bpf->bss->target_stats);
	t.lost[WIRE_LOSS_SCANNER].bytes += c->undelivered.bytes;
	t.lost[WIRE_LOSS_SCANNER].writes += c->undelivered.writes;
	*ret = t;
	return 0;
}

int capture_sink_totals(struct capture *c, const struct sink *s, struct capture_totals *ret) {
	struct wire_sink_stats stats;
	int r = bpf_map_lookup_elem(bpf_map__fd(c->kernel.bpf->maps.sinks), &s->key, &stats);
	if (r)
		return r;
	*ret = (struct capture_totals){0};
	add_stats(ret, &stats);
	return 0;
}

void capture_each_sink(struct capture *c, void (*fn)(void *arg, struct sink *s), void *arg) {
	size_t at = 0;
	for (struct sink_entry *e; (e = table_next(&c->sinks.by_key, &at));)
		fn(arg, &e->sink);
}
