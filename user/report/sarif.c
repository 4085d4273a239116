/* SPDX-License-Identifier: MIT */
/* SARIF 2.1.0 (OASIS), as code scanning services take it. Never a snippet: that would be the value itself. */
#include "report/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "find/waiver.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const char *level(enum rule_severity s) {
	return s >= RULE_HIGH ? "error" : s == RULE_MEDIUM ? "warning" : "note";
}

/* Services read this scale, a string, as critical above 9.0, high from 7.0, medium from 4.0. */
static const char *security_severity(enum rule_severity s) {
	static const char *const scale[] = {"1.0", "3.0", "5.5", "8.0", "9.5"};
	return scale[s];
}

static json_t *json_rule(const struct rule *rule) {
	json_t *json = json_pack("{s:o,s:{s:o},s:{s:s},s:{s:s,s:[s,s,s]}}", "id", json_text(rule->id), "shortDescription",
	                         "text", json_text(rule->name), "defaultConfiguration", "level", level(rule->severity),
	                         "properties", "security-severity", security_severity(rule->severity), "tags", "security",
	                         "privacy", "external/cwe/cwe-532");
	int r = json ? 0 : -1;
	if (!r && rule->remediation)
		r = json_object_set_new(json, "help", json_pack("{s:o}", "text", json_text(rule->remediation)));
	if (!r && rule->references.len && !strncmp(rule->references.items[0], "http", 4))
		r = json_object_set_new(json, "helpUri", json_text(rule->references.items[0]));
	if (!r)
		return json;
	json_decref(json);
	return NULL;
}

