/* SPDX-License-Identifier: MIT */
#include "app/pipeline.h"

#include "app/baseline.h"
#include "app/books.h"
#include "app/engine.h"
#include "app/origins.h"
#include "app/piece.h"
#include "app/sink_list.h"
#include "app/snapshot_take.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/usage.h"
#include "capture/kubelet.h"
#include "find/command.h"
#include "find/find.h"
#include "find/timeline.h"
#include "find/waiver.h"
#include "record/record.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* A program that prints numbers alone on their lines does so all the time, and some of them pass for identifiers. In a
 * file of such lines they may be a list of them: scan takes what has less confidence, too. */
#define MIN_CONFIDENCE 0.6f
#define ORIGINS_TIMEOUT_NS 3000000000ull /* at the end, for those that are still being named */

struct pipeline {
	struct engine engine;
	struct capture *capture;
	struct recorder *recorder;
	struct find_key *key;
	struct findings *findings;
	struct waivers *waivers;   /* NULL: none */
	struct baseline *baseline; /* likewise */
	enum rule_severity fail_on;
	struct origins *origins;
	struct probe *probe; /* borrowed; NULL: none */
	uint32_t probe_target;
	struct emitter *outputs[PIPELINE_OUTPUTS_MAX];
	const char *output_names[PIPELINE_OUTPUTS_MAX];
	size_t outputs_len;

	struct capture_handler handler;
	struct detect_text *texts; /* of the block being scanned */
	size_t texts_cap;
	const struct record_block *block;
	uint64_t now_ns, wall_offset_ns; /* monotonic clock, and what the wall clock is ahead: taken for each step */

	struct books books;
	const struct record *leaking; /* the last one that did, of the block */
	struct snapshot_taker snapshots;
	char *target_names[WIRE_TARGETS_MAX];
	struct timeline timeline;
	uint64_t min_records, started_ns, cpu_ready_ns;
	uint64_t generation; /* of the findings and counts of matches */
	bool list_sinks;
};

static void emit_finding(struct pipeline *p, struct finding *f, bool last) {
	for (size_t i = 0; i < p->outputs_len; i++)
		emitter_finding(p->outputs[i], f, p->now_ns, last);
}

/* Without memory it stays unnamed: the finding counts more. */
static void name_writer(struct finding *f, const struct process *process) {
	if (strcmp(f->sink_name, FIND_OTHERS) &&
	    !finding_writer_new(&f->writer, process->uid, process->cgroup, process->command_line))
		(void)kubelet_name(&f->writer->workload, KUBELET_LOGS);
}

static bool is_probe(const struct pipeline *p, const struct record *record) {
	return p->probe && record->process->pid == probe_pid(p->probe);
}

static void take_probe(struct pipeline *p, const struct record_block *block, const struct record *record,
                       bool matched) {
	probe_take(p->probe, block->text + record->start, record->len, matched, clock_monotonic_ns());
}

static void set_aside(const struct pipeline *p, struct finding *f) {
	if (baseline_has(p->baseline, f->id))
		f->aside = FINDING_KNOWN;
	else if (f->rule->severity < p->fail_on)
		f->aside = FINDING_BELOW;
}

static void on_match(void *arg, const struct detect_match *m) {
	struct pipeline *p = arg;
	const struct record *record = &p->block->records[m->text];
	if (is_probe(p, record)) {
		if (!strcmp(m->rule->id, PROBE_RULE))
			take_probe(p, p->block, record, true);
		return;
	}
	const struct piece piece = {record->len, record->overlap, record->cut_after ? RECORD_OVERLAP_BYTES : 0};
	if (m->class != CHECK_REAL || !piece_counts(&piece, m))
		return;
	const struct find_match match = {
	    .rule = m->rule,
	    .confidence = m->confidence,
	    .text = p->block->text + record->start,
	    .text_len = record->len,
	    .start = m->start,
	    .end = m->end,
	    .key_start = m->key_start,
	    .key_end = m->key_end,
	    .sink_kind = sink_kind_name(record->sink->kind),
	    .sink_name = record->sink->label,
	    .target = record->sink->key.target,
	    .sink_host_path = record->sink->host_path,
	    .pid = record->process->pid,
	    .process_name = record->process->comm,
	    .executable = record->process->executable,
	    .wall_ns = record->time_ns + p->wall_offset_ns,
	};
	books_of(&p->books, record->sink)->leaking += p->leaking != record;
	p->leaking = record;
	timeline_add(&p->timeline, p->now_ns - p->started_ns, 1);
	books_add_match(&p->books, record->sink, detect_place_of(p->engine.set, m->rule));
	struct finding *finding = NULL;
	int r = findings_add(p->findings, &match, &finding);
	if (r < 0)
		return;
	if (r == 1) {
		name_writer(finding, record->process);
		finding_waive(finding, p->waivers, match.wall_ns);
		set_aside(p, finding);
	}
	origins_match(p->origins, p->capture, record->sink, finding, record->process, record->time_ns);
	emit_finding(p, finding, false);
}

