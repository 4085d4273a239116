/* SPDX-License-Identifier: MIT */
/* The slow way to find what a rule's shapes find: every shape at every byte. */
#ifndef TESTS_RULES_REFERENCE_H
#define TESTS_RULES_REFERENCE_H

#include "base/cleanup.h"
#include "detect/detector.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024
#define FOUND_MAX 256

struct text {
	char s[TEXT_MAX];
	size_t len;
};

/* Where it can end, atom by atom, whatever the way there; the furthest. What a shape means, word by word. */
static ptrdiff_t slow_match(const struct shape *shape, const char *s, size_t len) {
	bool here[TEXT_MAX + 1] = {true}, there[TEXT_MAX + 1];
	ptrdiff_t best = -1;

	for (unsigned i = 0; i < shape->len; i++) {
		memset(there, 0, sizeof(there));
		for (size_t at = 0; at <= len; at++) {
			for (size_t n = 0; here[at] && n <= shape->atoms[i].max; n++) {
				there[at + n] |= n >= shape->atoms[i].min;
				if (at + n == len || !shape_atom_has(&shape->atoms[i], (unsigned char)s[at + n]))
					break;
			}
		}
		memcpy(here, there, sizeof(here));
	}
	for (size_t at = 0; at <= len; at++)
		best = here[at] ? (ptrdiff_t)at : best;
	return best;
}

struct found {
	size_t start, end;
};

struct seen {
	struct found items[FOUND_MAX];
	size_t len;
};

static void note(void *arg, const struct detect_match *m) {
	struct seen *s = arg;

	if (s->len < FOUND_MAX)
		s->items[s->len++] = (struct found){m->start, m->end};
}

static bool is_word(char c) {
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

/* Cut by a group at a time, up to three times, until nothing goes on at its end. */
static size_t slow_end(const struct detector *d, const struct shape *shape, size_t start) {
	ptrdiff_t n = slow_match(shape, d->s + start, d->len - start);

	for (int tries = 0; tries <= 3 && n > 0; tries++) {
		size_t end = start + (size_t)n;

		if (right_is_open(d, end))
			return end;
		while (end > start && is_word(d->s[end - 1]))
			end--;
		while (end > start && !is_word(d->s[end - 1]))
			end--;
		n = end > start ? slow_match(shape, d->s + start, end - start) : -1;
	}
	return 0;
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static size_t run_end(const struct text *t, size_t at) {
	while (at < t->len && is_word(t->s[at]) && t->s[at] != '_')
		at++;
	return at;
}

static bool has_digit(const struct text *t, size_t from, size_t to) {
	while (from < to && !is_digit(t->s[from]))
		from++;
	return from < to;
}

/* Where no anchor finds it, a value has a digit in its first or second group of letters and digits: rules/README.md. */
static bool has_early_digit(const struct text *t, size_t start) {
	while (start < t->len && run_end(t, start) == start)
		start++;
	size_t end = run_end(t, start);

	return has_digit(t, start, end) || (end - start < 16 && has_digit(t, end, run_end(t, end + 1)));
}

static bool is_anchored(const struct shape *shape) {
	_cleanup_free_ char *expression = NULL;
	uint8_t back;

	return anchor_of_shape(shape, &expression, &back);
}

static int compare_starts(const void *a, const void *b) {
	const struct found *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Of values that overlap, the longest; of those the first. */
static void resolve(struct seen *all, struct seen *ret) {
	ret->len = 0;
	for (;;) {
		struct found *best = NULL;

		for (size_t i = 0; i < all->len; i++)
			if (all->items[i].end && (!best || all->items[i].end - all->items[i].start > best->end - best->start))
				best = &all->items[i];
		if (!best)
			break;
		struct found kept = ret->items[ret->len++] = *best;
		for (size_t i = 0; i < all->len; i++)
			if (all->items[i].start < kept.end && kept.start < all->items[i].end)
				all->items[i].end = 0;
	}
	qsort(ret->items, ret->len, sizeof(*ret->items), compare_starts);
}

static void slow_scan(const struct shape *shapes, size_t shapes_len, const struct text *t, size_t from,
                      struct seen *ret) {
	struct detector d = {.s = t->s, .len = t->len};
	struct seen all = {.len = 0};

	for (size_t start = from; start < t->len; start++) {
		if (!left_is_open(&d, start))
			continue;
		for (size_t i = 0; i < shapes_len; i++) {
			size_t end = slow_end(&d, &shapes[i], start);

			if (end && !is_epoch(t->s + start, end - start) && all.len < FOUND_MAX &&
			    (has_early_digit(t, start) || is_anchored(&shapes[i])))
				all.items[all.len++] = (struct found){start, end};
		}
	}
	resolve(&all, ret);
}

#endif
