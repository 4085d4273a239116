/* SPDX-License-Identifier: MIT */
/* Watch lists: what is found, what a file may look like, and that no message holds a value. */
#include "test_dir.h"
#include "test_rules.h"

#include "base/buf.h"
#include "detect/detector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define FOUND_MAX 64
/* Of the property test. */
#define VALUE_SIZE 24
#define EXPECTED_MAX 512

static struct rule rule_items[] = {
    {EMAIL_RULE, .precedence = RULE_SPECIFIC},
};
static const struct rules rules = {.items = rule_items, .len = COUNT(rule_items)};

static struct detect_set *set_without(const char *rule, const void *list, size_t len) {
	const char *const paths[] = {dir_file};
	const struct detect_options o = {
	    .watchlists = paths, .watchlists_len = 1, .except = &rule, .except_len = rule ? 1 : 0};
	struct diags diags = {0};
	struct detect_set *set = NULL;

	dir_put(list, len, 0600);
	assert_int_equal(detect_set_new(&set, &rules, &o, &diags), 0);
	assert_false(diags_any(&diags));
	return set;
}

static struct detect_set *set_of(const void *list, size_t len) {
	return set_without(NULL, list, len);
}

struct found {
	size_t len;
	struct detect_match items[FOUND_MAX];
};

static void note(void *arg, const struct detect_match *m) {
	struct found *f = arg;

	if (f->len < FOUND_MAX)
		f->items[f->len] = *m;
	f->len++;
}

/* In a copy of exactly its size, so that a sanitizer sees a read beyond it. */
static void scan(const struct detect_set *set, const char *s, size_t len, struct found *ret) {
	const struct detect_text text = {0, len};
	struct detector *d;
	char *copy = malloc(len + !len);

	assert_non_null(copy);
	memcpy(copy, s, len);
	*ret = (struct found){0};
	assert_int_equal(detector_new(&d, set), 0);
	assert_int_equal(detector_scan(d, copy, len, &text, 1, note, ret), 0);
	detector_free(d);
	free(copy);
}

/* Marks what was found with < and >. */
static void marked(const struct detect_set *set, const char *s, char *ret) {
	struct found f;
	size_t at = 0, n = 0;

	scan(set, s, strlen(s), &f);
	for (size_t i = 0; i < f.len; i++) {
		memcpy(ret + n, s + at, f.items[i].start - at);
		n += f.items[i].start - at;
		ret[n++] = '<';
		at = f.items[i].start;
		memcpy(ret + n, s + at, f.items[i].end - at);
		n += f.items[i].end - at;
		ret[n++] = '>';
		at = f.items[i].end;
	}
	strcpy(ret + n, s + at);
}

static void values_are_found_where_they_stand_alone(void **state) {
	static const char list[] = "canary\ncanary-two\nalpha beta\n+35840123\n--mark--\n\xe6\x97\xa5\xe6\x9c\xac\n"
	                           "longvalue\nlongvalue-a\nlongvalue-ab\nlongvalue-b\n"
	                           "u7@kuusikoti.fi\nuser-0000017\nqa.tester\nwith # sign\n";
	static const struct {
		const char *name, *marked;
	} cases[] = {
	    {"alone", "<canary>"},
	    {"at the start", "<canary> was here"},
	    {"in the middle", "the <canary> sang"},
	    {"at the end", "sang the <canary>"},
	    {"twice", "<canary> <canary>"},
	    {"within a word", "canarys xcanary canary1 2canary"},
	    {"case counts", "Canary CANARY"},
	    {"a joint is an end", "_<canary>_ /<canary>/ <canary>=1 x=<canary>"},
	    {"the longer one", "<canary-two>"},
	    {"the shorter one, as the longer is cut", "<canary>-twos <canary>-tw"},
	    {"of values in one another",
	     "<longvalue> <longvalue-a> <longvalue-ab> <longvalue>-abc <longvalue>-c <longvalue-b>-a"},
	    {"a blank inside", "<alpha beta> alpha  beta"},
	    {"begins with punctuation", "tel <+35840123> 1<+35840123> +358401234"},
	    {"punctuation at both ends", "a<--mark-->b"},
	    {"no letter at all", "x<\xe6\x97\xa5\xe6\x9c\xac>y"},
	    {"no letter at all, at the very end", "<\xe6\x97\xa5\xe6\x9c\xac>"},
	    {"instead of the rule for addresses", "to <u7@kuusikoti.fi> now"},
	    {"the rule has the others", "to <u8@kuusikoti.fi> now"},
	    {"by its second word", "<user-0000017> user-0000018 xuser-0000017"},
	    {"only the second word of it", "0000017 -0000017"},
	    {"a sign for comments inside", "<with # sign>"},
	    {"behind escapes", "a\\n<canary> \\u0022<canary>\\u0022 %22<canary>%22 \\x1b<canary> \033[31m<canary>\033[0m "
	                       "\033[1;31m<canary>"},
	    {"behind what is no escape", "\\qcanary %2gcanary [31mcanary"},
	    {"the word within, behind an escape", "\\n<qa.tester> \\nqa.testers"},
	};
	struct detect_set *set = set_of(list, sizeof(list) - 1);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char plain[256], got[512];
		size_t n = 0;

		for (const char *p = cases[i].marked; *p; p++)
			if (*p != '<' && *p != '>')
				plain[n++] = *p;
		plain[n] = 0;
		marked(set, plain, got);
		if (strcmp(got, cases[i].marked) != 0)
			fail_msg("%s: %s, not %s", cases[i].name, got, cases[i].marked);
	}
	detect_set_free(set);
}

