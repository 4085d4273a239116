/* SPDX-License-Identifier: MIT */
#include "agent/live_page.h"

#include "agent/live_findings.h"
#include "agent/live_script.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "report/html.h"
#include "report/html_report.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SPOTS_SHOWN 50
#define POLICY_SIZE 512

static void say_tile(struct page *p, const char *name, const char *value, const char *detail) {
	page_say(p, "<div><dt>%s</dt><dd>%s</dd><dd class=\"dim\">%s</dd></div>\n", name, value, detail);
}

static void say_seen_tiles(struct page *p, const struct snapshot *s) {
	const struct snapshot_sums sums = snapshot_sum(s);
	char text[TEXT_COUNT_SIZE], detail[96], count[TEXT_COUNT_SIZE], size[32];
	size_t unwaived = snapshot_unwaived(s);
	snprintf(detail, sizeof(detail), "%s waived", text_count(count, s->findings_len - unwaived));
	say_tile(p, "Findings", text_count(text, unwaived), detail);
	snprintf(detail, sizeof(detail), "%s distinct %s", text_count(count, s->distinct),
	         text_plural(s->distinct, "value", "values"));
	say_tile(p, "Matches", text_count(text, s->matches), detail);
	snprintf(detail, sizeof(detail), "of what was written to logs; %s lost",
	         text_bytes(size, sizeof(size), capture_totals_lost(&sums.totals).bytes));
	say_tile(p, "Coverage", text_percent(text, sums.coverage), detail);
	snprintf(detail, sizeof(detail), "in %s %s", text_count(count, sums.totals.seen_writes),
	         text_plural(sums.totals.seen_writes, "write", "writes"));
	say_tile(p, "Seen", text_bytes(text, sizeof(text), sums.totals.seen_bytes), detail);
}

static void say_own_tiles(struct page *p, const struct snapshot *s) {
	char text[64], detail[64], size[32];
	double watched_s = s->duration_s > 0 ? s->duration_s : 1;
	snprintf(text, sizeof(text), "%.1f\u00a0%%",
	         100 * (double)(s->cost.cpu_ns - s->cost.cpu_ready_ns) / 1e9 / watched_s);
	snprintf(detail, sizeof(detail), "of a core; %s of memory", text_bytes(size, sizeof(size), s->cost.memory_bytes));
	say_tile(p, "Own cost", text, detail);
	if (!s->probe.enabled)
		return;
	snprintf(text, sizeof(text), "%.0f s ago", s->probe.age_s);
	say_tile(p, "Last probe record", text, s->probe.healthy ? "in time" : "LATE");
}

static void say_tiles(struct page *p, const struct snapshot *s) {
	page_say(p, "<dl class=\"tiles\">\n");
	say_seen_tiles(p, s);
	say_own_tiles(p, s);
	page_say(p, "</dl>\n");
}

static void say_state(struct page *p, const struct snapshot *s) {
	enum verdict v = snapshot_verdict(s);
	char text[TEXT_COUNT_SIZE];
	page_say(p, "<section id=\"state\" aria-label=\"state\" data-title=\"%s %s - logspill\">\n", verdict_symbol(v),
	         v == VERDICT_FAIL ? text_count(text, snapshot_unwaived(s)) : "logs");
	page_say(p, "<div class=\"card %s\">", html_verdict_class(v));
	html_verdict(p, v, snapshot_verdict_word(v), verdict_meaning(v, snapshot_findings(s) > snapshot_unwaived(s)));
	page_say(p, "\n");
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
		page_say(p, "<div class=\"slim\">\n");
		html_timeline_bars(p, &watch);
		page_say(p, "</div>\n");
	}
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

static int write_page(struct buf *out, const struct snapshot *s, const struct finding_query *query) {
	struct page p = {0};
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	page_say(&p,
	         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	         "<meta name=\"color-scheme\" content=\"light dark\">\n%s<title>logspill</title>\n<style>%s</style>\n"
	         "</head>\n<body>\n<main>\n<h1>logspill</h1>\n"
	         "<p>What the watched programs write to their logs on ",
	         s ? "" : "<meta http-equiv=\"refresh\" content=\"2\">\n", html_style);
	html_bdi(&p, host);
	page_say(&p, ": <span id=\"live\" role=\"status\">as of the time below; load again for news</span></p>\n");
	if (s) {
		say_state(&p, s);
		live_say_findings(&p, s, query);
		say_targets(&p, s);
		say_seen(&p, s);
		page_say(&p, "<script>%s</script>\n", live_script);
	} else {
		page_say(&p, "<p>Getting ready: this page comes again in a moment.</p>\n");
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
static bool findings_have_changed(const struct snapshot *now, const struct snapshot *before) {
	bool changed = !before || before->findings_len != now->findings_len;
	for (size_t i = 0; i < now->findings_len && !changed; i++)
		changed = before->findings[i] != now->findings[i];
	return changed;
}

static int write_events(struct buf *out, const struct snapshot *now, const struct snapshot *before) {
	int r = put_section(out, "state", say_state, now);
	if (!r)
		r = put_section(out, "targets", say_targets, now);
	if (!r)
		r = put_section(out, "seen", say_seen, now);
	if (!r && findings_have_changed(now, before))
		r = buf_printf(out, "event: findings\ndata: %zu\n\n", now->findings_len);
	return r;
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
	static const struct http_page page = {
	    .page = write_page, .order = FINDING_BY_SEVERITY, .descending = true, .policy = policy, .events = write_events};
	if (!policy[0]) {
		strcpy(policy, "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
		               "frame-ancestors 'none'");
		append_source(policy, "script-src", live_script);
		append_source(policy, "style-src", html_style);
	}
	return &page;
}
