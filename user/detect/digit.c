/* SPDX-License-Identifier: MIT */
#include "detect/digit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OTHERS SEPARATOR_OTHER
#define SIXTEEN_OTHERS                                                                                                 \
	OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS,    \
	    OTHERS, OTHERS

/* clang-format off */
static const uint8_t separator_classes[256] = {
    SIXTEEN_OTHERS, SIXTEEN_OTHERS,
    SEPARATOR_SPACE, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, SEPARATOR_PAREN, OTHERS, OTHERS, OTHERS,
    SEPARATOR_DASH, SEPARATOR_DOT, SEPARATOR_SLASH,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, SEPARATOR_COLON, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS,
    [0x40] = OTHERS, [0x5b] = OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, [0x7b] = OTHERS, OTHERS, OTHERS, OTHERS, OTHERS,
};
/* clang-format on */

/*
 * A shape is run as an automaton over kinds of bytes instead of bytes. A place is (atom, repetitions so far); its
 * bits say what the first group has held on some way there. Repetitions beyond what the table tells apart fold.
 */
#define REPEAT_MAX 64
#define PLACES_MAX (SHAPE_ATOMS_MAX * REPEAT_MAX + 1)

/* Mixed: a letter came first; led: a digit did. */
enum { WAY_EMPTY = 1, WAY_DIGITS = 2, WAY_LETTERS = 4, WAY_MIXED = 8, WAY_LED = 16 };

struct automaton {
	const struct shape *shape;
	uint16_t first[SHAPE_ATOMS_MAX + 1]; /* place of an atom's zeroth repetition */
	uint16_t places;                     /* the last one is the end */
	uint16_t takes[SHAPE_ATOMS_MAX];     /* bit 0: digits, bit 1: letters, bit 1 + k: separators of class k */
};

enum { TAKES_DIGIT = 1, TAKES_LETTER = 2, TAKES_SEPARATORS = 0x1fc };

#define ENTRIES_MAX (1u << 20) /* half a second and 8 MiB; the rules that come along have 4,000 */

struct entry {
	uint32_t cell;
	uint16_t shape;
};

struct entries {
	struct entry *items;
	size_t len, cap;
	uint64_t leads[2][256]; /* as the table's */
	bool oom;
};

static void add_entry(struct entries *e, uint32_t cell, uint16_t shape) {
	if (e->len == e->cap) {
		size_t cap = e->cap ? e->cap * 2 : 1024;
		struct entry *items = reallocarray(e->items, cap, sizeof(*items));

		if (!items) {
			e->oom = true;
			return;
		}
		e->items = items;
		e->cap = cap;
	}
	e->items[e->len++] = (struct entry){cell, shape};
}

#define SINGLE_CELLS (DIGIT_KINDS * (DIGIT_LEN_MAX + 1))

static uint32_t single_cell(enum digit_kind kind, unsigned len) {
	return kind * (DIGIT_LEN_MAX + 1) + len;
}

static uint32_t pair_cell(enum digit_kind kind, unsigned len, unsigned separator, unsigned next) {
	return SINGLE_CELLS + ((kind * (DIGIT_LEN_MAX + 1) + len) * DIGIT_SEPARATORS + separator) * (DIGIT_NEXT_MAX + 1) +
	       next;
}

static uint16_t atom_takes(const struct shape_atom *a) {
	uint16_t takes = 0;

	for (unsigned c = 0; c < 256; c++) {
		if (!shape_atom_has(a, c))
			continue;
		if (c >= '0' && c <= '9')
			takes |= TAKES_DIGIT;
		else if ((c | 32) >= 'a' && (c | 32) <= 'z')
			takes |= TAKES_LETTER;
		else if (c < 0x80)
			takes |= TAKES_LETTER << separator_classes[c];
	}
	return takes;
}

static unsigned atom_max(const struct shape_atom *a) {
	return a->max < REPEAT_MAX ? a->max : REPEAT_MAX;
}

static unsigned atom_min(const struct shape_atom *a) {
	return a->min < REPEAT_MAX ? a->min : REPEAT_MAX - 1;
}

static void automaton_init(struct automaton *m, const struct shape *shape) {
	m->shape = shape;
	m->places = 0;
	for (unsigned i = 0; i < shape->len; i++) {
		m->first[i] = m->places;
		m->places += atom_max(&shape->atoms[i]) ? atom_max(&shape->atoms[i]) : 1;
		m->takes[i] = atom_takes(&shape->atoms[i]);
	}
	m->first[shape->len] = m->places++;
}

/* Places from which the next atom may be begun pass their ways on to it. */
static void close_places(const struct automaton *m, uint8_t *ways) {
	for (unsigned i = 0; i < m->shape->len; i++) {
		unsigned max = atom_max(&m->shape->atoms[i]);

		for (unsigned r = atom_min(&m->shape->atoms[i]); r < max || !r; r++)
			ways[m->first[i + 1]] |= ways[m->first[i] + r];
	}
}

