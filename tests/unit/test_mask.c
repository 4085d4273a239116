/* SPDX-License-Identifier: MIT */
#include "base/cleanup.h"
#include "base/text.h"
#include "find/find.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct mask_case {
	struct rule_mask mask;
	const char *value, *want;
};

#define STARS(first, last)                                                                                             \
	{ RULE_MASK_STARS, first, last }
#define EMAIL                                                                                                          \
	{ RULE_MASK_EMAIL, 0, 0 }

static const struct mask_case cases[] = {
    {STARS(0, 4), "4929 1234 5678 9015", "***9015"},
    {STARS(6, 4), "4929123456789015", "4929***9015"},
    {STARS(1, 1), "FI2112345600000785", "F***5"},
    {STARS(0, 0), "123-45-6789", "***"},
    {STARS(0, 4), "123", "***3"},
    {STARS(2, 2), "abc", "a***"},
    {STARS(1, 1), "x", "***"},
    {STARS(1, 1), "", "***"},
    {STARS(200, 200), "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijab", "abcdefghij***cdefghijab"},
    {STARS(1, 1), "\xc3\x84iti M\xc3\xa4k\xc3\xb6", "\xc3\x84***\xc3\xb6"},
    {STARS(1, 1), "\x1b[31mred\x07", "***"},
    {STARS(1, 1), "\xe2\x80\xaeright-to-left\xe2\x80\xac", "***"},
    {STARS(1, 1), "\xff\xfe\xfd\xfc", "***"},
    {STARS(1, 1), "\xed\xa0\x80surrogate\xc0\x80", "***"},
    {STARS(2, 0), "\xe0\x80\x80 overlong", "***"},
    {{RULE_MASK_NONE_SHOWN, 9, 9}, "hunter2hunter2", "***"},
    {EMAIL, "john@example.org", "j***@e***.org"},
    {EMAIL, "john.doe@mail.corp.example.co.uk", "j***@m***.uk"},
    {EMAIL, "john%40example.org", "j***@e***.org"},
    {EMAIL, "john\\u0040example.org", "j***@e***.org"},
    {EMAIL, "john&commat;example.org", "j***@e***.org"},
    {EMAIL, "john=40example.org", "j***@e***.org"},
    {EMAIL, "\"a@b\"@example.org", "\"***@e***.org"},
    {EMAIL, "a@b.info", "***@***"},
    {EMAIL, "jo@ab.fi", "***@***.fi"},
    {EMAIL, "jane@ab.fi", "j***@a***.fi"},
    {EMAIL, "a@example.org", "***@e***.org"},
    {EMAIL, "user@localhost", "u***@l***"},
    {EMAIL, "john@x.averyveryverylongnamethatisnotlabel", "j***@***"},
    {EMAIL, "no at sign", "***"},
    {EMAIL, "@", "***@***"},
    {EMAIL, "", "***"},
};

static void a_value_is_shown_as_its_rule_wants(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char masked[FIND_MASKED_SIZE];
		find_mask(masked, &cases[i].mask, cases[i].value, strlen(cases[i].value));
		assert_string_equal(masked, cases[i].want);
	}
}

static uint64_t random_state = 0x9e3779b97f4a7c15ull;

static uint32_t random_below(uint32_t n) {
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % n;
}

/* Letters, signs of e-mail addresses, wide characters, controls and broken UTF-8; no stars. */
static size_t random_value(char *ret, size_t size) {
	static const char *const pieces[] = {
	    "a",    "Z",    "7", "@",           ".", "-", "%40", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
	    "\xff", "\x01", " ", "\xe2\x80\xae"};
	size_t len = 0, wanted = random_below(60);
	for (size_t i = 0; i < wanted; i++) {
		const char *piece = pieces[random_below(random_below(2) ? 7 : sizeof(pieces) / sizeof(*pieces))];
		if (len + strlen(piece) > size)
			break;
		memcpy(ret + len, piece, strlen(piece));
		len += strlen(piece);
	}
	return len;
}

static size_t count_chars(const char *s, const char *except) {
	size_t n = 0;
	for (; *s; s++)
		n += (*s & 0xc0) != 0x80 && !strchr(except, *s);
	return n;
}

/* By what text_utf8() makes of it, every broken byte is a character. */
static size_t value_chars(const char *value, size_t len) {
	_cleanup_free_ char *utf8 = text_utf8(value, len);
	return count_chars(utf8, "");
}

static void assert_printable(const char *masked) {
	_cleanup_free_ char *visible = text_visible(masked, strlen(masked));
	assert_string_equal(masked, visible);
}

static void no_more_is_shown_than_first_and_last_and_half(void **state) {
	(void)state;
	for (int i = 0; i < 50000; i++) {
		char value[128], masked[FIND_MASKED_SIZE];
		size_t len = random_value(value, sizeof(value));
		struct rule_mask mask = STARS((uint8_t)random_below(30), (uint8_t)random_below(30));
		find_mask(masked, &mask, value, len);
		size_t shown = count_chars(masked, "*");
		assert_true(shown <= (size_t)mask.first + mask.last);
		assert_true(shown <= value_chars(value, len) / 2);
		assert_int_equal(strspn(strchr(masked, '*'), "*"), 3);
		assert_printable(masked);
	}
}

static void of_an_address_no_more_than_two_firsts_and_the_top_level_domain_are_shown(void **state) {
	(void)state;
	for (int i = 0; i < 50000; i++) {
		char value[128], masked[FIND_MASKED_SIZE];
		size_t len = random_value(value, sizeof(value));
		find_mask(masked, &(struct rule_mask)EMAIL, value, len);
		const char *dot = strrchr(masked, '.');
		size_t tld = dot && strstr(masked, "***.") == dot - 3 ? count_chars(dot + 1, "") : 0;
		size_t shown = count_chars(masked, "*@");
		assert_true(shown <= 2 + tld + (tld > 0));
		assert_true(shown - (tld > 0) <= value_chars(value, len) / 2);
		assert_printable(masked);
	}
}

static void the_length_of_a_value_does_not_tell(void **state) {
	(void)state;
	char value[64], masked[FIND_MASKED_SIZE];
	memset(value, 'a', sizeof(value));
	for (size_t len = 4; len <= sizeof(value); len++) {
		find_mask(masked, &(struct rule_mask)STARS(1, 1), value, len);
		assert_string_equal(masked, "a***a");
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_is_shown_as_its_rule_wants),
	    cmocka_unit_test(no_more_is_shown_than_first_and_last_and_half),
	    cmocka_unit_test(of_an_address_no_more_than_two_firsts_and_the_top_level_domain_are_shown),
	    cmocka_unit_test(the_length_of_a_value_does_not_tell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
