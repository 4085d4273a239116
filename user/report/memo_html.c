/* SPDX-License-Identifier: MIT */
/* The decision memo as a page that prints on one sheet of A4. */
#include "base/clock.h"
#include "report/gate_format.h"
#include "report/html.h"

#include <string.h>

/* Beside the sheet of all our pages: smaller, so that it is one page on paper. */
static const char style[] =
    "@page{size:A4;margin:8mm 12mm}\n"
    "main{max-width:52rem;font-size:.875rem;line-height:1.4}\n"
    "main h1{font-size:1.35rem}main h2{font-size:1rem;margin:.9rem 0 .25rem;border:0;padding:0}\n"
    "main td,main th{padding:.15rem .7rem .15rem 0}main thead th{white-space:normal}\n"
    "main tbody th{white-space:nowrap}.criteria td:last-child{width:100%}"
    ".leaks td:first-child{min-width:7.5rem}.leaks td:nth-child(2){width:34%}.leaks td:last-child{width:38%}\n"
    ".chosen{font-weight:700}.mark{font-weight:700;white-space:nowrap}\n"
    ".fields{display:grid;grid-template-columns:max-content 1fr max-content 1fr;gap:.5rem .8rem;align-items:end}\n"
    ".fields dt{color:var(--dim)}.fields dd{margin:0;border-bottom:1px solid var(--dim);min-height:1.4rem}\n"
    "main ul{margin:.2rem 0;padding-left:1.1rem}.small{font-size:.78rem;color:var(--dim)}\n"
    "@media print{html{font-size:8pt}body,main{font-size:1rem;line-height:1.25}main{max-width:none}"
    ".card{padding:.3rem .6rem;margin:.3rem 0}main h2{margin:.35rem 0 .1rem}p{margin:.15rem 0}"
    "main td,main th{padding:.05rem .7rem .05rem 0}.fields{gap:.2rem .8rem}}\n";

/* From outside, cut. */
static void say(struct page *p, const char *text, size_t max) {
	_cleanup_free_ char *cut = memo_cut(text, max);
	if (cut)
		html_bdi(p, cut);
	else
		p->error = -1;
}

static void say_options(struct page *p, const struct gate_report *r) {
	struct gate_option options[GATE_OPTIONS];
	gate_options(options, r->facts);
	size_t chosen = gate_recommended(options, r->result->verdict);
	page_say(p,
	         "<h2>Options</h2>\n<table><thead><tr><th scope=\"col\">Option</th>"
	         "<th scope=\"col\" class=\"n\">Leak rate (P), at most</th>"
	         "<th scope=\"col\" class=\"n\">Leaks an hour</th><th scope=\"col\" class=\"n\">Impact (I)</th>"
	         "<th scope=\"col\" class=\"n\">Risk (R), limit %.1f</th></tr></thead><tbody>\n",
	         GATE_RISK_THRESHOLD);
	for (size_t i = 0; i < GATE_OPTIONS; i++) {
		const struct gate_option *o = &options[i];
		bool sound = memo_is_sound(r, options, i);
		page_say(p, "<tr><td><span class=\"%s\">%s%s</span>: %s</td><td class=\"n\">%.4g %%</td>",
		         i == chosen ? "chosen" : "", o->name, i == chosen ? " (recommended)" : "", o->what,
		         o->share_upper * 100);
		html_cell_count(p, (uint64_t)memo_leaks_per_hour(r, o));
		page_say(p, "<td class=\"n\">%d</td><td class=\"n %s\">%.4g %s</td></tr>\n", o->impact, sound ? "pass" : "fail",
		         o->risk, sound ? "✔" : "✘");
	}
	page_say(p, "</tbody></table>\n");
}

static void say_checks(struct page *p, const struct gate_report *r) {
	char text[MEMO_SIZE];
	page_say(p, "<h2>Criteria</h2>\n<table class=\"criteria\"><tbody>\n");
	for (size_t i = 0; i < r->result->checks_len && i < MEMO_CHECKS_MAX; i++) {
		const struct gate_check *c = &r->result->checks[i];
		page_say(p, "<tr><td class=\"mark %s\" title=\"%s\">%s</td><th scope=\"row\">", html_verdict_class(c->verdict),
		         verdict_name(c->verdict), verdict_symbol(c->verdict));
		say(p, c->name, MEMO_NAME_MAX);
		page_say(p, "</th><td>");
		say(p, c->text, i < MEMO_DOUBTS_MAX ? MEMO_DOUBT_MAX : MEMO_LINE_MAX);
		page_say(p, "</td></tr>\n");
	}
	if (r->result->checks_len > MEMO_CHECKS_MAX) {
		page_say(p, "<tr><td></td><td colspan=\"2\">");
		html_bdi(p, memo_more_checks(text, r->result));
		page_say(p, "</td></tr>\n");
	}
	page_say(p, "</tbody></table>\n<p><strong>Coverage.</strong> ");
	html_text(p, memo_coverage(text, r));
	page_say(p, "</p>\n");
}

static void say_finding(struct page *p, const struct gate_report *r, const struct finding *f) {
	char origin[MEMO_SIZE];
	page_say(p, "<tr><td>");
	html_severity(p, f->rule->severity);
	page_say(p, " ");
	say(p, f->rule->entity, MEMO_NAME_MAX);
	page_say(p, " <code>");
	html_text(p, f->masked);
	page_say(p, "</code>%s</td><td>", f->waived ? " (waived)" : "");
	say(p, f->process_name, MEMO_NAME_MAX);
	page_say(p, " → ");
	say(p, f->sink_name, MEMO_PLACE_MAX);
	if (*f->statement) {
		page_say(p, "<br><code>");
		say(p, f->statement, MEMO_LINE_MAX);
		page_say(p, "</code>");
	}
	if (*memo_origin(origin, f)) {
		page_say(p, "<br><span class=\"dim\">");
		say(p, origin, MEMO_LINE_MAX);
		page_say(p, "</span>");
	}
	page_say(p, "</td>");
	html_cell_count(p, f->count);
	page_say(p, "<td class=\"n\">%.3g → %.3g</td><td>", gate_finding_risk(r->facts, f),
	         gate_share_upper(r->facts, 0) * f->rule->impact);
	say(p, f->rule->remediation, MEMO_REMEDY_MAX);
	page_say(p, "</td></tr>\n");
}

