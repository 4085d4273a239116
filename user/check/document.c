/* SPDX-License-Identifier: MIT */
/* Travel documents. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* ICAO Doc 9303-3 4.9: weights 7 3 1 round and round, the filler counts nothing. */
static bool icao_digit_ok(const char *v, size_t len, char check) {
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (v[i] == '<' ? 0 : (unsigned)digit_value(v[i])) * (i % 3 == 0 ? 7 : i % 3 == 1 ? 3 : 1);
	return check == '<' ? sum == 0 : check == (char)('0' + sum % 10);
}

/*
 * The second line of a passport (44 characters) or of a document of format 2 (36): number, nationality, birth, sex,
 * expiry, each with its check digit, and one over them all in passports.
 */
static bool mrz_line_ok(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare all = {0};

	if (!icao_digit_ok(v, 9, v[9]) || !icao_digit_ok(v + 13, 6, v[19]) || !icao_digit_ok(v + 21, 6, v[27]))
		return false;
	memcpy(all.c, v, 10);
	memcpy(all.c + 10, v + 13, 7);
	memcpy(all.c + 17, v + 21, len - 22);
	return icao_digit_ok(all.c, len - 5, v[len - 1]);
}

NUMBER(mrz, .strip = "",
       .form = "[0-9A-Z<]{9}#[A-Z<]{3}[0-9<]{6}#[MFX<]#{6}#[0-9A-Z<]{15}#|"
               "[0-9A-Z<]{9}#[A-Z<]{3}[0-9<]{6}#[MFX<]#{6}#[0-9A-Z<]{7}#",
       .also = mrz_line_ok)
/* Passport numbers of most countries: up to three letters, then digits; some have letters at the end. */
NUMBER(passport, .strip = " ", .form = "@{0,3}#{5,9}|##@@#{5}|@#{6}@@|@{2}*{6}#")
