/* SPDX-License-Identifier: MIT */
/* A report as one file for a browser: verdict, coverage and cost first, then the leaks, then how sure one may be. */
#include "report/html_report.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "report/format.h"
#include "report/html.h"

#define SINKS_SHOWN 200
#define SPOTS_SHOWN 200

static void say_head(struct page *p, const struct report *r, const struct digest *d) {
	const struct report_watch *w = r->watch;
	page_say(p, "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header>\n<h1>");
	html_bdi(p, d->title);
	page_say(p, "</h1>\n<p class=\"dim\">");
	if (w && w->host) {
		page_say(p, "on ");
		html_bdi(p, w->host);
		page_say(p, ", ");
	}
	html_text(p, d->period);
	page_say(p, "</p>\n</header>\n");
}

static void say_verdict(struct page *p, const struct summary *s) {
	page_say(p, "<section class=\"card %s\" aria-label=\"verdict\">\n", html_verdict_class(s->verdict));
	html_verdict(p, s->verdict, verdict_word(s->verdict), summary_meaning(s));
	page_say(p, "\n<ul>\n");
	for (size_t i = 0; i < s->reasons_len; i++) {
		page_say(p, "<li>");
		html_text(p, s->reasons[i]);
		page_say(p, "</li>\n");
	}
	page_say(p, "</ul>\n</section>\n");
}

static void say_facts(struct page *p, const struct digest *d) {
	page_say(p, "<dl class=\"tiles\">\n");
	for (size_t i = 0; i < d->facts_len; i++)
		page_say(p, "<div><dt>%s</dt><dd>%s</dd><dd class=\"dim\">%s</dd></div>\n", d->facts[i].name, d->facts[i].value,
		         d->facts[i].detail);
	page_say(p, "</dl>\n");
}

static void say_contents(struct page *p, const struct report *r) {
	page_say(p, "<nav aria-label=\"contents\"><a href=\"#findings\">Findings</a>");
	if (r->watch && r->watch->timeline)
		page_say(p, " \u00b7 <a href=\"#when\">When</a>");
	if (r->summary->sinks_len)
		page_say(p, " \u00b7 <a href=\"#sinks\">Places written to</a>");
	page_say(p, " \u00b7 <a href=\"#coverage\">What was not seen</a>");
	if (r->watch)
		page_say(p, " \u00b7 <a href=\"#again\">How to do it again</a>");
	page_say(p, "</nav>\n");
}

static void say_sink(struct page *p, const struct sink_use *use) {
	page_say(p, "<tr>");
	html_row_head(p, use->sink ? use->sink->name : "(many)");
	page_say(p, "<td>%s</td><td>%s</td>", digest_log_word(use), use->sink ? sink_kind_name(use->sink->kind) : "");
	html_cell(p, digest_sink_reason(use));
	if (use->is_counted) {
		html_cell_count(p, use->totals.seen_bytes);
		html_cell_count(p, use->totals.seen_writes);
		html_cell_count(p, capture_totals_lost(&use->totals).bytes);
	} else {
		page_say(p, "<td class=\"n dim\" colspan=\"3\">not counted</td>");
	}
	page_say(p, "</tr>\n");
}

static void say_sinks(struct page *p, const struct summary *s) {
	size_t shown = s->sinks_len < SINKS_SHOWN ? s->sinks_len : SINKS_SHOWN;
	if (!shown)
		return;
	page_say(p, "<section aria-labelledby=\"sinks\">\n<h2 id=\"sinks\">Places written to</h2>\n"
	            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"sinks\">\n<table>\n"
	            "<caption>Each place that was written to, and why it is a log or none. Only logs are read and counted; "
	            "\u201cagain\u201d is written by a program that passes on what others have logged.</caption>\n"
	            "<thead><tr><th scope=\"col\">Place</th><th scope=\"col\">Log?</th><th scope=\"col\">Kind</th>"
	            "<th scope=\"col\">Why</th><th scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\" class=\"n\">Writes"
	            "</th><th scope=\"col\" class=\"n\">Bytes lost</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < shown; i++)
		say_sink(p, &s->sinks[i]);
	page_say(p, "</tbody>\n</table>\n</div>\n");
	if (shown < s->sinks_len)
		page_say(p, "<p>and %zu more: <code>-f jsonl --sinks</code> lists all</p>\n", s->sinks_len - shown);
	page_say(p, "</section>\n");
}

static void say_amount(struct page *p, const char *name, uint64_t bytes, uint64_t writes) {
	page_say(p, "<tr><th scope=\"row\">%s</th>", name);
	html_cell_count(p, bytes);
	html_cell_count(p, writes);
	page_say(p, "</tr>\n");
}

static void say_books(struct page *p, const struct report *r, const struct digest *d) {
	const struct summary *s = r->summary;
	bool balanced =
	    s->seen_bytes == s->scanned_bytes + d->lost_bytes && s->seen_writes == s->scanned_writes + d->lost_writes;
	page_say(p,
	         "<table>\n<caption>Every byte was either scanned, or lost for a named reason: "
	         "seen %s scanned + lost.</caption>\n<thead><tr><td></td><th scope=\"col\" class=\"n\">Bytes</th>"
	         "<th scope=\"col\" class=\"n\">%s</th></tr></thead>\n<tbody>\n",
	         balanced ? "=" : "IS NOT", r->watch ? "Writes" : "Files");
	say_amount(p, "Seen", s->seen_bytes, s->seen_writes);
	say_amount(p, "Scanned", s->scanned_bytes, s->scanned_writes);
	say_amount(p, "Lost", d->lost_bytes, d->lost_writes);
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++) {
		char name[48];
		snprintf(name, sizeof(name), "\u2014 %s", loss_name(i));
		if (s->lost[i].bytes || s->lost[i].writes)
			say_amount(p, name, s->lost[i].bytes, s->lost[i].writes);
	}
	page_say(p, "</tbody>\n</table>\n");
}

