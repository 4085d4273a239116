/* SPDX-License-Identifier: MIT */
#include "check/calendar.h"
#include "check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void table_is_sorted_and_every_row_is_found(void **state) {
	(void)state;
	const struct check *t = check_table();

	for (; t->name; t++) {
		assert_ptr_equal(check_find(t->name), t);
		assert_non_null(t->fn);
		assert_true(strlen(t->source) > 2);
		if (t[1].name)
			assert_true(strcmp(t->name, t[1].name) < 0);
	}
	assert_null(check_find("no_such_check"));
	assert_null(check_find(""));
}

static void class_names_are_those_of_the_output_contract(void **state) {
	(void)state;
	assert_string_equal(check_class_name(CHECK_INVALID), "invalid");
	assert_string_equal(check_class_name(CHECK_REAL), "real");
	assert_string_equal(check_class_name(CHECK_PRIVATE), "private");
	assert_string_equal(check_class_name(CHECK_DOCUMENTATION), "documentation");
	assert_string_equal(check_class_name(CHECK_TEST), "test");
}

/* xorshift64: the same bytes in every run. */
static uint64_t next(uint64_t *seed) {
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	return *seed ^= *seed << 17;
}

/* Bytes that get past the first look more often than random ones do. */
static char likely(uint64_t *seed) {
	static const char alphabet[] = "0123456789012345678901234567890123456789ABCXYZabcxyz-./ +@:()_%=\\";
	uint64_t r = next(seed);

	return r % 16 ? alphabet[(r >> 8) % (sizeof(alphabet) - 1)] : (char)(r >> 8);
}

/* Exactly sized heap copies: the sanitizer sees any byte read beside them. */
static void any_bytes_of_any_length_are_judged_without_reading_beside_them(void **state) {
	(void)state;
	uint64_t seed = 88172645463325252u;

	for (const struct check *t = check_table(); t->name; t++) {
		for (size_t len = 0; len <= 64; len++) {
			for (int round = 0; round < 40; round++) {
				char *s = malloc(len ? len : 1);

				assert_non_null(s);
				for (size_t i = 0; i < len; i++)
					s[i] = round % 4 == 0   ? (char)next(&seed)
					       : round % 4 == 1 ? (char)('0' + next(&seed) % 10)
					                        : likely(&seed);
				assert_in_range(t->fn(s, len), CHECK_INVALID, CHECK_TEST);
				free(s);
			}
		}
	}
}

static void calendar_knows_today(void **state) {
	(void)state;
	time_t now = time(NULL), later = now + 3 * 86400;
	struct tm today, future;

	gmtime_r(&now, &today);
	gmtime_r(&later, &future);
	assert_int_equal(calendar_year(), today.tm_year + 1900);
	assert_true(calendar_past(today.tm_year + 1900, today.tm_mon + 1, today.tm_mday));
	assert_false(calendar_past(future.tm_year + 1900, future.tm_mon + 1, future.tm_mday));
	assert_true(calendar_ok(2000, 2, 29));
	assert_false(calendar_ok(1900, 2, 29));
	assert_true(calendar_either_century(0, 2, 29));
	assert_false(calendar_either_century(1, 2, 29));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_is_sorted_and_every_row_is_found),
	    cmocka_unit_test(class_names_are_those_of_the_output_contract),
	    cmocka_unit_test(calendar_knows_today),
	    cmocka_unit_test(any_bytes_of_any_length_are_judged_without_reading_beside_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
