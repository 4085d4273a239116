/* SPDX-License-Identifier: MIT */
/* The tables of a view: each turns a snapshot into rows of cells. One thread. */
#ifndef VIEW_TABLE_H
#define VIEW_TABLE_H

#include "emit/finding_list.h"
#include "view/canvas.h"

#define VIEW_COLUMNS_MAX 8

struct view_column {
	const char *title;
	int width;                /* columns; negative: numbers, to the right. 0: what is left */
	int from_cols;            /* left out where the terminal has fewer columns */
	bool path;                /* its end tells more */
	bool large_first;         /* what one wants to see first when sorted by it */
	enum finding_order order; /* of findings: the same for whoever lists them for us */
};

struct view_cell {
	char *text;
	double number; /* to sort by, in columns of numbers */
	enum canvas_ink ink;
};

struct view_row {
	struct view_cell cells[VIEW_COLUMNS_MAX];
	size_t index; /* of what it shows, in the snapshot */
};

struct view_tab {
	const char *title, *empty; /* empty: what is said when there is no row */
	struct view_column columns[VIEW_COLUMNS_MAX];
	size_t columns_len, sorted_by; /* at first */
	size_t (*count)(const struct snapshot *s);
	void (*fill)(struct view_row *row, const struct snapshot *s, size_t i); /* cells' texts: malloc'ed, or NULL */
	/* Does it hold the text, in any case? NULL: its cells tell. */
	bool (*holds)(const struct snapshot *s, size_t i, const char *text);
	/* What the details of a row are, a line each from `row` on; their number. */
	int (*details)(struct canvas *c, const struct snapshot *s, size_t i, int row);
};

/* Owns its cells. */
struct view_table {
	const struct view_tab *tab;
	struct view_row *rows;
	size_t len;
};

enum { VIEW_FINDINGS, VIEW_TARGETS, VIEW_SINKS, VIEW_BLIND, VIEW_TABS };
extern const struct view_tab view_tabs[VIEW_TABS];

/* The rows that hold the filter's text (any case), sorted. 0 or -ENOMEM. */
int view_table_make(struct view_table *ret, const struct view_tab *tab, const struct snapshot *s, const char *filter,
                    size_t column, bool descending);
void view_table_release(struct view_table *t);

enum canvas_ink view_severity_ink(enum rule_severity s);
/* The details of a finding. */
int view_finding_details(struct canvas *c, const struct snapshot *s, size_t i, int row);
/* Text in lines of the canvas's width, from row on, with so many spaces before; the number of lines. */
int view_wrap(struct canvas *c, int row, int indent, enum canvas_ink ink, const char *text);

#endif