static void say_findings(struct page *p, const struct gate_report *r) {
	_cleanup_free_ size_t *ranked = memo_ranked(r);
	size_t len = ranked ? r->facts->findings_len : 0;
	page_say(p, "<h2>Findings</h2>\n");
	if (!len) {
		page_say(p, "<p>None.</p>\n");
		return;
	}
	page_say(p,
	         "<table class=\"leaks\"><thead><tr><th scope=\"col\">Kind, sample</th><th scope=\"col\">Program → log, "
	         "statement, code</th>"
	         "<th scope=\"col\" class=\"n\">Matches%s</th><th scope=\"col\" class=\"n\">Risk now → mended</th>"
	         "<th scope=\"col\">Remedy</th></tr></thead><tbody>\n",
	         r->facts->counts_all_time ? ", all time" : "");
	for (size_t i = 0; i < len && i < MEMO_FINDINGS_MAX; i++)
		say_finding(p, r, &r->facts->findings[ranked[i]]->finding);
	page_say(p, "</tbody></table>\n");
	if (len > MEMO_FINDINGS_MAX)
		page_say(p, "<p>And %zu more, of less risk.</p>\n", len - MEMO_FINDINGS_MAX);
}

static void say_waivers(struct page *p, const struct gate_report *r) {
	const struct gate_texts *waivers = &r->facts->waivers;
	page_say(p, "<p><strong>Waivers.</strong> %s", waivers->len ? "" : "None.");
	for (size_t i = 0; i < waivers->len && i < MEMO_WAIVERS_MAX; i++) {
		page_say(p, "%s", i ? "; " : "");
		say(p, waivers->items[i], MEMO_WAIVER_MAX);
	}
	if (waivers->len > MEMO_WAIVERS_MAX)
		page_say(p, "; and %zu more", waivers->len - MEMO_WAIVERS_MAX);
	page_say(p, "</p>\n");
}

static void say_changes(struct page *p, const struct gate_report *r) {
	page_say(p, "<h2>What would change the verdict</h2>\n<ul>\n");
	if (r->result->verdict == VERDICT_PASS)
		page_say(
		    p, "<li>One match that is not waived: fail.</li><li>A gap, a loss beyond the limit, a blind spot, a probe "
		       "record that does not come out: inconclusive.</li>\n");
	for (size_t i = 0, said = 0; i < r->result->checks_len && said < MEMO_REMEDIES_MAX; i++) {
		const struct gate_check *c = &r->result->checks[i];
		if (!c->remedy)
			continue;
		said++;
		page_say(p, "<li>");
		say(p, c->name, MEMO_NAME_MAX);
		page_say(p, ": ");
		html_text(p, c->remedy);
		page_say(p, ".</li>\n");
	}
	page_say(p, "</ul>\n");
}

static void say_field(struct page *p, const char *name, const char *text) {
	page_say(p, "<dt>%s</dt><dd>", name);
	say(p, text, MEMO_LINE_MAX);
	page_say(p, "</dd>");
}

static void say_head(struct page *p, const struct gate_report *r) {
	char text[MEMO_SIZE];
	const char *title = r->memo->title ? r->memo->title : "Release decision: personal data in logs";
	html_begin(p, title);
	page_say(p, "<style>\n%s</style>\n<h1>", style);
	say(p, title, MEMO_LINE_MAX);
	page_say(p, "</h1>\n<p class=\"dim\">");
	html_time(p, r->made_ns);
	page_say(p, " · ");
	html_bdi(p, r->host);
	page_say(p, " · logspill %s</p>\n", r->version);
	if (r->memo->context) {
		page_say(p, "<p>");
		say(p, r->memo->context, MEMO_LINE_MAX);
		page_say(p, "</p>\n");
	}
	page_say(p, "<div class=\"card %s\">", html_verdict_class(r->result->verdict));
	html_verdict(p, r->result->verdict, verdict_word(r->result->verdict), NULL);
	page_say(p, "<p><strong>Recommended:</strong> ");
	html_text(p, memo_recommendation(text, r));
	page_say(p, "</p></div>\n");
}

static char *write_html(const struct gate_report *r) {
	struct page p = {0};
	char text[MEMO_SIZE];
	say_head(&p, r);
	say_options(&p, r);
	say_checks(&p, r);
	say_findings(&p, r);
	say_waivers(&p, r);
	say_changes(&p, r);
	page_say(
	    &p, "<h2>Decision</h2>\n<p>☐ ship as is &emsp; ☐ mitigate and canary &emsp; ☐ hold</p>\n<dl class=\"fields\">");
	say_field(&p, "Owner", r->memo->owner);
	say_field(&p, "Deadline", r->memo->deadline);
	say_field(&p, "Signed", NULL);
	say_field(&p, "Date", NULL);
	page_say(&p, "</dl>\n<p class=\"small\">");
	html_text(&p, memo_assumptions(text, r));
	page_say(&p, "</p>\n");
	return html_end(&p);
}

const struct gate_format memo_html = {.name = "html", .write = write_html};
