/* SPDX-License-Identifier: MIT */
#include "scan/report.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "emit/emit.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static enum report_standing standing_of(struct finding *f, const struct scan_policy *policy) {
	finding_waive(f, policy->waivers, clock_realtime_ns());
	if (f->waived)
		return REPORT_WAIVED;
	if (baseline_has(policy->baseline, f->id))
		return REPORT_KNOWN;
	return f->rule->severity < policy->fail_on ? REPORT_BELOW : REPORT_COUNTS;
}

/* By file, what counts and is worst first in each. */
static int compare_items(const void *a, const void *b) {
	const struct report_item *x = a, *y = b;
	const struct finding *f = x->finding, *g = y->finding;
	int file = strcmp(f->sink_name, g->sink_name);
	if (file)
		return file;
	if (x->standing != y->standing)
		return x->standing < y->standing ? -1 : 1;
	if (f->rule->severity != g->rule->severity)
		return f->rule->severity > g->rule->severity ? -1 : 1;
	return f->index < g->index ? -1 : f->index > g->index;
}

static void count(struct summary *s, const struct findings *found, const struct report_item *items, size_t len) {
	for (size_t i = 0; i < len; i++) {
		if (items[i].standing != REPORT_COUNTS && items[i].standing != REPORT_WAIVED)
			continue;
		s->findings++;
		s->matches += items[i].finding->count;
		s->distinct += items[i].finding->distinct;
	}
	/* Findings may share values: their sum is too high then. */
	if (s->distinct > findings_distinct(found))
		s->distinct = findings_distinct(found);
	s->matches += findings_unplaced(found);
}

/* Findings that are listed and do not count, by what speaks for them. */
static int say_aside(struct summary *s, const struct report *r) {
	static const struct {
		enum report_standing standing;
		const char *why;
	} kinds[] = {{REPORT_KNOWN, "in the baseline"},
	             {REPORT_WAIVED, "waived"},
	             {REPORT_BELOW, "less severe than --fail-on asks for"}};
	int failed = 0;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds) && !failed; k++) {
		size_t n = 0;
		for (size_t i = 0; i < r->len; i++)
			n += r->items[i].standing == kinds[k].standing;
		if (n)
			failed = summary_add_reason(s, "%zu %s %s", n, text_plural(n, "finding", "findings"), kinds[k].why);
	}
	return failed;
}

static int give_reasons(struct summary *s, const struct findings *found, const struct report *r) {
	uint64_t findings = s->findings - s->waived, matches = s->matches - s->waived_matches;
	uint64_t unplaced = findings_unplaced(found);
	int failed = 0;
	if (s->verdict == VERDICT_FAIL)
		failed = summary_add_reason(s, "%lu %s (%lu %s)", findings, text_plural(findings, "finding", "findings"),
		                            matches, text_plural(matches, "match", "matches"));
	if (!failed && unplaced)
		failed = summary_add_reason(s, "%lu of the matches are of findings beyond the first %d", unplaced,
		                            FIND_FINDINGS_MAX);
	if (!failed && s->blind_spots_len)
		failed = summary_add_reason(s, "%zu %s not scanned, or not as a whole", s->blind_spots_len,
		                            text_plural(s->blind_spots_len, "input was", "inputs were"));
	if (!failed && s->verdict == VERDICT_PASS)
		failed = summary_add_reason(s, "no %s in %lu %s", r->len ? "finding that counts" : "personal data",
		                            s->scanned_records, text_plural(s->scanned_records, "line", "lines"));
	return failed ? failed : say_aside(s, r);
}

static int fill_items(struct scan_report *ret, const struct scan *s, const struct scan_policy *policy) {
	const struct findings *found = scan_findings(s);
	size_t len = findings_len(found);
	if (!len)
		return 0;
	ret->items = calloc(len, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		struct finding *f = findings_at(found, i);
		const struct scan_place place = scan_place(s, f);
		ret->items[i] = (struct report_item){
		    .finding = f,
		    .line = place.line,
		    .column = place.column,
		    .end_column = place.end_column,
		    .standing = standing_of(f, policy),
		};
	}
	qsort(ret->items, len, sizeof(*ret->items), compare_items);
	count(&ret->summary, found, ret->items, len);
	ret->report.len = len;
	return 0;
}

static bool is_incomplete(const struct summary *s) {
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++)
		if (s->lost[i].bytes || s->lost[i].writes)
			return true;
	return s->blind_spots_len > 0;
}

int scan_report_init(struct scan_report *ret, struct scan *s, const struct scan_policy *policy) {
	*ret = (struct scan_report){.directory = getcwd(NULL, 0)};
	struct summary *summary = &ret->summary;
	scan_books(s, summary);
	summary->found = scan_findings(s);
	int r = fill_items(ret, s, policy);
	if (r)
		summary->matches = findings_matches(summary->found);
	int waivers = summary_add_waivers(summary, summary->found, policy->waivers, clock_realtime_ns());
	bool leaks = summary->findings > summary->waived || summary->matches > summary->waived_matches;
	summary->verdict = leaks ? VERDICT_FAIL : is_incomplete(summary) ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
	ret->report.items = ret->items;
	ret->report.summary = summary;
	ret->report.directory = ret->directory;
	ret->report.binaries = scan_binaries(s);
	ret->report.baseline = policy->baseline != NULL;
	if (!r && policy->baseline)
		r = baseline_list_gone(policy->baseline, &ret->gone, &ret->report.gone_len);
	ret->report.gone = ret->gone;
	int reasons = give_reasons(summary, summary->found, &ret->report);
	return r ? r : waivers ? waivers : reasons;
}

int scan_report_add_json(struct scan_report *r) {
	r->json = calloc(r->report.len + 1, sizeof(*r->json));
	r->report.json = r->json_summary = emit_format_find("jsonl")->summary(&r->summary, &(struct emit_context){0});
	if (!r->json || !r->json_summary)
		return -ENOMEM;
	for (size_t i = 0; i < r->report.len; i++) {
		r->items[i].json = r->json[i] = scan_report_json_item(&r->items[i]);
		if (!r->json[i])
			return -ENOMEM;
	}
	return 0;
}

void scan_report_release(struct scan_report *r) {
	for (size_t i = 0; r->json && r->json[i]; i++)
		free(r->json[i]);
	free(r->json);
	free(r->json_summary);
	free(r->gone);
	summary_release(&r->summary);
	free(r->items);
	free(r->directory);
	*r = (struct scan_report){0};
}

char *scan_report_json_item(const struct report_item *item) {
	const struct emit_format *jsonl = emit_format_find("jsonl");
	_cleanup_free_ char *line = jsonl->finding(item->finding, &(struct emit_context){0}), *again = NULL;
	json_auto_t *json = NULL;
	if (!line || json_decode(line, strlen(line), 0, &json))
		return NULL;
	json_t *ours = json_object_get(json, "logspill");
	if (!ours || json_object_set_new(ours, "line", json_integer((json_int_t)item->line)) ||
	    json_object_set_new(ours, "known", json_boolean(item->standing == REPORT_KNOWN)) ||
	    json_object_set_new(ours, "counts", json_boolean(item->standing == REPORT_COUNTS)))
		return NULL;
	again = json_encode(json, JSON_COMPACT | JSON_REAL_PRECISION(12));
	char *ret = NULL;
	return again && asprintf(&ret, "%s\n", again) >= 0 ? ret : NULL;
}
