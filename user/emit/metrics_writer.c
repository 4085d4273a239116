/* SPDX-License-Identifier: MIT */
#include "emit/metrics_writer.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static void put(struct metrics_writer *w, const char *text) {
	if (!w->error)
		w->error = buf_append(w->out, text, strlen(text));
}

void metrics_family(struct metrics_writer *w, const char *name, enum metric_type type, const char *help) {
	static const char *const types[] = {"counter", "gauge", "histogram"};
	/* In OpenMetrics a family of counters has the name without the end that its samples have. */
	const char *end = type == METRIC_COUNTER && !w->open ? "_total" : "";
	w->name = name;
	w->type = type;
	if (!w->error)
		w->error = buf_printf(w->out, "# HELP logspill_%s%s %s\n# TYPE logspill_%s%s %s\n", name, end, help, name, end,
		                      types[type]);
}

/* Made visible first: controls and what is no UTF-8 stand there as \xNN. */
static void put_value(struct metrics_writer *w, const char *value) {
	_cleanup_free_ char *visible = text_visible(value, strlen(value));
	if (!visible) {
		w->error = w->error ? w->error : -ENOMEM;
		return;
	}
	for (const char *c = visible; *c; c++) {
		const char one[] = {*c, 0};
		if (*c == '\\' || *c == '"')
			put(w, "\\");
		put(w, one);
	}
}

static void put_name(struct metrics_writer *w, const char *suffix, const struct metric_label *labels) {
	put(w, "logspill_");
	put(w, w->name);
	put(w, suffix);
	for (const struct metric_label *l = labels; l->name; l++) {
		put(w, l == labels ? "{" : ",");
		put(w, l->name);
		put(w, "=\"");
		put_value(w, l->value);
		put(w, "\"");
	}
	put(w, labels->name ? "} " : " ");
}

static const char *end_of(const struct metrics_writer *w) {
	return w->type == METRIC_COUNTER ? "_total" : "";
}

void metrics_sample(struct metrics_writer *w, const struct metric_label *labels, uint64_t value) {
	put_name(w, end_of(w), labels);
	if (!w->error)
		w->error = buf_printf(w->out, "%lu\n", value);
}

void metrics_part(struct metrics_writer *w, const char *suffix, const struct metric_label *labels, double value) {
	put_name(w, suffix, labels);
	if (!w->error)
		w->error = buf_printf(w->out, "%.15g\n", value);
}

void metrics_sample_real(struct metrics_writer *w, const struct metric_label *labels, double value) {
	metrics_part(w, end_of(w), labels, value);
}

void metrics_end(struct metrics_writer *w) {
	if (w->open)
		put(w, "# EOF\n");
}
