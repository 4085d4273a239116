/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void add(struct diags *d, const char *file, int line, int col, const char *fmt, va_list ap) {
	struct diag item = {.line = line, .col = col};
	struct diag *items = realloc(d->items, (d->len + 1) * sizeof(*items));
	if (items)
		d->items = items;
	if (vasprintf(&item.text, fmt, ap) < 0)
		item.text = NULL;
	item.file = file ? strdup(file) : NULL;
	if (!items || !item.text || (file && !item.file)) {
		free(item.text);
		free(item.file);
		d->oom = true;
		return;
	}
	items[d->len++] = item;
}

void diags_add(struct diags *d, const char *file, int line, int col, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	add(d, file, line, col, fmt, ap);
	va_end(ap);
}

void diags_say(struct diags *d, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	add(d, NULL, 0, 0, fmt, ap);
	va_end(ap);
}

void diags_move(struct diags *d, struct diags *from) {
	struct diag *items = from->len ? reallocarray(d->items, d->len + from->len, sizeof(*items)) : d->items;
	d->oom |= from->oom;
	if (from->len && items) {
		memcpy(items + d->len, from->items, from->len * sizeof(*items));
		d->items = items;
		d->len += from->len;
		from->len = 0;
	}
	d->oom |= from->len;
	diags_release(from);
}

/* Terminal columns of UTF-8, taking every character as one wide. */
static int width(const char *s) {
	int n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* The source line with a caret below the column. */
static void print_source(const struct diag *item, FILE *out) {
	_cleanup_fclose_ FILE *source = fopen(item->file, "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t len = 0;
	for (int i = 0; source && i < item->line; i++)
		if ((len = getline(&line, &cap, source)) < 0)
			return;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len <= 0 || len > 300)
		return;
	_cleanup_free_ char *shown = text_visible(line, (size_t)len);
	fprintf(out, "  %s\n", shown ? shown : "");
	if (item->col < 1 || item->col > len + 1)
		return;
	_cleanup_free_ char *before = text_visible(line, (size_t)item->col - 1);
	fprintf(out, "  %*s^\n", before ? width(before) : 0, "");
}

void diags_print(const struct diags *d, FILE *out) {
	for (size_t i = 0; i < d->len; i++) {
		const struct diag *item = &d->items[i];
		_cleanup_free_ char *file = item->file ? text_visible(item->file, strlen(item->file)) : NULL;
		if (item->file)
			fprintf(out, "%s:", file ? file : "?");
		if (item->file && item->line)
			fprintf(out, "%d:", item->line);
		if (item->file && item->line && item->col)
			fprintf(out, "%d:", item->col);
		fprintf(out, "%s%s\n", item->file ? " " : "logspill: ", item->text);
		if (item->file && item->line)
			print_source(item, out);
	}
	if (d->oom)
		fprintf(out, "logspill: out of memory: there were more messages than could be kept\n");
}

void diags_release(struct diags *d) {
	for (size_t i = 0; i < d->len; i++) {
		free(d->items[i].file);
		free(d->items[i].text);
	}
	free(d->items);
	*d = (struct diags){0};
}
