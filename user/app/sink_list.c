/* SPDX-License-Identifier: MIT */
#include "app/sink_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sink_list {
	struct capture *capture;
	struct sink_use *items;
	size_t len, cap;
	int error;
};

static struct sink_use *append(struct sink_list *list) {
	if (list->len == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 64;
		struct sink_use *items = reallocarray(list->items, cap, sizeof(*items));
		if (!items) {
			list->error = -ENOMEM;
			return NULL;
		}
		list->items = items;
		list->cap = cap;
	}
	return &list->items[list->len++];
}

static void add(struct sink_list *list, const struct sink *s, const struct capture_totals *totals) {
	struct sink_use *use = append(list);
	if (use)
		*use =
		    (struct sink_use){.sink = s, .is_counted = totals, .totals = totals ? *totals : (struct capture_totals){0}};
}

static void add_sink(void *arg, struct sink *s) {
	struct sink_list *list = arg;
	struct capture_totals totals;
	bool counted = !capture_sink_totals(list->capture, s, &totals);
	add(list, s, counted ? &totals : NULL);
}

static int rank(const struct sink_use *use) {
	return !use->sink || use->sink->is_log ? 0 : use->sink->second_hop ? 1 : 2;
}

static int compare(const void *a, const void *b) {
	const struct sink_use *x = a, *y = b;
	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	uint64_t bytes_x = x->totals.seen_bytes, bytes_y = y->totals.seen_bytes;
	if (bytes_x != bytes_y)
		return bytes_x > bytes_y ? -1 : 1;
	return x->sink && y->sink ? strcmp(x->sink->name, y->sink->name) : !x->sink - !y->sink;
}

/* Logs and second hops alike would be mixed up: only logs are counted in the sum. */
static void add_rest(struct capture_totals *past, const struct sink_list *list, size_t max) {
	for (size_t i = max; i < list->len; i++)
		if (list->items[i].sink->is_log)
			capture_totals_add(past, &list->items[i].totals);
}

int sink_list_take(struct capture *c, size_t max, struct sink_use **ret, size_t *ret_len) {
	struct sink_list list = {.capture = c};
	struct capture_totals past;
	capture_each_sink(c, add_sink, &list);
	capture_past_totals(c, &past);
	if (list.len)
		qsort(list.items, list.len, sizeof(*list.items), compare);
	add_rest(&past, &list, max);
	list.len = list.len < max ? list.len : max;
	if (past.seen_writes)
		add(&list, NULL, &past);
	if (list.error) {
		free(list.items);
		return list.error;
	}
	*ret = list.items;
	*ret_len = list.len;
	return 0;
}
