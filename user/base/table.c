/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

static char removed;
#define REMOVED ((void *)&removed)

uint64_t table_mix(uint64_t h) {
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static void **find_slot(const struct table *t, const void *like) {
	if (!t->cap)
		return NULL;
	for (size_t i = t->hash(like) & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
		void **slot = &t->slots[i];
		if (!*slot)
			return NULL;
		if (*slot != REMOVED && t->same(*slot, like))
			return slot;
	}
}

static void insert(struct table *t, void *item) {
	size_t i = t->hash(item) & (t->cap - 1);
	while (t->slots[i])
		i = (i + 1) & (t->cap - 1);
	t->slots[i] = item;
	t->used++;
}

/* Also sheds the removed. */
static int rebuild(struct table *t) {
	struct table bigger = *t;
	bigger.cap = 16;
	while (bigger.cap < t->len * 4)
		bigger.cap *= 2;
	bigger.used = 0;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	size_t at = 0;
	for (void *item; (item = table_next(t, &at));)
		insert(&bigger, item);
	free(t->slots);
	*t = bigger;
	return 0;
}

void *table_find(struct table *t, const void *like) {
	if (t->last && t->same(t->last, like))
		return t->last;
	void **slot = find_slot(t, like);
	return slot ? (t->last = *slot) : NULL;
}

int table_add(struct table *t, void *item) {
	if (4 * (t->used + 1) > 3 * t->cap && rebuild(t))
		return -ENOMEM;
	insert(t, item);
	t->len++;
	return 0;
}

void table_remove(struct table *t, const void *item) {
	void **slot = find_slot(t, item);
	if (!slot)
		return;
	if (t->last == *slot)
		t->last = NULL;
	*slot = REMOVED;
	t->len--;
}

void *table_next(const struct table *t, size_t *at) {
	while (*at < t->cap) {
		void *item = t->slots[(*at)++];
		if (item && item != REMOVED)
			return item;
	}
	return NULL;
}

void table_release(struct table *t) {
	free(t->slots);
	t->slots = t->last = NULL;
	t->cap = t->used = t->len = 0;
}
