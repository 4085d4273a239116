/* SPDX-License-Identifier: MIT */
/* Patterns that are handed to other programs find what the rule's shapes find: regcomp() and PCRE2 are asked. */
#include "export/pattern.h"

#include "base/cleanup.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Does the engine find the pattern at the front of the text, and how far does it go? */
static ptrdiff_t posix_match(const char *pattern, const char *text) {
	regex_t re;
	regmatch_t match;
	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED), 0);
	int r = regexec(&re, text, 1, &match, 0);
	regfree(&re);
	return r || match.rm_so ? -1 : match.rm_eo;
}

static ptrdiff_t pcre_match(const char *pattern, const char *text) {
	int error;
	PCRE2_SIZE at;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_DOTALL, &error, &at, NULL);
	assert_non_null(re);
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(re, NULL);
	int r = pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, PCRE2_ANCHORED, data, NULL);
	ptrdiff_t end = r < 0 ? -1 : (ptrdiff_t)pcre2_get_ovector_pointer(data)[1];
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return end;
}

static const struct {
	enum pattern_dialect dialect;
	ptrdiff_t (*match)(const char *pattern, const char *text);
} engines[] = {{PATTERN_RE2, pcre_match}, {PATTERN_POSIX, posix_match}};

static void must_write(struct buf *ret, const struct redaction *r, enum pattern_dialect dialect) {
	struct pattern_groups groups;
	assert_int_equal(pattern_regex(ret, r, dialect, &groups), 0);
	assert_int_equal(buf_append(ret, "", 1), 0);
	assert_true(dialect == PATTERN_POSIX || !strpbrk(ret->data, "'\"$"));
}

static void must_parse(struct shape *ret, const char *text) {
	size_t at;
	const char *why;
	assert_int_equal(shape_parse(ret, text, &at, &why), 0);
}

/* Behind a fixed byte, so that a match at the front is of the class alone. */
static void a_class_has_the_bytes_of_its_atom(void **state) {
	(void)state;
	static const char specials[] = "]^[-\\$.*+?(){}|'\"/az09_ ";
	for (unsigned bits = 1; bits < 1u << 12; bits++) {
		struct redaction r = {0};
		must_parse(&r.value, "=[xy]=");
		struct shape_atom *a = &r.value.atoms[1];
		memset(a->set, bits & 1 ? 0xff : 0, sizeof(a->set));
		for (unsigned i = 0; i < sizeof(specials) - 1; i++)
			if (bits >> (i % 12) & 1)
				a->set[specials[i] >> 6] ^= 1ull << (specials[i] & 63);
		for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++) {
			_cleanup_(buf_release) struct buf pattern = {0};
			must_write(&pattern, &r, engines[e].dialect);
			for (unsigned i = 0; i < sizeof(specials) - 1; i++) {
				const char text[] = {'=', specials[i], '=', 0};
				assert_int_equal(engines[e].match(pattern.data, text), shape_match(&r.value, text, 3));
			}
		}
	}
}

static void a_value_is_found_as_far_as_its_shape_goes(void **state) {
	(void)state;
	static const struct {
		const char *shape, *text;
	} cases[] = {
	    {"AKIA[A-Z2-7]{16}", "AKIAQ7W5E4R3T2Y6U5I4"},
	    {"\\d{6}[-+A]\\d{3}[0-9A-Y]", "131052A308T"},
	    {"(?i)ab?c{2,3}", "ABccc"},
	    {"[2-6]\\d{3}[ -]\\d{4}[ -]\\d{4}[ -]\\d{4}", "4571-0000 1234-5678"},
	    {"x[^\"]{3,5}", "x\xc3\xa4 yz"},
	    {"\\+[1-9][0-9 ()./-]{5,18}[0-9]", "+358 40 539-1333"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct redaction r = {0};
		must_parse(&r.value, cases[i].shape);
		for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++) {
			_cleanup_(buf_release) struct buf pattern = {0};
			must_write(&pattern, &r, engines[e].dialect);
			assert_int_equal(engines[e].match(pattern.data, cases[i].text), strlen(cases[i].text));
		}
	}
}

static void a_key_is_found_however_it_is_written(void **state) {
	(void)state;
	static const char *const texts[] = {"firstName=Maija", "first_name=Maija", "FIRST-NAME=Maija", "first name=Maija",
	                                    "userPassword=Maija"};
	char *keys[] = {(char *)"first name", (char *)"*password"};
	const struct rule_strings words = {keys, 2};
	struct redaction r = {.words = &words, .keys = true};
	must_parse(&r.before, "=");
	must_parse(&r.value, "[A-Za-z]{2,20}");
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++) {
		_cleanup_(buf_release) struct buf pattern = {0};
		must_write(&pattern, &r, engines[e].dialect);
		for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
			assert_int_equal(engines[e].match(pattern.data, texts[i]), strlen(texts[i]));
		assert_int_equal(engines[e].match(pattern.data, "lastName=Maija"), -1);
	}
}

static void a_keyword_counts_within_its_window(void **state) {
	(void)state;
	char *keywords[] = {(char *)"driver's licence"};
	const struct rule_strings words = {keywords, 1};
	struct redaction r = {.words = &words, .window = 10};
	must_parse(&r.value, "\\d{4}");
	for (size_t e = 0; e < sizeof(engines) / sizeof(*engines); e++) {
		_cleanup_(buf_release) struct buf pattern = {0};
		must_write(&pattern, &r, engines[e].dialect);
		assert_int_equal(engines[e].match(pattern.data, "driver's licence no 1234"), 24);
		assert_int_equal(engines[e].match(pattern.data, "driver's licence of him: 1234"), 29);
		assert_int_equal(engines[e].match(pattern.data, "driver's licence of the man: 1234"), -1);
		assert_int_equal(engines[e].match(pattern.data, "driver's licences 1234"), -1);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_class_has_the_bytes_of_its_atom),
	    cmocka_unit_test(a_value_is_found_as_far_as_its_shape_goes),
	    cmocka_unit_test(a_key_is_found_however_it_is_written),
	    cmocka_unit_test(a_keyword_counts_within_its_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
