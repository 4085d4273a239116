/* SPDX-License-Identifier: MIT */
/* The decision memo in Markdown. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "report/gate_format.h"
#include "report/page.h"

#include <string.h>

/* What came from outside, cut: nothing in it is markup, and it breaks no table. */
static void say(struct page *p, const char *text, size_t max) {
	_cleanup_free_ char *cut = memo_cut(text, max), *shown = cut ? text_visible(cut, strlen(cut)) : NULL;
	if (!shown) {
		p->error = -1;
		return;
	}
	for (const char *c = shown; *c; c++)
		page_say(p, "%s%c", strchr("\\`*_{}[]<>#|~&!", *c) ? "\\" : "", *c);
}

static void say_field(struct page *p, const char *name, const char *text) {
	page_say(p, "| %s | ", name);
	if (text)
		say(p, text, MEMO_LINE_MAX);
	else
		page_say(p, "................................");
	page_say(p, " |\n");
}

static void say_options(struct page *p, const struct gate_report *r) {
	struct gate_option options[GATE_OPTIONS];
	gate_options(options, r->facts);
	size_t chosen = gate_recommended(options, r->result->verdict);
	page_say(p,
	         "\n## Options\n\n| Option | Leak rate (P), at most | Leaks an hour | Impact (I) | Risk (R), "
	         "limit %.1f |\n"
	         "|---|--:|--:|--:|--:|\n",
	         GATE_RISK_THRESHOLD);
	for (size_t i = 0; i < GATE_OPTIONS; i++) {
		const struct gate_option *o = &options[i];
		page_say(p, "| %s%s%s: %s | %.4g %% | ", i == chosen ? "**" : "", o->name, i == chosen ? "**" : "", o->what,
		         o->share_upper * 100);
		page_say_count(p, (uint64_t)memo_leaks_per_hour(r, o));
		page_say(p, " | %d | %.4g %s |\n", o->impact, o->risk, memo_is_sound(r, options, i) ? "✔" : "✘");
	}
}

static void say_checks(struct page *p, const struct gate_report *r) {
	char text[MEMO_SIZE];
	page_say(p, "\n## Criteria\n\n| | Criterion | Result |\n|---|---|---|\n");
	for (size_t i = 0; i < r->result->checks_len && i < MEMO_CHECKS_MAX; i++) {
		const struct gate_check *c = &r->result->checks[i];
		page_say(p, "| %s | ", verdict_symbol(c->verdict));
		say(p, c->name, MEMO_NAME_MAX);
		page_say(p, " | ");
		say(p, c->text, i < MEMO_DOUBTS_MAX ? MEMO_DOUBT_MAX : MEMO_LINE_MAX);
		page_say(p, " |\n");
	}
	if (r->result->checks_len > MEMO_CHECKS_MAX) {
		page_say(p, "| | | ");
		say(p, memo_more_checks(text, r->result), MEMO_SIZE);
		page_say(p, " |\n");
	}
	page_say(p, "\n**Coverage.** %s\n", memo_coverage(text, r));
}

static void say_finding(struct page *p, const struct gate_report *r, const struct finding *f) {
	char origin[MEMO_SIZE];
	page_say(p, "| %s ", rule_severity_name(f->rule->severity));
	say(p, f->rule->entity, MEMO_NAME_MAX);
	page_say(p, " `%s`%s | ", f->masked, f->waived ? " (waived)" : "");
	say(p, f->process_name, MEMO_NAME_MAX);
	page_say(p, " → ");
	say(p, f->sink_name, MEMO_PLACE_MAX);
	page_say(p, " ");
	say(p, f->statement, MEMO_LINE_MAX);
	page_say(p, " ");
	say(p, memo_origin(origin, f), MEMO_LINE_MAX);
	page_say(p, " | %s | %.3g → %.3g | ", TEXT_COUNT(f->count), gate_finding_risk(r->facts, f),
	         gate_share_upper(r->facts, 0) * f->rule->impact);
	say(p, f->rule->remediation, MEMO_REMEDY_MAX);
	page_say(p, " |\n");
}

