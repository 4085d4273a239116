/* SPDX-License-Identifier: MIT */
/*
 * Every rule against slow ways to find the same: the shapes alone against PCRE2, the whole engine with its anchors,
 * tables, masks and hashes of names against a matcher that tries everything everywhere. Run from the root.
 */
#include "reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEYWORD "zebra"

static struct rules *rules;
static uint64_t random_state = 0x2545f4914f6cdd1dull;

static uint32_t below(uint32_t n) {
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % n;
}

static void put(struct text *t, const char *s, size_t len) {
	if (t->len + len <= TEXT_MAX) {
		memcpy(t->s + t->len, s, len);
		t->len += len;
	}
}

/* Escapes have rules of their own, so that they are made only where a shape has nothing else. */
static bool is_plain(unsigned char c) {
	return c >= ' ' && c < 0x7f && c != '\\' && c != '%';
}

static char any_of(const struct shape_atom *a) {
	char bytes[256], other = ' ';
	unsigned n = 0;

	for (unsigned c = 0; c < 256; c++)
		if (shape_atom_has(a, (unsigned char)c))
			*(is_plain((unsigned char)c) ? &bytes[n++] : &other) = (char)c;
	return n ? bytes[below(n)] : other;
}

/* Something that the shape matches, now and then a little off. */
static void put_value(struct text *t, const struct shape *shape) {
	struct text v = {.len = 0};

	for (unsigned i = 0; i < shape->len; i++) {
		const struct shape_atom *a = &shape->atoms[i];
		unsigned n = a->min + below((uint32_t)(a->max - a->min < 12 ? a->max - a->min : 12) + 1);

		for (unsigned k = 0; k < n; k++)
			put(&v, &(char){any_of(a)}, 1);
	}
	if (v.len && !below(4))
		v.s[below((uint32_t)v.len)] = " -.0aZ9"[below(7)];
	if (v.len && !below(8))
		v.len--;
	put(t, v.s, v.len);
}

static void put_noise(struct text *t) {
	static const char *const noise[] = {" ",   " ",  ", ",  "-",  ".",      "/",        "(",       ")",
	                                    "\"",  "'",  ";",   "#",  ": ",     "_",        "x",       "Q",
	                                    "7",   "12", "345", "1a", "a1b2c3", "20261122", "ab",      "tail",
	                                    "GET", "+",  "--",  "[",  "4711",   " 99 ",     " 1 2 3 ", " AB "};
	const char *one = noise[below(sizeof(noise) / sizeof(*noise))];

	put(t, one, strlen(one));
}

static void compare_shape(const struct rule *rule, const char *source) {
	struct shape shape;
	size_t at, matched = 0;
	const char *why;

	assert_int_equal(shape_parse(&shape, source, &at, &why), 0);
	struct perl perl = perl_new(source);
	for (int i = 0; i < 200; i++) {
		struct text t = {.len = 0};

		put_value(&t, &shape);
		for (uint32_t n = below(4); n--;)
			put_noise(&t);
		size_t ends[PERL_MATCHES_MAX];
		ptrdiff_t got = shape_match(&shape, t.s, t.len),
		          want = perl_ends(&perl, t.s, t.len, ends) ? (ptrdiff_t)ends[0] : -1;
		if (got != want)
			fail_msg("%s: %s in `%.*s`: %td, by PCRE2 %td", rule->id, source, (int)t.len, t.s, got, want);
		matched += got >= 0;
	}
	if (matched < 20)
		fail_msg("%s: %s matched %zu of 200 texts made for it", rule->id, source, matched);
	perl_release(&perl);
}

static void shapes_match_what_they_match_as_perl_expressions(void **state) {
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = &rules->items[i];

		for (size_t k = 0; k < rule->shapes.len; k++, n++)
			compare_shape(rule, rule->shapes.items[k]);
		if (rule->value) {
			compare_shape(rule, rule->value);
			n++;
		}
	}
	assert_true(n > 500);
}

static void complain(const struct rule *rule, const struct text *t, const struct seen *got, const struct seen *want) {
	print_error("%s: in `%.*s`\n", rule->id, (int)t->len, t->s);
	for (size_t i = 0; i < got->len; i++)
		print_error("  found %zu-%zu\n", got->items[i].start, got->items[i].end);
	for (size_t i = 0; i < want->len; i++)
		print_error("  by trying everything %zu-%zu\n", want->items[i].start, want->items[i].end);
}

static size_t compare_text(const struct reference *r, const struct text *t, bool named) {
	bool needs = r->rule.context == RULE_CONTEXT_REQUIRED;
	struct seen got, want = {.len = 0};

	/* What is in a column has the column's name for its context, and no other. */
	if (needs && has_columns(t))
		return 0;
	fast_scan(r, t, &got);
	if (!needs || named)
		slow_scan(r, t, needs ? strlen(KEYWORD) : 0, &want);
	if (!is_same(&got, &want)) {
		complain(&r->rule, t, &got, &want);
		fail();
	}
	return got.len;
}

