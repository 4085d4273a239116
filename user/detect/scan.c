/* SPDX-License-Identifier: MIT */
/* Candidates of one text: from anchors, from groups with digits, from keys. */
#include "detect/detector.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UUID_LEN 36
#define KEY_SUFFIX_LOOSE 6 /* a suffix this long need not begin where a word does */

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool is_hex(char c) {
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static void try_span(struct detector *d, uint16_t rule, size_t at) {
	struct span span;

	if (!d->set->items[rule].span->fn(d->s, d->len, at, &span))
		return;
	confirm(d, &(struct candidate){.rule = rule,
	                               .start = span.start,
	                               .end = span.end,
	                               .bounded = true,
	                               .key_start = span.key_end ? span.start : 0,
	                               .key_end = span.key_end ? span.start : 0,
	                               .encoded = span.encoded,
	                               .may_shrink = span.may_shrink});
}

static void try_shape(struct detector *d, const struct set_shape *shape, size_t start) {
	ptrdiff_t n = shape_match(&shape->shape, d->s + start, d->len - start);

	if (n > 0)
		confirm(d, &(struct candidate){.rule = shape->rule, .shape = &shape->shape, .start = start, .end = start + n});
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
			try_shape(d, &d->set->shapes[a->index], end - a->back);
	}
	d->counters.anchor_hits += len;
}

/* Many national numbers are bare digits: those that need a keyword are asked for it before their validator is. */
static bool may_have_context(struct detector *d, const struct set_shape *shape, size_t start) {
	if (d->set->items[shape->rule].rule->context != RULE_CONTEXT_REQUIRED)
		return true;
	if (d->context_value != start) {
		if (shape->prefix_lens == 1 && shape_match(&shape->shape, d->s + start, d->len - start) < 0)
			return false;
		context_find(d, start);
	}
	return context_of(d, shape->rule);
}

