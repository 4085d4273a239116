/* SPDX-License-Identifier: MIT */
/* Names near a value: which rules do they speak for or against? */
#include "detect/detector.h"

#include <string.h>

struct walk {
	struct detector *d;
	size_t lo, value;
	struct key own; /* the value's own key, empty: it has none */
};

static bool is_own(const struct walk *w, size_t start, size_t end) {
	return start >= w->own.start && end <= w->own.end && w->own.end > w->own.start;
}

/* A key of another value says nothing of ours; an object's key does. */
static bool is_foreign_key(const struct detector *d, const struct walk *w, size_t end) {
	size_t i = end;

	if (w->own.end == w->own.start)
		return false;
	while (i < w->own.start && (name_is_word((unsigned char)d->s[i]) || d->s[i] == '_' || d->s[i] == '-'))
		i++;
	while (i < w->own.start && (d->s[i] == '"' || d->s[i] == '\'' || d->s[i] == '\\' || d->s[i] == ' '))
		i++;
	if (i >= w->own.start || (d->s[i] != '=' && d->s[i] != ':'))
		return false;
	for (i++; i < w->own.start && (d->s[i] == ' ' || d->s[i] == '>'); i++)
		;
	return i < w->own.start && d->s[i] != '{' && d->s[i] != '[' && d->s[i] != '(';
}

static void note(struct walk *w, const struct name *name, size_t start, size_t end) {
	struct detector *d = w->d;
	bool own = is_own(w, start, end);

	for (uint32_t i = name->uses; i < name->uses + name->uses_len; i++) {
		struct name_use use = d->set->names.uses[i];
		struct context_mark *m = &d->marks[use.rule];

		if (!own && w->value - start > d->set->items[use.rule].window)
			continue;
		if (use.role == NAME_NEAR)
			m->speaks_against = d->generation;
		if (use.role != NAME_CONTEXT || (m->speaks_for == d->generation && (m->direct || !own)))
			continue;
		*m = (struct context_mark){d->generation, m->speaks_against, start, end, own};
	}
}

/* Where words may begin in the 64 bytes from `at` on: behind what is no word, at camelCase humps, at letters behind
 * digits. Bit 0 has no byte before it to be judged by and is always set. */
static uint64_t word_starts(const struct masks *m, size_t at) {
	uint64_t word = mask_at(m->word, at), digit = mask_at(m->digit, at), upper = mask_at(m->upper, at);
	uint64_t lower_next = mask_at(m->alnum, at + 1) & ~mask_at(m->upper, at + 1) & ~mask_at(m->digit, at + 1);

	return word & (~(word << 1) | (upper & (~(upper << 1) | lower_next)) | (~digit & digit << 1));
}

/* All names that end at `end`. */
static void read_names(struct walk *w, size_t end) {
	const struct names *names = &w->d->set->names;
	const char *s = w->d->s;
	size_t from = end > w->lo + 64 ? end - 64 : w->lo, joins = 0, letters = 0;
	uint64_t hash = 0, starts = word_starts(&w->d->masks, w->d->base + from);

	for (size_t i = end; i-- > from && letters < names->len_max;) {
		uint8_t c = name_fold[(unsigned char)s[i]];

		if (c == NAME_BREAK || (c == NAME_JOIN && ++joins > 1))
			return;
		if (c == NAME_JOIN)
			continue;
		joins = 0;
		letters++;
		hash = name_hash_step(hash, c);
		/* In `\nssn` the n belongs to the escape. */
		if (!(starts >> (i - from) & 1) && !(i >= 2 && s[i - 2] == '\\'))
			continue;
		const struct name *name = names_find(names, hash);
		if (name && !is_foreign_key(w->d, w, end))
			note(w, name, i, end);
	}
}

/* Where words end in 64 bytes from `at` on: before what is no word, at camelCase humps, at digits behind letters. */
static uint64_t word_ends(const struct masks *m, size_t at) {
	uint64_t word = mask_at(m->word, at), digit = mask_at(m->digit, at), upper = mask_at(m->upper, at);
	uint64_t next_word = mask_at(m->word, at + 1), next_digit = mask_at(m->digit, at + 1);

	return word & (~next_word | (~upper & ~digit & mask_at(m->upper, at + 1)) | (~digit & next_digit));
}

static void read_range(struct walk *w, size_t lo, size_t hi) {
	const struct detector *d = w->d;

	w->lo = lo;
	/* From the value backwards, so that the nearest keyword is noted first. */
	for (size_t to = hi, from; to > lo; to = from) {
		from = to - lo > 64 ? to - 64 : lo;
		uint64_t ends = word_ends(&d->masks, d->base + from);
		if (to - from < 64)
			ends &= ~(~0ull << (to - from));
		for (; ends; ends &= ~(1ull << (63 - __builtin_clzll(ends)))) {
			size_t end = from + 64 - __builtin_clzll(ends);

			if (name_tail_may(&d->set->names.words, d->s, lo, end))
				read_names(w, end);
		}
	}
}

static const struct key_column *column_of(const struct detector *d, size_t value) {
	for (size_t i = 0; i < d->columns_len; i++)
		if (value >= d->columns[i].after && value <= d->columns[i].end)
			return &d->columns[i];
	return NULL;
}

void context_find(struct detector *d, size_t value) {
	struct walk w = {.d = d, .value = value};
	size_t lo = value > d->set->window_max ? value - d->set->window_max : 0;

	if (d->context_value == value)
		return;
	d->context_value = value;
	if (!++d->generation) {
		memset(d->marks, 0, d->set->rules->len * sizeof(*d->marks));
		d->generation = 1;
	}
	const struct key_column *column = column_of(d, value);
	if (column) {
		w.own = column->key;
		read_range(&w, w.own.start, w.own.end);
		return;
	}
	if (key_before(d->s, d->len, value, &w.own) && w.own.start < lo)
		lo = w.own.start;
	read_range(&w, lo, value);
}
