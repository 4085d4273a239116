/* SPDX-License-Identifier: MIT */
#include "app/outputs.h"

#include "app/screen.h"
#include "base/cleanup.h"

#include <string.h>

static const struct emit_format *text(void) {
	return emit_format_find("text");
}

/* -f, or what the file's name ends with, or otherwise. */
static const struct emit_format *file_format(const struct output_options *o) {
	const char *dot = strrchr(o->path, '.');
	const struct emit_format *by_name = dot ? emit_format_find(dot + 1) : NULL;
	return o->format ? o->format : by_name ? by_name : text();
}

static void add(struct outputs *outputs, const struct emit_format *format, const char *path, int fd, bool color) {
	outputs->items[outputs->len++] = (struct pipeline_output){format, path, fd, color};
}

void outputs_for_watch(struct outputs *ret, const struct output_options *o) {
	*ret = (struct outputs){0};
	if (o->path) {
		add(ret, file_format(o), o->path, -1, o->color == COLOR_ALWAYS);
	} else {
		const struct emit_format *format = o->format ? o->format : isatty(1) ? text() : emit_format_find("jsonl");
		add(ret, format, NULL, 1, options_color(o, 1));
	}
	ret->words_after = !o->quiet && (o->path || ret->items[0].format != text());
}

bool outputs_want_screen(const struct output_options *o) {
	return !o->path && !o->format && screen_is_possible();
}

void outputs_for_run(struct outputs *ret, const struct output_options *o) {
	*ret = (struct outputs){0};
	if (o->path)
		add(ret, file_format(o), o->path, -1, o->color == COLOR_ALWAYS);
	if (!o->path && o->format)
		add(ret, o->format, NULL, 2, options_color(o, 2));
	else if (!o->quiet)
		add(ret, text(), NULL, 2, options_color(o, 2));
}

void outputs_say_summary(const struct outputs *outputs, const struct summary *s, const struct output_options *o) {
	if (!outputs->words_after)
		return;
	const struct emit_context context = {.color = options_color(o, 2)};
	_cleanup_free_ char *words = text()->summary(s, &context);
	if (words)
		fputs(words, stderr);
}