static void put_string(struct text *t, const char *s) {
	put(t, s, strlen(s));
}

/* As somebody might write it: parts of it joined, in another case, behind something else. */
static void put_key(struct text *t, const char *name) {
	static const char *const longer[] = {"", "", "", "user.", "db_", "old", "x-", "customer[", "Big"};
	static const char *const joints[] = {"_", "-", " ", ".", ""};
	const char *joint = joints[below(5)];
	bool upper = !below(3);

	put_string(t, longer[below(sizeof(longer) / sizeof(*longer))]);
	for (name += *name == '*'; *name; name++) {
		char c = *name;

		/* Not within a letter of several bytes. */
		if (!below(5) && (unsigned char)c < 0x80)
			put_string(t, joint);
		if (c >= 'a' && c <= 'z' && (upper || !below(8)))
			c -= 32;
		put(t, below(40) ? &c : "q", 1);
	}
}

static void put_pair(struct text *t, const struct reference *r) {
	static const char *const forms[][3] = {{"", "=", " "},
	                                       {"", "=\"", "\" "},
	                                       {"\"", "\":\"", "\","},
	                                       {"\"", "\": \"", "\""},
	                                       {"", ": ", ","},
	                                       {"'", "' => '", "'"},
	                                       {"<", ">", "</"},
	                                       {"\\\"", "\\\":\\\"", "\\\""},
	                                       {"", "%3D", "&"},
	                                       {"{\"", "\":", "}"},
	                                       {"[", "]=", ";"},
	                                       {"INSERT INTO t (id, ", ") VALUES (7, '", "')"},
	                                       {"Key (", ")=(", ") exists"},
	                                       {"", "=", "="},
	                                       {"", "==", " "},
	                                       {"", " = ", "\n"}};
	const char *const *form = forms[below(sizeof(forms) / sizeof(*forms))];
	const char *name = r->rule.keys.items[below((uint32_t)r->rule.keys.len)];
	const struct rule_example *e = &r->rule.examples[below((uint32_t)r->rule.examples_len)];

	/* Its first part where its object, or prose, has it. */
	if (!below(4))
		put_string(t, below(2) ? "{\"customer\":" : "customer ");
	put_string(t, form[0]);
	put_key(t, name);
	put_string(t, form[1]);
	if (r->rule.value && below(4))
		put_value(t, &r->value);
	else if (e->spans_len && below(2))
		put(t, e->text + e->spans[0].start, e->spans[0].end - e->spans[0].start);
	else
		for (uint32_t n = 1 + below(3); n--;)
			put_noise(t);
	put_string(t, form[2]);
}

/* An example of the rule, or only what it finds there; now and then a little off. */
static void put_example(struct text *t, const struct reference *r) {
	const struct rule_example *e = &r->rule.examples[below((uint32_t)r->rule.examples_len)];
	size_t from = t->len;

	if (e->spans_len && below(2))
		put(t, e->text + e->spans[0].start, e->spans[0].end - e->spans[0].start);
	else
		put_string(t, e->text);
	for (uint32_t n = below(3); n-- && t->len > from;)
		t->s[from + below((uint32_t)(t->len - from))] = " -.0aZ9:@=/+%(\n"[below(15)];
}

static void put_something(struct text *t, const struct reference *r) {
	if (r->rule.anchor)
		put_example(t, r);
	else if (r->rule.keys.len)
		put_pair(t, r);
	else
		put_value(t, &r->shapes[below((uint32_t)r->rule.shapes.len)]);
}

static size_t compare_rule(const struct rule *original, bool needs_context) {
	struct reference r;
	size_t found = 0;

	reference_init(&r, original, needs_context ? KEYWORD : NULL);
	/* Span functions know forms that no example of theirs has. */
	for (int i = original->anchor ? 1500 : 60; i > 0; i--) {
		struct text t = {.len = 0};
		bool named = needs_context && below(3);

		if (needs_context)
			put_string(&t, named ? KEYWORD ", " : "giraffe, ");
		while (t.len < 64 || below(3)) {
			for (uint32_t n = below(4); n--;)
				put_noise(&t);
			put_something(&t, &r);
		}
		found += compare_text(&r, &t, named);
	}
	reference_release(&r);
	return found;
}

static void the_engine_finds_what_trying_everything_finds(void **state) {
	(void)state;
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = &rules->items[i];

		if (!compare_rule(rule, false))
			fail_msg("%s: nothing was found", rule->id);
		if (!compare_rule(rule, true))
			fail_msg("%s: nothing was found beside the keyword", rule->id);
	}
}

static int load(void **state) {
	const char *dirs[] = {"rules"};
	struct diags diags = {0};

	(void)state;
	return rules_load(&rules, dirs, 1, &diags);
}

static int unload(void **state) {
	(void)state;
	rules_free(rules);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shapes_match_what_they_match_as_perl_expressions),
	    cmocka_unit_test(the_engine_finds_what_trying_everything_finds),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
