/* SPDX-License-Identifier: MIT */
/*
 * All of it works without script: search and order are parts of the address, and each heading and page is a link. The
 * script fetches the same addresses and puts the rows of the answer in the place of those that are there.
 */
#include "agent/live_findings.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "report/html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SHOWN 96

static const struct column {
	const char *title, *class;
	enum finding_order order;
	bool large_first; /* what one wants to see first */
} columns[] = {
    {"Severity", "", FINDING_BY_SEVERITY, true},          {"Kind, sample", "", FINDING_BY_ENTITY, false},
    {"Log, statement, code", "", FINDING_BY_SINK, false}, {"Program", "", FINDING_BY_PROGRAM, false},
    {"Matches", "n", FINDING_BY_MATCHES, true},           {"Last seen", "", FINDING_BY_LAST_SEEN, true},
};

void live_say_name(struct page *p, const char *s) {
	_cleanup_free_ char *shown = s ? text_visible(s, strlen(s)) : NULL;
	_cleanup_free_ char *cut = shown ? text_shorten(shown, NAME_SHOWN) : NULL;
	html_bdi(p, cut);
}

static void say_program(struct page *p, const struct finding *f) {
	const struct workload *w = f->writer ? &f->writer->workload : NULL;
	live_say_name(p, f->process_name);
	if (w && (w->pod || w->container || w->unit)) {
		page_say(p, "<br><span class=\"dim\">");
		live_say_name(p, w->pod ? w->pod : w->container ? w->container : w->unit);
		page_say(p, "</span>");
	}
}

/* The most frequent origin. */
static void say_code(struct page *p, const struct finding *f) {
	_cleanup_(buf_release) struct buf frames = {0};
	if (!f->origins_len || !f->origins[0].frames_len)
		return;
	int r = finding_origin_text(&frames, &f->origins[0]);
	if (!r)
		r = buf_append(&frames, "", 1);
	if (r) {
		p->error = r;
		return;
	}
	page_say(p, "<br><span class=\"dim\">from ");
	live_say_name(p, frames.data);
	page_say(p, "</span>");
}

static void say_row(struct page *p, const struct finding *f) {
	page_say(p, "<tr id=\"f-%s\"><td>", f->id);
	if (f->waived)
		page_say(p, "waived");
	else
		html_severity(p, f->rule->severity);
	page_say(p, "</td><th scope=\"row\" class=\"whole\">");
	html_text(p, f->rule->entity);
	page_say(p, "<br><code>");
	html_bdi(p, f->masked);
	page_say(p, "</code></th><td>");
	live_say_name(p, f->sink_name);
	html_code_line(p, f->statement);
	say_code(p, f);
	page_say(p, "</td><td>");
	say_program(p, f);
	page_say(p, "</td>");
	html_cell_count(p, f->count);
	page_say(p, "<td>");
	html_time(p, f->last_seen_ns);
	page_say(p, "<br><span class=\"dim whole\">since ");
	html_time(p, f->first_seen_ns);
	page_say(p, "</span></td></tr>\n");
}

/* A parameter of an address, in an attribute. NULL: none. */
static void say_parameter(struct page *p, const char *name, const char *value) {
	if (!value)
		return;
	_cleanup_free_ char *encoded = text_parameter(value);
	if (encoded)
		page_say(p, "&amp;%s=%s", name, encoded);
	else
		p->error = -ENOMEM;
}

/* The address of the same list from another place on, or in another order. */
static void say_link(struct page *p, const struct finding_query *q, uint64_t offset) {
	page_say(p, "?sort=%s%s", q->descending ? "-" : "", finding_order_name(q->order));
	say_parameter(p, "q", q->text);
	say_parameter(p, "rule", q->rule);
	say_parameter(p, "severity", q->severity);
	say_parameter(p, "waived", q->waived);
	if (q->limit != FINDING_LIST_LEN)
		page_say(p, "&amp;limit=%lu", q->limit);
	if (offset)
		page_say(p, "&amp;offset=%lu", offset);
}

