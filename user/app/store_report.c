/* SPDX-License-Identifier: MIT */
#include "app/store_report.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "emit/emit.h"
#include "find/waiver.h"

#include <errno.h>
#include <string.h>

/* Each once. */
static int list_add(char **list, const char *name) {
	const char *at = *list ? strstr(*list, name) : NULL;
	size_t len = strlen(name);
	for (; at; at = strstr(at + 1, name))
		if ((at == *list || at[-1] == ' ') && (!at[len] || at[len] == ','))
			return 0;
	char *longer = text_format("%s%s%s", *list ?: "", *list ? ", " : "", name);
	if (!longer)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

static int add_amounts(void *arg, const char *target, const struct store_amounts *a) {
	struct store_report *r = arg;
	struct summary *s = &r->summary;
	s->seen_bytes += a->seen.bytes;
	s->seen_writes += a->seen.writes;
	s->scanned_bytes += a->scanned.bytes;
	s->scanned_writes += a->scanned.writes;
	s->scanned_records += a->records;
	s->leaking_records += a->leaking_records;
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++) {
		s->lost[i].bytes += a->lost[i].bytes;
		s->lost[i].writes += a->lost[i].writes;
	}
	return list_add(&r->subject, target);
}

static int add_minute(void *arg, const char *target, const struct store_amounts *a) {
	(void)target;
	struct store_report *r = arg;
	uint64_t from_ns = r->watch.started_ns;
	timeline_add(&r->timeline, a->minute_ns > from_ns ? a->minute_ns - from_ns : 0, a->matches);
	return 0;
}

static int add_values(struct store_report *r, const struct finding *f) {
	if (!*r->key_id)
		memcpy(r->key_id, f->key_id, sizeof(r->key_id));
	bool comparable = f->sketch && !strcmp(r->key_id, f->key_id) && (*f->key_id || !r->several);
	if (!comparable && r->several)
		return -EKEYREJECTED;
	int failed = comparable ? distinct_merge(&r->values, f->sketch) : -EINVAL;
	r->values_known &= !failed;
	return failed == -ENOMEM ? -ENOMEM : 0;
}

static void release_finding(struct store_report_finding *f) {
	finding_copy_drop(f->copy);
	free(f->hosts);
}

static int add_finding(void *arg, struct finding_copy *finding) {
	struct store_report *r = arg;
	finding_end_waiver(&finding->finding, clock_realtime_ns());
	if (r->findings_len == r->findings_cap) {
		size_t cap = r->findings_cap ? 2 * r->findings_cap : 64;
		struct store_report_finding *findings = reallocarray(r->findings, cap, sizeof(*findings));
		if (!findings)
			return -ENOMEM;
		r->findings = findings;
		r->findings_cap = cap;
	}
	struct store_report_finding *f = &r->findings[r->findings_len++];
	*f = (struct store_report_finding){.copy = finding_copy_hold(finding)};
	int failed = list_add(&f->hosts, r->host);
	return failed ? failed : add_values(r, &finding->finding);
}

/* A time without a watch is a blind spot. */
static int add_gap(void *arg, const struct store_event *e) {
	struct store_report *r = arg;
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
	_cleanup_free_ char *text = NULL;
	if (asprintf(&text, "%s%s%s: %s to %s: %s", r->several ? r->host : "", r->several ? ": " : "",
	             store_event_name(e->kind), clock_local(from, sizeof(from), e->from_ns),
	             clock_local(to, sizeof(to), e->until_ns), e->text) < 0)
		return -ENOMEM;
	return summary_add_blind_spot_text(&r->summary, text);
}

/* One that was open at the end. */
static int add_blind(void *arg, const struct store_event *e) {
	struct store_report *r = arg;
	_cleanup_free_ char *text = r->several ? text_format("%s: %s", r->host, e->text) : strdup(e->text);
	if (!text)
		return -ENOMEM;
	return e->kind == STORE_UNREAD ? summary_add_unread_text(&r->summary, text)
	                               : summary_add_blind_spot_text(&r->summary, text);
}

static void count(struct summary *s, const struct report_item *item) {
	const struct finding *f = item->finding;
	s->findings++;
	s->matches += f->count;
	s->distinct += f->distinct;
	if (item->standing == REPORT_WAIVED) {
		s->waived++;
		s->waived_matches += f->count;
	} else if (item->standing != REPORT_COUNTS) {
		s->aside++;
		s->aside_matches += f->count;
	}
}

/* By place, what counts and is worst first in each. */
static int compare(const void *a, const void *b) {
	const struct report_item *x = a, *y = b;
	int place = strcmp(x->finding->sink_name, y->finding->sink_name);
	if (place)
		return place;
	if (x->standing != y->standing)
		return x->standing < y->standing ? -1 : 1;
	return (int)y->finding->rule->severity - (int)x->finding->rule->severity;
}

static int fill_items(struct store_report *r, const struct store_report_request *q) {
	r->items = calloc(r->findings_len + 1, sizeof(*r->items));
	if (!r->items)
		return -ENOMEM;
	for (size_t i = 0; i < r->findings_len; i++) {
		const struct finding *f = &r->findings[i].copy->finding;
		bool known = baseline_has(q->baseline, f->id);
		r->items[i] = (struct report_item){
		    .finding = f,
		    .hosts = r->several ? r->findings[i].hosts : NULL,
		    .standing = f->waived                        ? REPORT_WAIVED
		                : known                          ? REPORT_KNOWN
		                : f->rule->severity < q->fail_on ? REPORT_BELOW
		                                                 : REPORT_COUNTS,
		};
		count(&r->summary, &r->items[i]);
	}
	/* Findings may share values. */
	r->summary.distinct_rough = r->findings_len > 1;
	if (r->summary.distinct_rough && r->values_known && r->values.count < r->summary.distinct)
		r->summary.distinct = r->values.count;
	if (r->findings_len)
		qsort(r->items, r->findings_len, sizeof(*r->items), compare);
	r->report.items = r->items;
	r->report.len = r->findings_len;
	return 0;
}

