/* SPDX-License-Identifier: MIT */
/* A gate that watches itself, for the whole window. */
#include "gate/gate.h"

#include "app/watcher.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define PROBE_EVERY_NS (5 * NS_PER_S)
#define PROBE_PATIENCE_NS (3 * NS_PER_S) /* at the end, for the last round */
#define STALL_NS (10 * NS_PER_S)         /* without a step */

/* One watch. Times are CLOCK_MONOTONIC. */
struct live {
	const struct gate_live *asked;
	struct pipeline *pipeline;
	struct probe *probe;
	struct gate_facts *facts;
	uint64_t started_ns, ends_ns, last_step_ns, next_probe_ns;
	uint64_t offset_ns;    /* wall clock ahead of it at the start */
	uint64_t asleep_ns;    /* CLOCK_BOOTTIME ahead of it: grows while the machine is suspended */
	uint64_t ended_ns;     /* when watching the targets ended; 0: it goes on */
	const char *ended_why; /* before its time; NULL: in time */
	int error;
};

static void note_gap(struct live *l, uint64_t from_ns, uint64_t until_ns, const char *why) {
	if (gate_add_gap(l->facts, from_ns + l->offset_ns, until_ns + l->offset_ns, why))
		l->error = -ENOMEM;
}

/* The largest step of the wall clock counts, so that one back and forth is seen as well. */
static void check_clocks(struct live *l, uint64_t now_ns) {
	int64_t jump = (int64_t)(clock_realtime_ns() - now_ns - l->offset_ns);
	uint64_t asleep_ns = clock_boottime_ns() - now_ns;
	if (llabs(jump) > llabs(l->facts->clock_jump_ns))
		l->facts->clock_jump_ns = jump;
	if (asleep_ns > l->asleep_ns + NS_PER_S)
		note_gap(l, now_ns, now_ns + (asleep_ns - l->asleep_ns), "the machine was suspended");
	l->asleep_ns = asleep_ns;
	if (now_ns - l->last_step_ns > STALL_NS)
		note_gap(l, l->last_step_ns, now_ns, "the watcher got no CPU");
	l->last_step_ns = now_ns;
}

static bool is_leaking(const struct live *l) {
	const struct findings *found = pipeline_findings(l->pipeline);
	for (size_t i = 0; i < findings_len(found); i++)
		if (gate_finding_fails(findings_at(found, i), &l->asked->policy))
			return true;
	return findings_unplaced(found) > 0;
}

static void plant(struct live *l, uint64_t now_ns) {
	(void)probe_plant(l->probe, now_ns); /* what does not come out is counted */
	l->next_probe_ns = now_ns + PROBE_EVERY_NS;
}

static void end(struct live *l, uint64_t now_ns, const char *why) {
	l->ended_ns = now_ns;
	l->ended_why = why;
	plant(l, now_ns); /* the last moment has to be proven, too */
}

static bool is_done(void *arg) {
	struct live *l = arg;
	struct probe_counters probes;
	uint64_t now_ns = clock_monotonic_ns();
	if (!l->ended_ns) {
		check_clocks(l, now_ns);
		if (now_ns >= l->ends_ns)
			end(l, now_ns, NULL);
		else if (l->asked->fail_fast && is_leaking(l))
			end(l, now_ns, "a leak was found: --no-fail-fast watches on");
		else if (targets_gone(l->asked->targets, l->pipeline))
			end(l, now_ns, "the watched processes have ended");
		else if (now_ns >= l->next_probe_ns)
			plant(l, now_ns);
		return false;
	}
	probe_counters(l->probe, &probes);
	return !probes.waiting_ns || now_ns - l->ended_ns > PROBE_PATIENCE_NS;
}

static bool on_signal(void *arg, const struct signalfd_siginfo *info) {
	struct live *l = arg;
	(void)info;
	bool again = l->ended_ns;
	if (!again)
		end(l, clock_monotonic_ns(), "the gate was interrupted");
	return again;
}

static int take_target(struct gate_facts *f, const struct snapshot_target *from) {
	struct gate_target *to;
	int r = gate_add_target(f, from->name, &to);
	if (r)
		return r;
	to->seen = (struct capture_loss){from->totals.seen_bytes, from->totals.seen_writes};
	to->scanned = from->scanned;
	memcpy(to->lost, from->totals.lost, sizeof(to->lost));
	to->records = from->records;
	to->leaking_records = from->leaking_records;
	return 0;
}

static int take_snapshot(struct live *l) {
	_cleanup_(snapshot_dropp) struct snapshot *s = NULL;
	int r = pipeline_snapshot(l->pipeline, &s);
	for (size_t i = 0; !r && i < s->targets_len; i++)
		r = take_target(l->facts, &s->targets[i]);
	for (size_t i = 0; !r && i < s->findings_len; i++)
		r = gate_add_finding(l->facts, s->findings[i]);
	if (!r)
		l->facts->unprobed = snapshot_kinds(s) & ~probe_kinds(l->probe);
	l->facts->unplaced_matches = findings_unplaced(pipeline_findings(l->pipeline));
	return r;
}

