/* SPDX-License-Identifier: MIT */
/* Candidates of one text that begin with a group of letters and digits. */
#include "detect/byte.h"
#include "detect/detector.h"

#include <string.h>

#define UUID_LEN 36

/* May a value of the shape, which needs context, match without any? */
static bool needs_none(const struct detector *d, const struct set_shape *shape) {
	return !shape->needs_context || rule_may_stand_alone(d, d->set->items[shape->rule].rule);
}

static bool has_context(struct detector *d, const struct set_shape *shape, size_t start) {
	context_find(d, start);
	return context_of(d, shape->rule);
}

/* Many national numbers are bare digits: those that need a keyword are asked for it before their validator is. */
static void try_shape(struct detector *d, const struct set_shape *shape, size_t start) {
	bool alone = needs_none(d, shape);

	if (!alone && d->context_value == start && !context_of(d, shape->rule))
		return;
	if (shape->prefix_lens == 1) {
		ptrdiff_t n = shape_match(shape->shape, d->s + start, d->len - start);

		if (n > 0 && (alone || has_context(d, shape, start)))
			confirm_shape(d, shape, start, (size_t)n);
		return;
	}
	if (!alone && !has_context(d, shape, start))
		return;
	for (size_t k = DIGIT_PREFIX_MAX + 1; k-- > 0;)
		if (shape->prefix_lens >> k & 1 && start >= k)
			scan_shape(d, shape, start - k);
}

static void try_list(struct detector *d, unsigned list, size_t start, bool in_uuid) {
	const uint16_t *items = d->table->lists + list;
	bool open = left_is_open(d, start);

	d->counters.digit_hits++;
	for (uint16_t i = 1; i <= items[0]; i++) {
		const struct set_shape *shape = &d->set->shapes[items[i]];

		if (shape->needs_context && !context_may_speak(d, shape->rule))
			continue;
		if (shape->prefix_lens == 1 &&
		    (!open || (shape->first_counts && !shape_atom_has(&shape->shape->atoms[0], (unsigned char)d->s[start]))))
			continue;
		if (!in_uuid || shape->max_len >= UUID_LEN)
			try_shape(d, shape, start);
	}
}

/* What of the group at start belongs to an escape before it. */
static size_t escape_len(const struct detector *d, size_t start, size_t len) {
	const char *s = d->s + start;

	if (s[-1] == '\\') {
		if (len > 5 && s[0] == 'u')
			return 5;
		if (len > 3 && s[0] == 'x')
			return 3;
		return len > 1 && strchr("nrtfb", s[0]) ? 1 : 0;
	}
	if (s[-1] == '%')
		return len > 2 && byte_is_hex(s[0]) && byte_is_hex(s[1]) ? 2 : 0;
	if (start >= 2 && s[-2] == '\033') {
		const char *m = memchr(s, 'm', len);

		return m ? (size_t)(m - s) + 1 : 0;
	}
	return 0;
}

/* May the byte before a group belong to an escape, with some of the group? */
static bool may_be_escape(unsigned char before) {
	return before == '\\' || before == '%' || before == '[';
}

static bool is_uuid_at(const struct detector *d, size_t at) {
	static const uint8_t groups[] = {8, 4, 4, 4, 12};

	for (size_t i = 0; i < sizeof(groups); at += groups[i++] + 1u)
		if (at + groups[i] + (i + 1 < sizeof(groups)) > d->len || mask_run(d->masks.alnum, d->base + at) != groups[i] ||
		    (i + 1 < sizeof(groups) && d->s[at + groups[i]] != '-'))
			return false;
	return true;
}

static bool is_in_uuid(const struct detector *d, size_t start, size_t end) {
	static const uint8_t before_group[] = {0, 9, 14, 19, 24};

	if (!(start && d->s[start - 1] == '-') && !(end < d->len && d->s[end] == '-'))
		return false;
	for (size_t i = 0; i < sizeof(before_group) && before_group[i] <= start; i++)
		if (is_uuid_at(d, start - before_group[i]))
			return true;
	return false;
}

/* Class of the byte at `end` of a group, and of what begins behind it. */
static unsigned separator_at(const struct detector *d, size_t end) {
	if (end >= d->len)
		return 0;
	bool letter = end + 1 < d->len && byte_is_alnum(d->s[end + 1]) && !byte_is_digit(d->s[end + 1]);
	return d->table->separator[(unsigned char)d->s[end]] | (letter ? DIGIT_LETTER : 0);
}

/* The lists of shapes for the group [start, end) and what follows it. */
static void try_group(struct detector *d, enum digit_kind kind, size_t start, size_t end) {
	const struct digit_table *t = d->table;
	unsigned len = end - start < DIGIT_LEN_MAX ? end - start : DIGIT_LEN_MAX, separator = separator_at(d, end);
	uint16_t doors = t->doors[kind][len] & (1u << separator | 1);

	if (doors & 1 && kind == DIGIT_MIXED && !digit_may_lead(t, len, d->s + start))
		doors &= ~1u;
	bool in_uuid = doors && is_in_uuid(d, start, end);

	if (doors & ~1u) {
		unsigned next = mask_run(d->masks.alnum, d->base + end + 1);
		unsigned list = t->pair[kind][len][separator][next < DIGIT_NEXT_MAX ? next : DIGIT_NEXT_MAX];

		if (list)
			try_list(d, list, start, in_uuid);
	}
	if (doors & 1 && right_is_open(d, end) &&
	    (!is_epoch(d->s + start, end - start) || context_key_speaks(d, start) ||
	     (len == EPOCH_MS_DIGITS && t == &d->set->digits)))
		try_list(d, t->single[kind][len], start, in_uuid);
}

