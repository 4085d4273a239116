/* SPDX-License-Identifier: MIT */
/* When it leaked: bars, and the same as a table. What is written beside the bars is not drawn: it keeps its size. */
#include "report/html_report.h"

#include "base/clock.h"
#include "base/text.h"
#include "report/html.h"

#define WIDTH 960
#define HEIGHT 120

static uint64_t highest(const struct timeline *t) {
	uint64_t most = 0;
	for (size_t i = 0; i < t->len; i++)
		most = t->counts[i] > most ? t->counts[i] : most;
	return most;
}

static uint64_t slot_ns(const struct report_watch *w, size_t slot) {
	return w->started_ns + slot * timeline_width_s(w->timeline) * 1000000000;
}

void html_timeline_bars(struct page *p, const struct report_watch *w) {
	const struct timeline *t = w->timeline;
	uint64_t most = highest(t);
	char count[TEXT_COUNT_SIZE], time[CLOCK_TEXT_SIZE];
	double step = (double)WIDTH / (double)(t->len ? t->len : 1);
	page_say(p, "<p class=\"dim\">Matches in each %s, at most %s</p>\n", timeline_width_name(t),
	         text_count(count, most));
	page_say(p,
	         "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"matches in each %s: at "
	         "most %lu\">\n",
	         WIDTH, HEIGHT, timeline_width_name(t), most);
	for (size_t i = 0; i < t->len; i++) {
		if (!t->counts[i])
			continue;
		double height = (double)t->counts[i] / (double)most * HEIGHT;
		height = height < 2 ? 2 : height;
		page_say(
		    p,
		    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s: %s</title></rect>\n",
		    (double)i * step, HEIGHT - height, step > 2 ? step - 1 : step, height,
		    clock_local(time, sizeof(time), slot_ns(w, i)), text_count(count, t->counts[i]));
	}
	page_say(p, "</svg>\n<p class=\"dim ends\">");
	html_time(p, w->started_ns);
	page_say(p, " ");
	html_time(p, slot_ns(w, t->len));
	page_say(p, "</p>\n");
}

static void say_table(struct page *p, const struct report_watch *w) {
	const struct timeline *t = w->timeline;
	page_say(p, "<details>\n<summary>as a table</summary>\n<table>\n<thead><tr><th scope=\"col\">From</th>"
	            "<th scope=\"col\" class=\"n\">Matches</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < t->len; i++) {
		if (!t->counts[i])
			continue;
		page_say(p, "<tr><th scope=\"row\">");
		html_time(p, slot_ns(w, i));
		page_say(p, "</th>");
		html_cell_count(p, t->counts[i]);
		page_say(p, "</tr>\n");
	}
	page_say(p, "</tbody>\n</table>\n</details>\n");
}

void html_timeline(struct page *p, const struct report_watch *w) {
	page_say(p, "<section aria-labelledby=\"when\">\n<h2 id=\"when\">When</h2>\n");
	if (highest(w->timeline)) {
		html_timeline_bars(p, w);
		say_table(p, w);
	} else {
		page_say(p, "<p>No match at any time.</p>\n");
	}
	page_say(p, "</section>\n");
}
