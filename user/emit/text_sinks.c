/* SPDX-License-Identifier: MIT */
/* The table of sinks: where was written to, and why it is a log or not. */
#include "emit/color.h"
#include "emit/format.h"

#include <string.h>

#define REASON_WIDTH_MAX 72

static const char *log_word(const struct sink_use *use) {
	return !use->sink || use->sink->is_log ? "yes" : use->sink->second_hop ? "again" : "no";
}

static const char *reason(const struct sink_use *use) {
	return use->sink ? use->sink->reason : "long unused, no longer remembered one by one";
}

static int append_amounts(struct buf *out, const struct sink_use *use) {
	if (!use->is_counted)
		return buf_printf(out, "%12s %10s  ", "-", "-");
	return buf_printf(out, "%12lu %10lu  ", use->totals.seen_bytes, use->totals.seen_writes);
}

/* The path comes last as it may be long. */
static int append_row(struct buf *out, const struct sink_use *use, size_t reason_width) {
	const struct sink *s = use->sink;
	int r = text_append_cell(out, log_word(use), strlen("again"));
	if (!r)
		r = text_append_cell(out, s ? sink_kind_name(s->kind) : "-", strlen("journal"));
	if (!r)
		r = append_amounts(out, use);
	if (!r)
		r = text_append_cell(out, reason(use), reason_width);
	if (!r && strlen(reason(use)) > reason_width)
		r = buf_append(out, "  ", 2);
	if (!r)
		r = text_append_visible(out, s ? s->name : "(many)");
	if (!r && s && s->host_path)
		r = buf_append(out, ", on the host ", strlen(", on the host "));
	if (!r && s && s->host_path)
		r = text_append_visible(out, s->host_path);
	return r ? r : buf_append(out, "\n", 1);
}

int text_append_sinks(struct buf *out, const struct summary *s, bool color) {
	size_t width = strlen("WHY");
	if (!s->sinks_len)
		return 0;
	for (size_t i = 0; i < s->sinks_len; i++) {
		size_t len = strlen(reason(&s->sinks[i]));
		width = len > width && len <= REASON_WIDTH_MAX ? len : width;
	}
	int r = buf_printf(out, "\n%s%-5s  %-7s  %12s %10s  %-*s  SINK%s\n", color_bold(color), "LOG", "KIND", "BYTES",
	                   "WRITES", (int)width, "WHY", color_off(color));
	for (size_t i = 0; i < s->sinks_len && !r; i++)
		r = append_row(out, &s->sinks[i], width);
	return r;
}