static int take_summary(struct gate_facts *f, const struct summary *s) {
	int r = 0;
	for (size_t i = 0; i < s->blind_spots_len && !r; i++)
		r = gate_add_text(&f->blind_spots, "%s", s->blind_spots[i]);
	for (size_t i = 0; i < s->unread_len && !r; i++)
		r = gate_add_text(&f->blind_spots, "%s", s->unread[i]);
	for (size_t i = 0; i < s->waivers_len && !r; i++)
		r = gate_add_text(&f->waivers, "%s", s->waivers[i]);
	return r;
}

static void take_probes(struct live *l) {
	struct probe_counters c;
	struct gate_facts *f = l->facts;
	probe_counters(l->probe, &c);
	f->probe_known = true;
	f->probes_planted = c.planted;
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (probe_has_way(l->probe, way))
			f->probe_ways[f->probe_ways_len++] = (struct gate_probe_way){probe_way_name(way), c.came[way]};
}

static int take_facts(struct live *l, struct diags *ret_diags) {
	_cleanup_(summary_release) struct summary summary = {0};
	struct gate_facts *f = l->facts;
	int finish = pipeline_finish(l->pipeline, &summary, ret_diags);
	int r =
	    finish < 0 ? gate_add_text(&f->unknown, "the watch could not be brought to its end: %s", strerror(-finish)) : 0;
	if (!r)
		r = take_summary(f, &summary);
	if (!r)
		r = take_snapshot(l);
	take_probes(l);
	f->books_final = true;
	f->covered_ns = l->ended_ns > l->started_ns ? l->ended_ns - l->started_ns : 0;
	f->to_ns = f->from_ns + l->asked->window_ns;
	if (!r && l->ended_why)
		note_gap(l, l->ended_ns, l->ends_ns, l->ended_why);
	return r ? r : l->error;
}

static int join_target(const struct live *l, struct diags *ret_diags) {
	pid_t pid = l->asked->targets->pids[0];
	int r = probe_join(l->probe, pid);
	if (r)
		diags_say(ret_diags, "the probe cannot join process %d: %s", pid, strerror(-r));
	return r;
}

static int watch(struct live *l, struct diags *ret_diags) {
	const struct watcher_handler handler = {.arg = l, .signal = on_signal, .done = is_done};
	_cleanup_(watcher_freep) struct watcher *w = NULL;
	int r = targets_add(l->asked->targets, l->pipeline, ret_diags);
	if (r >= 0)
		r = watcher_new(&w, l->pipeline, &handler);
	if (r < 0)
		return r;
	l->started_ns = l->last_step_ns = clock_monotonic_ns();
	l->ends_ns = l->started_ns + l->asked->window_ns;
	l->facts->from_ns = clock_realtime_ns();
	l->offset_ns = l->facts->from_ns - l->started_ns;
	l->asleep_ns = clock_boottime_ns() - l->started_ns;
	if (!l->asked->options->output.quiet)
		fprintf(stderr, "logspill: watching for %.0f s (%s hook); Ctrl-C ends it as inconclusive\n",
		        (double)l->asked->window_ns / 1e9, capture_hook_name(pipeline_capture(l->pipeline)));
	r = watcher_loop(w);
	if (!l->ended_ns)
		end(l, clock_monotonic_ns(), "the watch broke off");
	return r;
}

static int open_pipeline(struct live *l, struct diags *ret_diags) {
	struct options *o = l->asked->options;
	int r = probe_add_sinks(l->probe, &o->watch.sinks);
	if (!r)
		r = pipeline_new(&l->pipeline, o, NULL, 0, ret_diags);
	if (!r)
		r = pipeline_set_probe(l->pipeline, l->probe, ret_diags);
	if (!r && l->asked->probe_in_target)
		r = join_target(l, ret_diags);
	return r;
}

int gate_watch(const struct gate_live *asked, struct gate_facts *ret, struct diags *ret_diags) {
	struct live l = {.asked = asked, .facts = ret};
	const char *dir = getenv("TMPDIR");
	*ret = (struct gate_facts){.source = "live", .asked_ns = asked->window_ns};
	int r = probe_new(&l.probe, dir && *dir == '/' ? dir : "/tmp",
	                  &(struct probe_options){.may_join = asked->probe_in_target});
	if (r)
		diags_say(ret_diags, "no probe records can be written: %s", strerror(-r));
	if (!r)
		r = open_pipeline(&l, ret_diags);
	if (!r)
		r = watch(&l, ret_diags);
	if (r >= 0)
		r = take_facts(&l, ret_diags);
	pipeline_free(l.pipeline);
	probe_free(l.probe);
	if (r < 0)
		gate_facts_release(ret);
	return r < 0 ? r : 0;
}
