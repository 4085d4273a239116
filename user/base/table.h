/* SPDX-License-Identifier: MIT */
/*
 * Finds objects by key: open addressing over pointers that the owner keeps. Nothing is allocated but the array of
 * slots, and that only when it grows. One thread.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	void **slots;
	size_t cap, used; /* used counts removed ones too */
	size_t len;
	void *last; /* found: who asks for one often asks for it again */
	uint64_t (*hash)(const void *item);
	bool (*same)(const void *a, const void *b);
};

uint64_t table_mix(uint64_t h); /* spreads a number over 64 bits */

/* like: an item of which only the key is set. */
void *table_find(struct table *t, const void *like);
int table_add(struct table *t, void *item); /* 0 or -ENOMEM; the key must not be there yet */
void table_remove(struct table *t, const void *item);
/* The next item from *at on, which starts at 0; NULL at the end. */
void *table_next(const struct table *t, size_t *at);
void table_release(struct table *t); /* not the items */

#endif
