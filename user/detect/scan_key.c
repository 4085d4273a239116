/* SPDX-License-Identifier: MIT */
/* Candidates of one text that are values of keys. */
#include "detect/byte.h"
#include "detect/detector.h"

#include <string.h>

/* Does a quoted value go on behind its form? Then it is of another form. */
static bool goes_on(const struct detector *d, size_t at, size_t end) {
	while (at < end && d->s[at] == ' ')
		at++;
	return at < end;
}

/* Has a value of a URL the form of the rule once it is decoded? */
static bool has_form_decoded(const struct detector *d, const struct set_rule *r, const struct key_value *v) {
	const char *value = d->s + v->start;
	size_t len = v->end - v->start;
	char plain[DECODED_MAX];

	if (len > sizeof(plain) || (!memchr(value, '%', len) && !memchr(value, '+', len)))
		return false;
	size_t n = value_decode(plain, value, len, true);
	bool has = shape_match(r->value, plain, n) == (ptrdiff_t)n;
	explicit_bzero(plain, sizeof(plain));
	return has;
}

/* The form of the value, where the rule wants one; else its bounds are those of the text. */
static bool shape_value(const struct detector *d, const struct set_rule *r, const struct key_value *v, size_t *ret_end,
                        bool *ret_encoded) {
	*ret_end = v->end;
	*ret_encoded = false;
	if (!r->value)
		return true;
	ptrdiff_t n = shape_match(r->value, d->s + v->start, v->wide_end - v->start);
	size_t end = v->start + (n > 0 ? (size_t)n : 0);
	/* The longest match may stop inside a word. */
	if (n > 0 && !(v->quoted && goes_on(d, end, v->end)) &&
	    (end == v->wide_end || !byte_is_alnum(d->s[end]) || !byte_is_alnum(d->s[end - 1])) &&
	    !(end < v->end && (d->s[end] == '%' || d->s[end] == '+') && has_form_decoded(d, r, v))) {
		*ret_end = end;
		return true;
	}
	*ret_encoded = has_form_decoded(d, r, v);
	return *ret_encoded;
}

static void try_key(struct detector *d, uint16_t rule, const struct key *key, const struct key_value *v) {
	const struct set_rule *r = &d->set->items[rule];
	size_t end;
	bool encoded;

	if (!shape_value(d, r, v, &end, &encoded) || (v->prose && !r->value && !r->check))
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
	                               .encoded = encoded,
	                               .bounded = true});
}

/* Candidates of one key: each rule that knows it gets its value. */
struct key_hit {
	struct detector *d;
	struct key key;
	size_t after;
	struct key_value value;
	enum { VALUE_UNREAD, VALUE_NONE, VALUE_THERE } state;
	bool is_value; /* the key is only called so */
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

		if (use.role < NAME_KEY_END && !whole)
			continue;
		if (use.role == NAME_VALUE) {
			k->is_value = true;
			continue;
		}
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
		if (!word && !(letters >= TAIL_LOOSE_MIN && !parent))
			continue;
		const struct name *name = names_find(names, hash);
		if (name && name->keys_len)
			try_name(k, name, word && component_starts(s, lo, i), parent ? k->key.start : i);
	}
	return hash;
}

static void try_hit(struct key_hit *k) {
	struct detector *d = k->d;
	struct key before_key;
	uint64_t hash;
	size_t matches = d->matches_len;
	bool goes_on;

	hash = read_key(k, k->key, 0, false, &goes_on);
	if (k->is_value && key_named_beside(d->s, d->len, &k->key, &k->key)) {
		read_key(k, k->key, 0, false, &goes_on);
		return;
	}
	if (!goes_on || d->matches_len != matches || k->state == VALUE_NONE)
		return;
	if (key_words_before(d->s, &k->key, &before_key) || key_parent(d->s, d->len, &k->key, &before_key))
		read_key(k, before_key, hash, true, &goes_on);
}

/* What may stand between a key and its separator; 2: part of an encoding. */
static const uint8_t closers[256] = {['"'] = 1, ['\''] = 1, ['`'] = 1, ['\\'] = 1, [']'] = 1, [' '] = 1, [';'] = 2};

/* A cheap look at the last letters before the separator at `at` of a slab. */
static inline bool key_may_end(const struct tails *keys, const struct masks *m, const char *s, size_t len, size_t at) {
	size_t end = at;

	if (s[at] == '%')
		return at + 2 < len && s[at + 1] == '3';
	if (s[at] == '>' && at && (s[at - 1] == '"' || s[at - 1] == '\''))
		return true;
	while (end && closers[(unsigned char)s[end - 1]] == 1 && at - end < 6)
		end--;
	if (!end || closers[(unsigned char)s[end - 1]] == 2 || (end >= 3 && s[end - 3] == '%') ||
	    (end >= 6 && s[end - 6] == '\\'))
		return end;
	/* A key may end with a joint. */
	while (end && name_fold[(unsigned char)s[end - 1]] == NAME_JOIN)
		end--;
	if (!end || !name_is_word((unsigned char)s[end - 1]))
		return false;
	unsigned run = mask_back(m->starts, (end - 1) >> 6, (end - 1) & 63);
	uint64_t tail = tail_of(tail_last_eight(s, end), run < TAIL_LOOSE_MIN ? run : TAIL_LOOSE_MIN);
	return tail_entry(keys, tail) && (run >= TAIL_LOOSE_MIN || tail_may_short(keys, s, m->starts, end, run));
}

DETECT_NEWER_CPUS static size_t filter_keys(const struct tails *keys, const struct masks *m, const char *slab,
                                            size_t len, uint16_t *at, size_t n) {
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		at[kept] = at[i];
		kept += key_may_end(keys, m, slab, len, at[i]);
	}
	return kept;
}

void scan_fill_keys(struct detector *d, const char *slab, size_t len) {
	places_fill(&d->keys, d->masks.keys, len);
	d->keys.len = filter_keys(&d->set->names.keys.tails, &d->masks, slab, len, d->keys.at, d->keys.len);
}

void scan_key(struct detector *d, size_t at) {
	struct key_hit k = {.d = d, .state = VALUE_UNREAD};

	if (at && key_of_separator(d->s, d->len, at, &k.key, &k.after))
		try_hit(&k);
}

void scan_columns(struct detector *d) {
	for (size_t i = 0; i < d->columns_len; i++) {
		const struct key_column *c = &d->columns[i];
		struct key_hit k = {.d = d,
		                    .key = c->key,
		                    .after = c->after,
		                    .value = {.start = c->start, .end = c->end, .wide_end = c->end, .quoted = true},
		                    .state = VALUE_THERE};

		if (c->end > c->start && !key_value_is_placeholder(d->s + c->start, c->end - c->start, "", 0))
			try_hit(&k);
	}
}
