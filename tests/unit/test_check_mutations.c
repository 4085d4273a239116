/* SPDX-License-Identifier: MIT */
/*
 * Values that are nearly good get further into a validator than random bytes do: every validator is given the values
 * of all rules' examples, mutated. Run from the root, it finds the same in every run.
 */
#include "check/check.h"
#include "rule/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VALUE_MAX 300
#define ROUNDS 16

static struct rules *rules;

/* xorshift64 */
static uint64_t next(uint64_t *seed) {
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	return *seed ^= *seed << 17;
}

static size_t insert(char *v, size_t len, size_t at, const char *bytes, size_t n) {
	memmove(v + at + n, v + at, len - at);
	memcpy(v + at, bytes, n);
	return len + n;
}

/* One change; v has room for 4 bytes more. */
static size_t mutate(char *v, size_t len, uint64_t *seed) {
	/* Separators, escapes, bytes of UTF-8 whole and cut, and what ends strings. */
	static const char *const pieces[] = {" ",        "-",    ".",   "/", "\\", "%", "\xc2\xa0", "\xe2\x80\x93",
	                                     "\xd0\x9c", "\xff", "\xe2"};
	uint64_t r = next(seed);
	size_t at = len ? (r >> 8) % len : 0, n = len ? 1 + (r >> 16) % (len - at) : 0;
	const char *piece = pieces[(r >> 32) % (sizeof(pieces) / sizeof(*pieces))];

	switch (len ? r % 7 : 3) {
	case 0:
		v[at] = (char)(r >> 24);
		return len;
	case 1:
		v[at] ^= 0x20;
		return len;
	case 2: /* cut out */
		memmove(v + at, v + at + n, len - at - n);
		return len - n;
	case 3:
		return insert(v, len, at, piece, strlen(piece));
	case 4:
		return insert(v, len, at, "", 1);
	case 5: /* cut short */
		return at;
	default:
		v[at] = (char)('0' + (r >> 24) % 10);
		return len;
	}
}

/* A heap copy of exactly that size: the sanitizer sees any byte read beside it. */
static void judge(const struct check *check, const char *v, size_t len) {
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, v, len);
	assert_in_range(check->fn(copy, len), CHECK_INVALID, CHECK_TEST);
	free(copy);
}

static void judge_mutations(const struct check *check, const char *value, size_t len, uint64_t *seed) {
	char v[VALUE_MAX + 4 * ROUNDS];

	if (len > VALUE_MAX)
		return;
	memcpy(v, value, len);
	for (int round = 0; round < ROUNDS; round++) {
		judge(check, v, len);
		len = mutate(v, len, seed);
	}
}

static void every_validator_judges_every_mutation_without_reading_beside_it(void **state) {
	(void)state;
	uint64_t seed = 88172645463325252u;
	size_t values = 0;

	for (const struct check *check = check_table(); check->name; check++)
		for (size_t i = 0; i < rules->len; i++)
			for (size_t k = 0; k < rules->items[i].examples_len; k++) {
				const struct rule_example *e = &rules->items[i].examples[k];

				for (size_t j = 0; j < e->spans_len; j++, values++)
					judge_mutations(check, e->text + e->spans[j].start, e->spans[j].end - e->spans[j].start, &seed);
			}
	assert_true(values > 1000);
}

static int load(void **state) {
	static const char *const dirs[] = {"rules"};
	struct diags diags = {0};
	int err = rules_load(&rules, dirs, 1, &diags);

	(void)state;
	diags_print(&diags, stderr);
	diags_release(&diags);
	return err;
}

static int unload(void **state) {
	(void)state;
	rules_free(rules);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_validator_judges_every_mutation_without_reading_beside_it),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
