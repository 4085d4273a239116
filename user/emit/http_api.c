/* SPDX-License-Identifier: MIT */
/*
 * The JSON API, version 1. Lists come in pages: ?offset=N&limit=N; "next" is the offset of the next page, or null.
 * Findings: ?q=TEXT&sort=[-]ORDER&rule=ID&severity=NAME&waived=true|false; unless asked otherwise the order is that of
 * first sight, so that what comes anew moves no page.
 */
#include "emit/finding_list.h"
#include "emit/http_reply.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "emit/format.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define TIME_SIZE 40

static json_t *json_amount(uint64_t bytes, uint64_t writes) {
	return json_pack("{s:I,s:I}", "bytes", (json_int_t)bytes, "writes", (json_int_t)writes);
}

static json_t *json_lost(const struct capture_totals *t) {
	json_t *lost = json_object();
	for (enum wire_loss i = 0; lost && i < WIRE_LOSS_COUNT; i++) {
		if (json_object_set_new(lost, loss_name(i), json_amount(t->lost[i].bytes, t->lost[i].writes))) {
			json_decref(lost);
			lost = NULL;
		}
	}
	return lost;
}

struct page {
	uint64_t offset, limit;
};

static bool read_page(struct page *ret, const struct http_query *q) {
	return http_query_number(q, "offset", 0, INT64_MAX, 0, &ret->offset) &&
	       http_query_number(q, "limit", 1, FINDING_LIST_MAX, FINDING_LIST_LEN, &ret->limit);
}

static int refuse_page(struct http_reply *r) {
	return http_reply_error(r, 400, "offset takes a number from 0, limit one from 1 to 1000");
}

const char http_findings_usage[] =
    "offset takes a number from 0, limit one from 1 to 1000, sort one of first_seen, "
    "last_seen, severity, entity, sink, program, matches, values, sample, or one with - before it";

bool http_query_findings(const struct http_query *q, struct finding_query *ret) {
	const char *sort = http_query_value(q, "sort"), *text = http_query_value(q, "q");
	ret->text = text && *text ? text : NULL;
	ret->rule = http_query_value(q, "rule");
	ret->severity = http_query_value(q, "severity");
	ret->waived = http_query_value(q, "waived");
	return http_query_number(q, "offset", 0, INT64_MAX, 0, &ret->offset) &&
	       http_query_number(q, "limit", 1, FINDING_LIST_MAX, FINDING_LIST_LEN, &ret->limit) &&
	       (!sort || finding_order_parse(sort, &ret->order, &ret->descending));
}