static void say_search(struct page *p, const struct finding_query *q) {
	page_say(p, "<form id=\"find\" role=\"search\" action=\"/\" method=\"get\"><label>Search <input id=\"search\" "
	            "name=\"q\" type=\"search\" autocomplete=\"off\" value=\"");
	html_text(p, q->text);
	page_say(p,
	         "\"></label> <input type=\"hidden\" name=\"sort\" value=\"%s%s\"><button>Search</button> "
	         "<span class=\"dim wide\" id=\"keys\" hidden>keys: / search, n next page, p previous page</span></form>\n",
	         q->descending ? "-" : "", finding_order_name(q->order));
}

/* The heading of the column that the list is sorted by turns it round. */
static void say_heading(struct page *p, const struct column *c, const struct finding_query *q) {
	struct finding_query sorted = *q;
	bool is_now = q->order == c->order;
	sorted.order = c->order;
	sorted.descending = is_now ? !q->descending : c->large_first;
	page_say(p, "<th scope=\"col\"%s%s%s%s><a id=\"by-%s\" href=\"", *c->class ? " class=\"" : "", c->class,
	         *c->class ? "\"" : "",
	         !is_now         ? ""
	         : q->descending ? " aria-sort=\"descending\""
	                         : " aria-sort=\"ascending\"",
	         finding_order_name(c->order));
	say_link(p, &sorted, 0);
	page_say(p, "\">%s</a>%s</th>", c->title,
	         !is_now         ? ""
	         : q->descending ? "<span aria-hidden=\"true\"> \u25bc</span>"
	                         : "<span aria-hidden=\"true\"> \u25b2</span>");
}

static void say_table(struct page *p, const struct finding_list *l, const struct finding_query *q) {
	page_say(p, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"findings\">\n<table>\n"
	            "<caption>What leaks; values are masked</caption>\n<thead id=\"heads\"><tr>");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		say_heading(p, &columns[i], q);
	page_say(p, "</tr></thead>\n<tbody id=\"rows\">\n");
	for (size_t i = 0; i < l->len; i++)
		say_row(p, l->items[i]);
	page_say(p, "</tbody>\n</table>\n</div>\n");
}

static void say_page_link(struct page *p, const struct finding_query *q, bool there, const char *id, uint64_t offset,
                          const char *words) {
	if (!there)
		return;
	page_say(p, " <a id=\"%s\" href=\"", id);
	say_link(p, q, offset);
	page_say(p, "\">%s</a>", words);
}

static void say_pages(struct page *p, const struct finding_list *l, const struct finding_query *q) {
	char from[TEXT_COUNT_SIZE], to[TEXT_COUNT_SIZE], total[TEXT_COUNT_SIZE];
	uint64_t end = q->offset + l->len, last = l->total ? (l->total - 1) / q->limit * q->limit : 0;
	page_say(p, "<p id=\"pages\">");
	if (!l->total)
		page_say(p, q->text ? "No finding holds that text." : "None so far.");
	else
		page_say(p, "%s to %s of %s", text_count(from, q->offset + 1), text_count(to, end),
		         text_count(total, l->total));
	say_page_link(p, q, q->offset, "first", 0, "first");
	say_page_link(p, q, q->offset, "previous", q->offset > q->limit ? q->offset - q->limit : 0, "previous");
	say_page_link(p, q, end < l->total, "next", end, "next");
	say_page_link(p, q, end < l->total, "last", last, "last");
	page_say(p, "</p>\n");
}

void live_say_findings(struct page *p, const struct snapshot *s, const struct finding_query *query) {
	_cleanup_(finding_list_release) struct finding_list list = {0};
	struct finding_query q = *query;
	int r = finding_list_make(&list, s, &q);
	if (!r && !list.len && list.total) { /* there are fewer now: the last page */
		q.offset = (list.total - 1) / q.limit * q.limit;
		finding_list_release(&list);
		r = finding_list_make(&list, s, &q);
	}
	if (r) {
		p->error = r;
		return;
	}
	page_say(p, "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
	say_search(p, &q);
	say_table(p, &list, &q);
	say_pages(p, &list, &q);
	page_say(p, "</section>\n");
}
