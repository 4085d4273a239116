/* SPDX-License-Identifier: MIT */
/* Canada, United States. */
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* Three groups 3-2-4 with one separator between them, or none at all, or one of two dashes forgotten. */
static bool grouped_like_ssn(const char *s, size_t len) {
	return len == 9 || (len == 10 && (s[3] == '-' || s[5] == '-')) ||
	       (len == 11 && s[3] == s[6] && strchr("- .", s[3]));
}

enum check_class check_us_ssn(const char *s, size_t len) {
	/* SSA: printed on sample cards and in advertisements; and what everybody types. */
	static const char *const samples[] = {"078051120", "219099999", "123456789", "111111111", "457555462"};
	_cleanup_bare_ struct bare b;

	if (!grouped_like_ssn(s, len) || !bare_make(&b, s, len, "- .") || !form_ok("#{9}", b.c))
		return CHECK_INVALID;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (!strcmp(b.c, samples[i]))
			return CHECK_DOCUMENTATION;
	if (!memcmp(b.c, "98765432", 8))
		return CHECK_DOCUMENTATION;
	if (!memcmp(b.c, "000", 3) || !memcmp(b.c, "666", 3) || b.c[0] == '9' || !memcmp(b.c + 3, "00", 2) ||
	    !memcmp(b.c + 5, "0000", 4))
		return CHECK_INVALID;
	return CHECK_REAL;
}

NUMBER(us_itin, .strip = "- ", .form = "9##5##{4}|9##6[0-5]#{4}|9##7##{4}|9##8[0-8]#{4}|9##9[0-24-9]#{4}")
NUMBER(us_atin, .strip = "- ", .form = "9##93#{4}")
NUMBER(us_ptin, .strip = "- ", .form = "P#{8}")
/* Prefixes of the campuses. */
NUMBER(us_ein, .strip = "-",
       .form = "0[1-6]#{7}|1[0-6]#{7}|2[0-7]#{7}|3[0-9]#{7}|4[0-8]#{7}|5[0-9]#{7}|6[0-8]#{7}|7[1-7]#{7}|8[0-8]#{7}|"
               "9[0-589]#{7}")

enum check_class check_us_tin(const char *s, size_t len) {
	static const check_fn kinds[] = {check_us_ssn, check_us_itin, check_us_ein, check_us_ptin, check_us_atin};
	enum check_class class = CHECK_INVALID;

	for (size_t i = 0; class == CHECK_INVALID && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		class = kinds[i](s, len);
	return class;
}

/* Luhn over 80840, the prefix of health applications in the United States, and the number. */
static bool us_provider(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare card = {.c = "80840"};

	memcpy(card.c + 5, v, len);
	return luhn_ok(card.c, len + 5);
}

static bool us_prescriber(const char *v) {
	return digits_sum(v + 2, "121212") % 10 == (unsigned)(v[8] - '0');
}

static bool us_bank(const char *v) {
	int prefix = two_digits(v);

	return also_not_zero(v) &&
	       (prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix == 80);
}

#define MBI_LETTER "[AC-HJKMNP-RT-Y]"
#define MBI_EITHER "[AC-HJKMNP-RT-Y0-9]"

NUMBER(us_npi, .strip = " -", .form = "[12]#{9}", .also = us_provider)
NUMBER(us_dea, .strip = " ", .form = "[ABCDEFGHJKLMPRSTUX][A-Z9]#{7}", .also = us_prescriber)
NUMBER(us_mbi, .strip = " -",
       .form = "[1-9]" MBI_LETTER MBI_EITHER "#" MBI_LETTER MBI_EITHER "#" MBI_LETTER MBI_LETTER "##")
NUMBER(us_passport, .strip = " ", .form = "#{9}|[A-Z]#{8}", .also = also_not_zero)
NUMBER(us_aba_rtn, .strip = " -", .form = "#{9}", .controls = {{.weights = "371371371", .modulus = 10}},
       .also = us_bank)
NUMBER(us_zip, .strip = "-", .form = "#{5}|#{9}", .also = also_not_zero)

static bool ca_business(const char *v) {
	return luhn_ok(v, 9);
}

NUMBER(ca_sin, .strip = " -", .form = "[1-79]#{8}", .also = also_luhn)
NUMBER(ca_bn, .strip = " -", .form = "#{9}|#{9}RC#{4}|#{9}RM#{4}|#{9}RP#{4}|#{9}RT#{4}", .also = ca_business)
NUMBER(ca_bc_phn, .strip = " -", .form = "9#{9}",
       .controls = {{.weights = "2485A973", .chars = D_IS_11_MINUS_R, .from = 1}})
NUMBER(ca_postal_code, .strip = " -", .form = "[ABCEGHJ-NPRSTVXY]#[ABCEGHJ-NPRSTV-Z]#[ABCEGHJ-NPRSTV-Z]#")