static void try_list(struct detector *d, unsigned list, size_t start, bool in_uuid) {
	const uint16_t *items = d->table->lists + list;
	bool open = left_is_open(d, start);

	d->counters.digit_hits++;
	for (uint16_t i = 1; i <= items[0]; i++) {
		const struct set_shape *shape = &d->set->shapes[items[i]];

		if (shape->prefix_lens == 1 &&
		    (!open || (shape->first_counts && !shape_atom_has(&shape->shape.atoms[0], (unsigned char)d->s[start]))))
			continue;
		if (in_uuid && shape->max_len < UUID_LEN)
			continue;
		if (!may_have_context(d, shape, start))
			continue;
		for (size_t k = DIGIT_PREFIX_MAX + 1; k-- > 0;)
			if (shape->prefix_lens >> k & 1 && start >= k)
				try_shape(d, shape, start - k);
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
		return len > 2 && is_hex(s[0]) && is_hex(s[1]) ? 2 : 0;
	if (start >= 2 && s[-2] == '\033') {
		const char *m = memchr(s, 'm', len);

		return m ? (size_t)(m - s) + 1 : 0;
	}
	return 0;
}

/* Before the digits of a group: letters of its own, an escape, or a group of letters as in `AB 12 34 56 C`. */
enum { BEFORE_PLAIN, BEFORE_ESCAPE, BEFORE_GAP };
static const uint8_t before[256] = {
    ['\\'] = BEFORE_ESCAPE, ['%'] = BEFORE_ESCAPE, ['['] = BEFORE_ESCAPE, [' '] = BEFORE_GAP, ['-'] = BEFORE_GAP};

static bool is_uuid_at(const struct detector *d, size_t at) {
	static const uint8_t groups[] = {8, 4, 4, 4, 12};

	for (size_t i = 0; i < sizeof(groups); at += groups[i++] + 1u)
		if (at + groups[i] > d->len || mask_run(d->masks.alnum, d->base + at) != groups[i] ||
		    (groups[i] != 12 && d->s[at + groups[i]] != '-'))
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
	bool letter = end + 1 < d->len && is_alnum(d->s[end + 1]) && !is_digit(d->s[end + 1]);
	return digit_separator[(unsigned char)d->s[end]] | (letter ? DIGIT_LETTER : 0);
}

/* The lists of shapes for the group [start, end) and what follows it. */
static void try_group(struct detector *d, enum digit_kind kind, size_t start, size_t end) {
	const struct digit_table *t = d->table;
	unsigned len = end - start < DIGIT_LEN_MAX ? end - start : DIGIT_LEN_MAX, separator = separator_at(d, end);
	uint16_t doors = t->doors[kind][len] & (1u << separator | 1);
	bool in_uuid = doors && is_in_uuid(d, start, end);

	if (doors & ~1u) {
		unsigned next = mask_run(d->masks.alnum, d->base + end + 1);
		unsigned list = t->pair[kind][len][separator][next < DIGIT_NEXT_MAX ? next : DIGIT_NEXT_MAX];

		if (list)
			try_list(d, list, start, in_uuid);
	}
	if (doors & 1 && right_is_open(d, end) && (!is_epoch(d->s + start, end - start) || context_key_speaks(d, start)))
		try_list(d, t->single[kind][len], start, in_uuid);
}

static void try_letters_before(struct detector *d, size_t start, size_t end) {
	unsigned len = end - start, n;
	unsigned separator = digit_separator[(unsigned char)d->s[start - 1]] | (is_digit(d->s[start]) ? 0 : DIGIT_LETTER);

	if (!(d->table->after_letters[separator] >> (len < DIGIT_NEXT_MAX ? len : DIGIT_NEXT_MAX) & 1))
		return;
	n = mask_run_back(d->masks.alnum, d->base + start - 1);
	if (n && n < 16 && !(mask_at(d->masks.digit, d->base + start - 1 - n) & ((1u << n) - 1)))
		try_group(d, DIGIT_NONE, start - 1 - n, start - 1);
}

/* `first`: the first digit of a group, in the text. */
static __attribute__((noinline)) void scan_group(struct detector *d, size_t first) {
	size_t back = mask_run_back(d->masks.alnum, d->base + first), start = first - back;
	size_t end = first, run;

	do
		end += run = mask_run(d->masks.alnum, d->base + end);
	while (run == 64);
	/* Longer than any shape: its first byte is out of sight, and a digest anyway. */
	if (back >= 64)
		return;
	if (start && before[(unsigned char)d->s[start - 1]] == BEFORE_ESCAPE)
		start += escape_len(d, start, end - start);
	else if (start && before[(unsigned char)d->s[start - 1]] == BEFORE_GAP)
		try_letters_before(d, start, end);
	if (start < end)
		try_group(d, mask_run(d->masks.digit, d->base + start) >= end - start ? DIGIT_ONLY : DIGIT_MIXED, start, end);
}

/*
 * Most groups are turned away here: no shape begins with such a length, such a separator and such a length behind it.
 * alnum, digit: masks from the group on; s: the group, whose text goes on for len bytes, and begins before it if
 * `inner`.
 */
INLINE bool group_may_begin(const struct digit_table *t, uint64_t alnum, uint64_t digit, const char *s, size_t len,
                            bool inner) {
	uint64_t group = (alnum ^ (alnum + 1)) >> 1;
	unsigned n = __builtin_ctzll(~group), capped = n < DIGIT_LEN_MAX ? n : DIGIT_LEN_MAX;
	enum digit_kind kind = group & ~digit ? DIGIT_MIXED : DIGIT_ONLY;
	uint64_t behind = alnum >> 1 >> n;
	unsigned letter = behind & ~(digit >> 1 >> n) & 1 ? DIGIT_LETTER : 0;
	unsigned separator = n < len ? digit_separator[(unsigned char)s[n]] | letter : 0;
	uint16_t doors = t->doors[kind][capped];

	if (doors & 1)
		return true;
	if (doors >> separator & 1) {
		unsigned next = __builtin_ctzll(~behind);

		if (n + next >= 60 || t->pair[kind][capped][separator][next < DIGIT_NEXT_MAX ? next : DIGIT_NEXT_MAX])
			return true;
	}
	unsigned char previous = inner ? s[-1] : 0;
	if (!before[previous])
		return false;
	return before[previous] == BEFORE_ESCAPE ||
	       t->after_letters[digit_separator[previous]] >> (n < DIGIT_NEXT_MAX ? n : DIGIT_NEXT_MAX) & 1;
}

static void try_spans(struct detector *d, enum span_source source, size_t at) {
	const struct set_span_rules *rules = &d->set->spans[source];

	for (size_t i = 0; i < rules->len; i++)
		try_span(d, rules->items[i], at);
}

/* Does a quoted value go on with words behind its form? Then it is of another form. */
static bool words_follow(const struct detector *d, size_t at, size_t end) {
	while (at < end && d->s[at] == ' ')
		at++;
	return at < end && name_is_word((unsigned char)d->s[at]);
}

/* The form of the value, where the rule wants one; else its bounds are those of the text. */
static bool shape_value(const struct detector *d, const struct set_rule *r, const struct key_value *v,
                        size_t *ret_end) {
	if (!r->value) {
		*ret_end = v->end;
		return true;
	}
	ptrdiff_t n = shape_match(r->value, d->s + v->start, v->wide_end - v->start);
	if (n <= 0 || (v->quoted && words_follow(d, v->start + n, v->end)))
		return false;
	*ret_end = v->start + n;
	/* The longest match may stop inside a word. */
	return *ret_end == v->wide_end || !is_alnum(d->s[*ret_end]) || !is_alnum(d->s[*ret_end - 1]);
}

static void try_key(struct detector *d, uint16_t rule, const struct key *key, const struct key_value *v) {
	const struct set_rule *r = &d->set->items[rule];
	size_t end;

	if (!shape_value(d, r, v, &end) || (v->prose && !r->value && !r->check))
		return;
	size_t len = end - v->start;
	if (len < r->rule->value_min || (r->rule->value_max && len > r->rule->value_max))
		return;
	if (len == key->end - key->start && !memcmp(d->s + v->start, d->s + key->start, len))
		return;
	confirm(d, &(struct candidate){.rule = rule,
	                               .start = v->start,
	                               .end = end,
	                               .key_start = key->start,
	                               .key_end = key->end,
	                               .keyed = true,
	                               .bounded = true});
}

/* Candidates of one key: each rule that knows it gets its value. */
struct key_hit {
	struct detector *d;
	struct key key;
	size_t after;
	struct key_value value;
	enum { VALUE_UNREAD, VALUE_NONE, VALUE_THERE } state;
};

static bool read_value(struct key_hit *k) {
	const struct detector *d = k->d;

	if (k->state == VALUE_UNREAD) {
		bool there = key_value(d->s, d->len, k->after, &k->value) &&
		             !key_value_is_placeholder(d->s + k->value.start, k->value.end - k->value.start,
		                                       d->s + k->value.end, d->len - k->value.end);

		k->state = there ? VALUE_THERE : VALUE_NONE;
	}
	return k->state == VALUE_THERE;
}

static void try_name(struct key_hit *k, const struct name *name, bool whole, size_t start) {
	struct detector *d = k->d;

	for (uint32_t i = name->uses; i < name->uses + name->keys_len; i++) {
		struct name_use use = d->set->names.uses[i];

		if (use.role == NAME_KEY && !whole)
			continue;
		d->counters.key_hits++;
		if (!read_value(k))
			return;
		try_key(d, use.rule, &(struct key){start, k->key.end}, &k->value);
	}
}

static bool component_starts(const char *s, size_t lo, size_t at) {
	return at == lo || strchr(". [/$@", s[at - 1]) != NULL;
}

/*
 * Reads a key backwards from its end; then what stands before it, with the hash it has: together they may be one name.
 * *ret_goes_on: some longer name ends like it.
 */
static uint64_t read_key(struct key_hit *k, struct key part, uint64_t hash, bool parent, bool *ret_goes_on) {
	const struct names *names = &k->d->set->names;
	const char *s = k->d->s;
	size_t letters = 0, lo = part.start;

	*ret_goes_on = true;
	for (size_t i = part.end; i-- > lo && letters < names->len_max;) {
		uint8_t c = name_fold[(unsigned char)s[i]];

		if (c <= NAME_JOIN)
			continue;
		letters++;
		hash = name_hash_step(hash, c);
		if (!name_goes_on(&names->keys, hash)) {
			*ret_goes_on = false;
			break;
		}
		bool word = name_word_starts(s, lo, i, part.end);
		if (!word && !(letters >= KEY_SUFFIX_LOOSE && !parent))
			continue;
		const struct name *name = names_find(names, hash);
		if (name && name->keys_len)
			try_name(k, name, word && component_starts(s, lo, i), parent ? k->key.start : i);
	}
	return hash;
}

static void scan_key(struct key_hit *k) {
	struct detector *d = k->d;
	struct key before_key;
	uint64_t hash;
	size_t matches = d->matches_len;
	bool goes_on;

	if (!name_tail_may(&d->set->names.keys, d->s, k->key.start, k->key.end))
		return;
	hash = read_key(k, k->key, 0, false, &goes_on);
	if (!goes_on || d->matches_len != matches || k->state == VALUE_NONE)
		return;
	if (key_words_before(d->s, &k->key, &before_key) || key_parent(d->s, d->len, &k->key, &before_key))
		read_key(k, before_key, hash, true, &goes_on);
}

/* Two colons side by side, or seven within the length of an address: clock times have two. */
static bool colons_may(const struct detector *d, size_t at) {
	uint64_t near = mask_at(d->masks.separator, d->base + at);

	return (at + 1 < d->len && d->s[at + 1] == ':') || __builtin_popcountll(near & 0xfffffffffull) >= 7;
}

/* What may stand between a key and its separator; 2: part of an encoding. */
static const uint8_t closers[256] = {['"'] = 1, ['\''] = 1, ['`'] = 1, ['\\'] = 1, [']'] = 1, [' '] = 1, [';'] = 2};

/* Is the word before `end` the end of some key? */
static bool word_may_end_key(const struct detector *d, size_t end) {
	const struct names *names = &d->set->names;
	uint64_t hash = 0;

	for (size_t i = end; i-- > 0;) {
		uint8_t c = name_fold[(unsigned char)d->s[i]];

		if (c <= NAME_JOIN)
			break;
		hash = name_hash_step(hash, c);
		if (!name_goes_on(&names->keys, hash))
			return end - i > KEY_SUFFIX_LOOSE;
	}
	return true;
}

/* A cheap look at the last letters before the separator. */
static bool key_may_end(const struct detector *d, size_t at) {
	size_t end = at;

	if (d->s[at] == '%')
		return at + 2 < d->len && d->s[at + 1] == '3';
	while (end && closers[(unsigned char)d->s[end - 1]] == 1 && at - end < 6)
		end--;
	if (!end || closers[(unsigned char)d->s[end - 1]] == 2 || (end >= 3 && d->s[end - 3] == '%') ||
	    (end >= 6 && d->s[end - 6] == '\\'))
		return end;
	return name_tail_may(&d->set->names.keys, d->s, 0, end) && word_may_end_key(d, end);
}

static void scan_separator(struct detector *d, size_t at) {
	struct key_hit k = {.d = d, .state = VALUE_UNREAD};

	if (d->s[at] == ':' && colons_may(d, at))
		try_spans(d, SPAN_COLONS, at);
	/* Most colons are those of clock times. */
	if (!at || (d->s[at] == ':' && at >= 2 && is_digit(d->s[at - 1]) && is_digit(d->s[at - 2])))
		return;
	if (key_may_end(d, at) && key_of_separator(d->s, d->len, at, &k.key, &k.after))
		scan_key(&k);
}

static void scan_columns(struct detector *d) {
	for (size_t i = 0; i < d->columns_len; i++) {
		const struct key_column *c = &d->columns[i];
		struct key_hit k = {.d = d,
		                    .key = c->key,
		                    .after = c->after,
		                    .value = {.start = c->start, .end = c->end, .wide_end = c->end, .quoted = true},
		                    .state = VALUE_THERE};

		if (c->end > c->start && !key_value_is_placeholder(d->s + c->start, c->end - c->start, "", 0))
			scan_key(&k);
	}
}

INLINE void scan_first_digits(struct detector *d, const struct digit_table *t, size_t w, uint64_t bits) {
	const uint64_t *alnum = d->masks.alnum, *digit = d->masks.digit;
	size_t lo = d->base, hi = d->base + d->len;

	for (; bits; bits &= bits - 1) {
		unsigned bit = __builtin_ctzll(bits);
		size_t at = (w << 6) + bit;
		bool leads = at == lo || !(mask_at(alnum, at - 1) & 1);

		if (!leads ||
		    group_may_begin(t, mask_join(alnum, w, bit), mask_join(digit, w, bit), d->s + (at - lo), hi - at, at > lo))
			scan_group(d, at - lo);
	}
}

/* Each place of the text that sift_fill() has marked. */
DETECT_NEWER_CPUS void scan_bytes(struct detector *d) {
	const struct masks *m = &d->masks;
	size_t lo = d->base, hi = d->base + d->len;

	d->table = context_table(d);
	const uint64_t *groups = d->table == &d->set->digits_plain ? m->plain : m->first;
	for (size_t w = lo >> 6; w << 6 < hi; w++) {
		uint64_t here = ~0ull;

		if (w == lo >> 6)
			here <<= lo & 63;
		if (hi - (w << 6) < 64)
			here &= ~(~0ull << (hi & 63));
		scan_first_digits(d, d->table, w, groups[w] & here);
		for (uint64_t bits = m->dots[w] & here; bits; bits &= bits - 1)
			try_spans(d, SPAN_DOTS, (w << 6) + __builtin_ctzll(bits) - lo);
		for (uint64_t bits = m->pairs[w] & here; bits; bits &= bits - 1)
			try_spans(d, SPAN_PAIRS, (w << 6) + __builtin_ctzll(bits) - lo);
		for (uint64_t bits = m->separator[w] & here; bits; bits &= bits - 1)
			scan_separator(d, (w << 6) + __builtin_ctzll(bits) - lo);
	}
	scan_columns(d);
}
