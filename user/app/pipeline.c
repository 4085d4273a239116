/* SPDX-License-Identifier: MIT */
#include "app/pipeline_state.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/usage.h"
#include "find/command.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* A program that prints numbers alone on their lines does so all the time, and some of them pass for identifiers. In a
 * file of such lines they may be a list of them: scan takes what has less confidence, too. */
#define MIN_CONFIDENCE 0.6f
#define ORIGINS_TIMEOUT_NS 3000000000ull /* at the end, for those that are still being named */

static void on_block(void *arg, const struct record_block *block) {
	struct pipeline *p = arg;
	(void)block; /* the recorder's */
	workers_take(p->workers, p->recorder);
}

static void on_write(void *arg, const struct capture_write *w) {
	struct pipeline *p = arg;
	if (recorder_feed(p->recorder, w) < 0) {
		struct books_target *books = books_of(&p->books, w->sink);
		books->lost.bytes += w->len;
		books->lost.writes += !w->continued;
	}
}

static void on_stack(void *arg, const struct origin_stack *stack) {
	origins_take(((struct pipeline *)arg)->origins, stack);
}

/* At once, so that nothing raw need be kept. */
static void on_process_met(void *arg, struct process *process, const char *arguments, size_t len) {
	(void)command_mask(((struct pipeline *)arg)->engine.detector, arguments, len, &process->command_line);
}

static void on_process_exit(void *arg, struct process *process) {
	recorder_process_exit(((struct pipeline *)arg)->recorder, process);
}

static void on_sink_end(void *arg, struct sink *sink) {
	recorder_sink_end(((struct pipeline *)arg)->recorder, sink);
}

static void on_settle(void *arg) {
	struct pipeline *p = arg;
	recorder_hand_over(p->recorder);
	workers_settle(p->workers);
}

static int open_outputs(struct pipeline *p, const struct pipeline_output *outputs, size_t len,
                        struct diags *ret_diags) {
	for (size_t i = 0; i < len && i < PIPELINE_OUTPUTS_MAX; i++) {
		const struct pipeline_output *o = &outputs[i];
		int r = o->path ? emitter_open(&p->outputs[i], o->format, o->path, o->color)
		                : emitter_open_fd(&p->outputs[i], o->format, o->fd, o->color);
		if (r) {
			diags_say(ret_diags, "cannot write to %s: %s", o->path ? o->path : "the output", strerror(-r));
			return r;
		}
		p->output_names[i] = o->path ? o->path : o->fd == 1 ? "standard output" : "standard error";
		p->outputs_len++;
	}
	return 0;
}

/* The engine is made ready while the kernel looks at our programs: each takes tens of milliseconds, and a program that
 * is to be started waits for both. */
struct engine_start {
	const struct rule_options *options;
	struct engine *engine;
	struct diags diags;
	int result;
};

static void *start_engine(void *arg) {
	struct engine_start *s = arg;
	s->result = engine_init(s->engine, s->options, &s->diags);
	return NULL;
}

static int start_beside(struct pipeline *p, const struct options *options, const struct capture_config *config,
                        struct diags *ret_diags) {
	struct rule_options rules = options->rules;
	struct engine_start start = {.options = &rules, .engine = &p->engine};
	if (!(rules.min_confidence > 0))
		rules.min_confidence = MIN_CONFIDENCE;
	pthread_t thread;
	int r = -pthread_create(&thread, NULL, start_engine, &start);
	if (r)
		return r;
	r = capture_open(&p->capture, config, ret_diags);
	pthread_join(thread, NULL);
	diags_move(ret_diags, &start.diags);
	return r ? r : start.result;
}

static void say_ephemeral_key(const char *state_dir, struct diags *ret_diags) {
	diags_say(ret_diags,
	          "fingerprints of this watch compare with no other's, since no private key could be kept in %s: "
	          "name a directory of yours with --state-dir",
	          state_dir ? state_dir : "a state directory (there is none)");
}

