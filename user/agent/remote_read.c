/* SPDX-License-Identifier: MIT */
#include "agent/remote_read.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>

#define FRAMES_MAX 64

static const char *text(const json_t *object, const char *key) {
	const char *s = json_string_value(json_object_get(object, key));
	return s ? s : "";
}

/* As findings have it where there is none. */
static char *borrowed(const json_t *object, const char *key) {
	return (char *)json_string_value(json_object_get(object, key));
}

static uint64_t number(const json_t *object, const char *key) {
	json_int_t n = json_integer_value(json_object_get(object, key));
	return n > 0 ? (uint64_t)n : 0;
}

static double real(const json_t *object, const char *key) {
	return json_number_value(json_object_get(object, key));
}

static bool truth(const json_t *object, const char *key) {
	return json_is_true(json_object_get(object, key));
}

static struct capture_loss amount(const json_t *object, const char *key) {
	const json_t *a = json_object_get(object, key);
	return (struct capture_loss){number(a, "bytes"), number(a, "writes")};
}

static void read_totals(struct capture_totals *t, const json_t *from) {
	const struct capture_loss seen = amount(from, "seen");
	t->seen_bytes = seen.bytes;
	t->seen_writes = seen.writes;
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++)
		t->lost[i] = amount(json_object_get(from, "lost"), loss_name(i));
}

