/* SPDX-License-Identifier: MIT */
/* What a watch says of itself: at any moment, and at its end. */
#include "app/pipeline_state.h"

#include "app/sink_list.h"
#include "base/clock.h"
#include "base/usage.h"

#include <string.h>

#define UNNAMED_MAX 16 /* files that are named; more are one spot */

/* Files that may be logs, though nothing says so. */
struct unnamed {
	const struct sink *sinks[UNNAMED_MAX];
	size_t len;
	bool of_host; /* also those of programs that nobody named */
};

static void note_unnamed(void *arg, struct sink *sink) {
	struct unnamed *u = arg;
	if (sink->of_host && !u->of_host)
		return;
	if (u->len < UNNAMED_MAX)
		u->sinks[u->len] = sink;
	u->len++;
}

static int find_unnamed(struct pipeline *p, bool of_host, struct blind_spots *spots) {
	struct unnamed u = {.of_host = of_host};
	int r = 0;
	capture_each_appended(p->capture, note_unnamed, &u);
	if (u.len > UNNAMED_MAX)
		return blind_spots_add(spots, WIRE_BLIND_UNNAMED, NULL, (struct wire_amount){.events = u.len});
	for (size_t i = 0; i < u.len && !r; i++)
		r = blind_spots_add(spots, WIRE_BLIND_UNNAMED, u.sinks[i]->name, (struct wire_amount){.events = 1});
	return r;
}

static int find_blind_spots(struct pipeline *p, bool of_host, struct blind_spots *spots) {
	struct detect_counters counters;
	workers_counters(p->workers, &counters);
	int r = capture_blind_spots(p->capture, spots);
	if (!r)
		r = blind_spots_add(spots, WIRE_BLIND_CANDIDATES, NULL,
		                    (struct wire_amount){.events = counters.refused_overflow});
	if (!r)
		r = blind_spots_add(spots, WIRE_BLIND_FINDINGS, NULL,
		                    (struct wire_amount){.events = findings_unplaced(p->findings)});
	return r ? r : find_unnamed(p, of_host, spots);
}

int pipeline_snapshot(struct pipeline *p, struct snapshot **ret) {
	_cleanup_(blind_spots_release) struct blind_spots spots = {0};
	struct capture_totals totals[WIRE_TARGETS_MAX];
	bool ended[WIRE_TARGETS_MAX];
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++)
		ended[i] = p->target_states[i] == TARGET_ENDED;
	const struct snapshot_sources from = {
	    .capture = p->capture,
	    .totals = totals,
	    .set = p->engine.set,
	    .books = &p->books,
	    .findings = p->findings,
	    .origins = p->origins,
	    .blind = &spots,
	    .waivers = p->waivers,
	    .target_names = p->target_names,
	    .target_ended = ended,
	    .hidden_target = p->probe ? p->probe_target : WIRE_TARGETS_MAX,
	    .processes = pipeline_live_processes(p),
	    .started_ns = p->started_ns,
	    .cpu_ready_ns = p->cpu_ready_ns,
	};
	int r = capture_target_totals(p->capture, totals);
	if (!r)
		r = find_blind_spots(p, false, &spots);
	if (!r)
		r = snapshot_take(&p->snapshots, &from, ret);
	if (r)
		return r;
	timeline_add(&p->timeline, clock_monotonic_ns() - p->started_ns, 0);
	(*ret)->timeline = p->timeline;
	(*ret)->generation = p->generation;
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++)
		p->target_states[i] = p->target_states[i] == TARGET_ENDING ? TARGET_ENDED : p->target_states[i];
	return 0;
}

static int add_blind_spots(struct pipeline *p, struct summary *s) {
	_cleanup_(blind_spots_release) struct blind_spots spots = {0};
	int r = find_blind_spots(p, true, &spots);
	for (size_t i = 0; i < spots.len && !r; i++)
		r = summary_add_blind_spot(s, &spots.items[i], p->waivers, p->now_ns + p->wall_offset_ns);
	return r;
}

static struct summary_cost own_cost(const struct pipeline *p) {
	struct capture_cost kernel;
	struct origins_counters origins;
	capture_cost(p->capture, &kernel);
	origins_counters(p->origins, &origins);
	return (struct summary_cost){
	    .kernel_calls = kernel.calls,
	    .kernel_ns = kernel.ns,
	    .cpu_s = (double)(usage_cpu_ns() + origins.cpu_ns) / 1e9,
	    .cpu_ready_s = (double)p->cpu_ready_ns / 1e9,
	    .memory_peak_bytes = usage_memory().peak_bytes,
	    .stacks = origins.stacks,
	    .stacks_named = origins.named,
	    .stacks_failed = origins.failed,
	    .stacks_cpu_s = (double)origins.cpu_ns / 1e9,
	};
}

int pipeline_summarize(struct pipeline *p, struct summary *s) {
	struct capture_totals targets[WIRE_TARGETS_MAX], totals = {0};
	struct books_target books = {0};
	int r = capture_target_totals(p->capture, targets);
	if (r)
		return r;
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++) {
		if (p->probe && i == p->probe_target)
			continue;
		capture_totals_add(&totals, &targets[i]);
		books_add(&books, &p->books.targets[i]);
	}
	*s = (struct summary){
	    .seen_bytes = totals.seen_bytes,
	    .seen_writes = totals.seen_writes,
	    .scanned_bytes = books.scanned.bytes,
	    .scanned_writes = books.scanned.writes,
	    .scanned_records = books.records,
	    .leaking_records = books.leaking,
	    .leaks_counted = true,
	    .findings = findings_len(p->findings),
	    .matches = findings_matches(p->findings),
	    .distinct = findings_distinct(p->findings),
	    .found = p->findings,
	    .min_records = p->min_records,
	    .duration_s = (double)(clock_monotonic_ns() - p->started_ns) / 1e9,
	    .cost = own_cost(p),
	};
	memcpy(s->lost, totals.lost, sizeof(s->lost));
	s->lost[WIRE_LOSS_SCANNER].bytes += books.lost.bytes;
	s->lost[WIRE_LOSS_SCANNER].writes += books.lost.writes;
	r = summary_add_waivers(s, p->findings, p->waivers, p->now_ns + p->wall_offset_ns);
	if (!r)
		r = add_blind_spots(p, s);
	if (!r && p->list_sinks)
		r = sink_list_take(p->capture, SIZE_MAX, &s->sinks, &s->sinks_len);
	return r ? r : summary_judge(s);
}
