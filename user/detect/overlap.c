/* SPDX-License-Identifier: MIT */
#include "detect/detector.h"

#include <stdlib.h>

static int compare_starts(const void *a, const void *b) {
	const struct match *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return (int)x->rule - y->rule;
}

#define FEW 8

static void sort_by_start(struct match *m, size_t len) {
	if (len > FEW) {
		qsort(m, len, sizeof(*m), compare_starts);
		return;
	}
	for (size_t i = 1; i < len; i++) {
		struct match one = m[i];
		size_t k = i;

		for (; k && compare_starts(&m[k - 1], &one) > 0; k--)
			m[k] = m[k - 1];
		m[k] = one;
	}
}

static bool contains(const struct match *a, const struct match *b) {
	return a->start <= b->start && b->end <= a->end && a->end - a->start > b->end - b->start;
}

/* Is a the better of two? Watch list, precedence, class, what holds the other as a part, confidence, length, order of
 * rules. */
static bool is_better(const struct match *a, const struct match *b, const struct rules *rules) {
	/* Behind the rules stands the watch list: the user has named that very value. */
	bool a_named = a->rule >= rules->len, b_named = b->rule >= rules->len;

	if (a_named != b_named)
		return a_named;
	if (!a_named && rules->items[a->rule].precedence != rules->items[b->rule].precedence)
		return rules->items[a->rule].precedence > rules->items[b->rule].precedence;
	if ((a->class == CHECK_REAL) != (b->class == CHECK_REAL))
		return a->class == CHECK_REAL;
	if (contains(a, b) || contains(b, a))
		return contains(a, b);
	if (a->confidence != b->confidence)
		return a->confidence > b->confidence;
	if (a->end - a->start != b->end - b->start)
		return a->end - a->start > b->end - b->start;
	return a->rule < b->rule;
}

static bool overlaps(const struct match *a, const struct match *b) {
	return a->start < b->end && b->start < a->end;
}

/* Of a run in which each overlaps the next: the best, then the best of what that leaves, and so on. */
static void resolve_run(struct match *m, size_t len, const struct rules *rules) {
	for (;;) {
		struct match *best = NULL;

		for (size_t i = 0; i < len; i++)
			if (m[i].state == MATCH_OPEN && (!best || is_better(&m[i], best, rules)))
				best = &m[i];
		if (!best)
			return;
		for (size_t i = 0; i < len; i++)
			if (m[i].state == MATCH_OPEN && overlaps(&m[i], best))
				m[i].state = MATCH_DROPPED;
		best->state = MATCH_KEPT;
	}
}

size_t overlap_resolve(struct match *m, size_t len, const struct rules *rules) {
	size_t kept = 0;

	sort_by_start(m, len);
	for (size_t i = 0; i < len;) {
		size_t n = 1, end = m[i].end;

		for (; i + n < len && m[i + n].start < end; n++)
			end = m[i + n].end > end ? m[i + n].end : end;
		if (n > 1)
			resolve_run(m + i, n, rules);
		for (size_t k = i; k < i + n; k++)
			if (m[k].state != MATCH_DROPPED)
				m[kept++] = m[k];
		i += n;
	}
	return kept;
}
