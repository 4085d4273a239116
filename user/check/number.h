/* SPDX-License-Identifier: MIT */
/*
 * Identification numbers described instead of programmed: separators, form, check characters, and a function for
 * what is left (dates, ranges). `NUMBER(fi_ytunnus, .strip = ..., ...)` makes the function check_fi_ytunnus().
 * Descriptions are static and read-only: any thread.
 */
#ifndef CHECK_NUMBER_H
#define CHECK_NUMBER_H

#include "check/check.h"
#include "check/digits.h"

#include <stdint.h>

/*
 * A check character chosen by the remainder of a weighted sum. Weights are base-36 digits (A is 10); as the sum
 * counts modulo something, a weight may be given modulo that too, so that -1 modulo 11 is A.
 */
struct control {
	const char *weights; /* NULL: no control */
	const char *chars;   /* the check character for each remainder, '!' where none is issued; NULL: remainder 0 */
	uint8_t modulus;     /* where chars is NULL; else the number of chars */
	uint8_t from;        /* weights begin at this character */
	uint8_t at;          /* 1-based place of the check character; 0: right after the weighted ones */
	bool cross;          /* cross sum of each product */
};

struct number {
	const char *strip;  /* bytes that may stand anywhere between the others */
	const char *prefix; /* may stand in front, and does not count: "GR|EL" */
	const char *form;   /* see form_ok() */
	uint8_t pad;        /* filled up with zeros in front to this length before anything is counted */
	struct control controls[2];
	bool (*also)(const char *v); /* v: bare, padded, ended by NUL */
};

/*
 * `#` digit, `@` letter, `*` either, `[A-FX]` one of these, anything else itself; `{n}` or `{m,n}` times the one
 * before, `?` once or not; `|` separates whole alternatives.
 */
bool form_ok(const char *form, const char *v);
bool control_ok(const struct control *c, const char *v);
enum check_class number_check(const struct number *n, const char *s, size_t len);

#define NUMBER(name, ...)                                                                                              \
	enum check_class check_##name(const char *s, size_t len) {                                                         \
		static const struct number number = {__VA_ARGS__};                                                             \
		return number_check(&number, s, len);                                                                          \
	}

/* Check characters of moduli 11 and 10 as issuers word them; d is the check digit, r the remainder. */
#define D_IS_R "0123456789"                    /* mod 10: d = r */
#define D_IS_10_MINUS_R "0987654321"           /* mod 10: d = (10 - r) mod 10 */
#define D_IS_R_TEN_NONE "0123456789!"          /* mod 11: d = r, 10 is not issued */
#define D_IS_R_TEN_ZERO "01234567890"          /* mod 11: d = r, 10 becomes 0 */
#define D_IS_11_MINUS_R "0!987654321"          /* mod 11: d = 11 - r, 11 becomes 0, 10 is not issued */
#define D_IS_11_MINUS_R_TEN_ZERO "00987654321" /* mod 11: d = 11 - r, 10 and 11 become 0 */

/* For .also. */
bool also_luhn(const char *v);
bool also_mod_11_10(const char *v);
bool also_not_zero(const char *v);

#endif