/* RFC 3986: a path below the directory is relative to it, others are absolute; standard input has a name only. */
static char *uri(const char *path, const char *directory) {
	_cleanup_(buf_release) struct buf out = {0};
	size_t len = directory ? strlen(directory) : 0;
	int r = 0;
	if (len && !strncmp(path, directory, len) && path[len] == '/')
		path += len + 1;
	else if (*path == '/')
		r = buf_append(&out, "file://", strlen("file://"));
	else if (!strcmp(path, "-"))
		path = "stdin";
	for (; *path && !r; path++) {
		bool plain = (*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z') || (*path >= '0' && *path <= '9');
		if (plain || strchr("-._~/", *path))
			r = buf_append(&out, path, 1);
		else
			r = buf_printf(&out, "%%%02X", (unsigned char)*path);
	}
	if (!r)
		r = buf_append(&out, "", 1);
	return r ? NULL : take(out.data);
}

static json_t *json_location(const struct report *r, const struct report_item *item) {
	_cleanup_free_ char *where = uri(item->finding->sink_name, r->directory);
	json_t *place = where ? json_pack("{s:{s:s}}", "artifactLocation", "uri", where) : NULL;
	if (place && item->line &&
	    json_object_set_new(place, "region",
	                        json_pack("{s:I,s:I,s:I}", "startLine", (json_int_t)item->line, "startColumn",
	                                  (json_int_t)item->column, "endColumn", (json_int_t)item->end_column))) {
		json_decref(place);
		place = NULL;
	}
	return json_pack("{s:o}", "physicalLocation", place);
}

static json_t *json_message(const struct finding *f) {
	char amount[96];
	_cleanup_free_ char *text = NULL;
	report_amount(amount, sizeof(amount), f);
	if (asprintf(&text, "%s in a log: %s (%s)", f->rule->name, f->masked, amount) < 0)
		return NULL;
	return json_pack("{s:o}", "text", json_text(text));
}

/* SARIF has a word for it. */
static int add_suppression(json_t *result, const struct waiver *w) {
	_cleanup_free_ char *why = NULL;
	if (asprintf(&why, "%s: %s (until %s)", w->owner, w->reason, w->until) < 0)
		return -1;
	return json_object_set_new(
	    result, "suppressions",
	    json_pack("[{s:s,s:s,s:o}]", "kind", "external", "status", "accepted", "justification", json_text(why)));
}

static json_t *json_result(const struct report *r, const struct report_item *item, size_t rule_index) {
	const struct finding *f = item->finding;
	json_t *json = json_pack(
	    "{s:o,s:I,s:s,s:o,s:[o],s:{s:s},s:I,s:{s:f,s:I,s:s,s:b}}", "ruleId", json_text(f->rule->id), "ruleIndex",
	    (json_int_t)rule_index, "level", level(f->rule->severity), "message", json_message(f), "locations",
	    json_location(r, item), "partialFingerprints", "logspillFindingId/v1", f->id, "occurrenceCount",
	    (json_int_t)f->count, "properties", "confidence", round(f->confidence * 1e4) / 1e4, "distinct",
	    (json_int_t)f->distinct, "fingerprint", f->fingerprint, "counts", item->standing == REPORT_COUNTS);
	if (json && r->baseline &&
	    json_object_set_new(json, "baselineState", json_string(item->standing == REPORT_KNOWN ? "unchanged" : "new"))) {
		json_decref(json);
		json = NULL;
	}
	if (json && f->waived && add_suppression(json, f->waiver)) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/* Each rule once; *ret_index is its place. */
static int add_rule(json_t *rules, const struct rule **seen, const struct rule *rule, size_t *ret_index) {
	size_t len = json_array_size(rules), i = 0;
	while (i < len && seen[i] != rule)
		i++;
	*ret_index = i;
	seen[i] = rule;
	return i < len ? 0 : json_array_append_new(rules, json_rule(rule));
}

static int add_results(const struct report *r, json_t *rules, json_t *results) {
	_cleanup_free_ const struct rule **seen = calloc(r->len + 1, sizeof(*seen));
	size_t index = 0;
	int failed = seen ? 0 : -1;
	for (size_t i = 0; i < r->len && !failed; i++) {
		failed = add_rule(rules, seen, r->items[i].finding->rule, &index);
		if (!failed)
			failed = json_array_append_new(results, json_result(r, &r->items[i], index));
	}
	return failed;
}

static int add_notes(json_t *notes, const char *how_bad, char *const *texts, size_t len) {
	int r = 0;
	for (size_t i = 0; i < len && !r; i++)
		r = json_array_append_new(notes,
		                          json_pack("{s:s,s:{s:o}}", "level", how_bad, "message", "text", json_text(texts[i])));
	return r;
}

/* What was not scanned: the run as a whole was then no success. */
static json_t *json_invocation(const struct report *r) {
	char *const *doubts;
	size_t len = report_doubts(r->summary, &doubts);
	json_t *notes = json_array();
	if (add_notes(notes, "error", doubts, len) ||
	    add_notes(notes, "note", r->summary->unread, r->summary->unread_len)) {
		json_decref(notes);
		return NULL;
	}
	return json_pack("{s:b,s:o}", "executionSuccessful", len == 0, "toolExecutionNotifications", notes);
}

static char *write_sarif(const struct report *r) {
	json_auto_t *rules = json_array(), *results = json_array();
	if (!rules || !results || add_results(r, rules, results))
		return NULL;
	json_auto_t *log =
	    json_pack("{s:s,s:s,s:[{s:{s:{s:s,s:s,s:s,s:O}},s:s,s:[o],s:O}]}", "$schema",
	              "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", "tool", "driver", "name",
	              "logspill", "semanticVersion", LOGSPILL_VERSION, "fullName", "logspill scan", "rules", rules,
	              "columnKind", "unicodeCodePoints", "invocations", json_invocation(r), "results", results);
	_cleanup_(buf_release) struct buf out = {0};
	_cleanup_free_ char *text = log ? json_encode(log, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
	if (!text || buf_printf(&out, "%s\n", text))
		return NULL;
	return take(out.data);
}

const struct report_format report_sarif = {.name = "sarif", .whole = true, .ending = "sarif", .write = write_sarif};