static int put(struct http_reply *r, json_t *value) {
	json_auto_t *owned = value;
	_cleanup_free_ char *text = owned ? json_encode(owned, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	return text ? buf_printf(&r->body, "%s", text) : -ENOMEM;
}

/* {"schema":...,"time":...,"total":N,"offset":N,"next":N|null,"<name>": and the list is to follow. */
static int begin_list(struct http_reply *r, const struct snapshot *s, struct page p, uint64_t total, const char *name) {
	char time[TIME_SIZE], next[24] = "null";
	if (p.offset < total && total - p.offset > p.limit)
		snprintf(next, sizeof(next), "%lu", p.offset + p.limit);
	return buf_printf(&r->body,
	                  "{\"schema\":\"logspill.api/v1\",\"time\":\"%s\",\"total\":%lu,\"offset\":%lu,\"next\":%s,"
	                  "\"%s\":[",
	                  clock_rfc3339(time, sizeof(time), s->time_ns), total, p.offset, next, name);
}

static int put_finding(struct http_reply *r, const struct finding *f, bool first) {
	_cleanup_free_ char *line = emit_jsonl.finding(f, &(struct emit_context){.rule_too = true});
	if (!line)
		return -ENOMEM;
	return buf_printf(&r->body, "%s%.*s", first ? "" : ",", (int)strcspn(line, "\n"), line);
}

int api_findings(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	struct finding_query query = {.order = FINDING_BY_FIRST_SEEN};
	_cleanup_(finding_list_release) struct finding_list list = {0};
	if (!http_query_findings(q, &query))
		return http_reply_error(r, 400, http_findings_usage);
	int err = finding_list_make(&list, s, &query);
	if (!err)
		err = begin_list(r, s, (struct page){query.offset, query.limit}, list.total, "findings");
	for (size_t i = 0; i < list.len && !err; i++)
		err = put_finding(r, list.items[i], !i);
	return err ? err : buf_printf(&r->body, "]}\n");
}

static json_t *json_cost(const struct snapshot_cost *c) {
	return json_pack("{s:f,s:f,s:I,s:I,s:I,s:I}", "cpu_s", (double)c->cpu_ns / 1e9, "cpu_ready_s",
	                 (double)c->cpu_ready_ns / 1e9, "memory_bytes", (json_int_t)c->memory_bytes, "memory_peak_bytes",
	                 (json_int_t)c->memory_peak_bytes, "kernel_calls", (json_int_t)c->kernel.calls, "kernel_ns",
	                 (json_int_t)c->kernel.ns);
}

static json_t *json_probe(const struct snapshot_probe *p) {
	return json_pack("{s:b,s:b,s:I,s:I,s:f}", "enabled", p->enabled, "healthy", p->healthy, "planted",
	                 (json_int_t)p->planted, "seen", (json_int_t)p->seen, "age_s", p->age_s);
}

/* The whole in figures. */
int api_status(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	char time[TIME_SIZE], started[TIME_SIZE];
	(void)q;
	int err =
	    put(r, json_pack("{s:s,s:s,s:s,s:f,s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "schema", "logspill.api/v1",
	                     "time", clock_rfc3339(time, sizeof(time), s->time_ns), "started",
	                     clock_rfc3339(started, sizeof(started), s->started_ns), "duration_s", s->duration_s, "version",
	                     s->version, "hook", s->hook, "verdict", verdict_name(snapshot_verdict(s)), "ready", s->ready,
	                     "findings", (json_int_t)s->findings_len, "unwaived", (json_int_t)snapshot_unwaived(s),
	                     "matches", (json_int_t)s->matches, "distinct", (json_int_t)s->distinct, "processes",
	                     (json_int_t)s->processes, "cost", json_cost(&s->cost), "probe", json_probe(&s->probe)));
	return err ? err : buf_printf(&r->body, "\n");
}

static json_t *json_target(const struct snapshot_target *t) {
	return json_pack(
	    "{s:o,s:o,s:{s:I,s:I,s:I},s:o,s:o,s:f,s:I,s:I,s:I}", "name", json_text(t->name), "seen",
	    json_amount(t->totals.seen_bytes, t->totals.seen_writes), "scanned", "bytes", (json_int_t)t->scanned.bytes,
	    "writes", (json_int_t)t->scanned.writes, "records", (json_int_t)t->records, "lost", json_lost(&t->totals),
	    "waiting", json_amount(t->waiting.bytes, t->waiting.writes), "coverage", t->coverage, "leaking_records",
	    (json_int_t)t->leaking_records, "findings", (json_int_t)t->findings, "writers", (json_int_t)t->writers);
}

int api_targets(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	struct page page;
	if (!read_page(&page, q))
		return refuse_page(r);
	int err = begin_list(r, s, page, s->targets_len, "targets");
	for (uint64_t i = page.offset; i < s->targets_len && i - page.offset < page.limit && !err; i++) {
		err = i > page.offset ? buf_append(&r->body, ",", 1) : 0;
		err = err ? err : put(r, json_target(&s->targets[i]));
	}
	return err ? err : buf_printf(&r->body, "]}\n");
}

static json_t *json_sink(const struct snapshot_sink *k) {
	return json_pack("{s:s,s:o,s:b,s:b,s:I,s:o,s:o,s:o}", "kind", k->several ? "several" : sink_kind_name(k->kind),
	                 "path", json_text(k->name), "log", k->is_log, "second_hop", k->second_hop, "target",
	                 (json_int_t)k->target, "reason", json_text(k->reason), "seen",
	                 json_amount(k->totals.seen_bytes, k->totals.seen_writes), "lost", json_lost(&k->totals));
}

static json_t *json_blind_spot(const struct snapshot_blind *b) {
	return json_pack("{s:s,s:o,s:I,s:b}", "kind", b->kind, "text", json_text(b->text), "bytes",
	                 (json_int_t)b->amount.bytes, "doubt", b->doubt);
}

static json_t *json_blind(const struct snapshot *s) {
	json_t *list = json_array();
	for (size_t i = 0; list && i < s->blind_len; i++) {
		if (json_array_append_new(list, json_blind_spot(&s->blind[i]))) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

/* All targets together. */
static json_t *json_sums(const struct snapshot *s) {
	const struct snapshot_sums sums = snapshot_sum(s);
	return json_pack("{s:o,s:o,s:o,s:o,s:f}", "seen", json_amount(sums.totals.seen_bytes, sums.totals.seen_writes),
	                 "scanned", json_amount(sums.scanned.bytes, sums.scanned.writes), "lost", json_lost(&sums.totals),
	                 "waiting", json_amount(sums.waiting.bytes, sums.waiting.writes), "coverage", sums.coverage);
}

/* Sums and blind spots, and the sinks page by page. */
int api_coverage(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	struct page page;
	if (!read_page(&page, q))
		return refuse_page(r);
	int err = begin_list(r, s, page, s->sinks_len, "sinks");
	for (uint64_t i = page.offset; i < s->sinks_len && i - page.offset < page.limit && !err; i++) {
		err = i > page.offset ? buf_append(&r->body, ",", 1) : 0;
		err = err ? err : put(r, json_sink(&s->sinks[i]));
	}
	if (!err)
		err = buf_printf(&r->body, "],\"blind_spots\":");
	if (!err)
		err = put(r, json_blind(s));
	if (!err)
		err = buf_printf(&r->body, ",\"sums\":");
	if (!err)
		err = put(r, json_sums(s));
	return err ? err : buf_printf(&r->body, "}\n");
}
