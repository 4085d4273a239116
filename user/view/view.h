/* SPDX-License-Identifier: MIT */
/*
 * What a person sees of a watch on a terminal, and what keys do to it: snapshots and keys in, a canvas out. Knows
 * nothing of a terminal. One thread.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "view/table.h"

#include <stdbool.h>

#define VIEW_FILTER_SIZE 64

enum view_key {
	VIEW_KEY_UP = 0x10000, /* others are characters as typed */
	VIEW_KEY_DOWN,
	VIEW_KEY_LEFT,
	VIEW_KEY_RIGHT,
	VIEW_KEY_PAGE_UP,
	VIEW_KEY_PAGE_DOWN,
	VIEW_KEY_HOME,
	VIEW_KEY_END,
	VIEW_KEY_ENTER,
	VIEW_KEY_BACKSPACE,
	VIEW_KEY_ESCAPE,
};

/* Where one stands in a table. */
struct view_place {
	size_t row;    /* among those that the filter lets through */
	size_t column; /* by which it is sorted */
	bool descending;
};

struct view {
	struct snapshot *now; /* what is shown; held. NULL: nothing yet */
	double bytes_per_s, writes_per_s;
	unsigned tab;
	struct view_place places[VIEW_TABS];
	char filter[VIEW_FILTER_SIZE];
	bool typing; /* the filter */
	bool details, help, paused, ended;
	size_t scroll; /* of the details */
	char *trouble; /* why what is shown is not kept up; NULL: it is */
};

void view_init(struct view *v);
void view_release(struct view *v);
/* Takes over the caller's hold. While paused, what is shown stays. */
void view_update(struct view *v, struct snapshot *s);
/* Takes over the text; NULL: none. */
void view_set_trouble(struct view *v, char *trouble);
/* Which findings it shows, for a source that has more than it can tell; borrows from the view. */
void view_query(const struct view *v, struct finding_query *ret);
/* false: the key asks for the end. */
bool view_key(struct view *v, int key);
/* The whole page; canvas_release() it. 0 or -ENOMEM. */
int view_draw(const struct view *v, int rows, int cols, struct canvas *ret);

#endif