static void say_list(struct page *p, const char *title, const char *const *items, size_t len) {
	if (!len)
		return;
	page_say(p, "<h3>%s</h3>\n<ul>\n", title);
	for (size_t i = 0; i < len && i < SPOTS_SHOWN; i++) {
		page_say(p, "<li>");
		html_bdi(p, items[i]);
		page_say(p, "</li>\n");
	}
	if (len > SPOTS_SHOWN)
		page_say(p, "<li>and %zu more</li>\n", len - SPOTS_SHOWN);
	page_say(p, "</ul>\n");
}

static void say_coverage(struct page *p, const struct report *r, const struct digest *d) {
	const struct summary *s = r->summary;
	page_say(p, "<section aria-labelledby=\"coverage\">\n<h2 id=\"coverage\">What was not seen</h2>\n");
	say_books(p, r, d);
	if (r->binaries || r->specials)
		page_say(p, "<p>Left out: %lu binary and %lu special %s.</p>\n", r->binaries, r->specials,
		         text_plural(r->specials, "file", "files"));
	if (!s->blind_spots_len && !s->unread_len && !d->lost_bytes && !d->lost_writes)
		page_say(p, "<p>No blind spots, nothing lost.</p>\n");
	say_list(p, r->watch ? "Blind spots" : "Not scanned, or not as a whole", (const char *const *)s->blind_spots,
	         s->blind_spots_len);
	say_list(p, "Not looked at", (const char *const *)s->unread, s->unread_len);
	say_list(p, "Waivers", (const char *const *)s->waivers, s->waivers_len);
	page_say(p, "</section>\n");
}

static void say_term(struct page *p, const char *name, const char *value) {
	if (!value || !*value)
		return;
	page_say(p, "<dt>%s</dt><dd>", name);
	html_bdi(p, value);
	page_say(p, "</dd>");
}

static void say_again(struct page *p, const struct report_watch *w) {
	page_say(p, "<section aria-labelledby=\"again\">\n<h2 id=\"again\">How to do it again</h2>\n");
	if (w->command) {
		page_say(p, "<pre><code>");
		html_text(p, w->command);
		page_say(p, "</code></pre>\n");
	}
	page_say(p, "<dl class=\"facts\">");
	say_term(p, "logspill", w->version);
	say_term(p, "Kernel", w->kernel);
	say_term(p, "Hook", w->hook);
	if (w->rules_len)
		page_say(p, "<dt>Rules in force</dt><dd>%zu</dd>", w->rules_len);
	page_say(p, "</dl>\n</section>\n");
}

static char *write_html(const struct report *r) {
	_cleanup_(digest_release) struct digest d;
	struct page p = {0};
	if (digest_init(&d, r))
		return NULL;
	html_begin(&p, d.title);
	say_head(&p, r, &d);
	say_verdict(&p, r->summary);
	say_facts(&p, &d);
	say_contents(&p, r);
	html_findings(&p, r, &d);
	say_list(&p, "Gone since the baseline", r->gone, r->gone_len);
	if (r->watch && r->watch->timeline)
		html_timeline(&p, r->watch);
	say_sinks(&p, r->summary);
	say_coverage(&p, r, &d);
	if (r->watch)
		say_again(&p, r->watch);
	return html_end(&p);
}

const struct report_format report_html = {.name = "html", .whole = true, .ending = "html", .write = write_html};