static int copy(char **ret, const char *s) {
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

/* Room for as many as the list has. */
static void *room(const json_t *list, size_t size) {
	return calloc(json_array_size(list) + 1, size);
}

int remote_read_status(struct snapshot *s, const json_t *status) {
	const json_t *cost = json_object_get(status, "cost"), *probe = json_object_get(status, "probe");
	s->time_ns = clock_parse_rfc3339(text(status, "time"));
	s->started_ns = clock_parse_rfc3339(text(status, "started"));
	s->duration_s = real(status, "duration_s");
	s->ready = truth(status, "ready");
	s->findings_total = number(status, "findings");
	s->unwaived_total = number(status, "unwaived");
	s->matches = number(status, "matches");
	s->distinct = number(status, "distinct");
	s->processes = number(status, "processes");
	s->cost.cpu_ns = (uint64_t)(real(cost, "cpu_s") * 1e9);
	s->cost.cpu_ready_ns = (uint64_t)(real(cost, "cpu_ready_s") * 1e9);
	s->cost.memory_bytes = number(cost, "memory_bytes");
	s->cost.kernel = (struct capture_cost){number(cost, "kernel_calls"), number(cost, "kernel_ns")};
	s->probe = (struct snapshot_probe){
	    .enabled = truth(probe, "enabled"), .healthy = truth(probe, "healthy"), .age_s = real(probe, "age_s")};
	return 0;
}

int remote_read_targets(struct snapshot *s, const json_t *targets) {
	const json_t *list = json_object_get(targets, "targets"), *one;
	size_t i;
	s->targets = room(list, sizeof(*s->targets));
	if (!s->targets)
		return -ENOMEM;
	json_array_foreach(list, i, one) {
		struct snapshot_target *t = &s->targets[s->targets_len++];
		t->scanned = amount(one, "scanned");
		t->records = number(json_object_get(one, "scanned"), "records");
		t->waiting = amount(one, "waiting");
		t->leaking_records = number(one, "leaking_records");
		t->coverage = real(one, "coverage");
		t->findings = number(one, "findings");
		t->writers = number(one, "writers");
		read_totals(&t->totals, one);
		if (copy(&t->name, text(one, "name")))
			return -ENOMEM;
	}
	return 0;
}

static enum sink_kind kind_of(const char *name) {
	enum sink_kind kind = SINK_FILE;
	while (kind < SINK_KMSG && strcmp(sink_kind_name(kind), name) != 0)
		kind++;
	return kind;
}

static int read_sinks(struct snapshot *s, const json_t *list) {
	const json_t *one;
	size_t i;
	s->sinks = room(list, sizeof(*s->sinks));
	if (!s->sinks)
		return -ENOMEM;
	json_array_foreach(list, i, one) {
		struct snapshot_sink *k = &s->sinks[s->sinks_len++];
		const char *kind = text(one, "kind");
		k->several = !strcmp(kind, "several");
		k->kind = kind_of(kind);
		k->is_log = truth(one, "log");
		k->second_hop = truth(one, "second_hop");
		read_totals(&k->totals, one);
		if (copy(&k->name, text(one, "path")) || copy(&k->reason, text(one, "reason")))
			return -ENOMEM;
	}
	return 0;
}

int remote_read_coverage(struct snapshot *s, const json_t *coverage) {
	const json_t *list = json_object_get(coverage, "blind_spots"), *one;
	size_t i;
	s->blind = room(list, sizeof(*s->blind));
	if (!s->blind)
		return -ENOMEM;
	json_array_foreach(list, i, one) {
		struct snapshot_blind *b = &s->blind[s->blind_len++];
		b->amount.bytes = number(one, "bytes");
		b->doubt = !json_is_false(json_object_get(one, "doubt"));
		if (copy(&b->kind, text(one, "kind")) || copy(&b->text, text(one, "text")))
			return -ENOMEM;
	}
	return read_sinks(s, json_object_get(coverage, "sinks"));
}

/* Of one that we do not know, the worst: a newer agent may have a word for it. */
static enum rule_severity severity_of(const char *name) {
	enum rule_severity severity = RULE_CRITICAL;
	(void)rule_severity_parse(name, &severity);
	return severity;
}

/* Frames are borrowed; the list of origins is freed by the caller, their lists of frames stand behind it. */
static int read_origins(struct finding *f, const json_t *list) {
	size_t len = json_array_size(list), i, k;
	const json_t *one, *frame;
	f->origins = calloc(len + 1, sizeof(*f->origins) + FRAMES_MAX * sizeof(char *));
	if (!f->origins)
		return -ENOMEM;
	char **frames = (char **)(f->origins + len + 1);
	json_array_foreach(list, i, one) {
		struct finding_origin *o = &f->origins[f->origins_len++];
		o->count = number(one, "count");
		o->frames = frames + i * FRAMES_MAX;
		snprintf(o->runtime, sizeof(o->runtime), "%s", text(one, "runtime"));
		snprintf(o->thread, sizeof(o->thread), "%s", text(one, "thread"));
		json_array_foreach(json_object_get(one, "frames"), k,
		                   frame) if (o->frames_len < FRAMES_MAX && json_is_string(frame)) o->frames[o->frames_len++] =
		    (char *)json_string_value(frame);
		o->own = json_object_get(one, "own") ? number(one, "own") : o->frames_len;
	}
	return 0;
}

static void read_amounts(struct finding *f, const json_t *ours) {
	f->confidence = (float)real(ours, "confidence");
	f->count = number(ours, "count");
	f->distinct = number(ours, "distinct");
	f->distinct_error = real(ours, "distinct_error");
	f->waived = truth(ours, "waived");
	f->first_seen_ns = clock_parse_rfc3339(text(ours, "first_seen"));
	f->last_seen_ns = clock_parse_rfc3339(text(ours, "last_seen"));
	snprintf(f->id, sizeof(f->id), "%s", text(ours, "finding_id"));
	snprintf(f->masked, sizeof(f->masked), "%s", text(ours, "masked"));
	snprintf(f->template_id, sizeof(f->template_id), "%s", text(ours, "template_id"));
	if (strcmp(text(ours, "template"), f->template_id) != 0)
		snprintf(f->statement, sizeof(f->statement), "%s", text(ours, "template"));
}

/* A copy of what is borrowed from the JSON. Unit and container are in the name of the cgroup. */
static int read_finding(struct finding_copy **ret, const json_t *one) {
	const json_t *ours = json_object_get(one, "logspill"), *rule = json_object_get(one, "rule"),
	             *process = json_object_get(one, "process"), *waiver = json_object_get(ours, "waiver"),
	             *sink = json_object_get(ours, "sink");
	const struct rule its_rule = {.id = (char *)text(rule, "id"),
	                              .name = (char *)text(rule, "name"),
	                              .entity = (char *)text(ours, "entity"),
	                              .severity = severity_of(text(rule, "severity")),
	                              .impact = (uint8_t)number(rule, "impact"),
	                              .remediation = borrowed(ours, "remediation")};
	const struct waiver its_waiver = {.owner = (char *)text(waiver, "owner"),
	                                  .reason = (char *)text(waiver, "reason"),
	                                  .until = (char *)text(waiver, "until")};
	struct finding_writer writer = {
	    .cgroup = borrowed(ours, "cgroup"),
	    .command_line = borrowed(process, "command_line"),
	    .workload = {.container = borrowed(json_object_get(one, "container"), "name"),
	                 .pod = borrowed(json_object_get(json_object_get(one, "orchestrator"), "resource"), "name")},
	};
	struct finding f = {.rule = &its_rule,
	                    .waiver = waiver ? &its_waiver : NULL,
	                    .writer = writer.cgroup ? &writer : NULL,
	                    .sink_kind = (char *)text(sink, "kind"),
	                    .sink_name = (char *)text(sink, "path"),
	                    .pid = (int)number(process, "pid"),
	                    .process_name = (char *)text(process, "name"),
	                    .executable = (char *)text(process, "executable")};
	read_amounts(&f, ours);
	int r = read_origins(&f, json_object_get(ours, "origins"));
	if (!r)
		r = finding_copy_new(ret, &f, NULL);
	free(f.origins);
	return r;
}

int remote_read_findings(struct snapshot *s, const json_t *findings) {
	const json_t *list = json_object_get(findings, "findings"), *one;
	size_t i;
	s->findings_asked_for = number(findings, "total");
	s->findings = room(list, sizeof(struct finding_copy *));
	if (!s->findings)
		return -ENOMEM;
	json_array_foreach(list, i, one) {
		int r = read_finding(&s->findings[s->findings_len], one);
		if (r)
			return r;
		s->findings_len++;
	}
	return 0;
}
