/* SPDX-License-Identifier: MIT */
/* Africa, Australia, New Zealand. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* The first two digits are check digits; one is taken off the first of them. */
static bool au_business(const char *v) {
	return two_digits(v) > 10 && (digits_sum(v, "A13579BDFHJ") - 10) % 89 == 0;
}

static bool au_taxpayer(const char *v) {
	return strlen(v) == 8 ? digits_sum(v, "A7846351") % 11 == 0 : digits_sum(v, "14375869A") % 11 == 0;
}

NUMBER(au_abn, .strip = " -", .form = "#{11}", .also = au_business)
NUMBER(au_acn, .strip = " -", .form = "#{9}", .controls = {{.weights = "87654321", .chars = D_IS_10_MINUS_R}})
NUMBER(au_tfn, .strip = " -.", .form = "#{8,9}", .also = au_taxpayer)
/* The tenth digit counts the cards issued, the eleventh stands for a person on it. */
NUMBER(au_medicare, .strip = " -/", .form = "[2-6]#{8,10}", .controls = {{.weights = "13791379", .chars = D_IS_R}})

static bool nz_taxpayer(const char *v) {
	uint64_t n = digits_number(v, strlen(v));
	unsigned r = digits_sum(v, "32765432") % 11;

	if (r == 1)
		r = digits_sum(v, "74325276") % 11;
	return n > 10000000 && n < 150000000 && (11 - r) % 11 == (unsigned)(v[8] - '0');
}

/* Letters count 1 to 24, without I and O. Old form: check digit modulo 11; new form: check letter modulo 24. */
static bool nz_patient(const char *v) {
	static const char letters[] = "-ABCDEFGHJKLMNPQRSTUVWXYZ";
	unsigned sum = 0;

	for (unsigned i = 0; i < 6; i++)
		sum += (7 - i) * (unsigned)(letter_is(v[i]) ? strchr(letters, v[i]) - letters : v[i] - '0');
	if (digit_is(v[6]))
		return sum % 11 && v[6] - '0' == (int)((11 - sum % 11) % 10);
	return v[6] == letters[24 - sum % 24];
}

#define NZ_LETTER "[A-HJ-NP-Z]"

NUMBER(nz_ird, .strip = " -", .prefix = "NZ", .form = "#{8,9}", .pad = 9, .also = nz_taxpayer)
NUMBER(nz_nhi, .strip = " ", .form = NZ_LETTER "{3}#{4}|" NZ_LETTER "{3}##" NZ_LETTER "{2}", .also = nz_patient)

NUMBER(dz_nif, .strip = " ", .form = "#{15}|#{20}")
NUMBER(eg_tn, .strip = " -/", .form = "#{9}")
NUMBER(gh_tin, .strip = " ", .form = "[PCGQV]00[0-9A-Z]#{6}[0-9X]",
       .controls = {{.weights = "123456789", .chars = "0123456789X", .from = 1}})
NUMBER(gn_nifp, .strip = " -", .form = "#{9}", .also = also_luhn)
NUMBER(ke_pin, .strip = " -", .form = "[AP]#{9}@")

static bool ma_company(const char *v) {
	return mod97(v, strlen(v)) == 0;
}

NUMBER(ma_ice, .strip = " ", .form = "#{15}", .also = ma_company)

/* First letter of the surname, day of birth, serial number; the check character is modulo 17. */
static bool mu_person(const char *v) {
	unsigned sum = digits_sum(v, "EDCBA98765432");

	return digit_value(v[13]) == (int)((17 - sum % 17) % 17) &&
	       calendar_ok(2000 + two_digits(v + 5), two_digits(v + 3), two_digits(v + 1));
}

NUMBER(mu_nid, .strip = " ", .form = "@#{12}*", .also = mu_person)
NUMBER(mz_nuit, .strip = " -.", .form = "#{9}", .controls = {{.weights = "89456789", .chars = "01234567891"}})
/* The issuer documents no check digit. */
NUMBER(ng_nin, .strip = " -", .form = "[1-9]#{10}")

static bool sn_taxable(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare padded = {.c = "000000000"};
	size_t n = len >= 10 ? len - 3 : len;

	memcpy(padded.c + 9 - n, v, n);
	return digits_sum(padded.c, "121212121") % 10 == 0;
}

NUMBER(sn_ninea, .strip = " -/,", .form = "#{7}|#{9}|#{7}[012][A-HJ-NP-WZ]#|#{9}[012][A-HJ-NP-WZ]#", .also = sn_taxable)

/* Serial number, control letter, then optionally codes of VAT and category, and the number of the establishment. */
NUMBER(tn_mf, .strip = " /.-",
       .form = "#{1,7}[A-HJ-NP-TV-Z]|#{1,7}[A-HJ-NP-TV-Z][APBDN][MPCN]000|#{1,7}[A-HJ-NP-TV-Z][APBDN]E#{3}")

static bool za_person(const char *v) {
	int year = 2000 + two_digits(v);

	year -= year > calendar_year() ? 100 : 0;
	return calendar_ok(year, two_digits(v + 2), two_digits(v + 4)) && luhn_ok(v, strlen(v));
}

/* Citizen, permanent resident, refugee. */
NUMBER(za_idnr, .strip = " ", .form = "#{10}[012]##", .also = za_person)
NUMBER(za_tin, .strip = " -/", .form = "[01239]#{9}", .also = also_luhn)