static uint8_t ways_after(uint8_t ways, uint8_t took) {
	uint8_t after = ways & (WAY_MIXED | WAY_LED);

	if (took == TAKES_DIGIT)
		return after | (ways & (WAY_EMPTY | WAY_DIGITS) ? WAY_DIGITS : 0) | (ways & WAY_LETTERS ? WAY_MIXED : 0);
	return after | (ways & (WAY_EMPTY | WAY_LETTERS) ? WAY_LETTERS : 0) | (ways & WAY_DIGITS ? WAY_LED : 0);
}

/* One byte of the given kinds on; false when no place is left. `keep`: ways do not change (the group is over). */
static bool step(const struct automaton *m, const uint8_t *from, uint16_t kinds, bool keep, uint8_t *ret) {
	bool alive = false;

	memset(ret, 0, m->places);
	for (unsigned i = 0; i < m->shape->len; i++) {
		uint16_t takes = m->takes[i] & kinds;
		unsigned max = atom_max(&m->shape->atoms[i]);

		if (!takes)
			continue;
		for (unsigned r = 0; r < max; r++) {
			uint8_t ways = from[m->first[i] + r], after = keep ? ways : 0;

			if (!ways)
				continue;
			if (!keep && takes & TAKES_DIGIT)
				after |= ways_after(ways, TAKES_DIGIT);
			if (!keep && takes & TAKES_LETTER)
				after |= ways_after(ways, TAKES_LETTER);
			ret[r + 1 < max ? m->first[i] + r + 1 : m->first[i + 1]] |= after;
			alive = true;
		}
	}
	close_places(m, ret);
	return alive;
}

/* Ways that can take a byte of these kinds next. */
static uint8_t ways_that_take(const struct automaton *m, const uint8_t *ways, uint16_t kinds) {
	uint8_t all = 0;

	for (unsigned i = 0; i < m->shape->len; i++)
		for (unsigned r = 0; m->takes[i] & kinds && r < atom_max(&m->shape->atoms[i]); r++)
			all |= ways[m->first[i] + r];
	return all;
}

static const struct {
	uint8_t way;
	enum digit_kind kind;
} kinds_of_ways[] = {{WAY_DIGITS, DIGIT_ONLY}, {WAY_MIXED | WAY_LED, DIGIT_MIXED}, {WAY_LETTERS, DIGIT_NONE}};

/* The second group, its first byte not yet taken. */
static void enter_pairs(const struct automaton *m, const uint8_t *ways, unsigned len, unsigned separator,
                        struct entries *out, uint16_t shape) {
	uint8_t now[PLACES_MAX], next[PLACES_MAX];
	uint16_t first = separator & DIGIT_LETTER ? TAKES_LETTER : TAKES_DIGIT;

	memcpy(now, ways, m->places);
	for (unsigned n = 0; n < REPEAT_MAX; n++) {
		/* A second group without a byte counts as one that begins with a digit. */
		bool counts = n || !(separator & DIGIT_LETTER);
		uint8_t ends = counts ? ways_that_take(m, now, TAKES_SEPARATORS) | now[m->places - 1] : 0;

		for (size_t k = 0; k < sizeof(kinds_of_ways) / sizeof(*kinds_of_ways); k++)
			if (ends & kinds_of_ways[k].way)
				add_entry(out,
				          pair_cell(kinds_of_ways[k].kind, len, separator, n < DIGIT_NEXT_MAX ? n : DIGIT_NEXT_MAX),
				          shape);
		if (!step(m, now, n ? TAKES_DIGIT | TAKES_LETTER : first, true, next))
			return;
		memcpy(now, next, m->places);
	}
}

/* Bytes with which a place goes on: bits of lens for each. */
static void enter_bytes(const struct automaton *m, const uint8_t *ways, uint64_t lens, uint64_t *ret) {
	for (unsigned i = 0; i < m->shape->len; i++) {
		bool begun = false;

		for (unsigned r = 0; r < atom_max(&m->shape->atoms[i]); r++)
			begun = begun || ways[m->first[i] + r];
		for (unsigned c = 0; begun && c < 256; c++)
			if (shape_atom_has(&m->shape->atoms[i], c))
				ret[c] |= lens;
	}
}

