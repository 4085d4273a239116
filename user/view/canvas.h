/* SPDX-License-Identifier: MIT */
/*
 * A page of text for a terminal: lines of pieces in inks of meaning, cut to the columns that there are. Knows nothing
 * of a terminal, so that what is shown can be tested as text. Widths are of the locale's characters. One thread.
 */
#ifndef VIEW_CANVAS_H
#define VIEW_CANVAS_H

#include "base/buf.h"

enum canvas_ink {
	CANVAS_PLAIN,
	CANVAS_DIM,
	CANVAS_BOLD,
	CANVAS_GOOD,
	CANVAS_WARN,
	CANVAS_BAD,
	CANVAS_HEAD,
	CANVAS_SELECTED,
};

#define CANVAS_PIECES_MAX 24

struct canvas_piece {
	size_t start, len; /* bytes of the line's text */
	enum canvas_ink ink;
};

struct canvas_line {
	struct buf text;
	int width; /* columns used */
	struct canvas_piece pieces[CANVAS_PIECES_MAX];
	size_t pieces_len;
};

struct canvas {
	int rows, cols;
	struct canvas_line *lines;
	int error; /* -ENOMEM: something is missing */
};

int canvas_init(struct canvas *ret, int rows, int cols); /* 0 or -ENOMEM */
void canvas_release(struct canvas *c);
/*
 * Appends a piece to the line: any bytes, made fit for a terminal, cut to the line's end. Rows outside are ignored.
 * With a width it takes that many columns: cut with "…", padded, to the right if the width is negative.
 */
void canvas_put(struct canvas *c, int row, enum canvas_ink ink, int width, const char *text);
/* Same for a path: of one that is too long the end is shown. */
void canvas_put_path(struct canvas *c, int row, enum canvas_ink ink, int width, const char *text);
void canvas_printf(struct canvas *c, int row, enum canvas_ink ink, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Pads the line to its end in that ink, and gives all of it that ink. */
void canvas_fill(struct canvas *c, int row, enum canvas_ink ink);

#endif