static int pipeline_init(struct pipeline *p, const struct options *options, struct diags *ret_diags) {
	const struct capture_config config = {
	    .hook = options->watch.hook,
	    .ring_bytes = options->watch.ring_bytes,
	    .every_stack = options->watch.origins == ORIGINS_ALWAYS,
	    .sink_globs = options->watch.sinks.items,
	    .sink_globs_len = options->watch.sinks.len,
	    .follow_mapped = options->watch.follow_mapped,
	    .shedding = options->watch.shedding,
	    .no_sink_globs = options->watch.no_sinks.items,
	    .no_sink_globs_len = options->watch.no_sinks.len,
	    .collectors = options->watch.collectors.items,
	    .collectors_len = options->watch.collectors.len,
	    .no_collectors = options->watch.no_collectors,
	    .record = options->watch.record,
	    .replay = options->watch.replay,
	    .verifier_log = options->output.verbose,
	};
	bool ephemeral;
	p->min_records = options->watch.min_records;
	p->list_sinks = options->watch.list_sinks;
	p->threads = options->watch.workers ? options->watch.workers : 1;
	p->handler = (struct capture_handler){.arg = p,
	                                      .write = on_write,
	                                      .stack = on_stack,
	                                      .process_met = on_process_met,
	                                      .process_exit = on_process_exit,
	                                      .sink_end = on_sink_end,
	                                      .settle = on_settle};
	int r = origins_new(&p->origins, options->watch.origins, options->watch.shedding.max_cpu);
	if (!r)
		r = start_beside(p, options, &config, ret_diags);
	p->fail_on = options->output.fail_on;
	if (!r && options->output.baseline)
		r = baseline_open(&p->baseline, options->output.baseline, ret_diags);
	if (!r && options->watch.waivers)
		r = waivers_load(&p->waivers, options->watch.waivers, clock_realtime_ns(), ret_diags);
	if (!r)
		r = find_key_open(&p->key, options->watch.state_dir, &ephemeral);
	if (!r)
		r = findings_new(&p->findings, p->key);
	if (!r)
		r = books_init(&p->books, detect_places(p->engine.set));
	if (!r)
		r = recorder_new(&p->recorder, on_block, p);
	if (!r)
		r = workers_new(&p->workers, &p->engine, p->threads, pipeline_take_result, p);
	if (!r && ephemeral && !options->output.quiet)
		say_ephemeral_key(options->watch.state_dir, ret_diags);
	return r;
}

