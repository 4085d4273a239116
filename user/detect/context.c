/* SPDX-License-Identifier: MIT */
/* Names near a value: which rules do they speak for or against? */
#include "detect/detector.h"

#include <stdlib.h>
#include <string.h>

#define GAP_MAX 3

struct walk {
	struct detector *d;
	size_t value, gap; /* where it begins, and what may stand before it */
	struct key own;    /* its own key, empty: it has none */
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

/* Back over what may stand between a value and a word that says what it is: `CNP 1800101221144`, `CNP: "18...`. */
static size_t skip_gap(const struct detector *d, size_t value) {
	size_t end = value;

	while (end && value - end < GAP_MAX && d->s[end - 1] && strchr(" :#=('\"", d->s[end - 1]))
		end--;
	return end;
}

static void note(struct walk *w, const struct sighting *s) {
	struct detector *d = w->d;
	const struct name_use *uses = &d->set->names.uses[s->name->uses + s->name->keys_len];
	bool own = is_own(w, s->start, s->end), direct = s->end == (own ? w->own.end : w->gap);

	for (size_t i = 0; i < s->name->for_len; i++) {
		struct context_mark *m = &d->marks[uses[i].rule];

		if (uses[i].role == NAME_FOREIGN)
			d->key_is_foreign = direct ? d->generation : d->key_is_foreign;
		else if ((own || w->value - s->start <= d->set->items[uses[i].rule].window) &&
		         (m->generation != d->generation || (direct && !m->direct)))
			*m = (struct context_mark){d->generation, s->start, s->end, direct};
	}
	if (s->name->near_len && d->against_len < AGAINST_MAX)
		d->against[d->against_len++] = (struct sighting){s->start, s->end, s->name, own};
}

bool context_key_speaks(const struct detector *d, size_t value) {
	const struct names *names = &d->set->names;
	uint64_t hash = 0;
	struct key key;

	if (d->columns_len)
		return true;
	if (!key_before(d->s, d->len, value, &key)) {
		size_t end = skip_gap(d, value);

		key = (struct key){end > KEY_LEN_MAX ? end - KEY_LEN_MAX : 0, end};
	}
	for (size_t i = key.end; i-- > key.start;) {
		uint8_t c = name_fold[(unsigned char)d->s[i]];

		if (c == NAME_BREAK)
			return false;
		if (c == NAME_JOIN)
			continue;
		hash = name_hash_step(hash, c);
		if (!name_goes_on(&names->words, hash))
			return false;
		const struct name *name = name_word_starts(d->s, key.start, i, key.end) ? names_find(names, hash) : NULL;
		for (size_t k = 0; name && k < name->for_len; k++)
			if (names->uses[name->uses + name->keys_len + k].role != NAME_FOREIGN)
				return true;
	}
	return false;
}

static int compare_rules(const void *rule, const void *use) {
	return (int)*(const uint16_t *)rule - ((const struct name_use *)use)->rule;
}

/* Behind the word, or a longer name that it is a part of. */
static bool outranks(const struct context_mark *context, const struct sighting *word) {
	return word->end <= context->start || (word->start > context->start && word->end <= context->end);
}

bool context_speaks_against(const struct detector *d, uint16_t rule, const struct context_mark *context) {
	const struct names *names = &d->set->names;

	for (size_t i = 0; i < d->against_len; i++) {
		const struct name *n = d->against[i].name;

		if (context && outranks(context, &d->against[i]))
			continue;
		if ((d->against[i].own || d->context_value - d->against[i].start <= d->set->items[rule].window) &&
		    bsearch(&rule, &names->uses[n->uses + n->keys_len + n->for_len], n->near_len, sizeof(*names->uses),
		            compare_rules))
			return true;
	}
	return false;
}

/* All names that end at `end`, the shortest first. False: no more room. */
static bool read_names(struct detector *d, bool needed, size_t lo, size_t end) {
	const struct names *names = &d->set->names;
	const struct name_ends *ends = needed ? &names->needed : &names->words;
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
		if (!name_goes_on(ends, hash))
			return true;
		if (!name_word_starts(s, lo, i, end))
			continue;
		const struct name *name = names_find(names, hash);
		if (!name || !(needed ? name->needed : name->for_len + name->near_len))
			continue;
		if (d->sightings_len == SIGHTINGS_MAX)
			return false;
		d->sightings[d->sightings_len++] = (struct sighting){i, end, name, false};
	}
	return true;
}

static bool sight_names(struct detector *d, bool needed, size_t lo, size_t end) {
	size_t first = d->sightings_len;
	bool all = read_names(d, needed, lo, end);

	for (size_t i = first, last = d->sightings_len; i + 1 < last; i++) {
		struct sighting one = d->sightings[i];

		d->sightings[i] = d->sightings[--last];
		d->sightings[last] = one;
	}
	return all;
}

