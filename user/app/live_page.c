/* SPDX-License-Identifier: MIT */
#include "app/live_page.h"

#include "app/live_script.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "report/html.h"
#include "report/html_report.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define FINDINGS_SHOWN                                                                                                 \
	1000 /* the worst, so that a browser stays quick; the API lists all. live_script.c knows it too */
#define SPOTS_SHOWN 50
#define NAME_SHOWN 96
#define POLICY_SIZE 512

static void say_name(struct page *p, const char *s) {
	_cleanup_free_ char *shown = s ? text_visible(s, strlen(s)) : NULL;
	_cleanup_free_ char *cut = shown ? text_shorten(shown, NAME_SHOWN) : NULL;
	html_bdi(p, cut);
}

static void say_tile(struct page *p, const char *name, const char *value) {
	page_say(p, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
}

static void say_tiles(struct page *p, const struct snapshot *s) {
	char text[64], size[32];
	double watched_s = s->duration_s > 0 ? s->duration_s : 1;
	const struct snapshot_sums sums = snapshot_sum(s);
	page_say(p, "<dl class=\"tiles\">\n");
	say_tile(p, "findings", text_count(text, snapshot_unwaived(s)));
	say_tile(p, "matches", text_count(text, s->matches));
	say_tile(p, "coverage", text_percent(text, sums.coverage));
	say_tile(p, "seen", text_bytes(text, sizeof(text), sums.totals.seen_bytes));
	snprintf(text, sizeof(text), "%.1f %% of a core, %s",
	         100 * (double)(s->cost.cpu_ns - s->cost.cpu_ready_ns) / 1e9 / watched_s,
	         text_bytes(size, sizeof(size), s->cost.memory_bytes));
	say_tile(p, "own cost", text);
	if (s->probe.enabled) {
		snprintf(text, sizeof(text), "%.0f s ago", s->probe.age_s);
		say_tile(p, s->probe.healthy ? "last probe record" : "last probe record: LATE", text);
	}
	page_say(p, "</dl>\n");
}

static void say_state(struct page *p, const struct snapshot *s) {
	static const char *const words[] = {"nothing has leaked so far", "personal data leaks",
	                                    "nothing was found, but not all was seen"};
	enum verdict v = snapshot_verdict(s);
	char text[TEXT_COUNT_SIZE];
	page_say(p, "<section id=\"state\" aria-label=\"state\" data-title=\"%s %s - logspill\">\n", verdict_symbol(v),
	         v == VERDICT_FAIL ? text_count(text, snapshot_unwaived(s)) : "logs");
	page_say(p, "<div class=\"card %s\"><span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s</span>\n",
	         html_verdict_class(v), html_verdict_class(v), verdict_symbol(v), words[v]);
	page_say(p, "<p class=\"dim\">watching since ");
	html_time(p, s->started_ns);
	page_say(p, "; as of ");
	html_time(p, s->time_ns);
	page_say(p, "</p>\n");
	if (s->config.last_error) {
		page_say(p, "<p>The configuration in force is not the newest: ");
		html_bdi(p, s->config.last_error);
		page_say(p, "</p>\n");
	}
	page_say(p, "</div>\n");
	say_tiles(p, s);
	if (s->matches) {
		const struct report_watch watch = {.started_ns = s->started_ns, .timeline = &s->timeline};
		page_say(p, "<div class=\"slim\"><p class=\"dim\">Matches in each %s</p>\n", timeline_width_name(&s->timeline));
		html_timeline_bars(p, &watch);
		page_say(p, "</div>\n");
	}
	page_say(p, "</section>\n");
}

static void say_program(struct page *p, const struct finding *f) {
	const struct workload *w = f->writer ? &f->writer->workload : NULL;
	say_name(p, f->process_name);
	if (w && (w->pod || w->container || w->unit)) {
		page_say(p, "<br><span class=\"dim\">");
		say_name(p, w->pod ? w->pod : w->container ? w->container : w->unit);
		page_say(p, "</span>");
	}
}

/* The innermost function that is the program's own, of the most frequent origin. */
static void say_code(struct page *p, const struct finding *f) {
	const struct finding_origin *o = f->origins_len ? &f->origins[0] : NULL;
	if (!o || !o->frames_len)
		return;
	page_say(p, "<br><span class=\"dim\">from ");
	say_name(p, o->frames[o->own < o->frames_len ? o->own : 0]);
	page_say(p, "</span>");
}

static void say_row(struct page *p, const struct finding *f) {
	page_say(p, "<tr id=\"f-%s\" data-rank=\"%d\"><td>", f->id, f->waived ? -1 : (int)f->rule->severity);
	if (f->waived)
		page_say(p, "waived");
	else
		html_severity(p, f->rule->severity);
	page_say(p, "</td><th scope=\"row\" class=\"whole\">");
	html_text(p, f->rule->entity);
	page_say(p, "<br><code>");
	html_bdi(p, f->masked);
	page_say(p, "</code></th><td>");
	say_name(p, f->sink_name);
	if (*f->statement) {
		page_say(p, "<br><code>");
		html_bdi(p, f->statement);
		page_say(p, "</code>");
	}
	say_code(p, f);
	page_say(p, "</td><td>");
	say_program(p, f);
	page_say(p, "</td>");
	html_cell_count(p, f->count);
	page_say(p, "<td><span class=\"dim\">first</span> ");
	html_time(p, f->first_seen_ns);
	page_say(p, "<br><span class=\"dim\">last</span> ");
	html_time(p, f->last_seen_ns);
	page_say(p, "</td></tr>\n");
}

/* Worst first; of one severity in order of first sight. */
static void say_rows(struct page *p, const struct snapshot *s) {
	size_t shown = 0;
	for (int rank = RULE_CRITICAL; rank >= -1; rank--) {
		for (size_t i = 0; i < s->findings_len && shown < FINDINGS_SHOWN; i++) {
			const struct finding *f = &s->findings[i]->finding;
			if ((f->waived ? -1 : (int)f->rule->severity) != rank)
				continue;
			say_row(p, f);
			shown++;
		}
	}
}

static void say_findings(struct page *p, const struct snapshot *s) {
	page_say(p,
	         "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n"
	         "<p id=\"find\" hidden><label>Search <input id=\"search\" type=\"search\" autocomplete=\"off\"></label> "
	         "<span class=\"dim\">(key /)</span></p>\n"
	         "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"findings\">\n<table>\n"
	         "<caption>What leaks, worst first; values are masked</caption>\n<thead><tr><th scope=\"col\">Severity</th>"
	         "<th scope=\"col\">Kind, sample</th><th scope=\"col\">Log, statement, code</th>"
	         "<th scope=\"col\">Program</th><th scope=\"col\" class=\"n\">Matches</th>"
	         "<th scope=\"col\">Seen</th></tr></thead>\n<tbody id=\"rows\">\n");
	say_rows(p, s);
	page_say(p, "</tbody>\n</table>\n</div>\n<p id=\"none\"%s>None so far.</p>\n", s->findings_len ? " hidden" : "");
	if (s->findings_len > FINDINGS_SHOWN)
		page_say(p, "<p>The worst %d of %zu; <code>/api/v1/findings</code> lists all.</p>\n", FINDINGS_SHOWN,
		         s->findings_len);
	page_say(p, "</section>\n");
}

static void say_target(struct page *p, const struct snapshot_target *t) {
	char text[32], percent[TEXT_PERCENT_SIZE];
	html_row_head(p, t->name);
	html_cell_count(p, t->writers);
	page_say(p, "<td class=\"n\">%s</td>", text_bytes(text, sizeof(text), t->totals.seen_bytes));
	html_cell_count(p, t->records);
	page_say(p, "<td class=\"n\">%s</td>", text_bytes(text, sizeof(text), capture_totals_lost(&t->totals).bytes));
	page_say(p, "<td class=\"n\">%s</td>", text_percent(percent, t->coverage));
	html_cell_count(p, t->findings);
}

static void say_targets(struct page *p, const struct snapshot *s) {
	page_say(p, "<section id=\"targets\" aria-label=\"targets\">\n<h2>Targets</h2>\n"
	            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"targets\">\n<table>\n<thead><tr>"
	            "<th scope=\"col\">Target</th><th scope=\"col\" class=\"n\">Writers</th>"
	            "<th scope=\"col\" class=\"n\">Seen</th><th scope=\"col\" class=\"n\">Records</th>"
	            "<th scope=\"col\" class=\"n\">Lost</th><th scope=\"col\" class=\"n\">Coverage</th>"
	            "<th scope=\"col\" class=\"n\">Findings</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < s->targets_len; i++) {
		page_say(p, "<tr>");
		say_target(p, &s->targets[i]);
		page_say(p, "</tr>\n");
	}
	page_say(p, "</tbody>\n</table>\n</div>\n</section>\n");
}

static void say_outputs(struct page *p, const struct snapshot *s) {
	if (!s->outputs_len)
		return;
	page_say(p, "<h2>Outputs</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	            "aria-label=\"outputs\">\n<table>\n<thead><tr><th scope=\"col\">Output</th><th scope=\"col\">State</th>"
	            "<th scope=\"col\" class=\"n\">Sent</th><th scope=\"col\" class=\"n\">Waiting</th>"
	            "<th scope=\"col\" class=\"n\">Dropped</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < s->outputs_len; i++) {
		const struct snapshot_output *o = &s->outputs[i];
		page_say(p, "<tr>");
		html_row_head(p, o->name);
		html_cell(p, o->broken && o->last_error ? o->last_error : "works");
		html_cell_count(p, o->sent);
		html_cell_count(p, o->queued);
		html_cell_count(p, o->dropped);
		page_say(p, "</tr>\n");
	}
	page_say(p, "</tbody>\n</table>\n</div>\n");
}

/* What was not seen, and whether what was found went out. */
static void say_seen(struct page *p, const struct snapshot *s) {
	page_say(p, "<section id=\"seen\" aria-label=\"blind spots and outputs\">\n<h2>Blind spots</h2>\n");
	if (!s->blind_len)
		page_say(p, "<p>None.</p>\n");
	else
		page_say(p, "<ul>\n");
	for (size_t i = 0; i < s->blind_len && i < SPOTS_SHOWN; i++) {
		page_say(p, "<li>");
		html_bdi(p, s->blind[i].text);
		page_say(p, "</li>\n");
	}
	if (s->blind_len)
		page_say(p, "</ul>\n");
	if (s->blind_len > SPOTS_SHOWN)
		page_say(p, "<p>and %zu more</p>\n", s->blind_len - SPOTS_SHOWN);
	say_outputs(p, s);
	page_say(p, "</section>\n");
}

/* The page's text goes to out. 0 or -ENOMEM. */
static int take_page(struct page *p, struct buf *out) {
	size_t len = p->text.len;
	_cleanup_free_ char *text = page_take(p);
	return text ? buf_append(out, text, len) : -ENOMEM;
}

static int write_page(struct buf *out, const struct snapshot *s) {
	struct page p = {0};
	page_say(&p,
	         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>logspill</title>\n<style>%s</style>\n"
	         "</head>\n<body>\n<main>\n<h1>logspill</h1>\n"
	         "<p>What the watched programs write to their logs. <span id=\"live\" role=\"status\">as of the time "
	         "below; load again for news</span></p>\n",
	         html_style);
	if (s) {
		say_state(&p, s);
		say_findings(&p, s);
		say_targets(&p, s);
		say_seen(&p, s);
		page_say(&p, "<script>%s</script>\n", live_script);
	} else {
		page_say(&p, "<p>Getting ready: load again in a moment.</p>\n");
	}
	page_say(&p, "</main>\n</body>\n</html>\n");
	return take_page(&p, out);
}

/* One event of what say() writes: each line of it is one of data. */
static int put_event(struct buf *out, const char *name, struct page *p) {
	int r = buf_printf(out, "event: %s\n", name);
	_cleanup_free_ char *text = page_take(p);
	for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line && !r;
	     line = strtok_r(NULL, "\n", &save))
		r = buf_printf(out, "data: %s\n", line);
	if (!r)
		r = buf_append(out, "\n", 1);
	return text ? r : -ENOMEM;
}

