/* SPDX-License-Identifier: MIT */
#include "rule/shape.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct shape parse(const char *text) {
	struct shape shape;
	const char *why = NULL;
	size_t at = 0;

	if (shape_parse(&shape, text, &at, &why))
		fail_msg("%s: byte %zu: %s", text, at, why);
	return shape;
}

/* On a heap copy of exactly that size, so that a sanitizer sees any byte read beyond it. */
static ptrdiff_t match(const struct shape *shape, const char *s, size_t len) {
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, s, len);
	ptrdiff_t n = shape_match(shape, len ? copy : copy + 1, len);
	free(copy);
	return n;
}

static void a_shape_matches_its_longest_text(void **state) {
	(void)state;
	static const struct {
		const char *shape, *text;
		int len;
	} cases[] = {
	    {"abc", "abcd", 3},
	    {"abc", "ab", -1},
	    {"abc", "", -1},
	    {"\\d{3}-\\d{2}-\\d{4}", "536-22-1234.", 11},
	    {"\\d{3}-\\d{2}-\\d{4}", "536-22-123", -1},
	    {"\\d{3}[ -]?\\d{2}[ -]?\\d{4}", "536221234", 9},
	    {"\\d{3}[ -]?\\d{2}[ -]?\\d{4}", "536 22 1234", 11},
	    {"\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]", "131052-308T", 11},
	    {"\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]", "131052+308G", -1},
	    {"[A-Z]{1,2}[A-Z0-9]{3}", "ABCDE", 5},
	    {"[A-Z]{1,2}[A-Z0-9]{3}", "ABCD", 4},
	    {"[ab]{0,3}ab", "aab", 3},
	    {"a?a?a?aaa", "aaaa", 4},
	    {"(?i)ab[c-d]", "AbD", 3},
	    {"(?i)[^a]b", "AB", -1},
	    {"(?i)[^a]b", "cB", 2},
	    {"[^0-9]x", "\xffx", 2},
	    {"\\.\\[\\]\\\\", ".[]\\", 4},
	    {"[\\]x-]{3}", "]x-", 3},
	    {"[a-]{2}", "-a", 2},
	    {"x\\d{0,2}", "x", 1},
	    {"x\\d{0,2}", "x123", 3},
	    {"\xc3\xa4\\d",
	     "\xc3\xa4"
	     "1",
	     3},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shape shape = parse(cases[i].shape);
		int len = match(&shape, cases[i].text, strlen(cases[i].text));
		if (len != cases[i].len)
			fail_msg("%s on %s: %d, not %d", cases[i].shape, cases[i].text, len, cases[i].len);
	}
}

