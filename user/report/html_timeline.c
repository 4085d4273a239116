/* SPDX-License-Identifier: MIT */
/* When it leaked: bars, and the same as a table. */
#include "report/html_report.h"

#include "base/clock.h"
#include "base/text.h"
#include "report/html.h"

#define WIDTH 960
#define HEIGHT 120
#define LEFT 60 /* of the bars: room for the largest count */
#define TOP 16

static uint64_t highest(const struct timeline *t) {
	uint64_t most = 0;
	for (size_t i = 0; i < t->len; i++)
		most = t->counts[i] > most ? t->counts[i] : most;
	return most;
}

static uint64_t slot_ns(const struct report_watch *w, size_t slot) {
	return w->started_ns + slot * timeline_width_s(w->timeline) * 1000000000;
}

static void say_label(struct page *p, double x, double y, const char *anchor, const char *text) {
	page_say(p, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

void html_timeline_bars(struct page *p, const struct report_watch *w) {
	const struct timeline *t = w->timeline;
	uint64_t most = highest(t);
	char count[TEXT_COUNT_SIZE], time[CLOCK_TEXT_SIZE];
	double step = (double)(WIDTH - LEFT) / (double)(t->len ? t->len : 1);
	page_say(p, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"matches in each %s: at most %lu\">\n", WIDTH,
	         HEIGHT + TOP + 24, timeline_width_name(t), most);
	say_label(p, LEFT - 8, TOP + 4, "end", text_count(count, most));
	say_label(p, LEFT - 8, TOP + HEIGHT, "end", "0");
	page_say(p, "<path class=\"axis\" d=\"M%d %dV%dH%d\" fill=\"none\"/>\n", LEFT, TOP, TOP + HEIGHT, WIDTH);
	for (size_t i = 0; i < t->len; i++) {
		if (!t->counts[i])
			continue;
		double height = (double)t->counts[i] / (double)most * HEIGHT;
		height = height < 2 ? 2 : height;
		page_say(
		    p,
		    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s: %s</title></rect>\n",
		    LEFT + (double)i * step + 0.5, TOP + HEIGHT - height, step > 2 ? step - 1 : step, height,
		    clock_local(time, sizeof(time), slot_ns(w, i)), text_count(count, t->counts[i]));
	}
	say_label(p, LEFT, TOP + HEIGHT + 18, "start", clock_local(time, sizeof(time), w->started_ns));
	say_label(p, WIDTH, TOP + HEIGHT + 18, "end", clock_local(time, sizeof(time), slot_ns(w, t->len)));
	page_say(p, "</svg>\n");
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
		page_say(p, "<p class=\"dim\">Matches in each %s</p>\n", timeline_width_name(w->timeline));
		html_timeline_bars(p, w);
		say_table(p, w);
	} else {
		page_say(p, "<p>No match at any time.</p>\n");
	}
	page_say(p, "</section>\n");
}