static int put_section(struct buf *out, const char *name, void (*say)(struct page *, const struct snapshot *),
                       const struct snapshot *s) {
	struct page p = {0};
	say(&p, s);
	return put_event(out, name, &p);
}

/* A copy that has changed is another copy. */
static int put_findings(struct buf *out, const struct snapshot *now, const struct snapshot *before) {
	struct page p = {0};
	size_t told = 0;
	if (!before)
		say_rows(&p, now);
	for (size_t i = 0; before && i < now->findings_len && told < FINDINGS_SHOWN; i++) {
		if (i < before->findings_len && before->findings[i] == now->findings[i])
			continue;
		say_row(&p, &now->findings[i]->finding);
		told++;
	}
	if (told || (!before && now->findings_len))
		return put_event(out, "findings", &p);
	buf_release(&p.text);
	return 0;
}

static int write_events(struct buf *out, const struct snapshot *now, const struct snapshot *before) {
	int r = put_section(out, "state", say_state, now);
	if (!r)
		r = put_section(out, "targets", say_targets, now);
	if (!r)
		r = put_section(out, "seen", say_seen, now);
	return r ? r : put_findings(out, now, before);
}

/* 'sha256-...': the one script and the one style that a browser may take (CSP 3, 2.3.1). */
static void append_source(char *policy, const char *directive, const char *text) {
	unsigned char hash[crypto_hash_sha256_BYTES];
	char base64[sodium_base64_ENCODED_LEN(sizeof(hash), sodium_base64_VARIANT_ORIGINAL)];
	crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
	sodium_bin2base64(base64, sizeof(base64), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	size_t len = strlen(policy);
	snprintf(policy + len, POLICY_SIZE - len, "; %s 'sha256-%s'", directive, base64);
}

const struct http_page *live_page(void) {
	static char policy[POLICY_SIZE];
	static const struct http_page page = {.page = write_page, .policy = policy, .events = write_events};
	if (!policy[0]) {
		strcpy(policy, "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
		               "frame-ancestors 'none'");
		append_source(policy, "script-src", live_script);
		append_source(policy, "style-src", html_style);
	}
	return &page;
}