static void a_shape_that_does_not_parse_says_where_and_why(void **state) {
	(void)state;
	static const struct {
		const char *shape;
		size_t at;
		const char *why;
	} cases[] = {
	    {"ab[c", 2, "not closed by ]"},
	    {"ab[]", 2, "empty"},
	    {"ab[z-a]", 3, "backwards"},
	    {"ab[^\\", 5, "backslash"},
	    {"abc\\", 4, "backslash"},
	    {"ab\\w", 2, "escape"},
	    {"ab{2", 2, "not closed by }"},
	    {"ab{}", 3, "number is missing"},
	    {"ab{2,}", 5, "number is missing"},
	    {"ab{3,2}", 2, "never match"},
	    {"ab{0}", 2, "never match"},
	    {"ab{256}", 3, "255"},
	    {"ab{99999999999999999999}", 3, "255"},
	    {"a*", 1, "escape it"},
	    {"a+b", 1, "escape it"},
	    {"(a|b)", 0, "escape it"},
	    {"a.b", 1, "escape it"},
	    {"^a", 0, "escape it"},
	    {"?", 0, "escape it"},
	    {"a??", 2, "escape it"},
	    {"", 0, "empty"},
	    {"(?i)", 0, "empty"},
	    {"a?\\d{0,3}", 0, "empty"},
	    {"a{255}b{255}c{2}", 0, "511"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shape shape = {.len = 77};
		const char *why = "";
		size_t at = 999;
		assert_int_equal(shape_parse(&shape, cases[i].shape, &at, &why), -EINVAL);
		if (at != cases[i].at || !strstr(why, cases[i].why))
			fail_msg("%s: byte %zu: %s", cases[i].shape, at, why);
		assert_int_equal(shape.len, 77);
	}
}

static void a_shape_has_at_most_48_atoms_and_511_bytes(void **state) {
	(void)state;
	char text[64];
	struct shape shape;
	const char *why;
	size_t at;

	memset(text, 'a', 49);
	text[48] = 0;
	shape = parse(text);
	assert_int_equal(shape.len, SHAPE_ATOMS_MAX);
	memcpy(text + 48, "a", 2);
	assert_int_equal(shape_parse(&shape, text, &at, &why), -EINVAL);
	assert_int_equal(at, 48);

	char all[512];
	memset(all, 'a', sizeof(all));
	shape = parse("a{1,255}[ab]{1,255}a");
	assert_int_equal(shape_max_len(&shape), SHAPE_LEN_MAX);
	assert_int_equal(match(&shape, all, sizeof(all)), SHAPE_LEN_MAX);
	assert_int_equal(match(&shape, all, 64), 64);
	assert_int_equal(match(&shape, all, 2), -1);
}

static void lengths_and_leading_literals_are_known(void **state) {
	(void)state;
	static const struct {
		const char *shape;
		size_t literal, min, max;
	} cases[] = {
	    {"AKIA[A-Z2-7]{16}", 4, 20, 20},
	    {"(?i)abc\\d{1,3}", 3, 4, 6},
	    {"[aA][bB]\\d", 2, 3, 3},
	    {"[aB]c", 0, 2, 2},
	    {"[+-]{4}\\d", 0, 5, 5},
	    {"[a+]b", 0, 2, 2},
	    {"[@`]b", 0, 2, 2},
	    {"a{3}b?", 3, 3, 4},
	    {"ab?c", 1, 2, 3},
	    {"756\\.?\\d{4}", 3, 7, 8},
	    {"\\d{3}", 0, 3, 3},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shape shape = parse(cases[i].shape);
		assert_int_equal(shape_literal_len(&shape), cases[i].literal);
		assert_int_equal(shape_min_len(&shape), cases[i].min);
		assert_int_equal(shape_max_len(&shape), cases[i].max);
	}
}

/* The plain definition: try every repeat count of every atom. */
static ptrdiff_t match_slowly(const struct shape *shape, size_t atom, const char *s, size_t len) {
	ptrdiff_t best = -1;

	if (atom == shape->len)
		return 0;
	const struct shape_atom *a = &shape->atoms[atom];
	for (size_t n = 0; n <= a->max && n <= len; n++) {
		if (n && !shape_atom_has(a, s[n - 1]))
			break;
		ptrdiff_t rest = n >= a->min ? match_slowly(shape, atom + 1, s + n, len - n) : -1;
		if (rest >= 0 && rest + (ptrdiff_t)n > best)
			best = rest + n;
	}
	return best;
}

static void matching_agrees_with_trying_every_way(void **state) {
	(void)state;
	static const char *const pieces[] = {"a",     "b",      "[ab]",      "[^a]", "a?",
	                                     "[ab]?", "b{1,2}", "[ab]{0,3}", "a{2}", "[abc]{1,2}"};
	unsigned seed = 12345;
	int matched = 0;

	for (int round = 0; round < 20000; round++) {
		char text[128] = "", s[12];
		for (int i = 0, n = 1 + rand_r(&seed) % 5; i < n; i++)
			strcat(text, pieces[rand_r(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
		size_t len = rand_r(&seed) % sizeof(s), at;
		for (size_t i = 0; i < len; i++)
			s[i] = "abc"[rand_r(&seed) % 3];
		struct shape shape;
		const char *why;
		if (shape_parse(&shape, text, &at, &why))
			continue;
		ptrdiff_t want = match_slowly(&shape, 0, s, len), got = match(&shape, s, len);
		if (got != want)
			fail_msg("%s on %.*s: %td, not %td", text, (int)len, s, got, want);
		matched += got > 0;
	}
	assert_true(matched > 1000);
}

static void no_text_makes_the_parser_read_outside_of_it(void **state) {
	(void)state;
	unsigned seed = 777;

	for (int round = 0; round < 20000; round++) {
		size_t len = rand_r(&seed) % 16, at = 0;
		char *text = malloc(len + 1);
		struct shape shape;
		const char *why = NULL;
		for (size_t i = 0; i < len; i++)
			text[i] = "ab\\[]-^{},?d19(i)"[rand_r(&seed) % 17];
		text[len] = 0;
		if (shape_parse(&shape, text, &at, &why)) {
			assert_non_null(why);
			assert_true(at <= len);
		} else {
			assert_true(shape_min_len(&shape) > 0);
		}
		free(text);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_shape_matches_its_longest_text),
	    cmocka_unit_test(a_shape_that_does_not_parse_says_where_and_why),
	    cmocka_unit_test(a_shape_has_at_most_48_atoms_and_511_bytes),
	    cmocka_unit_test(lengths_and_leading_literals_are_known),
	    cmocka_unit_test(matching_agrees_with_trying_every_way),
	    cmocka_unit_test(no_text_makes_the_parser_read_outside_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
