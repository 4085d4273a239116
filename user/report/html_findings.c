/* SPDX-License-Identifier: MIT */
/* The findings of an HTML report: by rule what to do, then each leak with its statement, code and evidence. */
#include "report/html_report.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "find/waiver.h"
#include "report/html.h"

#include <errno.h>
#include <string.h>

/* A report of 10,000 findings stays below 2 MB: the worst are told in full, others in a line, and long names are cut.
 */
#define CARDS_SHOWN 100
#define CARDS_OPEN 3
#define ROWS_SHOWN 10000
#define CHUNK_ROWS 300
#define NAME_SHOWN 300
#define ROW_NAME_SHOWN 72
#define ORIGINS_SHOWN 3

/* Cut in the middle: the beginning and the end of a path tell most. */
static void say_name(struct page *p, const char *s, size_t max) {
	_cleanup_free_ char *shown = text_visible(s, strlen(s)), *cut = shown ? text_shorten(shown, max) : NULL;
	if (cut)
		html_text(p, cut);
	else
		p->error = -ENOMEM;
}

static void say_rules(struct page *p, const struct digest *d) {
	page_say(p, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"findings by rule\">\n<table>\n"
	            "<caption>What leaks, and what to do about it</caption>\n<thead><tr><th scope=\"col\">Kind of data</th>"
	            "<th scope=\"col\">Severity</th><th scope=\"col\" class=\"n\">Impact</th>"
	            "<th scope=\"col\" class=\"n\">Findings</th><th scope=\"col\" class=\"n\">Matches</th>"
	            "<th scope=\"col\">Remedy</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < d->rules_len; i++) {
		const struct rule *rule = d->rules[i].rule;
		page_say(p, "<tr><th scope=\"row\">");
		html_bdi(p, rule->name);
		page_say(p, "<br><span class=\"dim\">");
		html_bdi(p, rule->id);
		page_say(p, "</span></th><td>");
		html_severity(p, rule->severity);
		page_say(p, "</td><td class=\"n\">%u of 5</td>", rule->impact);
		html_cell_count(p, d->rules[i].findings);
		html_cell_count(p, d->rules[i].matches);
		html_cell(p, rule->remediation);
		page_say(p, "</tr>\n");
	}
	page_say(p, "</tbody>\n</table>\n</div>\n");
}

static void say_term(struct page *p, const char *name, const char *value) {
	if (!value || !*value)
		return;
	page_say(p, "<dt>%s</dt><dd><bdi>", name);
	say_name(p, value, NAME_SHOWN);
	page_say(p, "</bdi></dd>\n");
}

static void say_workload(struct page *p, const struct finding *f) {
	const struct workload *w = f->writer ? &f->writer->workload : NULL;
	if (!w)
		return;
	say_term(p, "Unit", w->unit);
	say_term(p, "Pod", w->pod ? w->pod : w->pod_uid);
	say_term(p, "Namespace", w->namespace);
	say_term(p, "Container", w->container ? w->container : w->container_id);
}

static void say_origins(struct page *p, const struct finding *f) {
	if (!f->origins_len)
		return;
	page_say(p, "<dt>Code</dt><dd>");
	for (size_t i = 0; i < f->origins_len && i < ORIGINS_SHOWN; i++) {
		_cleanup_(buf_release) struct buf text = {0};
		if (finding_origin_text(&text, &f->origins[i]) || buf_append(&text, "", 1))
			p->error = -ENOMEM;
		page_say(p, "%s<code>", i ? "<br>" : "");
		html_bdi(p, text.data);
		page_say(p, "</code> <span class=\"dim\">in %lu %s</span>", f->origins[i].count,
		         text_plural(f->origins[i].count, "stack", "stacks"));
	}
	if (f->origins_len > ORIGINS_SHOWN)
		page_say(p, "<br>and %zu more", f->origins_len - ORIGINS_SHOWN);
	page_say(p, "</dd>\n");
}

static void say_amounts(struct page *p, const struct finding *f) {
	page_say(p, "<dt>Matches</dt><dd>");
	page_say_count(p, f->count);
	page_say(p, ", %s", f->distinct_error > 0 ? "about " : "");
	page_say_count(p, f->distinct);
	page_say(p, " distinct %s; confidence %.2f, impact %u of 5</dd>\n", text_plural(f->distinct, "value", "values"),
	         (double)f->confidence, f->rule->impact);
}

static void say_times(struct page *p, const struct finding *f) {
	if (!f->first_seen_ns)
		return;
	page_say(p, "<dt>Seen</dt><dd>first ");
	html_time(p, f->first_seen_ns);
	page_say(p, ", last ");
	html_time(p, f->last_seen_ns);
	page_say(p, "</dd>\n");
}