static void say_findings(struct page *p, const struct gate_report *r) {
	_cleanup_free_ size_t *ranked = memo_ranked(r);
	size_t len = ranked ? r->facts->findings_len : 0;
	page_say(p, "\n## Findings\n\n");
	if (!len) {
		page_say(p, "None.\n");
		return;
	}
	page_say(p,
	         "| Kind, sample | Program → log, statement, code | Matches%s | Risk now → mended | Remedy "
	         "|\n|---|---|--:|--:|---|\n",
	         r->facts->counts_all_time ? ", all time" : "");
	for (size_t i = 0; i < len && i < MEMO_FINDINGS_MAX; i++)
		say_finding(p, r, &r->facts->findings[ranked[i]]->finding);
	if (len > MEMO_FINDINGS_MAX)
		page_say(p, "\nAnd %zu more, of less risk.\n", len - MEMO_FINDINGS_MAX);
}

static void say_waivers(struct page *p, const struct gate_report *r) {
	const struct gate_texts *waivers = &r->facts->waivers;
	page_say(p, "\n**Waivers.** %s", waivers->len ? "" : "None.\n");
	for (size_t i = 0; i < waivers->len && i < MEMO_WAIVERS_MAX; i++) {
		page_say(p, "%s", i ? "; " : "");
		say(p, waivers->items[i], MEMO_WAIVER_MAX);
	}
	if (waivers->len > MEMO_WAIVERS_MAX)
		page_say(p, "; and %zu more", waivers->len - MEMO_WAIVERS_MAX);
	page_say(p, "%s", waivers->len ? ".\n" : "");
}

static void say_changes(struct page *p, const struct gate_report *r) {
	page_say(p, "\n## What would change the verdict\n\n");
	if (r->result->verdict == VERDICT_PASS)
		page_say(
		    p, "One match that is not waived: fail. A gap, a loss beyond the limit, a blind spot, a probe record that "
		       "does not come out: inconclusive.\n");
	for (size_t i = 0, said = 0; i < r->result->checks_len && said < MEMO_REMEDIES_MAX; i++) {
		const struct gate_check *c = &r->result->checks[i];
		if (!c->remedy)
			continue;
		said++;
		page_say(p, "- ");
		say(p, c->name, MEMO_NAME_MAX);
		page_say(p, ": %s.\n", c->remedy);
	}
}

static char *write_markdown(const struct gate_report *r) {
	struct page p = {0};
	char text[MEMO_SIZE], made[CLOCK_TEXT_SIZE];
	page_say(&p, "# ");
	say(&p, r->memo->title ? r->memo->title : "Release decision: personal data in logs", MEMO_LINE_MAX);
	page_say(&p, "\n\n**%s %s** · %s · ", verdict_symbol(r->result->verdict), verdict_word(r->result->verdict),
	         clock_local(made, sizeof(made), r->made_ns));
	say(&p, r->host, MEMO_NAME_MAX);
	page_say(&p, " · logspill %s\n\n", r->version);
	if (r->memo->context) {
		say(&p, r->memo->context, MEMO_LINE_MAX);
		page_say(&p, "\n\n");
	}
	page_say(&p, "**Recommended:** %s\n", memo_recommendation(text, r));
	say_options(&p, r);
	say_checks(&p, r);
	say_findings(&p, r);
	say_waivers(&p, r);
	say_changes(&p, r);
	page_say(&p, "\n## Decision\n\n| | |\n|---|---|\n| Decision | ☐ ship as is  ☐ mitigate and canary  ☐ hold |\n");
	say_field(&p, "Owner", r->memo->owner);
	say_field(&p, "Deadline", r->memo->deadline);
	say_field(&p, "Signed", NULL);
	say_field(&p, "Date", NULL);
	page_say(&p, "\n%s\n", memo_assumptions(text, r));
	return page_take(&p);
}

const struct gate_format memo_markdown = {.name = "md", .write = write_markdown};
