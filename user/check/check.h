/* SPDX-License-Identifier: MIT */
/*
 * Validators: is this value, as written (separators included), one that the issuer could have given out, and to
 * whom? Pure functions over any bytes: no allocation, no state, any thread; they never read outside [s, s + len).
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* What a value is. Only real ones make findings; the order is that of interest. */
enum check_class {
	CHECK_INVALID,       /* not such a value at all */
	CHECK_REAL,          /* could be somebody's */
	CHECK_PRIVATE,       /* of a range that means nobody in particular: RFC 1918, loopback, ... */
	CHECK_DOCUMENTATION, /* reserved for examples: example.com, 555-01xx, 192.0.2.0/24 */
	CHECK_TEST,          /* published for tests: PSP test cards */
};

typedef enum check_class (*check_fn)(const char *s, size_t len);

struct check {
	const char *name; /* as rules name it: "luhn", "fi_hetu"; the entity in lower case where there is one */
	check_fn fn;
	const char *source; /* standard or issuer that states the algorithm */
};

/* NULL: no validator of that name. The table is static. */
const struct check *check_find(const char *name);
/* The whole table, sorted by name, ended by an entry whose name is NULL. */
const struct check *check_table(void);
/* "real", "private", "documentation", "test"; "invalid". */
const char *check_class_name(enum check_class c);

#endif