int pipeline_new(struct pipeline **ret, const struct options *options, const struct pipeline_output *outputs,
                 size_t outputs_len, struct diags *ret_diags) {
	_cleanup_(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	int r = open_outputs(p, outputs, outputs_len, ret_diags);
	if (!r)
		r = pipeline_init(p, options, ret_diags);
	if (r) {
		if (!diags_any(ret_diags))
			diags_say(ret_diags, "cannot start: %s", strerror(-r));
		return r;
	}
	p->started_ns = clock_monotonic_ns();
	p->cpu_ready_ns = usage_cpu_ns();
	*ret = take(p);
	return 0;
}

void pipeline_free(struct pipeline *p) {
	if (!p)
		return;
	for (size_t i = 0; i < p->outputs_len; i++)
		emitter_close(p->outputs[i]);
	recorder_free(p->recorder);
	workers_free(p->workers);
	capture_close(p->capture);
	origins_free(p->origins);
	findings_free(p->findings);
	waivers_free(p->waivers);
	baseline_free(p->baseline);
	find_key_free(p->key);
	engine_release(&p->engine);
	books_release(&p->books);
	snapshot_taker_release(&p->snapshots);
	for (size_t i = 0; i < WIRE_TARGETS_MAX; i++)
		free(p->target_names[i]);
	free(p);
}

struct capture *pipeline_capture(struct pipeline *p) {
	return p->capture;
}

static bool has_rule(const struct detect_set *set, const char *id) {
	for (size_t place = 0; place < detect_places(set); place++) {
		const struct rule *rule = detect_rule_at(set, place);
		if (rule && !strcmp(rule->id, id))
			return true;
	}
	return false;
}

int pipeline_set_probe(struct pipeline *p, struct probe *probe, struct diags *ret_diags) {
	int target = capture_add_process(p->capture, probe_pid(probe), ret_diags);
	if (target < 0)
		return target;
	probe_expect_match(probe, has_rule(p->engine.set, PROBE_RULE));
	p->probe = probe;
	p->probe_target = (uint32_t)target;
	return 0;
}

size_t pipeline_live_processes(const struct pipeline *p) {
	size_t live = capture_live_processes(p->capture);
	return p->probe && live ? live - 1 : live;
}

const struct findings *pipeline_findings(const struct pipeline *p) {
	return p->findings;
}

struct baseline *pipeline_baseline(const struct pipeline *p) {
	return p->baseline;
}

const struct timeline *pipeline_timeline(const struct pipeline *p) {
	return &p->timeline;
}

static void take_time(struct pipeline *p) {
	p->now_ns = clock_monotonic_ns();
	p->wall_offset_ns = clock_realtime_ns() - p->now_ns;
}

int pipeline_step(struct pipeline *p) {
	take_time(p);
	int r = capture_dispatch(p->capture, &p->handler);
	recorder_tick(p->recorder, p->now_ns);
	workers_settle(p->workers);
	origins_step(p->origins, p->findings);
	capture_count_cpu(p->capture, origins_cpu_ns(p->origins));
	return r < 0 ? r : 0;
}

int pipeline_timeout_ms(const struct pipeline *p) {
	int ms = capture_timeout_ms(p->capture);
	bool awaits = recorder_awaits(p->recorder) || origins_awaits(p->origins);
	return awaits && ms > CAPTURE_POLL_MS ? CAPTURE_POLL_MS : ms;
}

const struct rules *pipeline_rules(const struct pipeline *p) {
	return p->engine.rules;
}

void pipeline_set_waivers(struct pipeline *p, struct waivers *waivers) {
	take_time(p);
	for (size_t i = 0; i < findings_len(p->findings); i++)
		finding_waive(findings_at(p->findings, i), waivers, p->now_ns + p->wall_offset_ns);
	waivers_free(p->waivers);
	p->waivers = waivers;
}

int pipeline_set_rules(struct pipeline *p, struct engine *engine) {
	_cleanup_(workers_freep) struct workers *workers = NULL;
	struct findings *findings = NULL;
	_cleanup_free_ uint64_t *matches = calloc(WIRE_TARGETS_MAX * detect_places(engine->set), sizeof(*matches));
	int r = matches ? workers_new(&workers, engine, p->threads, pipeline_take_result, p) : -ENOMEM;
	if (!r)
		r = findings_new(&findings, p->key);
	if (r)
		return r;
	origins_forget(p->origins);
	snapshot_taker_release(&p->snapshots);
	findings_free(p->findings);
	workers_free(p->workers);
	engine_release(&p->engine);
	p->workers = take(workers);
	p->findings = findings;
	p->engine = *engine;
	*engine = (struct engine){0};
	books_renew_matches(&p->books, take(matches), detect_places(p->engine.set));
	p->generation++;
	if (p->probe)
		probe_expect_match(p->probe, has_rule(p->engine.set, PROBE_RULE));
	return 0;
}

int pipeline_finish(struct pipeline *p, struct summary *ret_summary, struct diags *ret_diags) {
	take_time(p);
	int r = capture_finish(p->capture, &p->handler);
	if (r < 0)
		diags_say(ret_diags, "reading the capture ring failed: %s", strerror(-r));
	recorder_flush(p->recorder);
	workers_settle(p->workers);
	timeline_add(&p->timeline, p->now_ns - p->started_ns, 0);
	origins_finish(p->origins, p->findings, ORIGINS_TIMEOUT_NS);
	for (size_t i = 0; i < findings_len(p->findings); i++) {
		finding_waive(findings_at(p->findings, i), p->waivers, p->now_ns + p->wall_offset_ns); /* time has gone by */
		pipeline_emit_finding(p, findings_at(p->findings, i), true);
	}
	int books = pipeline_summarize(p, ret_summary);
	if (books < 0)
		diags_say(ret_diags, "the totals could not be read: %s", strerror(-books));
	r = r < 0 ? r : books;
	for (size_t i = 0; i < p->outputs_len; i++) {
		emitter_summary(p->outputs[i], ret_summary);
		int failed = emitter_close(take(p->outputs[i]));
		if (failed < 0)
			diags_say(ret_diags, "writing to %s failed: %s. What is there is incomplete", p->output_names[i],
			          strerror(-failed));
		r = r < 0 ? r : failed;
	}
	p->outputs_len = 0;
	return r;
}

static char *target_name(const char *kind, const char *name) {
	char *text;
	return asprintf(&text, "%s%s%s", kind, *kind ? " " : "", name) < 0 ? NULL : text;
}

int pipeline_name_target(struct pipeline *p, int target, const char *kind, const char *name) {
	char *text = target_name(kind, name);
	if (!text)
		return -ENOMEM;
	free(p->target_names[target]);
	p->target_names[target] = text;
	p->target_states[target] = TARGET_WATCHED;
	return 0;
}

static int find_target(const struct pipeline *p, const char *kind, const char *name, bool watched) {
	_cleanup_free_ char *text = target_name(kind, name);
	for (int i = 0; text && i < WIRE_TARGETS_MAX; i++)
		if (p->target_names[i] && !strcmp(p->target_names[i], text) &&
		    (p->target_states[i] == TARGET_WATCHED) == watched)
			return i;
	return text ? -ENOENT : -ENOMEM;
}

int pipeline_find_target(const struct pipeline *p, const char *kind, const char *name) {
	return find_target(p, kind, name, false);
}

int pipeline_end_target(struct pipeline *p, const char *kind, const char *name) {
	int target = find_target(p, kind, name, true);
	if (target < 0)
		return target;
	take_time(p);
	int r = capture_end_target(p->capture, (uint32_t)target, &p->handler);
	p->target_states[target] = TARGET_ENDING;
	return r ? r : pipeline_step(p);
}