static void a_match_says_what_it_is(void **state) {
	static const char text[] = "user tester@example.com";
	struct detect_set *set = set_of("tester@example.com\n", 19);
	struct found f;

	(void)state;
	scan(set, text, sizeof(text) - 1, &f);
	assert_int_equal(f.len, 1);
	assert_string_equal(f.items[0].rule->id, "watchlist.value");
	assert_string_equal(f.items[0].rule->entity, "WATCHLIST");
	assert_int_equal(f.items[0].rule->severity, RULE_HIGH);
	assert_int_equal(f.items[0].rule->mask.style, RULE_MASK_NONE_SHOWN);
	/* A documentation value by its form, but somebody has asked for it. */
	assert_int_equal(f.items[0].class, CHECK_REAL);
	assert_true(f.items[0].confidence == 1);
	detect_set_free(set);
}

static void lines_may_end_as_they_like(void **state) {
	static const char list[] = "\xef\xbb\xbf"
	                           "first-value\r\n\r\n# secret-comment\n \tsecond-value \t\r\nfirst-value\n\nlast-value";
	struct detect_set *set = set_of(list, sizeof(list) - 1);
	char got[256];

	(void)state;
	marked(set, "first-value second-value secret-comment last-value", got);
	assert_string_equal(got, "<first-value> <second-value> secret-comment <last-value>");
	detect_set_free(set);
}

static void a_list_may_be_empty(void **state) {
	static const char list[] = "# nothing yet\n";
	struct detect_set *set = set_of(list, sizeof(list) - 1);
	char got[64];

	(void)state;
	marked(set, "nothing yet, hello", got);
	assert_string_equal(got, "nothing yet, hello");
	detect_set_free(set);
	set = set_of("", 0);
	detect_set_free(set);
}

/* All that went wrong as one text. */
static char *mistakes(const char *path, int *ret_err) {
	const char *const paths[] = {path};
	struct diags diags = {0};
	struct watchlist *w = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*ret_err = watchlist_new(&w, paths, 1, &diags);
	assert_null(w);
	diags_print(&diags, out);
	fclose(out);
	diags_release(&diags);
	return text;
}

static void all_mistakes_are_told_without_the_values(void **state) {
	struct buf b = {0};
	int err;

	(void)state;
	assert_int_equal(buf_printf(&b, "good-value\n  zq9v\n"), 0);
	for (int i = 0; i < 64; i++)
		assert_int_equal(buf_printf(&b, "Wxyz"), 0);
	assert_int_equal(buf_append(&b, "\nnul\0value\nkj\n", 14), 0);
	dir_put(b.data, b.len, 0600);
	buf_release(&b);
	char *text = mistakes(dir_file, &err);
	assert_int_equal(err, -EINVAL);
	assert_non_null(strstr(text, "/file:2:3: "));
	assert_non_null(strstr(text, "/file:3:256: "));
	assert_non_null(strstr(text, "/file:4:4: "));
	assert_non_null(strstr(text, "/file:5:1: "));
	assert_null(strstr(text, "/file:1"));
	for (size_t i = 0; i < 5; i++)
		assert_null(strstr(text, ((const char *[]){"good-value", "zq9v", "Wxyz", "value\n", "kj"})[i]));
	free(text);
}

