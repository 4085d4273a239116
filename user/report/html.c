/* SPDX-License-Identifier: MIT */
#include "report/html.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* The policy is for browsers that open the file: even markup that slipped through could load and run nothing. */
void html_begin(struct page *p, const char *title) {
	page_say(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	            "base-uri 'none'; form-action 'none'\">\n"
	            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	            "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	html_text(p, title);
	page_say(p, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", html_style);
}

char *html_end(struct page *p) {
	page_say(p, "</main>\n</body>\n</html>\n");
	return page_take(p);
}

static const char *entity(char c) {
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

void html_text(struct page *p, const char *s) {
	_cleanup_free_ char *shown = s ? text_visible(s, strlen(s)) : NULL;
	if (s && !shown)
		p->error = -ENOMEM;
	for (const char *at = shown; at && *at && !p->error;) {
		size_t plain = strcspn(at, "&<>\"'");
		const char *name = entity(at[plain]);
		p->error = buf_append(&p->text, at, plain);
		if (!p->error && name)
			p->error = buf_append(&p->text, name, strlen(name));
		at += plain + (name ? 1 : 0);
	}
}

void html_bdi(struct page *p, const char *s) {
	page_say(p, "<bdi>");
	html_text(p, s);
	page_say(p, "</bdi>");
}

void html_code_line(struct page *p, const char *s) {
	if (!*s)
		return;
	page_say(p, "<br><code>");
	html_bdi(p, s);
	page_say(p, "</code>");
}

void html_row_head(struct page *p, const char *s) {
	page_say(p, "<th scope=\"row\">");
	html_text(p, s);
	page_say(p, "</th>");
}

void html_cell(struct page *p, const char *s) {
	page_say(p, "<td>");
	html_text(p, s);
	page_say(p, "</td>");
}

void html_cell_count(struct page *p, uint64_t n) {
	page_say(p, "<td class=\"n\">");
	page_say_count(p, n);
	page_say(p, "</td>");
}

const char *html_verdict_class(enum verdict v) {
	static const char *const names[] = {"pass", "fail", "unsure"};
	return names[v];
}

void html_verdict(struct page *p, enum verdict v, const char *word, const char *meaning) {
	page_say(p, "<span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s%s%s</span>", html_verdict_class(v),
	         verdict_symbol(v), word, meaning ? ": " : "", meaning ? meaning : "");
}

void html_severity(struct page *p, enum rule_severity s) {
	page_say(p, "<span class=\"severity %s\">%s</span>", rule_severity_name(s), rule_severity_name(s));
}

void html_time(struct page *p, uint64_t wall_ns) {
	char utc[CLOCK_TEXT_SIZE], local[CLOCK_TEXT_SIZE];
	page_say(p, "<time datetime=\"%s\">%s</time>", clock_rfc3339(utc, sizeof(utc), wall_ns),
	         clock_local(local, sizeof(local), wall_ns));
}
