/* SPDX-License-Identifier: MIT */
/*
 * The slow way to find what a rule finds: every shape at every byte, a span function wherever the anchor's expression
 * matches, every name at every separator. How keys and values are written is asked of detect/key.h, which has tests of
 * its own: what is compared is what finds them.
 */
#ifndef TESTS_RULES_REFERENCE_H
#define TESTS_RULES_REFERENCE_H

#include "base/cleanup.h"
#include "detect/byte.h"
#include "detect/detector.h"
#include "perl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024
#define FOUND_MAX 256
#define SHAPES_MAX 64

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
	size_t unreal; /* as wide as the others: they are compared as bytes */
};

struct seen {
	struct found items[FOUND_MAX];
	size_t len;
};

static void add(struct seen *s, size_t start, size_t end, enum check_class class) {
	for (size_t i = 0; i < s->len; i++)
		if (s->items[i].start == start && s->items[i].end == end)
			return;
	if (s->len < FOUND_MAX)
		s->items[s->len++] = (struct found){start, end, class != CHECK_REAL};
}

static bool is_same(const struct seen *a, const struct seen *b) {
	return a->len == b->len && !memcmp(a->items, b->items, a->len * sizeof(*a->items));
}

static void note(void *arg, const struct detect_match *m) {
	struct seen *s = arg;

	if (s->len < FOUND_MAX)
		s->items[s->len++] = (struct found){m->start, m->end, m->class != CHECK_REAL};
}

/* Without the last group of letters and digits, and what stands before it; start: there is nothing left. */
static size_t cut(const char *s, size_t start, size_t end) {
	while (end > start && byte_is_word(s[end - 1]))
		end--;
	while (end > start && !byte_is_word(s[end - 1]))
		end--;
	return end;
}

/* Cut by a group at a time, up to three times, until nothing goes on at its end. */
static size_t slow_end(const struct detector *d, const struct shape *shape, size_t start) {
	ptrdiff_t n = slow_match(shape, d->s + start, d->len - start);

	for (int tries = 0; tries <= 3 && n > 0; tries++) {
		size_t end = start + (size_t)n;

		if (right_is_open(d, end))
			return end;
		end = cut(d->s, start, end);
		n = end > start ? slow_match(shape, d->s + start, end - start) : -1;
	}
	return 0;
}

static size_t run_end(const struct text *t, size_t at) {
	while (at < t->len && byte_is_alnum(t->s[at]))
		at++;
	return at;
}

