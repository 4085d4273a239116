/* SPDX-License-Identifier: MIT */
#include "app/sink_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int rank(const struct sink_use *use) {
	return use->sink->is_log ? 0 : use->sink->second_hop ? 1 : 2;
}

static int compare(const void *a, const void *b) {
	const struct sink_use *x = a, *y = b;
	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	uint64_t bytes_x = x->totals.seen_bytes, bytes_y = y->totals.seen_bytes;
	if (bytes_x != bytes_y)
		return bytes_x > bytes_y ? -1 : 1;
	return strcmp(x->sink->name, y->sink->name);
}

/* Logs and second hops alike would be mixed up: only logs are counted in the sum. */
static void leave_out(struct sink_list *list, const struct sink_use *use) {
	if (use->sink->is_log)
		capture_totals_add(&list->past, &use->totals);
}

static void sort_and_cut(struct sink_list *list) {
	if (list->len)
		qsort(list->items, list->len, sizeof(*list->items), compare);
	for (; list->len > list->max; list->len--)
		leave_out(list, &list->items[list->len - 1]);
	list->is_cut = list->len == list->max;
}

static int append(struct sink_list *list, const struct sink_use *use) {
	if (list->len == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 64;
		struct sink_use *items = reallocarray(list->items, cap, sizeof(*items));
		if (!items)
			return -ENOMEM;
		list->items = items;
		list->cap = cap;
	}
	list->items[list->len++] = *use;
	return 0;
}

/* Most of very many are left out at once, behind the last of those that stood there at the last cut. */
void sink_list_add(struct sink_list *list, const struct sink *s, const struct capture_totals *totals) {
	const struct sink_use use = {
	    .sink = s, .is_counted = totals, .totals = totals ? *totals : (struct capture_totals){0}};
	if (list->is_cut && (!list->max || compare(&use, &list->items[list->max - 1]) > 0)) {
		leave_out(list, &use);
		return;
	}
	if (!list->error)
		list->error = append(list, &use);
	if (list->len / 2 >= list->max)
		sort_and_cut(list);
}

int sink_list_end(struct sink_list *list, struct sink_use **ret, size_t *ret_len) {
	const struct sink_use rest = {.is_counted = true};
	sort_and_cut(list);
	if (!list->error && list->past.seen_writes) {
		list->error = append(list, &rest);
		if (!list->error)
			list->items[list->len - 1].totals = list->past;
	}
	if (list->error) {
		free(list->items);
		return list->error;
	}
	*ret = list->items;
	*ret_len = list->len;
	return 0;
}

struct asked {
	struct capture *capture;
	struct sink_list list;
};

static void add_sink(void *arg, struct sink *s) {
	struct asked *asked = arg;
	struct capture_totals totals;
	bool counted = !capture_sink_totals(asked->capture, s, &totals);
	sink_list_add(&asked->list, s, counted ? &totals : NULL);
}

int sink_list_take(struct capture *c, size_t max, struct sink_use **ret, size_t *ret_len) {
	struct asked asked = {.capture = c, .list.max = max};
	capture_past_totals(c, &asked.list.past);
	capture_each_sink(c, add_sink, &asked);
	return sink_list_end(&asked.list, ret, ret_len);
}