/* The first group, from the places where it may begin. */
static bool enter_groups(const struct automaton *m, uint8_t *now, struct entries *out, uint16_t shape) {
	uint8_t next[PLACES_MAX], behind[PLACES_MAX], begin[PLACES_MAX];
	uint64_t mixed = 0;
	bool found = true;
	unsigned n;

	memcpy(begin, now, m->places);
	for (n = 1; n <= REPEAT_MAX && step(m, now, TAKES_DIGIT | TAKES_LETTER, false, next); n++) {
		unsigned len = n < DIGIT_LEN_MAX ? n : DIGIT_LEN_MAX;

		memcpy(now, next, m->places);
		for (size_t k = 0; k < 2; k++)
			if (now[m->places - 1] & kinds_of_ways[k].way)
				add_entry(out, single_cell(kinds_of_ways[k].kind, len), shape);
		if (now[m->places - 1] & (WAY_MIXED | WAY_LED))
			mixed |= 1ull << len;
		if (now[m->places - 1] & WAY_LETTERS)
			found = false;
		for (unsigned s = 1; s <= SEPARATOR_OTHER; s++) {
			if (!step(m, now, TAKES_LETTER << s, true, behind))
				continue;
			enter_pairs(m, behind, len, s, out, shape);
			enter_pairs(m, behind, len, s | DIGIT_LETTER, out, shape);
		}
	}
	/* Longer than the table tells apart: let it in, the shape itself is matched later. */
	for (unsigned p = 0; p < m->places; p++)
		for (size_t k = 0; k < 2; k++)
			if (now[p] & kinds_of_ways[k].way && n > REPEAT_MAX) {
				add_entry(out, single_cell(kinds_of_ways[k].kind, DIGIT_LEN_MAX), shape);
				mixed |= 1ull << DIGIT_LEN_MAX;
			}
	if (mixed && step(m, begin, TAKES_DIGIT | TAKES_LETTER, true, next)) {
		enter_bytes(m, begin, mixed, out->leads[0]);
		enter_bytes(m, next, mixed, out->leads[1]);
	}
	return found;
}

static void enter_shape(struct digit_shape *d, struct entries *out, uint16_t shape) {
	struct automaton m;
	uint8_t prefix[PLACES_MAX] = {WAY_EMPTY}, next[PLACES_MAX], begin[PLACES_MAX] = {0};

	automaton_init(&m, d->shape);
	close_places(&m, prefix);
	d->prefix_lens = 0;
	for (unsigned k = 0; k <= DIGIT_PREFIX_MAX; k++) {
		if (ways_that_take(&m, prefix, TAKES_DIGIT | TAKES_LETTER))
			d->prefix_lens |= 1u << k;
		for (unsigned i = 0; i < m.places; i++)
			begin[i] |= prefix[i];
		if (!step(&m, prefix, TAKES_SEPARATORS, true, next))
			break;
		memcpy(prefix, next, m.places);
	}
	d->found = enter_groups(&m, begin, out, shape);
}

/* Of the entries that the shape has made. */
static void note_lens(struct digit_shape *d, const struct entry *items, size_t len) {
	memset(d->lens, 0, sizeof(d->lens));
	for (size_t i = 0; i < len; i++) {
		uint32_t cell = items[i].cell;
		uint32_t group = cell < SINGLE_CELLS ? cell : (cell - SINGLE_CELLS) / ((DIGIT_NEXT_MAX + 1) * DIGIT_SEPARATORS);

		d->lens[group / (DIGIT_LEN_MAX + 1)] |= 1ull << group % (DIGIT_LEN_MAX + 1);
	}
}

static int compare_entries(const void *a, const void *b) {
	const struct entry *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return (int)x->shape - y->shape;
}

static uint16_t *cell_of(struct digit_table *t, uint32_t cell) {
	return cell < SINGLE_CELLS ? &t->single[0][0] + cell : &t->pair[0][0][0][0] + (cell - SINGLE_CELLS);
}

static void open_door(struct digit_table *t, uint32_t cell) {
	uint16_t *doors = &t->doors[0][0];

	if (cell < SINGLE_CELLS) {
		doors[cell] |= 1;
		return;
	}
	unsigned group = (cell - SINGLE_CELLS) / (DIGIT_NEXT_MAX + 1);
	doors[group / DIGIT_SEPARATORS] |= 1u << group % DIGIT_SEPARATORS;
}

/* The list if it has been written before: most cells share a few lists. */
static size_t find_list(const uint16_t *lists, size_t end, const uint16_t *list) {
	for (size_t at = 1; at < end; at += lists[at] + 1u)
		if (lists[at] == list[0] && !memcmp(&lists[at], list, (list[0] + 1u) * sizeof(*list)))
			return at;
	return end;
}

static int write_lists(struct digit_table *t, const struct entries *e) {
	size_t end = 1;

	t->lists = calloc(2 * e->len + 2, sizeof(*t->lists));
	if (!t->lists)
		return -ENOMEM;
	for (size_t i = 0; i < e->len;) {
		uint16_t *list = t->lists + end;
		uint32_t cell = e->items[i].cell;

		list[0] = 0;
		for (; i < e->len && e->items[i].cell == cell; i++)
			if (!list[0] || list[list[0]] != e->items[i].shape)
				list[++list[0]] = e->items[i].shape;
		size_t at = find_list(t->lists, end, list);
		if (at == end)
			end += list[0] + 1u;
		if (end > UINT16_MAX)
			return -E2BIG;
		*cell_of(t, cell) = at;
		open_door(t, cell);
	}
	return 0;
}