static int fill_json(struct store_report *r) {
	const struct emit_format *jsonl = emit_format_find("jsonl");
	r->json = calloc(r->report.len + 1, sizeof(*r->json));
	r->report.json = r->json_summary = jsonl->summary(&r->summary, &(struct emit_context){.host_name = r->hosts});
	if (!r->json || !r->json_summary)
		return -ENOMEM;
	for (size_t i = 0; i < r->report.len; i++) {
		r->items[i].json = r->json[i] =
		    jsonl->finding(r->items[i].finding, &(struct emit_context){.host_name = r->items[i].hosts ?: r->hosts});
		if (!r->json[i])
			return -ENOMEM;
	}
	return 0;
}

static int compare_ids(const void *a, const void *b) {
	const struct store_report_finding *x = a, *y = b;
	return strcmp(x->copy->finding.id, y->copy->finding.id);
}

static int compare_times(const void *a, const void *b) {
	const struct finding *x = &((const struct store_report_finding *)a)->copy->finding,
	                     *y = &((const struct store_report_finding *)b)->copy->finding;
	return x->first_seen_ns < y->first_seen_ns ? -1 : x->first_seen_ns > y->first_seen_ns;
}

/* What several hosts have found is one finding. */
static int unite_findings(struct store_report *r) {
	size_t len = 0;
	int failed = 0;
	if (!r->several || !r->findings_len)
		return 0;
	qsort(r->findings, r->findings_len, sizeof(*r->findings), compare_ids);
	for (size_t i = 0; i < r->findings_len; i++) {
		struct store_report_finding *last = len ? &r->findings[len - 1] : NULL, *f = &r->findings[i];
		if (!last || compare_ids(last, f)) {
			r->findings[len++] = *f;
			continue;
		}
		if (!failed)
			failed = finding_copy_unite(last->copy, f->copy);
		if (!failed)
			failed = list_add(&last->hosts, f->hosts);
		release_finding(f);
	}
	r->findings_len = len;
	qsort(r->findings, len, sizeof(*r->findings), compare_times);
	return failed;
}

static int read_store(struct store_report *r, struct store *s, const struct store_report_request *q) {
	_cleanup_free_ char *host = NULL;
	int failed = store_read_host(s, &host);
	r->host = host ?: r->system.nodename;
	if (!failed)
		failed = list_add(&r->hosts, r->host);
	if (!failed)
		failed = store_read_targets(s, q->from_ns, q->to_ns, add_amounts, r);
	if (!failed)
		failed = store_read_minutes(s, q->from_ns, q->to_ns, NULL, add_minute, r);
	if (!failed)
		failed = store_read_findings(s, q->from_ns, q->to_ns, add_finding, r);
	if (!failed)
		failed = store_read_gaps(s, q->from_ns, q->to_ns, add_gap, r);
	if (!failed)
		failed = store_read_blind(s, q->to_ns, add_blind, r);
	r->host = NULL;
	return failed;
}

static int fill(struct store_report *r, struct store *const *stores, size_t len, const struct store_report_request *q) {
	int failed = 0;
	for (size_t i = 0; i < len && !failed; i++)
		failed = read_store(r, stores[i], q);
	if (!failed)
		failed = unite_findings(r);
	if (!failed)
		failed = fill_items(r, q);
	if (!failed && q->baseline)
		failed = baseline_list_gone(q->baseline, &r->gone, &r->report.gone_len);
	r->report.gone = r->gone;
	r->report.baseline = q->baseline;
	if (!failed)
		failed = summary_judge(&r->summary);
	return !failed && q->json ? fill_json(r) : failed;
}

int store_report_init(struct store_report *ret, struct store *const *stores, size_t stores_len,
                      const struct store_report_request *q) {
	*ret = (struct store_report){
	    .several = stores_len > 1, .values_known = true, .watch = {.started_ns = q->from_ns, .ended_ns = q->to_ns}};
	uname(&ret->system);
	ret->summary.leaks_counted = true;
	ret->summary.ended_ns = q->to_ns;
	ret->summary.duration_s = (double)(q->to_ns - q->from_ns) / 1e9;
	timeline_add(&ret->timeline, q->to_ns - q->from_ns - 1, 0);
	int r = fill(ret, stores, stores_len, q);
	if (r < 0) {
		store_report_release(ret);
		return r;
	}
	ret->watch.subject = ret->subject;
	ret->watch.command = q->command;
	ret->watch.host = ret->hosts;
	ret->watch.kernel = ret->system.release;
	ret->watch.version = LOGSPILL_VERSION;
	ret->watch.timeline = &ret->timeline;
	ret->report.summary = &ret->summary;
	ret->report.watch = &ret->watch;
	return 0;
}

void store_report_release(struct store_report *r) {
	for (size_t i = 0; r->json && r->json[i]; i++)
		free(r->json[i]);
	for (size_t i = 0; i < r->findings_len; i++)
		release_finding(&r->findings[i]);
	free(r->json);
	free(r->json_summary);
	free(r->findings);
	free(r->items);
	free(r->gone);
	free(r->subject);
	free(r->hosts);
	distinct_release(&r->values);
	summary_release(&r->summary);
	*r = (struct store_report){0};
}
