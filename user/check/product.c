/* SPDX-License-Identifier: MIT */
/*
 * Numbers of things, not of persons: known so that they can be told from those of persons. And the bare check
 * systems under their own names.
 */
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* GS1: weights 3 and 1 from the right. */
static bool ean_ok(const char *v) {
	size_t len = strlen(v);
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(v[len - 1 - i] - '0') * (i % 2 ? 3 : 1);
	return sum % 10 == 0;
}

static bool isbn_ok(const char *v) {
	if (strlen(v) == 13)
		return ean_ok(v);
	return v[9] == "0123456789X"[digits_sum(v, "123456789") % 11];
}

/* Musical scores: M stands for 979-0. */
static bool ismn_ok(const char *v) {
	_cleanup_bare_ struct bare ean = {.c = "9790"};

	if (strlen(v) == 13)
		return ean_ok(v);
	memcpy(ean.c + 4, v + 1, 9);
	return ean_ok(ean.c);
}

static bool isni_ok(const char *v) {
	return iso7064_pure(v, strlen(v), 11, 2) == 1;
}

static bool mod97_ok(const char *v) {
	return mod97(v, strlen(v)) == 1;
}

static bool verhoeff_holds(const char *v) {
	return verhoeff_ok(v, strlen(v));
}

static bool damm_holds(const char *v) {
	return damm_ok(v, strlen(v));
}

/* Prefixes that could be taken for the country of an ISIN. */
static bool figi_ok(const char *v) {
	return memcmp(v, "BS", 2) && memcmp(v, "BM", 2) && memcmp(v, "GG", 2) && memcmp(v, "GB", 2) && memcmp(v, "VG", 2);
}

#define CONSONANT "[BCDFGHJ-NP-TV-Z]"
#define CONSONANT_OR_DIGIT "[0-9BCDFGHJ-NP-TV-Z]"

NUMBER(ean, .strip = " -", .form = "#{8}|#{12,14}", .also = ean_ok)
NUMBER(isbn, .strip = " -", .form = "#{8,9}[0-9X]|97[89]#{10}", .pad = 10, .also = isbn_ok)
NUMBER(ismn, .strip = " -", .form = "M#{9}|9790#{9}", .also = ismn_ok)
NUMBER(issn, .strip = " -", .form = "#{7}[0-9X]", .controls = {{.weights = "8765432", .chars = "0X987654321"}})
NUMBER(isni, .strip = " -", .form = "#{15}[0-9X]", .also = isni_ok)
NUMBER(isrc, .strip = " -", .form = "@@*{3}#{7}")
NUMBER(figi, .strip = " ", .form = CONSONANT "{2}G" CONSONANT_OR_DIGIT "{8}#",
       .controls = {{.weights = "12121212121", .chars = D_IS_10_MINUS_R, .cross = true}}, .also = figi_ok)
NUMBER(gb_sedol, .strip = " ", .form = "#{7}|" CONSONANT CONSONANT_OR_DIGIT "{5}#",
       .controls = {{.weights = "131739", .chars = D_IS_10_MINUS_R}})
NUMBER(de_wkn, .strip = " ", .form = "[0-9A-HJ-NP-Z]{6}")
/* Chemicals: weights 1, 2, ... from the right. */
NUMBER(casrn, .strip = " -", .form = "[1-9]#{4,9}", .pad = 10, .controls = {{.weights = "987654321", .chars = D_IS_R}})
/* Ships. */
NUMBER(imo, .strip = " ", .prefix = "IMO", .form = "#{7}", .controls = {{.weights = "765432", .chars = D_IS_R}})

NUMBER(verhoeff, .strip = " -", .form = "#{2,40}", .also = verhoeff_holds)
NUMBER(damm, .strip = " -", .form = "#{2,40}", .also = damm_holds)
NUMBER(iso7064_mod_11_10, .strip = " -", .form = "#{2,40}", .also = also_mod_11_10)
NUMBER(iso7064_mod_97_10, .strip = " -", .form = "*{3,40}", .also = mod97_ok)
