/* SPDX-License-Identifier: MIT */
/* A report in Markdown as GitHub, GitLab and ticket systems show it: the words and the order of the HTML one. */
#include "report/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "report/digest.h"
#include "report/page.h"

#include <errno.h>
#include <string.h>

#define FINDINGS_SHOWN 200
#define ROWS_SHOWN 100
#define NAME_SHOWN 120

/* What comes from outside must be no markup, no link, no mention of a user or a ticket, and no end of a cell. */
static void say_text(struct page *p, const char *s) {
	_cleanup_free_ char *visible = s ? text_visible(s, strlen(s)) : NULL;
	_cleanup_free_ char *shown = visible ? text_shorten(visible, NAME_SHOWN) : NULL;
	if (s && !shown)
		p->error = -ENOMEM;
	for (const char *c = shown; c && *c; c++) {
		if (strchr("\\`*_{}[]()!|~^+-", *c))
			page_say(p, "\\%c", *c);
		else if (strchr("<>&@#:$", *c))
			page_say(p, "&#%d;", *c);
		else
			page_say(p, "%c", *c);
	}
}

static void say_prose(struct page *p, const char *s) {
	_cleanup_free_ char *visible = s ? text_visible(s, strlen(s)) : NULL;
	for (const char *c = visible; c && *c; c++)
		page_say(p, strchr("\\`*[]|~<>&@#", *c) ? "&#%d;" : "%c", *c);
	if (s && !visible)
		p->error = -ENOMEM;
}

static void say_head(struct page *p, const struct report *r, const struct digest *d) {
	const struct summary *s = r->summary;
	page_say(p, "# ");
	say_prose(p, d->title);
	page_say(p, "\n\n");
	if (r->watch && r->watch->host) {
		page_say(p, "on ");
		say_text(p, r->watch->host);
		page_say(p, ", %s\n\n", d->period);
	}
	page_say(p, "**%s %s: %s**\n\n", verdict_symbol(s->verdict), verdict_word(s->verdict), summary_meaning(s));
	for (size_t i = 0; i < s->reasons_len; i++) {
		page_say(p, "- ");
		say_prose(p, s->reasons[i]);
		page_say(p, "\n");
	}
	page_say(p, "\n| | | |\n|---|---:|---|\n");
	for (size_t i = 0; i < d->facts_len; i++)
		page_say(p, "| %s | **%s** | %s |\n", d->facts[i].name, d->facts[i].value, d->facts[i].detail);
}

static void say_rules(struct page *p, const struct digest *d) {
	page_say(p, "\n| Kind of data | Severity | Impact | Findings | Matches | Remedy |\n|---|---|---:|---:|---:|---|\n");
	for (size_t i = 0; i < d->rules_len; i++) {
		const struct rule *rule = d->rules[i].rule;
		page_say(p, "| ");
		say_text(p, rule->name);
		page_say(p, " (");
		say_text(p, rule->id);
		page_say(p, ") | %s | %u of 5 | ", rule_severity_name(rule->severity), rule->impact);
		page_say_count(p, d->rules[i].findings);
		page_say(p, " | ");
		page_say_count(p, d->rules[i].matches);
		page_say(p, " | ");
		say_prose(p, rule->remediation);
		page_say(p, " |\n");
	}
}

static void say_where(struct page *p, const struct report_item *item) {
	const struct finding *f = item->finding;
	char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
	page_say(p, "- log: ");
	say_text(p, f->sink_name);
	if (item->line)
		page_say(p, ", line %lu", item->line);
	if (*digest_program(f)) {
		page_say(p, "\n- program: ");
		say_text(p, digest_program(f));
	}
	if (item->hosts) {
		page_say(p, "\n- hosts: ");
		say_text(p, item->hosts);
	}
	if (*f->statement) {
		page_say(p, "\n- statement: ");
		say_prose(p, f->statement);
	}
	if (f->origins_len) {
		_cleanup_(buf_release) struct buf text = {0};
		if (finding_origin_text(&text, &f->origins[0]) || buf_append(&text, "", 1))
			p->error = -ENOMEM;
		page_say(p, "\n- code: ");
		say_prose(p, text.data);
	}
	if (f->first_seen_ns)
		page_say(p, "\n- seen: first %s, last %s", clock_local(first, sizeof(first), f->first_seen_ns),
		         clock_local(last, sizeof(last), f->last_seen_ns));
	page_say(p, "\n- finding: %s\n", f->id);
}

static void say_finding(struct page *p, const struct report_item *item) {
	const struct finding *f = item->finding;
	char amount[96];
	page_say(p, "\n### %s: ", rule_severity_name(f->rule->severity));
	say_text(p, f->rule->entity);
	page_say(p, " ");
	say_text(p, f->masked);
	page_say(p, "\n\n- %s%s%s\n", report_amount(amount, sizeof(amount), f), item->standing == REPORT_COUNTS ? "" : "; ",
	         digest_standing(item->standing));
	say_where(p, item);
}