static bool has_digit(const struct text *t, size_t from, size_t to) {
	while (from < to && !byte_is_digit(t->s[from]))
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

static bool is_better(const struct found *a, const struct found *b) {
	return a->unreal != b->unreal ? b->unreal : a->end - a->start > b->end - b->start;
}

/* Of values that overlap, the real one, then the longest; of those the first. */
static void resolve(struct seen *all, struct seen *ret) {
	ret->len = 0;
	for (;;) {
		struct found *best = NULL;

		for (size_t i = 0; i < all->len; i++)
			if (all->items[i].end && (!best || is_better(&all->items[i], best)))
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

static void slow_shapes(const struct shape *shapes, size_t shapes_len, const struct text *t, size_t from,
                        struct seen *ret) {
	struct detector d = {.s = t->s, .len = t->len};

	for (size_t start = from; start < t->len; start++) {
		if (!left_is_open(&d, start))
			continue;
		for (size_t i = 0; i < shapes_len; i++) {
			size_t end = slow_end(&d, &shapes[i], start);

			/* Milliseconds since 1970 may be of a rule that the keyword before `from` speaks for. */
			if (end && (!is_epoch(t->s + start, end - start) || (from && end - start == EPOCH_MS_DIGITS)) &&
			    (has_early_digit(t, start) || is_anchored(&shapes[i])))
				add(ret, start, end, CHECK_REAL);
		}
	}
}

/* The longest part of it that the validator takes. */
static void add_span(check_fn check, const struct text *t, const struct span *span, struct seen *ret) {
	size_t end = span->end;

	for (int tries = 0; tries <= 3 && end > span->start; tries++) {
		const char *v = t->s + span->start;
		size_t len = end - span->start;
		enum check_class class = !check          ? CHECK_REAL
		                         : span->encoded ? value_check_decoded(check, v, len)
		                                         : check(v, len);

		if (class != CHECK_INVALID) {
			add(ret, span->start, end, class);
			return;
		}
		end = span->may_shrink ? cut(t->s, span->start, end) : 0;
	}
}

/* An expression that is compiled says where its span function is called; the others tell only what is about. */
static void slow_spans(const struct span_kind *kind, const struct perl *anchor, check_fn check, const struct text *t,
                       size_t from, struct seen *ret) {
	for (size_t start = from; start < t->len; start++) {
		size_t ends[PERL_MATCHES_MAX], n = perl_ends(anchor, t->s + start, t->len - start, ends);
		struct span span;

		for (size_t i = 0; i < n && kind->source == SPAN_ANCHOR; i++)
			if (kind->fn(t->s, t->len, start + ends[i], &span))
				add_span(check, t, &span, ret);
		for (size_t at = 1; n && at <= ends[0] && kind->source != SPAN_ANCHOR; at++)
			if (kind->fn(t->s, t->len, start + at, &span))
				add_span(check, t, &span, ret);
	}
}

/* Is what stands from `at` to the end of the key, a part before it included, this name? */
static bool has_name(const struct text *t, const char *name, size_t at, const struct key *part, const struct key *key) {
	static const char joints_of_components[] = ". [/$@";
	char normal[2 * KEY_LEN_MAX];
	bool end_counts = *name == '*', parent = part != key, word = name_word_starts(t->s, part->start, at, part->end);
	size_t n = key_normalize(normal, KEY_LEN_MAX, t->s + at, part->end - at);

	name += end_counts;
	if (parent)
		n += key_normalize(normal + n, KEY_LEN_MAX, t->s + key->start, key->end - key->start);
	if (name_fold[(unsigned char)t->s[at]] <= NAME_JOIN || n != strlen(name) || memcmp(normal, name, n) != 0)
		return false;
	if (end_counts)
		return word || (n >= TAIL_LOOSE_MIN && !parent);
	return word && (at == part->start || strchr(joints_of_components, t->s[at - 1]));
}

/* A value that repeats the name is none. */
static bool repeats(const struct text *t, size_t from, const struct key *key, const struct found *value) {
	size_t len = value->end - value->start;

	return key->end - from == len && !memcmp(t->s + from, t->s + value->start, len);
}

static bool has_any_name(const struct text *t, const struct rule *rule, const struct key *part, const struct key *key,
                         const struct found *value) {
	for (size_t at = part->start; at < part->end; at++)
		for (size_t i = 0; i < rule->keys.len && !repeats(t, part == key ? at : key->start, key, value); i++)
			if (has_name(t, rule->keys.items[i], at, part, key))
				return true;
	return false;
}

/* The whole of it, once it is decoded as a part of a URL. */
static bool fits_decoded(const struct shape *shape, const char *s, size_t len) {
	char plain[DECODED_MAX];
	size_t n =
	    len <= sizeof(plain) && (memchr(s, '%', len) || memchr(s, '+', len)) ? value_decode(plain, s, len, true) : 0;

	return n && slow_match(shape, plain, n) == (ptrdiff_t)n;
}

/* Where the value of that form ends; 0: it has not that form. NULL: any. */
static size_t slow_value_end(const struct shape *shape, const struct text *t, const struct key_value *v) {
	if (!shape)
		return v->end;
	ptrdiff_t n = slow_match(shape, t->s + v->start, v->wide_end - v->start);
	size_t end = v->start + (n > 0 ? (size_t)n : 0), rest = end;
	bool decoded = fits_decoded(shape, t->s + v->start, v->end - v->start);

	while (rest < v->end && t->s[rest] == ' ')
		rest++;
	if (n <= 0 || (v->quoted && rest < v->end) ||
	    (end < v->wide_end && byte_is_alnum(t->s[end]) && byte_is_alnum(t->s[end - 1])) ||
	    (decoded && end < v->end && (t->s[end] == '%' || t->s[end] == '+')))
		return decoded ? v->end : 0;
	return end;
}

static bool is_called_value(const struct text *t, const struct key *key) {
	static const char *const names[] = {"value", "val", "v"};

	for (size_t at = key->start; at < key->end; at++)
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (has_name(t, names[i], at, key, key))
				return true;
	return false;
}

static void add_value(const struct rule *rule, const struct shape *shape, const struct text *t, const struct key *key,
                      const struct key_value *v, struct seen *ret) {
	const struct found value = {.start = v->start, .end = slow_value_end(shape, t, v)};
	size_t rest = v->quoted ? t->len : v->end, len = value.end - value.start;
	struct key part;

	if (key_value_is_placeholder(t->s + v->start, v->end - v->start, t->s + rest, t->len - rest) ||
	    (v->prose && !shape) || !value.end || len < rule->value_min || (rule->value_max && len > rule->value_max))
		return;
	bool named = has_any_name(t, rule, key, key, &value);
	if (is_called_value(t, key) && key_named_beside(t->s, t->len, key, &part))
		named = has_any_name(t, rule, &part, &part, &value);
	else if (!named && (key_words_before(t->s, key, &part) || key_parent(t->s, t->len, key, &part)))
		named = has_any_name(t, rule, &part, key, &value);
	if (named)
		add(ret, value.start, value.end, CHECK_REAL);
}

static bool opens_columns(const struct text *t, size_t at) {
	return (at >= 7 && !strncasecmp(t->s + at - 7, "values(", 7)) ||
	       (at >= 8 && !strncasecmp(t->s + at - 8, "values (", 8)) || (at >= 3 && !memcmp(t->s + at - 3, ")=(", 3));
}

static inline bool has_columns(const struct text *t) {
	size_t at = 0;

	while (at < t->len && !opens_columns(t, at))
		at++;
	return at < t->len;
}

static void slow_keys(const struct rule *rule, const struct shape *shape, const struct text *t, size_t from,
                      struct seen *ret) {
	struct key_column columns[COLUMNS_MAX];
	struct key_value v;
	struct key key;
	size_t after;

	for (size_t at = from; at < t->len; at++) {
		size_t n = opens_columns(t, at) ? key_columns(t->s, t->len, at, columns, COLUMNS_MAX) : 0;

		for (size_t i = 0; i < n; i++)
			if (columns[i].end > columns[i].start)
				add_value(
				    rule, shape, t, &columns[i].key,
				    &(struct key_value){
				        .start = columns[i].start, .end = columns[i].end, .wide_end = columns[i].end, .quoted = true},
				    ret);
		if (at && strchr("=:>%", t->s[at]) && key_of_separator(t->s, t->len, at, &key, &after) &&
		    key_value(t->s, t->len, after, &v))
			add_value(rule, shape, t, &key, &v, ret);
	}
}

/* A rule with nothing of what judges a value, but for the validator of a span function: that leaves much to it. */
struct reference {
	struct rule rule;
	struct rules rules; /* that one */
	char *keyword;      /* that it needs nearby, if any */
	struct shape shapes[SHAPES_MAX];
	struct shape value; /* of its keys, if the rule says */
	struct perl anchor;
	const struct span_kind *span;
	check_fn check;
	struct detect_set *set;
	struct detector *detector;
};

static void sure(bool it_is, const char *what) {
	if (!it_is) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

static void parse(struct shape *ret, const char *text) {
	const char *why;
	size_t at;

	sure(!shape_parse(ret, text, &at, &why), text);
}

static void parse_forms(struct reference *r) {
	sure(r->rule.shapes.len <= SHAPES_MAX, "there are not more shapes");
	for (size_t i = 0; i < r->rule.shapes.len; i++)
		parse(&r->shapes[i], r->rule.shapes.items[i]);
	if (r->rule.value)
		parse(&r->value, r->rule.value);
	if (!r->rule.anchor)
		return;
	r->anchor = perl_new(r->rule.anchor);
	r->span = span_find(r->rule.span);
	r->check = r->rule.validator ? check_find(r->rule.validator)->fn : NULL;
}

/* keyword: the rule needs it nearby; NULL: nothing. original must outlive it; *ret must stay where it is. */
static void reference_init(struct reference *ret, const struct rule *original, const char *keyword) {
	struct diags diags = {0};

	*ret = (struct reference){.rule = {.id = original->id,
	                                   .entity = original->entity,
	                                   .confidence = 0.9f,
	                                   .shapes = original->shapes,
	                                   .anchor = original->anchor,
	                                   .span = original->span,
	                                   .validator = original->anchor ? original->validator : NULL,
	                                   .keys = original->keys,
	                                   .value = original->value,
	                                   .value_min = original->value_min,
	                                   .value_max = original->value_max,
	                                   .context = keyword ? RULE_CONTEXT_REQUIRED : RULE_CONTEXT_NONE,
	                                   .context_window = TEXT_MAX,
	                                   .examples = original->examples,
	                                   .examples_len = original->examples_len},
	                          .keyword = (char *)keyword};
	ret->rule.context_keywords = (struct rule_strings){&ret->keyword, keyword != NULL};
	ret->rules = (struct rules){.items = &ret->rule, .len = 1};
	parse_forms(ret);
	sure(!detect_set_new(&ret->set, &ret->rules, &(struct detect_options){.anywhere = true}, &diags), original->id);
	sure(!detector_new(&ret->detector, ret->set), "there is memory");
	/* Texts as they stand: what they are decoded is another text, in which the same is found. */
	detector_free(ret->detector->second);
	ret->detector->second = NULL;
}

static inline void reference_release(struct reference *r) {
	detector_free(r->detector);
	detect_set_free(r->set);
	if (r->rule.anchor)
		perl_release(&r->anchor);
}

static void fast_scan(const struct reference *r, const struct text *t, struct seen *ret) {
	const struct detect_text whole = {0, (uint32_t)t->len};

	ret->len = 0;
	sure(!detector_scan(r->detector, t->s, t->len, &whole, 1, note, ret), "it scans");
}

static void slow_scan(const struct reference *r, const struct text *t, size_t from, struct seen *ret) {
	const struct rule *rule = &r->rule;
	struct seen all = {.len = 0};

	if (rule->anchor)
		slow_spans(r->span, &r->anchor, r->check, t, from, &all);
	else if (rule->keys.len)
		slow_keys(rule, rule->value ? &r->value : NULL, t, from, &all);
	else
		slow_shapes(r->shapes, rule->shapes.len, t, from, &all);
	resolve(&all, ret);
}

#endif