/*
 * Adds the names that end in a stretch, in their order, of those with the same end the longest first; needed: only
 * such. False: too many.
 */
static bool sight_range(struct detector *d, bool needed, size_t lo, size_t from, size_t to) {
	struct places *ends = needed ? &d->needed : &d->ends;
	const uint16_t *at;
	size_t n = 0;

	places_seek(ends, d->base + from);
	at = ends->at + ends->next;
	while (ends->next + n < ends->len && at[n] < d->base + to)
		n++;
	if (!needed) {
		n = tails_find(&d->set->names.words.tails, d->s - d->base, d->masks.starts, at, n, d->known.at);
		at = d->known.at;
	}
	for (size_t i = 0; i < n; i++)
		if (!sight_names(d, needed, lo, at[i] + 1 - d->base))
			return false;
	return true;
}

void context_fill(struct detector *d, const char *slab, size_t len) {
	places_fill(&d->ends, d->masks.ends, len);
	d->needed.next = d->needed.len = 0;
	if (d->set->needs_names)
		d->needed.len =
		    tails_find(&d->set->names.needed.tails, slab, d->masks.starts, d->ends.at, d->ends.len, d->needed.at);
}

static void note_spoken(struct detector *d, uint16_t rule) {
	const uint64_t *lens = d->set->items[rule].lens;

	/* Where letters come first, the group that holds the first digit is the second. */
	for (size_t kind = 0; kind < DIGIT_NONE; kind++)
		d->spoken_lens[kind] |= lens[DIGIT_NONE] ? ~0ull : lens[kind];
	d->spoken_for[rule] = d->text;
}

/* Which rules are spoken for somewhere in the text? */
static void note_needed(struct detector *d) {
	const struct names *names = &d->set->names;

	if (!++d->text) {
		memset(d->spoken_for, 0, d->set->rules->len * sizeof(*d->spoken_for));
		d->text = 1;
	}
	memset(d->spoken_lens, 0, sizeof(d->spoken_lens));
	for (size_t i = 0; i < d->sightings_len; i++) {
		const struct name *n = d->sightings[i].name;

		for (size_t k = n->uses + n->keys_len; k < n->uses + n->keys_len + (size_t)n->for_len; k++)
			if (names->uses[k].role == NAME_NEEDED)
				note_spoken(d, names->uses[k].rule);
	}
	d->needed_known = true;
}

/* Shapes that may be found in this text. */
static const struct digit_table *choose_table(struct detector *d) {
	const struct detect_set *set = d->set;

	/* Without one of the names that they need nearby, most shapes need not be looked for at all; but a short text may
	 * be nothing but a value. */
	if (d->len > SIGHTING_TEXT_MAX || d->len <= ALONE_TEXT_MAX || !set->needs_names)
		return &set->digits;
	d->sightings_len = 0;
	places_seek(&d->needed, d->base);
	if (d->needed.next < d->needed.len && d->needed.at[d->needed.next] < d->base + d->len &&
	    !sight_range(d, true, 0, 0, d->len))
		return &set->digits;
	if (!d->sightings_len)
		return &set->digits_plain;
	note_needed(d);
	return &set->digits;
}

void context_begin(struct detector *d) {
	d->columns_len = 0;
	d->context_value = SIZE_MAX;
	d->needed_known = false;
	memset(d->spoken_lens, 0xff, sizeof(d->spoken_lens));
	d->table = choose_table(d);
	d->sighted_to = 0;
	d->sightings_len = 0;
}

static const struct key_column *column_of(const struct detector *d, size_t value) {
	for (size_t i = 0; i < d->columns_len; i++)
		if (value >= d->columns[i].after && value <= d->columns[i].end)
			return &d->columns[i];
	return NULL;
}

/* Sightings that may be near the value: of all that comes before it, in a long text of what is close. */
static void sight(struct detector *d, size_t value) {
	size_t lo = value > d->set->window_max + KEY_LEN_MAX ? value - d->set->window_max - KEY_LEN_MAX : 0;
	size_t from = d->sighted_to;

	if (from >= value)
		return;
	if (d->len <= SIGHTING_TEXT_MAX && sight_range(d, false, 0, from, value)) {
		d->sighted_to = value;
		return;
	}
	d->sighted_to = d->sightings_len = 0;
	sight_range(d, false, lo, lo, value);
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
	d->against_len = 0;
	sight(d, value);
	if (!d->sightings_len)
		return;
	const struct key_column *column = column_of(d, value);
	if (column)
		w.own = column->key;
	else
		key_before(d->s, d->len, value, &w.own);
	w.gap = skip_gap(d, value);
	for (size_t i = d->sightings_len; i-- > 0;) {
		const struct sighting *s = &d->sightings[i];

		if (s->end <= value && (!column || is_own(&w, s->start, s->end)) && !is_foreign_key(d, &w, s->end))
			note(&w, s);
	}
}