/* A group of letters before it, as in `AB 12 34 56 C`. */
static void try_letters_before(struct detector *d, size_t start, size_t end) {
	unsigned len = end - start, n;
	uint16_t lens = d->table->after_letters[!byte_is_digit(d->s[start])][(unsigned char)d->s[start - 1]];

	if (!(lens >> (len < DIGIT_NEXT_MAX ? len : DIGIT_NEXT_MAX) & 1))
		return;
	n = mask_run_back(d->masks.alnum, d->base + start - 1);
	if (n && n < 16 && !(mask_at(d->masks.digit, d->base + start - 1 - n) & ((1u << n) - 1)))
		try_group(d, DIGIT_NONE, start - 1 - n, start - 1);
}

void scan_group(struct detector *d, size_t first) {
	size_t back = mask_run_back(d->masks.alnum, d->base + first), start = first - back;
	size_t end = first, run;

	do
		end += run = mask_run(d->masks.alnum, d->base + end);
	while (run == 64);
	/* Longer than any shape: its first byte is out of sight, and a digest anyway. */
	if (back >= 64)
		return;
	if (start && may_be_escape(d->s[start - 1]))
		start += escape_len(d, start, end - start);
	else if (start)
		try_letters_before(d, start, end);
	if (start < end)
		try_group(d, mask_run(d->masks.digit, d->base + start) >= end - start ? DIGIT_ONLY : DIGIT_MIXED, start, end);
}

/*
 * Most groups are turned away here: no shape begins with such a length, such a separator and such a length behind it.
 * alnum, digit: masks from the group on; s: the group, whose text goes on for len bytes, and begins before it if
 * `inner`.
 */
static inline __attribute__((always_inline)) bool
group_may_begin(const struct digit_table *t, uint64_t alnum, uint64_t digit, const char *s, size_t len, bool inner) {
	uint64_t group = (alnum ^ (alnum + 1)) >> 1;
	unsigned n = __builtin_ctzll(~group), capped = n < DIGIT_LEN_MAX ? n : DIGIT_LEN_MAX;
	enum digit_kind kind = group & ~digit ? DIGIT_MIXED : DIGIT_ONLY;
	uint64_t behind = alnum >> 1 >> n;
	unsigned letter = behind & ~(digit >> 1 >> n) & 1 ? DIGIT_LETTER : 0;
	unsigned separator = n < len ? t->separator[(unsigned char)s[n]] | letter : 0;
	uint16_t doors = t->doors[kind][capped];

	if (doors & 1 && (kind == DIGIT_ONLY || digit_may_lead(t, capped, s)))
		return true;
	if (doors >> separator & 1) {
		unsigned next = __builtin_ctzll(~behind);

		if (n + next >= 60 || t->pair[kind][capped][separator][next < DIGIT_NEXT_MAX ? next : DIGIT_NEXT_MAX])
			return true;
	}
	if (!inner)
		return false;
	unsigned char previous = s[-1];
	return may_be_escape(previous) ||
	       t->after_letters[~digit & 1][previous] >> (n < DIGIT_NEXT_MAX ? n : DIGIT_NEXT_MAX) & 1;
}

/* The same of the group whose first digit is at `at` in the slab. */
static inline __attribute__((always_inline)) bool may_begin_at(const struct masks *m, const struct digit_table *t,
                                                               const char *slab, size_t at, size_t lo, size_t hi) {
	size_t start = at - mask_run_back(m->alnum, at);

	return group_may_begin(t, mask_at(m->alnum, start), mask_at(m->digit, start), slab + start, hi - start, start > lo);
}

DETECT_NEWER_CPUS static size_t filter_groups(const struct masks *m, const struct digit_table *t, const char *slab,
                                              size_t len, uint16_t *at, size_t n) {
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		at[kept] = at[i];
		kept += may_begin_at(m, t, slab, at[i], 0, len);
	}
	return kept;
}

void scan_fill_groups(struct detector *d, const char *slab, size_t len) {
	places_fill(&d->groups, d->masks.plain, len);
	d->groups.len = filter_groups(&d->masks, &d->set->digits_plain, slab, len, d->groups.at, d->groups.len);
}

/* May a shape of a rule that is spoken for begin with the group whose first digit is at `at` in the slab? */
static inline __attribute__((always_inline)) bool spoken_may_begin_at(const struct detector *d, size_t at) {
	const struct masks *m = &d->masks;
	size_t start = at - mask_run_back(m->alnum, at);
	unsigned n = mask_run(m->alnum, start);
	bool mixed = mask_run(m->digit, start) < n;

	return d->spoken_lens[mixed ? DIGIT_MIXED : DIGIT_ONLY] >> (n < DIGIT_LEN_MAX ? n : DIGIT_LEN_MAX) & 1 ||
	       (start > d->base && may_be_escape(d->s[start - d->base - 1]));
}

DETECT_NEWER_CPUS void scan_all_groups(struct detector *d) {
	size_t lo = d->base, hi = d->base + d->len;
	struct places *plain = &d->groups;

	places_seek(plain, lo);

	for (size_t w = lo >> 6; w << 6 < hi; w++) {
		uint64_t bits = d->masks.first[w];

		if (w == lo >> 6)
			bits &= ~0ull << (lo & 63);
		if (hi - (w << 6) < 64)
			bits &= ~(~0ull << (hi & 63));
		for (; bits; bits &= bits - 1) {
			size_t at = (w << 6) + (unsigned)__builtin_ctzll(bits);

			bool is_plain = plain->next < plain->len && plain->at[plain->next] == at;

			plain->next += is_plain;
			if (is_plain || (spoken_may_begin_at(d, at) && may_begin_at(&d->masks, d->table, d->s - lo, at, lo, hi)))
				scan_group(d, at - lo);
		}
	}
}