static void say_details(struct page *p, const struct report_item *item) {
	const struct finding *f = item->finding;
	page_say(p, "<dl class=\"facts\">\n");
	say_amounts(p, f);
	page_say(p, "<dt>Log</dt><dd><bdi>");
	say_name(p, f->sink_name, NAME_SHOWN);
	page_say(p, "</bdi>");
	if (item->line)
		page_say(p, ", line %lu", item->line);
	page_say(p, "</dd>\n");
	say_term(p, "Program", digest_program(f));
	say_workload(p, f);
	say_term(p, "Hosts", item->hosts);
	say_origins(p, f);
	say_times(p, f);
	say_term(p, "Remedy", f->rule->remediation);
	if (item->standing != REPORT_COUNTS)
		page_say(p, "<dt>Standing</dt><dd>%s</dd>\n", digest_standing(item->standing));
	if (f->waiver) {
		say_term(p, "Waived until", f->waiver->until);
		say_term(p, "by", f->waiver->owner);
		say_term(p, "because", f->waiver->reason);
	}
	page_say(p, "<dt>Finding</dt><dd><code>%s</code> <span class=\"dim\">for waivers and baselines</span></dd>\n",
	         f->id);
	page_say(p, "</dl>\n");
}

static void say_card(struct page *p, const struct report_item *item, bool open) {
	const struct finding *f = item->finding;
	page_say(p, "<details id=\"%s\"%s>\n<summary>", f->id, open ? " open" : "");
	html_severity(p, f->rule->severity);
	page_say(p, " <strong>");
	html_text(p, f->rule->entity);
	page_say(p, "</strong> <code>");
	html_bdi(p, f->masked);
	page_say(p, "</code> in <bdi>");
	say_name(p, f->sink_name, ROW_NAME_SHOWN);
	page_say(p, "</bdi> <span class=\"dim\">");
	page_say_count(p, f->count);
	page_say(p, " %s%s%s</span>", text_plural(f->count, "match", "matches"),
	         item->standing == REPORT_COUNTS ? "" : ", ", digest_standing(item->standing));
	html_code_line(p, f->statement);
	page_say(p, "</summary>\n");
	say_details(p, item);
	page_say(p, "</details>\n");
}

/* End tags may be left out here (HTML 13.1.2.4): with 10,000 rows they are a tenth of the page. */
static void say_row(struct page *p, const struct report_item *item) {
	const struct finding *f = item->finding;
	page_say(p, "<tr><td>%s<td>", rule_severity_name(f->rule->severity));
	html_text(p, f->rule->entity);
	page_say(p, "<td>");
	html_text(p, f->masked);
	page_say(p, "<td class=n>");
	page_say_count(p, f->count);
	page_say(p, "<td>");
	say_name(p, digest_program(f), ROW_NAME_SHOWN);
	page_say(p, "<td>");
	say_name(p, f->sink_name, ROW_NAME_SHOWN);
	if (item->line)
		page_say(p, ":%lu", item->line);
	page_say(p, "\n");
}

/* A browser lays out only those chunks that are in view: the first screen does not wait for 10,000 rows. */
static void say_chunk(struct page *p, const struct digest *d, size_t from, size_t end) {
	page_say(p,
	         "<div class=\"scroll chunk\" tabindex=\"0\" role=\"region\" aria-label=\"further findings\">\n"
	         "<table>\n<caption>Further findings: %zu to %zu</caption>\n<thead><tr><th scope=\"col\">Severity</th>"
	         "<th scope=\"col\">Kind</th><th scope=\"col\">Sample</th><th scope=\"col\" class=\"n\">Matches</th>"
	         "<th scope=\"col\">Program</th><th scope=\"col\">Log</th></tr></thead>\n<tbody>\n",
	         from + 1, end);
	for (size_t i = from; i < end; i++)
		say_row(p, d->items[i]);
	page_say(p, "</tbody>\n</table>\n</div>\n");
}

static void say_rows(struct page *p, const struct digest *d) {
	size_t end = d->len < ROWS_SHOWN ? d->len : ROWS_SHOWN;
	for (size_t i = CARDS_SHOWN; i < end; i += CHUNK_ROWS)
		say_chunk(p, d, i, i + CHUNK_ROWS < end ? i + CHUNK_ROWS : end);
	if (end < d->len) {
		page_say(p, "<p>and ");
		page_say_count(p, d->len - end);
		page_say(p, " more: <code>-f jsonl</code> lists all</p>\n");
	}
}

void html_findings(struct page *p, const struct report *r, const struct digest *d) {
	page_say(p, "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
	if (!d->len) {
		page_say(p, "<p>None%s.</p>\n",
		         r->summary->verdict == VERDICT_PASS ? "" : " in what was looked at, which is not all");
		page_say(p, "</section>\n");
		return;
	}
	say_rules(p, d);
	for (size_t i = 0; i < d->len && i < CARDS_SHOWN; i++)
		say_card(p, d->items[i], i < CARDS_OPEN);
	say_rows(p, d);
	page_say(p, "</section>\n");
}
