/* SPDX-License-Identifier: MIT */
/* One JSON document: the summary, the sinks and the findings as the lines of -f jsonl have them, and what was watched.
 */
#include "report/format.h"

#include "base/clock.h"
#include "base/json.h"
#include "report/digest.h"
#include "report/page.h"

#include <jansson.h>
#include <string.h>

/* The lines before the summary are sinks. */
static int add_lines(json_t *document, const char *lines) {
	json_t *sinks = json_array();
	int r = json_object_set_new(document, "sinks", sinks);
	while (lines && *lines && !r) {
		size_t len = strcspn(lines, "\n");
		json_auto_t *line = NULL;
		if (json_decode(lines, len, 0, &line))
			return -1;
		const char *schema = json_string_value(json_object_get(line, "schema"));
		if (!schema)
			return -1;
		r = strcmp(schema, "logspill.sink/v1") ? json_object_set(document, "summary", line)
		                                       : json_array_append(sinks, line);
		lines += len + (lines[len] == '\n');
	}
	return r;
}

static int add_findings(json_t *document, const struct report *r) {
	json_t *findings = json_array();
	int failed = json_object_set_new(document, "findings", findings);
	for (size_t i = 0; i < r->len && !failed; i++) {
		const char *text = r->items[i].json;
		json_t *finding;
		if (!text || json_decode(text, strlen(text), 0, &finding))
			return -1;
		failed = json_array_append_new(findings, finding);
		if (!failed && r->items[i].standing != REPORT_COUNTS)
			failed = json_object_set_new(finding, "standing", json_string(digest_standing(r->items[i].standing)));
	}
	return failed;
}

static json_t *json_timeline(const struct timeline *t) {
	json_t *counts = json_array();
	for (size_t i = 0; counts && i < t->len; i++)
		json_array_append_new(counts, json_integer((json_int_t)t->counts[i]));
	return json_pack("{s:I,s:o}", "seconds", (json_int_t)timeline_width_s(t), "matches", counts);
}

static json_t *json_watch(const struct report_watch *w) {
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
	clock_rfc3339(from, sizeof(from), w->started_ns);
	clock_rfc3339(to, sizeof(to), w->ended_ns);
	json_t *watch = json_pack("{s:s*,s:s*,s:s*,s:s*,s:s*,s:s*,s:I,s:s,s:s}", "subject", w->subject, "command",
	                          w->command, "host", w->host, "kernel", w->kernel, "version", w->version, "hook", w->hook,
	                          "rules", (json_int_t)w->rules_len, "from", from, "to", to);
	if (!watch || !w->timeline || !json_object_set_new(watch, "timeline", json_timeline(w->timeline)))
		return watch;
	json_decref(watch);
	return NULL;
}

static int add_gone(json_t *document, const struct report *r) {
	json_t *gone = json_array();
	int failed = r->baseline ? json_object_set_new(document, "gone", gone) : 0;
	for (size_t i = 0; r->baseline && i < r->gone_len && !failed; i++)
		failed = json_array_append_new(gone, json_string(r->gone[i]));
	if (!r->baseline)
		json_decref(gone);
	return failed;
}

static char *write_json(const struct report *r) {
	json_auto_t *document = json_pack("{s:s}", "schema", "logspill.report/v1");
	if (!document || add_lines(document, r->json) || add_findings(document, r) || add_gone(document, r) ||
	    (r->watch && json_object_set_new(document, "watch", json_watch(r->watch))))
		return NULL;
	return json_encode(document, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
}

/* As the stream of that name: findings, then the summary. */
static char *write_jsonl(const struct report *r) {
	struct page p = {0};
	for (size_t i = 0; i < r->len; i++)
		page_say(&p, "%s", r->items[i].json);
	page_say(&p, "%s", r->json);
	return page_take(&p);
}

const struct report_format report_jsonl = {
    .name = "jsonl", .ending = "jsonl", .wants_json = true, .write = write_jsonl};
const struct report_format report_json = {
    .name = "json", .whole = true, .ending = "json", .wants_json = true, .write = write_json};
