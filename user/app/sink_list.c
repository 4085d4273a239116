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
	if (!use)
		return;
	*use = (struct sink_use){.sink = s, .is_counted = totals};
	if (!totals)
		return;
	use->bytes = totals->seen_bytes;
	use->writes = totals->seen_writes;
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++)
		use->lost_bytes += totals->lost[i].bytes;
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

/* Logs first, then second hops, then the rest; of each the most written first. */
static int compare(const void *a, const void *b) {
	const struct sink_use *x = a, *y = b;
	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->sink && y->sink ? strcmp(x->sink->name, y->sink->name) : !x->sink - !y->sink;
}

int sink_list_fill(struct capture *c, struct summary *s) {
	struct sink_list list = {.capture = c};
	struct capture_totals past;
	capture_each_sink(c, add_sink, &list);
	capture_past_totals(c, &past);
	if (past.seen_writes)
		add(&list, NULL, &past);
	if (list.error) {
		free(list.items);
		return list.error;
	}
	if (list.len)
		qsort(list.items, list.len, sizeof(*list.items), compare);
	s->sinks = list.items;
	s->sinks_len = list.len;
	return 0;
}