static void add_term(struct digit_table *t, unsigned len, struct digit_term term) {
	struct digit_term *terms = t->terms[len - 1];
	uint8_t *n = &t->terms_len[len - 1];

	for (unsigned i = 0; i < *n; i++)
		if (terms[i].gap == term.gap && terms[i].next == term.next && terms[i].letter == term.letter)
			return;
	terms[(*n)++] = term;
}

static void add_terms(struct digit_table *t, enum digit_kind kind, unsigned len) {
	for (unsigned s = SEPARATOR_SPACE; s <= SEPARATOR_PAREN; s++)
		for (unsigned letter = 0; letter <= 1; letter++)
			for (unsigned next = letter; next <= DIGIT_NEXT_MAX; next++)
				if (t->pair[kind][len][s | (letter ? DIGIT_LETTER : 0)][next])
					add_term(t, len,
					         (struct digit_term){s - SEPARATOR_SPACE, next < DIGIT_SHORT_NEXT ? next : DIGIT_SHORT_NEXT,
					                             letter});
}

/* A group that letters lead is let in when it is longer than short, or as if it began with its first digit. */
static void prepare_sifting(struct digit_table *t) {
	const uint16_t odd = 1u | 1u << SEPARATOR_COLON | 1u << SEPARATOR_OTHER;
	const uint16_t short_lens = (2u << DIGIT_SHORT_MAX) - 1;
	uint16_t letters_after = 0;

	t->sifts = true;
	for (unsigned len = 1; len <= DIGIT_SHORT_MAX; len++) {
		uint16_t doors = t->doors[DIGIT_ONLY][len] | t->doors[DIGIT_MIXED][len];

		if (doors & (odd | odd << DIGIT_LETTER) || (len < DIGIT_SHORT_MAX && t->doors[DIGIT_MIXED][len]))
			t->sifts = false;
		add_terms(t, DIGIT_ONLY, len);
		add_terms(t, DIGIT_MIXED, len);
	}
	for (unsigned c = 0; c < 256; c++)
		letters_after |= t->after_letters[1][c] | (c == ' ' || c == '-' ? 0 : t->after_letters[0][c]);
	if (letters_after & short_lens)
		t->sifts = false;
	t->after_space = t->after_letters[0][' '] & short_lens;
	t->after_dash = t->after_letters[0]['-'] & short_lens;
}

/* The bytes that the separators of one shape are, in the entries that it has made. */
static void enter_separators(struct digit_table *t, const struct shape *shape, const struct entry *items, size_t len) {
	uint16_t after_letters[DIGIT_SEPARATORS] = {0};

	for (size_t i = 0; i < len; i++)
		if (items[i].cell >= pair_cell(DIGIT_NONE, 0, 0, 0)) {
			uint32_t cell = items[i].cell - SINGLE_CELLS;

			after_letters[cell / (DIGIT_NEXT_MAX + 1) % DIGIT_SEPARATORS] |= 1u << cell % (DIGIT_NEXT_MAX + 1);
		}
	for (unsigned i = 0; i < shape->len; i++)
		for (unsigned c = 0; c < 256; c++)
			if (separator_classes[c] && shape_atom_has(&shape->atoms[i], c)) {
				t->separator[c] = separator_classes[c];
				t->after_letters[0][c] |= after_letters[separator_classes[c]];
				t->after_letters[1][c] |= after_letters[separator_classes[c] | DIGIT_LETTER];
			}
}

int digit_table_init(struct digit_table *ret, struct digit_shape *shapes, const uint16_t *numbers, size_t len) {
	struct entries e = {0};
	int err = 0;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < len && !err; i++) {
		size_t before = e.len;

		enter_shape(&shapes[i], &e, numbers[i]);
		shapes[i].too_many = e.len > ENTRIES_MAX;
		err = shapes[i].too_many ? -E2BIG : 0;
		note_lens(&shapes[i], e.items + before, e.len - before);
		enter_separators(ret, shapes[i].shape, e.items + before, e.len - before);
	}
	if (e.len)
		qsort(e.items, e.len, sizeof(*e.items), compare_entries);
	if (!err)
		err = e.oom ? -ENOMEM : write_lists(ret, &e);
	free(e.items);
	memcpy(ret->leads, e.leads, sizeof(ret->leads));
	if (!err)
		prepare_sifting(ret);
	if (err)
		digit_table_release(ret);
	return err;
}

void digit_table_release(struct digit_table *t) {
	free(t->lists);
	t->lists = NULL;
}