static void say_findings(struct page *p, const struct digest *d) {
	page_say(p, "\n## Findings\n");
	if (!d->len) {
		page_say(p, "\nNone in what was looked at.\n");
		return;
	}
	say_rules(p, d);
	for (size_t i = 0; i < d->len && i < FINDINGS_SHOWN; i++)
		say_finding(p, d->items[i]);
	if (d->len > FINDINGS_SHOWN)
		page_say(p, "\nand %zu more: -f jsonl lists all\n", d->len - FINDINGS_SHOWN);
}

static void say_timeline(struct page *p, const struct report_watch *w) {
	const struct timeline *t = w ? w->timeline : NULL;
	char time[CLOCK_TEXT_SIZE];
	if (!t)
		return;
	page_say(p, "\n## When\n\n| From | Matches in a %s |\n|---|---:|\n", timeline_width_name(t));
	for (size_t i = 0; i < t->len; i++)
		if (t->counts[i])
			page_say(p, "| %s | %lu |\n",
			         clock_local(time, sizeof(time), w->started_ns + i * timeline_width_s(t) * 1000000000),
			         t->counts[i]);
}

static void say_sinks(struct page *p, const struct summary *s) {
	if (!s->sinks_len)
		return;
	page_say(p, "\n## Places written to\n\n| Place | Log? | Why | Bytes | Writes | Bytes lost |\n"
	            "|---|---|---|---:|---:|---:|\n");
	for (size_t i = 0; i < s->sinks_len && i < ROWS_SHOWN; i++) {
		const struct sink_use *use = &s->sinks[i];
		page_say(p, "| ");
		say_text(p, use->sink ? use->sink->name : "(many)");
		page_say(p, " | %s | ", digest_log_word(use));
		say_prose(p, digest_sink_reason(use));
		if (use->is_counted)
			page_say(p, " | %lu | %lu | %lu |\n", use->totals.seen_bytes, use->totals.seen_writes,
			         capture_totals_lost(&use->totals).bytes);
		else
			page_say(p, " | | | |\n");
	}
	if (s->sinks_len > ROWS_SHOWN)
		page_say(p, "\nand %zu more\n", s->sinks_len - ROWS_SHOWN);
}

static void say_amount(struct page *p, const char *name, uint64_t bytes, uint64_t writes) {
	page_say(p, "| %s | ", name);
	page_say_count(p, bytes);
	page_say(p, " | ");
	page_say_count(p, writes);
	page_say(p, " |\n");
}

static void say_list(struct page *p, const char *title, const char *const *items, size_t len) {
	if (len)
		page_say(p, "\n%s\n\n", title);
	for (size_t i = 0; i < len && i < ROWS_SHOWN; i++) {
		page_say(p, "- ");
		say_prose(p, items[i]);
		page_say(p, "\n");
	}
	if (len > ROWS_SHOWN)
		page_say(p, "- and %zu more\n", len - ROWS_SHOWN);
}

static void say_coverage(struct page *p, const struct report *r, const struct digest *d) {
	const struct summary *s = r->summary;
	page_say(p, "\n## What was not seen\n\n| | Bytes | %s |\n|---|---:|---:|\n", r->watch ? "Writes" : "Files");
	say_amount(p, "Seen", s->seen_bytes, s->seen_writes);
	say_amount(p, "Scanned", s->scanned_bytes, s->scanned_writes);
	say_amount(p, "Lost", d->lost_bytes, d->lost_writes);
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++)
		if (s->lost[i].bytes || s->lost[i].writes)
			say_amount(p, loss_name(i), s->lost[i].bytes, s->lost[i].writes);
	say_list(p, r->watch ? "Blind spots:" : "Not scanned, or not as a whole:", (const char *const *)s->blind_spots,
	         s->blind_spots_len);
	say_list(p, "Not looked at:", (const char *const *)s->unread, s->unread_len);
	say_list(p, "Waivers:", (const char *const *)s->waivers, s->waivers_len);
}

static void say_again(struct page *p, const struct report_watch *w) {
	if (!w)
		return;
	page_say(p, "\n## How to do it again\n");
	if (w->command) {
		page_say(p, "\n    ");
		page_say_visible(p, w->command);
		page_say(p, "\n");
	}
	page_say(p, "\n- logspill %s\n- kernel %s, %s hook\n", w->version ?: "?", w->kernel ?: "?", w->hook ?: "?");
	if (w->rules_len)
		page_say(p, "- %zu rules in force\n", w->rules_len);
}

static char *write_md(const struct report *r) {
	_cleanup_(digest_release) struct digest d;
	struct page p = {0};
	if (digest_init(&d, r))
		return NULL;
	say_head(&p, r, &d);
	say_findings(&p, &d);
	say_list(&p, "Gone since the baseline:", r->gone, r->gone_len);
	say_timeline(&p, r->watch);
	say_sinks(&p, r->summary);
	say_coverage(&p, r, &d);
	say_again(&p, r->watch);
	return page_take(&p);
}

const struct report_format report_md = {.name = "md", .whole = true, .ending = "md", .write = write_md};
