/* SPDX-License-Identifier: MIT */
#include "view/canvas.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ELLIPSIS "…"

int canvas_init(struct canvas *ret, int rows, int cols) {
	struct canvas_line *lines = calloc((size_t)rows, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	*ret = (struct canvas){.rows = rows, .cols = cols, .lines = lines};
	return 0;
}

void canvas_release(struct canvas *c) {
	for (int i = 0; i < c->rows; i++)
		buf_release(&c->lines[i].text);
	free(c->lines);
	*c = (struct canvas){0};
}

/* Columns of the character at s, and its bytes; one that the locale does not know takes one column. */
static int character(const char *s, size_t *ret_len) {
	wchar_t wide;
	mbstate_t state = {0};
	size_t len = mbrtowc(&wide, s, MB_CUR_MAX, &state);
	bool bad = len == (size_t)-1 || len == (size_t)-2 || !len;
	*ret_len = bad ? 1 : len;
	int width = bad ? 1 : wcwidth(wide);
	return width < 0 ? 1 : width;
}

static int width_of(const char *s) {
	int width = 0;
	for (size_t len; *s; s += len)
		width += character(s, &len);
	return width;
}

/* Bytes of the longest beginning of at most that many columns, which *ret_width tells. */
static size_t prefix(const char *s, int max, int *ret_width) {
	size_t at = 0, len;
	*ret_width = 0;
	while (s[at]) {
		int width = character(s + at, &len);
		if (*ret_width + width > max)
			break;
		*ret_width += width;
		at += len;
	}
	return at;
}

static void append(struct canvas *c, struct canvas_line *line, const char *text, size_t len) {
	if (buf_append(&line->text, text, len))
		c->error = -ENOMEM;
}

static void append_spaces(struct canvas *c, struct canvas_line *line, int n) {
	for (int i = 0; i < n; i++)
		append(c, line, " ", 1);
}

/* The end of the text that takes at most that many columns. */
static const char *suffix(const char *text, int max, int *ret_width) {
	size_t len;
	*ret_width = width_of(text);
	while (*ret_width > max) {
		*ret_width -= character(text, &len);
		text += len;
	}
	return text;
}

/* text is fit for a terminal already, and too long. */
static int put_cut(struct canvas *c, struct canvas_line *line, int columns, bool keep_end, const char *text) {
	int used = 0;
	if (keep_end) {
		const char *end = suffix(text, columns - 1, &used);
		append(c, line, ELLIPSIS, strlen(ELLIPSIS));
		append(c, line, end, strlen(end));
	} else {
		append(c, line, text, prefix(text, columns - 1, &used));
		append(c, line, ELLIPSIS, strlen(ELLIPSIS));
	}
	return used + 1;
}

static void put(struct canvas *c, struct canvas_line *line, int width, bool keep_end, const char *text) {
	int room = c->cols - line->width, whole = width_of(text), wanted = width ? abs(width) : whole;
	int columns = wanted < room ? wanted : room;
	append_spaces(c, line, width < 0 && whole < columns ? columns - whole : 0);
	int used = whole;
	if (whole > columns)
		used = put_cut(c, line, columns, keep_end, text);
	else
		append(c, line, text, strlen(text));
	append_spaces(c, line, width < 0 && whole < columns ? 0 : columns - used);
	line->width += columns;
}

static void put_piece(struct canvas *c, int row, enum canvas_ink ink, int width, bool keep_end, const char *text) {
	struct canvas_line *line = row >= 0 && row < c->rows ? &c->lines[row] : NULL;
	if (!line || line->width >= c->cols || line->pieces_len == CANVAS_PIECES_MAX)
		return;
	_cleanup_free_ char *visible = text_visible(text, strlen(text));
	if (!visible) {
		c->error = -ENOMEM;
		return;
	}
	size_t start = line->text.len;
	put(c, line, width, keep_end, visible);
	line->pieces[line->pieces_len++] = (struct canvas_piece){start, line->text.len - start, ink};
}

void canvas_put(struct canvas *c, int row, enum canvas_ink ink, int width, const char *text) {
	put_piece(c, row, ink, width, false, text);
}

void canvas_put_path(struct canvas *c, int row, enum canvas_ink ink, int width, const char *text) {
	put_piece(c, row, ink, width, true, text);
}

void canvas_printf(struct canvas *c, int row, enum canvas_ink ink, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	_cleanup_free_ char *text = text_vformat(fmt, args);
	va_end(args);
	if (text)
		canvas_put(c, row, ink, 0, text);
	else
		c->error = -ENOMEM;
}

void canvas_fill(struct canvas *c, int row, enum canvas_ink ink) {
	if (row < 0 || row >= c->rows)
		return;
	struct canvas_line *line = &c->lines[row];
	append_spaces(c, line, c->cols - line->width);
	line->width = c->cols;
	line->pieces[0] = (struct canvas_piece){0, line->text.len, ink};
	line->pieces_len = 1;
}
