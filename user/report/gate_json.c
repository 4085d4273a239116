/* SPDX-License-Identifier: MIT */
/* One line of JSON, "logspill.gate/v1". */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "capture/capture.h"
#include "report/gate_format.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static json_t *json_text_or_null(const char *s) {
	return s ? json_text(s) : json_null();
}

/* JSON has no word for what is no number. */
static json_t *json_number(double x) {
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *json_check(const struct gate_check *c) {
	return json_pack("{s:o,s:s,s:o,s:o}", "name", json_text(c->name), "verdict", verdict_name(c->verdict), "text",
	                 json_text(c->text), "remedy", json_text_or_null(c->remedy));
}

static json_t *json_target(const struct gate_target *t) {
	json_t *lost = json_object();
	for (enum wire_loss i = 0; lost && i < WIRE_LOSS_COUNT; i++)
		json_object_set_new(
		    lost, loss_name(i),
		    json_pack("{s:I,s:I}", "bytes", (json_int_t)t->lost[i].bytes, "writes", (json_int_t)t->lost[i].writes));
	return json_pack("{s:o,s:{s:I,s:I},s:{s:I,s:I},s:o,s:I,s:I,s:o}", "name", json_text(t->name), "seen", "bytes",
	                 (json_int_t)t->seen.bytes, "writes", (json_int_t)t->seen.writes, "scanned", "bytes",
	                 (json_int_t)t->scanned.bytes, "writes", (json_int_t)t->scanned.writes, "lost", lost, "records",
	                 (json_int_t)t->records, "leaking_records", (json_int_t)t->leaking_records, "doubt",
	                 json_text_or_null(t->doubt));
}

static json_t *json_finding(const struct gate_report *r, const struct finding *f) {
	return json_pack("{s:s,s:o,s:s,s:o,s:I,s:o,s:o,s:b,s:b,s:o}", "finding_id", f->id, "rule", json_text(f->rule->id),
	                 "severity", rule_severity_name(f->rule->severity), "masked", json_text(f->masked), "count",
	                 (json_int_t)f->count, "sink", json_text(f->sink_name), "process", json_text(f->process_name),
	                 "waived", f->waived, "fails", gate_finding_fails(f, r->policy), "risk",
	                 json_number(gate_finding_risk(r->facts, f)));
}

static json_t *json_options(const struct gate_facts *f) {
	struct gate_option options[GATE_OPTIONS];
	json_t *array = json_array();
	gate_options(options, f);
	for (size_t i = 0; array && i < GATE_OPTIONS; i++)
		json_array_append_new(array, json_pack("{s:s,s:o,s:i,s:o}", "name", options[i].name, "share_upper",
		                                       json_number(options[i].share_upper), "impact", options[i].impact, "risk",
		                                       json_number(options[i].risk)));
	return array;
}

static char *write_json(const struct gate_report *r) {
	char made[40], from[40], to[40];
	const struct gate_facts *f = r->facts;
	json_t *checks = json_array(), *targets = json_array(), *findings = json_array();
	for (size_t i = 0; checks && i < r->result->checks_len; i++)
		json_array_append_new(checks, json_check(&r->result->checks[i]));
	for (size_t i = 0; targets && i < f->targets_len; i++)
		json_array_append_new(targets, json_target(&f->targets[i]));
	for (size_t i = 0; findings && i < f->findings_len; i++)
		json_array_append_new(findings, json_finding(r, &f->findings[i]->finding));
	json_auto_t *json = json_pack(
	    "{s:s,s:s,s:s,s:s,s:b,s:{s:s,s:s,s:f,s:f},s:o,s:o,s:o,s:o,s:o}", "schema", "logspill.gate/v1", "@timestamp",
	    clock_rfc3339(made, sizeof(made), r->made_ns), "source", f->source, "verdict", verdict_name(r->result->verdict),
	    "ok", r->result->verdict == VERDICT_PASS, "window", "from", clock_rfc3339(from, sizeof(from), f->from_ns), "to",
	    clock_rfc3339(to, sizeof(to), f->to_ns), "asked_s", (double)f->asked_ns / 1e9, "covered_s",
	    (double)f->covered_ns / 1e9, "checks", checks, "targets", targets, "findings", findings, "waivers",
	    json_texts(f->waivers.items, f->waivers.len), "options", json_options(f));
	_cleanup_free_ char *text = json ? json_encode(json, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	char *line = NULL;
	return text && asprintf(&line, "%s\n", text) >= 0 ? line : NULL;
}

const struct gate_format gate_json = {.name = "json", .write = write_json};
