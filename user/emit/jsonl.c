/* SPDX-License-Identifier: MIT */
/* JSON lines: Elastic Common Schema names where they exist, ours below "logspill". */
#include "emit/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "find/distinct.h"
#include "find/waiver.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define TIME_SIZE 40

/* Few enough decimals to be printed as written: 0.9, not 0.89999998. */
static json_t *json_rounded(double x, double steps) {
	return json_real(round(x * steps) / steps);
}

static int add(json_t *object, const char *key, json_t *value) {
	return json_object_set_new(object, key, value);
}

static int add_text(json_t *object, const char *key, const char *s) {
	return s && *s ? add(object, key, json_text(s)) : 0;
}

static char *dump_line(const json_t *object) {
	_cleanup_free_ char *json = json_encode(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	size_t len = json ? strlen(json) : 0;
	char *line = json ? realloc(json, len + 2) : NULL;
	if (!line)
		return NULL;
	json = NULL;
	memcpy(line + len, "\n", 2);
	return line;
}

static json_t *json_rule(const struct rule *rule) {
	return json_pack("{s:o,s:o,s:s}", "id", json_text(rule->id), "name", json_text(rule->name), "severity",
	                 rule_severity_name(rule->severity));
}

static json_t *json_sink(const char *kind, const char *path, const char *host_path) {
	json_t *sink = json_pack("{s:o,s:o}", "kind", json_text(kind), "path", json_text(path));
	if (!sink || add_text(sink, "host_path", host_path)) {
		json_decref(sink);
		return NULL;
	}
	return sink;
}

/* The most frequent one. */
static json_t *json_origin(const struct finding *f) {
	return f->origins_len ? json_texts(f->origins[0].frames, f->origins[0].frames_len) : json_array();
}

static json_t *json_origins(const struct finding *f) {
	json_t *array = json_array();
	for (size_t i = 0; array && i < f->origins_len; i++) {
		const struct finding_origin *o = &f->origins[i];
		json_t *item =
		    json_pack("{s:I,s:o}", "count", (json_int_t)o->count, "frames", json_texts(o->frames, o->frames_len));
		if (!item || (o->own < o->frames_len && add(item, "own", json_integer((json_int_t)o->own))) ||
		    add_text(item, "thread", o->thread) || add_text(item, "runtime", o->runtime) ||
		    json_array_append(array, item)) {
			json_decref(array);
			array = NULL;
		}
		json_decref(item);
	}
	return array;
}

static json_t *json_details(const struct finding *f) {
	char first[TIME_SIZE], last[TIME_SIZE];
	clock_rfc3339(first, sizeof(first), f->first_seen_ns);
	clock_rfc3339(last, sizeof(last), f->last_seen_ns);
	return json_pack("{s:s,s:o,s:o,s:I,s:I,s:o,s:o,s:s,s:s,s:s,s:b,s:o,s:s,s:s,s:o,s:o}", "finding_id", f->id, "entity",
	                 json_text(f->rule->entity), "confidence", json_rounded(f->confidence, 1e4), "count",
	                 (json_int_t)f->count, "distinct", (json_int_t)f->distinct, "distinct_error",
	                 json_rounded(f->distinct_error, 1e4), "masked", json_text(f->masked), "fingerprint",
	                 f->fingerprint, "template", *f->statement ? f->statement : f->template_id, "template_id",
	                 f->template_id, "waived", f->waived, "sink",
	                 json_sink(f->sink_kind, f->sink_name, f->sink_host_path), "first_seen", first, "last_seen", last,
	                 "origin", json_origin(f), "origins", json_origins(f));
}

/* For whoever adds up what several hosts have seen. */
static int add_sketch(json_t *details, const struct finding *f) {
	_cleanup_free_ char *sketch = f->values ? distinct_text(f->values) : NULL;
	return add_text(details, "distinct_sketch", sketch) ?: add_text(details, "key_id", f->key_id);
}

/* An id is text there, also where it is a number here. */
static json_t *json_user(uint32_t uid) {
	char text[12];
	snprintf(text, sizeof(text), "%u", uid);
	return json_pack("{s:s}", "id", text);
}

static json_t *json_process(const struct finding *f) {
	json_t *process = json_pack("{s:i}", "pid", f->pid);
	if (!process || add_text(process, "name", f->process_name) || add_text(process, "executable", f->executable) ||
	    (f->writer && (add_text(process, "command_line", f->writer->command_line) ||
	                   add(process, "user", json_user(f->writer->uid))))) {
		json_decref(process);
		return NULL;
	}
	return process;
}

static json_t *json_container(const struct workload *w) {
	json_t *container = json_pack("{s:o}", "id", json_text(w->container_id));
	if (!container || add_text(container, "name", w->container)) {
		json_decref(container);
		return NULL;
	}
	return container;
}

static json_t *json_orchestrator(const struct workload *w) {
	json_t *resource = json_pack("{s:s,s:o}", "type", "pod", "id", json_text(w->pod_uid));
	json_t *orchestrator = json_pack("{s:s,s:o}", "type", "kubernetes", "resource", resource);
	if (!orchestrator || add_text(resource, "name", w->pod) || add_text(orchestrator, "namespace", w->namespace)) {
		json_decref(orchestrator);
		return NULL;
	}
	return orchestrator;
}

static int add_workload(json_t *line, const struct workload *w) {
	if (w->unit && add(line, "service", json_pack("{s:o}", "name", json_text(w->unit))))
		return -ENOMEM;
	if (w->container_id && add(line, "container", json_container(w)))
		return -ENOMEM;
	return w->pod_uid && add(line, "orchestrator", json_orchestrator(w)) ? -ENOMEM : 0;
}

/* Also one that is over: who had accepted it. */
static int add_waiver(json_t *details, const struct waiver *w) {
	if (!w)
		return 0;
	return add(
	    details, "waiver",
	    json_pack("{s:o,s:o,s:s}", "owner", json_text(w->owner), "reason", json_text(w->reason), "until", w->until));
}

/* What readers need who have not our rules. */
static int add_rule(json_t *line, const struct rule *rule) {
	if (add_text(json_object_get(line, "rule"), "category", rule->category) ||
	    add(json_object_get(line, "rule"), "impact", json_integer(rule->impact)) ||
	    add_text(json_object_get(line, "logspill"), "remediation", rule->remediation))
		return -ENOMEM;
	return 0;
}

static int add_aside(json_t *details, enum finding_aside aside) {
	if (aside == FINDING_COUNTS)
		return 0;
	return add(details, "known", json_boolean(aside == FINDING_KNOWN)) || add(details, "counts", json_false());
}

static char *jsonl_finding(const struct finding *f, const struct emit_context *context) {
	char time[TIME_SIZE];
	clock_rfc3339(time, sizeof(time), f->last_seen_ns);
	json_auto_t *line =
	    json_pack("{s:s,s:s,s:{s:s},s:o,s:o,s:o}", "schema", "logspill.finding/v1", "@timestamp", time, "event", "kind",
	              "alert", "rule", json_rule(f->rule), "logspill", json_details(f), "process", json_process(f));
	if (!line || add_waiver(json_object_get(line, "logspill"), f->waiver) ||
	    add_aside(json_object_get(line, "logspill"), f->aside))
		return NULL;
	if (add_sketch(json_object_get(line, "logspill"), f))
		return NULL;
	if (f->writer && (add_text(json_object_get(line, "logspill"), "cgroup", f->writer->cgroup) ||
	                  add_workload(line, &f->writer->workload)))
		return NULL;
	if (context->action && add(json_object_get(line, "event"), "action", json_string(context->action)))
		return NULL;
	if ((context->action || context->rule_too) && add_rule(line, f->rule))
		return NULL;
	if (context->host_name && *context->host_name &&
	    add(line, "host", json_pack("{s:o}", "name", json_text(context->host_name))))
		return NULL;
	return dump_line(line);
}

static json_t *json_amount(uint64_t bytes, uint64_t writes) {
	return json_pack("{s:I,s:I}", "bytes", (json_int_t)bytes, "writes", (json_int_t)writes);
}

static json_t *json_lost(const struct summary *s) {
	json_t *lost = json_object();
	for (enum wire_loss i = 0; lost && i < WIRE_LOSS_COUNT; i++) {
		if (add(lost, loss_name(i), json_amount(s->lost[i].bytes, s->lost[i].writes))) {
			json_decref(lost);
			lost = NULL;
		}
	}
	return lost;
}

/* Rounded down: 1.0 is all of it. */
static json_t *json_coverage(double coverage) {
	return json_real(floor(coverage * 1e6) / 1e6);
}

static json_t *json_leak_rate(const struct summary *s) {
	return json_pack("{s:I,s:I,s:o}", "records", (json_int_t)s->scanned_records, "leaking",
	                 (json_int_t)s->leaking_records, "upper_95", json_real(summary_leak_rate_upper(s)));
}

static json_t *json_cost(const struct summary *s) {
	const struct summary_cost *c = &s->cost;
	json_t *per_call = c->kernel_calls ? json_rounded((double)c->kernel_ns / (double)c->kernel_calls, 10) : json_null();
	return json_pack("{s:{s:I,s:o},s:{s:o,s:o,s:o,s:I},s:{s:I,s:I,s:I,s:o}}", "kernel", "measured_calls",
	                 (json_int_t)c->kernel_calls, "ns_per_call", per_call, "agent", "cpu_s",
	                 json_rounded(c->cpu_s, 1e3), "cpu_ready_s", json_rounded(c->cpu_ready_s, 1e3), "cpu_share",
	                 json_rounded(summary_cpu_share(s), 1e4), "memory_peak_bytes", (json_int_t)c->memory_peak_bytes,
	                 "stacks", "taken", (json_int_t)c->stacks, "named", (json_int_t)c->stacks_named, "failed",
	                 (json_int_t)c->stacks_failed, "cpu_s", json_rounded(c->stacks_cpu_s, 1e3));
}

static char *sink_line(const struct sink_use *use, const char *time) {
	const struct sink *s = use->sink;
	json_auto_t *line = json_pack(
	    "{s:s,s:s,s:{s:s},s:o,s:b,s:b,s:o}", "schema", "logspill.sink/v1", "@timestamp", time, "event", "kind", "state",
	    "sink", s ? json_sink(sink_kind_name(s->kind), s->name, s->host_path) : json_sink("several", "", NULL), "log",
	    !s || s->is_log, "second_hop", s && s->second_hop, "reason",
	    json_text(s ? s->reason : "long unused, no longer remembered one by one"));
	if (!line)
		return NULL;
	uint64_t lost = capture_totals_lost(&use->totals).bytes;
	if (use->is_counted && (add(line, "seen", json_amount(use->totals.seen_bytes, use->totals.seen_writes)) ||
	                        add(line, "lost", json_pack("{s:I}", "bytes", (json_int_t)lost))))
		return NULL;
	return dump_line(line);
}

static int append_line(struct buf *out, char *text) {
	_cleanup_free_ char *line = text;
	return line ? buf_append(out, line, strlen(line)) : -ENOMEM;
}

static char *summary_line(const struct summary *s, const char *time) {
	json_auto_t *line = json_pack(
	    "{s:s,s:s,s:{s:s},s:s,s:o,s:o,s:{s:I,s:I,s:I},s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:o,s:o}", "schema",
	    "logspill.summary/v1", "@timestamp", time, "event", "kind", "state", "verdict", verdict_name(s->verdict),
	    "reasons", json_texts(s->reasons, s->reasons_len), "seen", json_amount(s->seen_bytes, s->seen_writes),
	    "scanned", "bytes", (json_int_t)s->scanned_bytes, "writes", (json_int_t)s->scanned_writes, "records",
	    (json_int_t)s->scanned_records, "lost", json_lost(s), "coverage", json_coverage(s->coverage), "blind_spots",
	    json_texts(s->blind_spots, s->blind_spots_len), "not_looked_at", json_texts(s->unread, s->unread_len),
	    "findings", (json_int_t)s->findings, "matches", (json_int_t)s->matches, "distinct", (json_int_t)s->distinct,
	    "waived", (json_int_t)s->waived, "waivers", json_texts(s->waivers, s->waivers_len), "duration_s",
	    json_rounded(s->duration_s, 1e3));
	if (!line || (s->leaks_counted && add(line, "leak_rate", json_leak_rate(s))) ||
	    add(line, "effective_rate", json_coverage(summary_effective_rate(s))) ||
	    (s->cost.memory_peak_bytes && add(line, "cost", json_cost(s))))
		return NULL;
	return dump_line(line);
}

/* The sinks, if they were asked for, and the summary as the last line. */
static char *jsonl_summary(const struct summary *s, const struct emit_context *context) {
	(void)context;
	_cleanup_(buf_release) struct buf out = {0};
	char time[TIME_SIZE];
	clock_rfc3339(time, sizeof(time), s->ended_ns ? s->ended_ns : clock_realtime_ns());
	int r = 0;
	for (size_t i = 0; i < s->sinks_len && !r; i++)
		r = append_line(&out, sink_line(&s->sinks[i], time));
	if (!r)
		r = append_line(&out, summary_line(s, time));
	if (!r)
		r = buf_append(&out, "", 1);
	return r ? NULL : take(out.data);
}

const struct emit_format emit_jsonl = {.name = "jsonl", .finding = jsonl_finding, .summary = jsonl_summary};
