/* SPDX-License-Identifier: MIT */
/* Candidates of one text: from anchors, and from the places that sift_fill() has marked. */
#include "detect/byte.h"
#include "detect/detector.h"

#include <string.h>

static void try_span(struct detector *d, uint16_t rule, size_t at) {
	struct span span;

	if (!d->set->items[rule].span->fn(d->s, d->len, at, &span))
		return;
	confirm(d, &(struct candidate){.rule = rule,
	                               .start = span.start,
	                               .end = span.end,
	                               .bounded = true,
	                               .encoded = span.encoded,
	                               .may_shrink = span.may_shrink});
}

bool confirm_shape(struct detector *d, const struct set_shape *shape, size_t start, size_t len) {
	return confirm(d,
	               &(struct candidate){.rule = shape->rule, .shape = shape->shape, .start = start, .end = start + len});
}

void scan_shape(struct detector *d, const struct set_shape *shape, size_t start) {
	ptrdiff_t n = shape_match(shape->shape, d->s + start, d->len - start);

	if (n > 0)
		confirm_shape(d, shape, start, (size_t)n);
}

void scan_hits(struct detector *d, const struct hit *hits, size_t len) {
	const struct anchors *anchors = &d->set->anchors;

	/* Columns first: they are the context of whatever lies in them. */
	for (size_t i = 0; i < len; i++)
		if (anchors->items[hits[i].anchor].kind == ANCHOR_COLUMNS)
			d->columns_len += key_columns(d->s, d->len, hits[i].end - d->base, &d->columns[d->columns_len],
			                              COLUMNS_MAX - d->columns_len);
	for (size_t i = 0; i < len; i++) {
		const struct anchor *a = &anchors->items[hits[i].anchor];
		size_t end = hits[i].end - d->base;

		if (a->kind == ANCHOR_SPAN)
			try_span(d, a->index, end);
		else if (a->kind == ANCHOR_SHAPE && end >= a->back)
			scan_shape(d, &d->set->shapes[a->index], end - a->back);
	}
	d->counters.anchor_hits += len;
}

static void try_spans(struct detector *d, enum span_source source, size_t at) {
	const struct set_span_rules *rules = &d->set->spans[source];

	for (size_t i = 0; i < rules->len; i++)
		try_span(d, rules->items[i], at);
}

/* Bytes of an at sign as texts and their encodings write it; 0: it is none. */
static size_t sign_len(const char *s, size_t len) {
	if (s[0] == '@')
		return 1;
	if (len > 3 && (s[0] == '%' || s[0] == '='))
		return s[1] == '4' && s[2] == '0' ? 3 : 0;
	return len > 6 && !memcmp(s, "\\u0040", 6) ? 6 : 0;
}

static void try_sign(struct detector *d, size_t at) {
	size_t len = sign_len(d->s + at, d->len - at), behind = at + len;
	char before = at ? d->s[at - 1] : ' ';

	if (!len || behind + 1 >= d->len)
		return;
	if ((byte_is_alnum(d->s[behind]) || byte_is_letter_pair(d->s + behind)) &&
	    (byte_is_word(before) || before == '.' || before == '-' || before == '+' || before == '\'' ||
	     (at >= 2 && byte_is_letter_pair(d->s + at - 2))))
		try_spans(d, SPAN_SIGNS, behind + 1);
}

/* No country code begins with 0; those of one digit are 1 and 7. */
static void try_plus(struct detector *d, size_t at) {
	size_t len = span_plus_len(d->s + at, d->len - at);
	size_t digit = at + len + (at + len < d->len && d->s[at + len] == '(');

	if (!len || digit + 1 >= d->len || d->s[digit] < '1' || d->s[digit] > '9')
		return;
	char next = d->s[digit + 1];
	if (byte_is_digit(next) ||
	    ((d->s[digit] == '1' || d->s[digit] == '7') &&
	     (next == ' ' || next == '.' || next == '(' || next == '-' || next == '%' || next == '+')))
		try_spans(d, SPAN_PLUSES, digit + 2);
}

/* Two colons side by side, or seven within the length of an address: clock times have two. */
static inline __attribute__((always_inline)) bool colons_may(const struct masks *m, size_t at) {
	uint64_t colon = mask_at(m->colon, at);

	return ((colon & 3) == 3) | (__builtin_popcountll(colon & 0xfffffffffull) >= 7);
}

/* A place where a span function may be called; most texts have none. */
static void scan_span(struct detector *d, size_t at) {
	const struct masks *m = &d->masks;
	size_t w = (d->base + at) >> 6;
	uint64_t bit = 1ull << ((d->base + at) & 63);

	if (m->signs[w] & bit)
		try_sign(d, at);
	if (m->pluses[w] & bit)
		try_plus(d, at);
	if (m->dots[w] & bit)
		try_spans(d, SPAN_DOTS, at);
	if (m->pairs[w] & bit)
		try_spans(d, SPAN_PAIRS, at);
	if (m->colons[w] & bit && colons_may(m, d->base + at))
		try_spans(d, SPAN_COLONS, at);
}

/* Without those that are colons of clock times, in which most texts have some. */
DETECT_NEWER_CPUS static size_t filter_spans(const struct masks *m, uint16_t *at, size_t n) {
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t others = m->spans[at[i] >> 6] & ~(m->colons[at[i] >> 6] & ~m->pairs[at[i] >> 6]);

		at[kept] = at[i];
		kept += (others >> (at[i] & 63) & 1) | colons_may(m, at[i]);
	}
	return kept;
}

void scan_fill(struct detector *d, const char *slab, size_t len) {
	scan_fill_groups(d, slab, len);
	scan_fill_keys(d, slab, len);
	places_fill(&d->spans, d->masks.spans, len);
	d->spans.len = filter_spans(&d->masks, d->spans.at, d->spans.len);
}

/* Those of the text at hand, one after the other. */
static inline __attribute__((always_inline)) void scan_each(struct detector *d, struct places *p,
                                                            void (*scan)(struct detector *d, size_t at)) {
	for (places_seek(p, d->base); p->next < p->len && p->at[p->next] < d->base + d->len; p->next++)
		scan(d, p->at[p->next] - d->base);
}

void scan_places(struct detector *d) {
	if (d->table == &d->set->digits_plain)
		scan_each(d, &d->groups, scan_group);
	else
		scan_all_groups(d);
	scan_each(d, &d->spans, scan_span);
	scan_each(d, &d->keys, scan_key);
	if (d->columns_len)
		scan_columns(d);
}
