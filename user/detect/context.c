/* SPDX-License-Identifier: MIT */
/* Names near a value: which rules do they speak for or against? */
#include "detect/detector.h"

#include <string.h>

struct walk {
	struct detector *d;
	size_t value;
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

		if (use.role == NAME_FOREIGN) {
			if (own && end == w->own.end)
				d->key_is_foreign = d->generation;
			continue;
		}
		if (!own && w->value - start > d->set->items[use.rule].window)
			continue;
		if (use.role == NAME_NEAR)
			m->speaks_against = d->generation;
		if ((use.role != NAME_CONTEXT && use.role != NAME_NEEDED) || (m->speaks_for == d->generation && (m->direct || !own)))
			continue;
		*m = (struct context_mark){d->generation, m->speaks_against, start, end, own};
	}
}

/* All names that end at `end`. False: no more room. */
static bool sight_names(struct detector *d, bool needed, size_t lo, size_t end) {
	const struct names *names = &d->set->names;
	const char *s = d->s;
	size_t from = end > lo + 64 ? end - 64 : lo, joins = 0, letters = 0;
	uint64_t hash = 0;

	for (size_t i = end; i-- > from && letters < names->len_max;) {
		uint8_t c = name_fold[(unsigned char)s[i]];

		if (c == NAME_BREAK || (c == NAME_JOIN && ++joins > 1))
			return true;
		if (c == NAME_JOIN)
			continue;
		joins = 0;
		letters++;
		hash = name_hash_step(hash, c);
		if (!names_go_on(names, hash))
			return true;
		if (!name_word_starts(s, lo, i, end))
			continue;
		const struct name *name = names_find(names, hash);
		if (!name || (needed && !name->needed))
			continue;
		if (d->sightings_len == SIGHTINGS_MAX)
			return false;
		d->sightings[d->sightings_len++] = (struct sighting){i, end, name};
	}
	return true;
}

/* Where words end in 64 bytes from `at` on: before what is no word, at camelCase humps, at digits behind letters. */
static inline __attribute__((always_inline)) uint64_t word_ends(const struct masks *m, size_t at) {
	uint64_t word = mask_at(m->word, at), digit = mask_at(m->digit, at), upper = mask_at(m->upper, at);
	uint64_t next_word = mask_at(m->word, at + 1), next_digit = mask_at(m->digit, at + 1);
	uint64_t ends = word & (~next_word | (~upper & ~digit & mask_at(m->upper, at + 1)) | (~digit & next_digit));

	/* No name ends with two digits or a letter by itself, but many words do. */
	return ends & word << 1 & ~(digit & digit << 1);
}

/* From the end backwards, so that the name nearest to a value comes first; needed: only such names. False: too many. */
DETECT_NEWER_CPUS static bool sight_range(struct detector *d, bool needed, size_t lo, size_t hi) {
	const struct name_tails *tails = needed ? &d->set->names.needed : &d->set->names.words;

	d->sightings_len = 0;
	for (size_t to = hi, from; to > lo; to = from) {
		from = to - lo > 64 ? to - 64 : lo;
		uint64_t ends = word_ends(&d->masks, d->base + from);

		if (to - from < 64)
			ends &= ~(~0ull << (to - from));
		while (ends) {
			unsigned bit = 63 - __builtin_clzll(ends);

			ends ^= 1ull << bit;
			if (name_tail_may(tails, d->s, lo, from + bit + 1) && !sight_names(d, needed, lo, from + bit + 1))
				return false;
		}
	}
	return true;
}

void context_begin(struct detector *d) {
	d->columns_len = 0;
	d->context_value = SIZE_MAX;
	d->sighted = SIGHTED_NONE;
	d->sightings_len = 0;
}

const struct digit_table *context_table(struct detector *d) {
	const struct detect_set *set = d->set;

	/* Without one of the names that they need nearby, most shapes need not be looked for at all. */
	if (d->len > SIGHTING_TEXT_MAX || !set->needs_names)
		return &set->digits;
	bool all = sight_range(d, true, 0, d->len);
	d->sighted = all ? SIGHTED_NEEDED : SIGHTED_NONE;
	return all && !d->sightings_len ? &set->digits_plain : &set->digits;
}

static const struct key_column *column_of(const struct detector *d, size_t value) {
	for (size_t i = 0; i < d->columns_len; i++)
		if (value >= d->columns[i].after && value <= d->columns[i].end)
			return &d->columns[i];
	return NULL;
}

/* Sightings that may be near the value: of the whole text where it is short, else of what comes before the value. */
static void sight(struct detector *d, size_t value) {
	size_t lo = value > d->set->window_max + KEY_LEN_MAX ? value - d->set->window_max - KEY_LEN_MAX : 0;

	if (d->sighted == SIGHTED_ALL)
		return;
	if (d->len <= SIGHTING_TEXT_MAX && sight_range(d, false, 0, d->len)) {
		d->sighted = SIGHTED_ALL;
		return;
	}
	d->sighted = SIGHTED_NONE;
	sight_range(d, false, lo, value);
}

void context_find(struct detector *d, size_t value) {
	struct walk w = {.d = d, .value = value};

	if (d->context_value == value)
		return;
	d->context_value = value;
	if (!++d->generation) {
		memset(d->marks, 0, d->set->rules->len * sizeof(*d->marks));
		d->key_is_foreign = 0;
		d->generation = 1;
	}
	sight(d, value);
	if (!d->sightings_len)
		return;
	const struct key_column *column = column_of(d, value);
	if (column)
		w.own = column->key;
	else
		key_before(d->s, d->len, value, &w.own);
	for (size_t i = 0; i < d->sightings_len; i++) {
		const struct sighting *s = &d->sightings[i];

		if (s->end <= value && (!column || is_own(&w, s->start, s->end)) && !is_foreign_key(d, &w, s->end))
			note(&w, s->name, s->start, s->end);
	}
}