static int reserve_texts(struct pipeline *p, size_t len) {
	if (len <= p->texts_cap)
		return 0;
	struct detect_text *texts = reallocarray(p->texts, len, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	p->texts = texts;
	p->texts_cap = len;
	return 0;
}

/* Every byte of the block is scanned, or lost by the scanner: nothing in between. */
static void on_block(void *arg, const struct record_block *block) {
	struct pipeline *p = arg;
	int r = reserve_texts(p, block->records_len);
	for (size_t i = 0; i < block->records_len && !r; i++)
		p->texts[i] = (struct detect_text){block->records[i].start, block->records[i].len};
	p->block = block;
	if (!r)
		r = detector_scan(p->engine.detector, block->text, block->len, p->texts, block->records_len, on_match, p);
	p->block = NULL;
	p->leaking = NULL;
	for (size_t i = 0; i < block->records_len && !r; i++)
		if (is_probe(p, &block->records[i]))
			take_probe(p, block, &block->records[i], false);
	if (r)
		books_add_lost(&p->books, block);
	else
		books_add_scanned(&p->books, block, clock_monotonic_ns());
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

/* They belong to the program that wrote them. */
static void on_process_exec(void *arg, struct process *process) {
	(void)process;
	recorder_hand_over(((struct pipeline *)arg)->recorder);
}

static void on_process_exit(void *arg, struct process *process) {
	recorder_process_exit(((struct pipeline *)arg)->recorder, process);
}

static void on_sink_end(void *arg, struct sink *sink) {
	recorder_sink_end(((struct pipeline *)arg)->recorder, sink);
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
	p->handler = (struct capture_handler){.arg = p,
	                                      .write = on_write,
	                                      .stack = on_stack,
	                                      .process_met = on_process_met,
	                                      .process_exec = on_process_exec,
	                                      .process_exit = on_process_exit,
	                                      .sink_end = on_sink_end};
	int r = origins_new(&p->origins, options->watch.origins);
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
	free(p->texts);
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
	origins_step(p->origins, p->findings);
	return r < 0 ? r : 0;
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
	struct findings *findings = NULL;
	uint64_t *matches = calloc(WIRE_TARGETS_MAX * detect_places(engine->set), sizeof(*matches));
	int r = matches ? findings_new(&findings, p->key) : -ENOMEM;
	if (r) {
		free(matches);
		return r;
	}
	origins_forget(p->origins);
	snapshot_taker_release(&p->snapshots);
	findings_free(p->findings);
	engine_release(&p->engine);
	p->findings = findings;
	p->engine = *engine;
	*engine = (struct engine){0};
	books_renew_matches(&p->books, matches, detect_places(p->engine.set));
	p->generation++;
	if (p->probe)
		probe_expect_match(p->probe, has_rule(p->engine.set, PROBE_RULE));
	return 0;
}

static int find_blind_spots(struct pipeline *p, struct blind_spots *spots) {
	struct detect_counters counters;
	detector_counters(p->engine.detector, &counters);
	int r = capture_blind_spots(p->capture, spots);
	if (!r)
		r = blind_spots_add(spots, WIRE_BLIND_CANDIDATES, NULL,
		                    (struct wire_amount){.events = counters.refused_overflow});
	if (!r)
		r = blind_spots_add(spots, WIRE_BLIND_FINDINGS, NULL,
		                    (struct wire_amount){.events = findings_unplaced(p->findings)});
	return r;
}

int pipeline_name_target(struct pipeline *p, int target, const char *kind, const char *name) {
	char *text;
	if (asprintf(&text, "%s%s%s", kind, *kind ? " " : "", name) < 0)
		return -ENOMEM;
	free(p->target_names[target]);
	p->target_names[target] = text;
	return 0;
}

int pipeline_snapshot(struct pipeline *p, struct snapshot **ret) {
	_cleanup_(blind_spots_release) struct blind_spots spots = {0};
	const struct snapshot_sources from = {
	    .capture = p->capture,
	    .set = p->engine.set,
	    .books = &p->books,
	    .findings = p->findings,
	    .origins = p->origins,
	    .blind = &spots,
	    .target_names = p->target_names,
	    .hidden_target = p->probe ? p->probe_target : WIRE_TARGETS_MAX,
	    .processes = pipeline_live_processes(p),
	    .started_ns = p->started_ns,
	    .cpu_ready_ns = p->cpu_ready_ns,
	};
	int r = find_blind_spots(p, &spots);
	if (!r)
		r = snapshot_take(&p->snapshots, &from, ret);
	if (r)
		return r;
	timeline_add(&p->timeline, clock_monotonic_ns() - p->started_ns, 0);
	(*ret)->timeline = p->timeline;
	(*ret)->generation = p->generation;
	return 0;
}

static int add_blind_spots(struct pipeline *p, struct summary *s) {
	_cleanup_(blind_spots_release) struct blind_spots spots = {0};
	int r = find_blind_spots(p, &spots);
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
	    .cpu_s = (double)usage_cpu_ns() / 1e9,
	    .cpu_ready_s = (double)p->cpu_ready_ns / 1e9,
	    .memory_peak_bytes = usage_memory_peak_bytes(),
	    .stacks = origins.stacks,
	    .stacks_named = origins.named,
	    .stacks_failed = origins.failed,
	};
}

static int fill_summary(struct pipeline *p, struct summary *s) {
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

int pipeline_finish(struct pipeline *p, struct summary *ret_summary, struct diags *ret_diags) {
	take_time(p);
	int r = capture_finish(p->capture, &p->handler);
	if (r < 0)
		diags_say(ret_diags, "reading the capture ring failed: %s", strerror(-r));
	recorder_flush(p->recorder);
	timeline_add(&p->timeline, p->now_ns - p->started_ns, 0);
	origins_finish(p->origins, p->findings, ORIGINS_TIMEOUT_NS);
	for (size_t i = 0; i < findings_len(p->findings); i++) {
		finding_waive(findings_at(p->findings, i), p->waivers, p->now_ns + p->wall_offset_ns); /* time has gone by */
		emit_finding(p, findings_at(p->findings, i), true);
	}
	int books = fill_summary(p, ret_summary);
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