static void the_longest_and_the_shortest_value_are_taken(void **state) {
	char list[WATCHLIST_VALUE_MAX + 1 + WATCHLIST_VALUE_MIN], got[600];

	(void)state;
	memset(list, 'q', WATCHLIST_VALUE_MAX);
	memcpy(list + WATCHLIST_VALUE_MAX, "\nabcde", 6);
	struct detect_set *set = set_of(list, sizeof(list));
	list[WATCHLIST_VALUE_MAX] = ' ';
	char text[sizeof(list) + 1];
	memcpy(text, list, sizeof(list));
	text[sizeof(list)] = 0;
	marked(set, text, got);
	assert_int_equal(strlen(got), sizeof(list) + 4);
	detect_set_free(set);
}

static void files_that_cannot_be_trusted_or_read_are_refused(void **state) {
	char missing[80];
	int err;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		dir_put("some-value\n", 11, ((const mode_t[]){0620, 0602})[i]);
		char *text = mistakes(dir_file, &err);
		assert_int_equal(err, -EINVAL);
		assert_non_null(strstr(text, "chmod go-w"));
		free(text);
	}
	snprintf(missing, sizeof(missing), "%s/none", dir);
	for (size_t i = 0; i < 2; i++) {
		char *text = mistakes(i ? dir : missing, &err);
		assert_int_equal(err, -EINVAL);
		assert_non_null(strstr(text, i ? "is a directory" : "No such file"));
		free(text);
	}
}

static uint32_t seed = 12345;

