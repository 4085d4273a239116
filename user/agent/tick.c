/* SPDX-License-Identifier: MIT */
/* Once a second: the state of the watch for whoever shows or keeps it, and a word to systemd. */
#include "agent/state.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define TICK_US 1000000ull
#define STALL_NS 5000000000ull
#define SAY_EVERY_NS 60000000000ull

static int again(sd_event_source *source, uint64_t after_us) {
	int r = sd_event_source_set_time_relative(source, after_us);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Not in time: what was planted and has not come out for longer than one may wait. */
static bool probe_is_late(const struct agent *a, const struct probe_counters *c) {
	uint64_t now_ns = clock_monotonic_ns();
	return c->waiting_ns && now_ns > c->waiting_ns && now_ns - c->waiting_ns > a->watch_config->probe.patience_ns;
}

static void judge_probe(struct agent *a, const struct probe_counters *c) {
	bool late = probe_is_late(a, c);
	if (late == a->sick)
		return;
	a->sick = late;
	uint64_t now_ns = clock_realtime_ns();
	if (late) {
		agent_log(AGENT_ERROR, "a probe record did not come out in time: what is logged now may go unseen");
		(void)store_note(a->store, STORE_PROBE, now_ns, 0, "a probe record did not come out in time");
	} else {
		agent_log(AGENT_NOTICE, "probe records come out again");
		(void)store_note(a->store, STORE_PROBE, now_ns, 0, "probe records come out again");
	}
}

static void fill_probe(struct agent *a, struct snapshot_probe *ret) {
	struct probe_counters c;
	if (!a->probe)
		return;
	probe_counters(a->probe, &c);
	judge_probe(a, &c);
	*ret = (struct snapshot_probe){
	    .enabled = true,
	    .healthy = c.last_came_ns && !a->sick,
	    .planted = a->sick ? c.planted : c.settled,
	    .seen = c.came_least,
	    .age_s = c.last_came_ns ? (double)(clock_monotonic_ns() - c.last_came_ns) / 1e9 : 0,
	};
}

static void judge_store(struct agent *a, const struct store_counters *c) {
	bool fails = c->last_error < 0;
	if (fails == a->store_fails)
		return;
	a->store_fails = fails;
	if (fails)
		agent_log(AGENT_ERROR, "the store cannot be written, and is tried again each second: %s",
		          strerror(-c->last_error));
	else
		agent_log(AGENT_NOTICE, "the store is written again, with what it lacked");
}

static void fill_store(struct agent *a, struct snapshot_store *ret) {
	struct store_counters c;
	store_counters(a->store, &c);
	judge_store(a, &c);
	*ret = (struct snapshot_store){c.puts, c.failures, c.dropped, c.bytes};
}

static int fill_owners_part(struct agent *a, struct snapshot *s) {
	fill_probe(a, &s->probe);
	fill_store(a, &s->store);
	s->ready = a->ready;
	int r = agent_outputs_fill(a->outputs, s);
	if (!r)
		r = agent_source_fill(&a->config_source, &s->config);
	return r ? r : agent_source_fill(&a->rule_source, &s->rule_source);
}

/* Once a minute at most: of a receiver that refuses all of them there are many. */
static void say_dropped(struct agent *a, const struct snapshot *s) {
	uint64_t now_ns = clock_monotonic_ns(), dropped = 0;
	for (size_t i = 0; i < s->outputs_len; i++)
		dropped += s->outputs[i].dropped;
	bool silent = a->dropped_said_ns && now_ns - a->dropped_said_ns < SAY_EVERY_NS;
	if (dropped <= a->dropped || silent) {
		a->dropped = dropped < a->dropped ? dropped : a->dropped; /* one has gone, with its count */
		return;
	}
	a->dropped = dropped;
	a->dropped_said_ns = now_ns;
	for (size_t i = 0; i < s->outputs_len; i++) {
		const struct snapshot_output *o = &s->outputs[i];
		if (o->dropped)
			agent_log(AGENT_WARNING, "output %s has given up %" PRIu64 " events until now; the last error: %s", o->name,
			          o->dropped, o->last_error ? o->last_error : "none");
	}
}

static bool was_broken(const struct snapshot *before, const char *output) {
	for (size_t i = 0; before && i < before->outputs_len; i++)
		if (!strcmp(before->outputs[i].name, output))
			return before->outputs[i].broken;
	return false;
}

static void say_broken(const struct agent *a, const struct snapshot *s) {
	_cleanup_(snapshot_dropp) struct snapshot *before = snapshot_newest(a->board);
	for (size_t i = 0; i < s->outputs_len; i++) {
		const struct snapshot_output *o = &s->outputs[i];
		bool was = was_broken(before, o->name);
		if (o->broken && !was)
			agent_log(AGENT_WARNING, "output %s does not get through, and tries again: %s", o->name,
			          o->last_error ? o->last_error : "");
		else if (was && !o->broken)
			agent_log(AGENT_NOTICE, "output %s gets through again", o->name);
	}
}

/* The watchdog is fed only while what is written really comes out. */
static void tell_systemd(const struct agent *a, const struct snapshot *s) {
	const struct snapshot_sums sums = snapshot_sum(s);
	sd_notifyf(0, "STATUS=%zu targets, %zu processes, %zu findings, %" PRIu64 " bytes lost%s%s%s", s->targets_len,
	           s->processes, s->findings_len, capture_totals_lost(&sums.totals).bytes,
	           a->sick ? "; probe records do not come out" : "",
	           s->config.last_error ? "; the new configuration is not in force" : "",
	           s->rule_source.last_error ? "; the new rules are not in force" : "");
	if (!a->sick)
		sd_notify(0, "WATCHDOG=1");
}

void agent_publish(struct agent *a) {
	struct snapshot *s;
	int r = pipeline_snapshot(a->pipeline, &s);
	if (!r && (r = fill_owners_part(a, s)))
		snapshot_drop(s);
	if (r) {
		agent_log(AGENT_ERROR, "the state of the watch cannot be told: %s", strerror(-r));
		return;
	}
	say_broken(a, s);
	say_dropped(a, s);
	tell_systemd(a, s);
	agent_prove(a, s);
	store_writer_put(a->writer, s);
	snapshot_publish(a->board, s);
	if (a->http)
		http_server_tick(a->http);
	if (a->http_local)
		http_server_tick(a->http_local);
}

/* Stopped, starved or asleep: what was written meanwhile waits in the ring, and what found no room is counted. */
static void judge_stall(struct agent *a) {
	uint64_t now_ns = clock_monotonic_ns(), since_ns = now_ns - a->last_tick_ns;
	if (a->last_tick_ns && since_ns > STALL_NS) {
		uint64_t wall_ns = clock_realtime_ns();
		agent_log(AGENT_WARNING, "the agent was not run for %.1f s", (double)since_ns / 1e9);
		(void)store_note(a->store, STORE_STALL, wall_ns - since_ns, wall_ns, "the agent was not run for %.1f s",
		                 (double)since_ns / 1e9);
	}
	a->last_tick_ns = now_ns;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *arg) {
	struct agent *a = arg;
	(void)usec;
	judge_stall(a);
	int r = watcher_step(a->watcher);
	agent_publish(a);
	return r < 0 ? r : again(source, TICK_US);
}

static int on_plant(sd_event_source *source, uint64_t usec, void *arg) {
	struct agent *a = arg;
	(void)usec;
	(void)probe_plant(a->probe, clock_monotonic_ns()); /* what does not come out is noticed */
	return again(source, a->watch_config->probe.every_ns / 1000);
}

int agent_tick_new(struct agent *a) {
	sd_event *loop = watcher_event(a->watcher);
	int r = sd_event_add_time_relative(loop, &a->tick, CLOCK_MONOTONIC, 0, 1000, on_tick, a);
	if (r >= 0 && a->probe)
		r = sd_event_add_time_relative(loop, &a->plant, CLOCK_MONOTONIC, 0, 1000, on_plant, a);
	return r < 0 ? r : 0;
}

void agent_tick_free(struct agent *a) {
	sd_event_source_unref(a->tick);
	sd_event_source_unref(a->plant);
}
