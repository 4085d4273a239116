/* SPDX-License-Identifier: MIT */
/*
 * Every rule that finds by shapes, against slow ways to find the same: the shapes alone against PCRE2, the whole engine
 * with its anchors, tables and masks against a matcher that tries every shape at every byte. Run from the root.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "reference.h"

#include <pcre2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHAPES_MAX 64
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

struct perl {
	pcre2_code *code;
	pcre2_match_data *data;
};

static struct perl perl_new(const char *shape) {
	int error;
	PCRE2_SIZE at;
	struct perl p = {.code = pcre2_compile((PCRE2_SPTR)shape, PCRE2_ZERO_TERMINATED, PCRE2_ANCHORED | PCRE2_DOTALL,
	                                       &error, &at, NULL)};

	if (!p.code)
		fail_msg("PCRE2 does not take %s, at %zu", shape, at);
	p.data = pcre2_match_data_create(64, NULL);
	return p;
}

static void perl_release(struct perl *p) {
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
}

/* Its second algorithm follows all ways at once, and gives the longest match first. */
static ptrdiff_t perl_match(const struct perl *p, const char *s, size_t len) {
	int workspace[4096];
	int n = pcre2_dfa_match(p->code, (PCRE2_SPTR)s, len, 0, 0, p->data, NULL, workspace, 4096);

	return n < 0 ? -1 : (ptrdiff_t)pcre2_get_ovector_pointer(p->data)[1];
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
		ptrdiff_t got = shape_match(&shape, t.s, t.len), want = perl_match(&perl, t.s, t.len);
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

static size_t compare_text(const struct rule *rule, const struct detect_set *set, const struct shape *shapes,
                           const struct text *t, bool named) {
	bool needs = rule->context == RULE_CONTEXT_REQUIRED;
	struct seen got = {.len = 0}, want = {.len = 0};
	struct detector *d;

	assert_int_equal(detector_new(&d, set), 0);
	assert_int_equal(detector_scan(d, t->s, t->len, &(struct detect_text){0, (uint32_t)t->len}, 1, note, &got), 0);
	detector_free(d);
	if (!needs || named)
		slow_scan(shapes, rule->shapes.len, t, needs ? strlen(KEYWORD) : 0, &want);
	if (got.len != want.len || memcmp(got.items, want.items, got.len * sizeof(*got.items))) {
		complain(rule, t, &got, &want);
		fail();
	}
	return got.len;
}

/* The rule's shapes, and nothing of what judges a value. */
static size_t compare_rule(const struct rule *original, bool needs_context) {
	static char *keyword = (char *)KEYWORD;
	struct rule rule = {.id = original->id,
	                    .entity = original->entity,
	                    .confidence = 0.9f,
	                    .shapes = original->shapes,
	                    .context = needs_context ? RULE_CONTEXT_REQUIRED : RULE_CONTEXT_NONE,
	                    .context_keywords = {&keyword, needs_context},
	                    .context_window = TEXT_MAX};
	const struct rules one = {.items = &rule, .len = 1};
	struct detect_set *set;
	struct diags diags = {0};
	struct shape shapes[SHAPES_MAX];
	size_t at, found = 0;
	const char *why;

	assert_true(rule.shapes.len <= SHAPES_MAX);
	for (size_t i = 0; i < rule.shapes.len; i++)
		assert_int_equal(shape_parse(&shapes[i], rule.shapes.items[i], &at, &why), 0);
	assert_int_equal(detect_set_new(&set, &one, &(struct detect_options){.anywhere = true}, &diags), 0);
	for (int i = 0; i < 60; i++) {
		struct text t = {.len = 0};
		bool named = needs_context && below(3);

		if (needs_context)
			put(&t, named ? KEYWORD ", " : "giraffe, ", named ? strlen(KEYWORD) + 2 : 9);
		while (t.len < 64 || below(3)) {
			for (uint32_t n = below(4); n--;)
				put_noise(&t);
			put_value(&t, &shapes[below((uint32_t)rule.shapes.len)]);
		}
		found += compare_text(&rule, set, shapes, &t, named);
	}
	detect_set_free(set);
	return found;
}

static void the_engine_finds_what_trying_everything_finds(void **state) {
	(void)state;
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = &rules->items[i];

		if (rule->shapes.len && !compare_rule(rule, false))
			fail_msg("%s: nothing was found", rule->id);
		if (rule->shapes.len && !compare_rule(rule, true))
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