static uint32_t below(uint32_t n) {
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static bool is_alnum(char c) {
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_listed(char values[][VALUE_SIZE], size_t n, const char *s, size_t len) {
	for (size_t i = 0; i < n; i++)
		if (strlen(values[i]) == len && !memcmp(values[i], s, len))
			return true;
	return false;
}

/* All values that stand alone, tried byte by byte and value by value; overlaps resolved as those of a scan. */
static size_t expect(char values[][VALUE_SIZE], size_t n, const char *s, size_t len, struct match *ret) {
	size_t found = 0;

	for (size_t at = 0; at < len; at++)
		for (size_t l = WATCHLIST_VALUE_MIN; l < VALUE_SIZE && l <= len - at; l++) {
			size_t end = at + l;

			if (!is_listed(values, n, s + at, l) || (at && is_alnum(s[at]) && is_alnum(s[at - 1])) ||
			    (end < len && is_alnum(s[end - 1]) && is_alnum(s[end])))
				continue;
			assert_true(found < EXPECTED_MAX);
			ret[found++] = (struct match){.start = (uint32_t)at, .end = (uint32_t)end, .rule = COUNT(rule_items)};
		}
	return overlap_resolve(ret, found, &rules);
}

static void the_index_finds_what_a_search_value_by_value_finds(void **state) {
	/* No backslash, percent sign or bracket: what escapes do is a case of its own. */
	static const char letters[] = "ab1-_.@ \xc3";
	size_t total = 0;

	(void)state;
	for (int round = 0; round < 200; round++) {
		char values[40][VALUE_SIZE], text[400];
		struct buf list = {0};
		size_t n = 1 + below(40), len = below(sizeof(text));
		struct match expected[EXPECTED_MAX];
		struct found f;

		for (size_t i = 0; i < n; i++) {
			size_t l = 5 + below(12), begun = i && below(2) ? strlen(values[i - 1]) : 0;

			/* Every other one goes on where the one before it ends. */
			if (begun && begun + 3 < VALUE_SIZE) {
				memcpy(values[i], values[i - 1], begun);
				l = begun + 1 + below(3);
			} else {
				begun = 0;
			}
			do {
				for (size_t k = begun; k < l; k++)
					values[i][k] = letters[below(sizeof(letters) - 1)];
			} while (values[i][0] == ' ' || values[i][l - 1] == ' ');
			values[i][l] = 0;
			assert_int_equal(buf_printf(&list, "%s\n", values[i]), 0);
		}
		for (size_t at = 0; at < len;) {
			const char *piece = values[below((uint32_t)n)];
			size_t l = strlen(piece) - below(2), room = len - at;

			memcpy(text + at, piece, l < room ? l : room);
			at += l < room ? l : room;
			if (at < len)
				text[at++] = letters[below(sizeof(letters) - 1)];
		}
		/* No other rule: its matches would come in between. */
		struct detect_set *set = set_without("email", list.data, list.len);
		scan(set, text, len, &f);
		assert_true(f.len <= FOUND_MAX);
		assert_int_equal(f.len, expect(values, n, text, len, expected));
		for (size_t i = 0; i < f.len; i++) {
			assert_int_equal(f.items[i].start, expected[i].start);
			assert_int_equal(f.items[i].end, expected[i].end);
		}
		total += f.len;
		detect_set_free(set);
		buf_release(&list);
	}
	assert_true(total > 500);
}

static void each_of_100000_values_is_found(void **state) {
	struct buf list = {0};
	struct detector *d;

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf_printf(&list, i % 2 ? "user-%07u\n" : "tester.%u@posthuis.nl\n", i * 7), 0);
	struct detect_set *set = set_of(list.data, list.len);
	assert_int_equal(detector_new(&d, set), 0);
	for (unsigned i = 0; i < 100000 * 7; i++) {
		char text[64];
		struct found f = {0};
		int len = snprintf(text, sizeof(text), i / 7 % 2 ? "id=user-%07u." : "id=tester.%u@posthuis.nl.", i);

		assert_int_equal(detector_scan(d, text, (size_t)len, &(struct detect_text){0, (uint32_t)len}, 1, note, &f), 0);
		size_t named = 0;
		for (size_t k = 0; k < f.len; k++)
			named += f.items[k].rule == &watchlist_rule && f.items[k].start == 3 && f.items[k].end == (size_t)len - 1;
		assert_int_equal(named, i % 7 == 0);
	}
	detector_free(d);
	detect_set_free(set);
	buf_release(&list);
}

static void values_may_have_all_words_in_common(void **state) {
	struct buf list = {0};

	(void)state;
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(buf_printf(&list, "\xe5%c%c\xe6%c@posthuis.nl\n", 0x80 + i % 64, 0x80 + i / 64, 0x80), 0);
	struct detect_set *set = set_of(list.data, list.len);
	for (size_t at = 0; at < list.len; at += 18) {
		struct found f;

		scan(set, list.data + at, 17, &f);
		assert_int_equal(f.len, 1);
		assert_ptr_equal(f.items[0].rule, &watchlist_rule);
		assert_int_equal(f.items[0].end, 17);
	}
	detect_set_free(set);
	buf_release(&list);
}

static void a_value_is_found_once_wherever_it_lies_in_a_long_text(void **state) {
	struct detect_set *set = set_of("canary-value\n", 13);
	size_t len = 2 * SLAB_BYTES + 100;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (size_t at = 0; at + 12 <= len; at += at % SLAB_BYTES > SLAB_BYTES - 1200 ? 1 : 509) {
		struct found f;

		memset(text, ' ', len);
		memcpy(text + at, "canary-value", 12);
		scan(set, text, len, &f);
		assert_int_equal(f.len, 1);
		assert_int_equal(f.items[0].start, at);
	}
	free(text);
	detect_set_free(set);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_found_where_they_stand_alone),
	    cmocka_unit_test(a_match_says_what_it_is),
	    cmocka_unit_test(lines_may_end_as_they_like),
	    cmocka_unit_test(a_list_may_be_empty),
	    cmocka_unit_test(all_mistakes_are_told_without_the_values),
	    cmocka_unit_test(the_longest_and_the_shortest_value_are_taken),
	    cmocka_unit_test(files_that_cannot_be_trusted_or_read_are_refused),
	    cmocka_unit_test(the_index_finds_what_a_search_value_by_value_finds),
	    cmocka_unit_test(each_of_100000_values_is_found),
	    cmocka_unit_test(values_may_have_all_words_in_common),
	    cmocka_unit_test(a_value_is_found_once_wherever_it_lies_in_a_long_text),
	};
	return cmocka_run_group_tests(tests, dir_make, dir_remove);
}
