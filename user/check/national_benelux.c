/* SPDX-License-Identifier: MIT */
/* Belgium, Luxembourg, Netherlands. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* The century of birth by the check digits, which count a 2 in front from 2000 on; 0 when neither fits. */
static int be_century(const char *v) {
	uint64_t n = digits_number(v, 9);
	unsigned check = (unsigned)two_digits(v + 9);

	if (97 - n % 97 == check)
		return 1900;
	return 97 - (n + 2000000000u) % 97 == check && calendar_past(2000 + two_digits(v), 1, 1) ? 2000 : 0;
}

/* Month or day may be unknown: 0, or a day beyond the month's last when the serial numbers of a day had run out. */
static bool be_person(const char *v, int month) {
	int century = be_century(v);

	if (!century)
		return false;
	return month == 0 || calendar_ok(century + two_digits(v), month, 1);
}

static bool be_resident(const char *v) {
	return also_not_zero(v) && be_person(v, two_digits(v + 2));
}

/* Persons outside the register: the month is 20 later, 40 where the sex is known. */
static bool be_other(const char *v) {
	int month = two_digits(v + 2);

	return month >= 20 && month <= 52 && month % 20 <= 12 && be_person(v, month % 20);
}

static bool be_either(const char *v) {
	return be_resident(v) || be_other(v);
}

static bool be_card(const char *v) {
	uint64_t r = digits_number(v, 10) % 97;

	return also_not_zero(v) && (r ? r : 97) == (uint64_t)two_digits(v + 10);
}

static bool be_company(const char *v) {
	return also_not_zero(v) && (digits_number(v, 8) + (uint64_t)two_digits(v + 8)) % 97 == 0;
}

/* The national number, or that of the social security for who has none. */
NUMBER(be_nn, .strip = " -.", .form = "#{11}", .also = be_either)
NUMBER(be_bis, .strip = " -.", .form = "#{11}", .also = be_other)
NUMBER(be_eid, .strip = " -./", .form = "#{12}", .also = be_card)
NUMBER(be_vat, .strip = " -./()", .prefix = "BE", .form = "[01]?#{9}", .pad = 10, .also = be_company)

/* Day of birth, serial number, then a Luhn digit and a Verhoeff digit over the same first eleven digits. */
static bool lu_person(const char *v) {
	_cleanup_bare_ struct bare verhoeff = {0};

	memcpy(verhoeff.c, v, 11);
	verhoeff.c[11] = v[12];
	return calendar_ok((int)digits_number(v, 4), two_digits(v + 4), two_digits(v + 6)) && luhn_ok(v, 12) &&
	       verhoeff_ok(verhoeff.c, 12);
}

static bool lu_taxable(const char *v) {
	return digits_number(v, 6) % 89 == (uint64_t)two_digits(v + 6);
}

NUMBER(lu_nin, .strip = " ", .form = "[12]#{12}", .also = lu_person)
NUMBER(lu_tva, .strip = " :.-", .prefix = "LU", .form = "#{8}", .also = lu_taxable)

static bool nl_pupil(const char *v) {
	return digits_sum(v, "98765432A") % 11 == 5;
}

static bool nl_taxable(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare b = {.c = "NL"};

	memcpy(b.c + 2, v, len);
	return strspn(v, "0") < 9 && memcmp(v + 10, "00", 2) &&
	       (digits_sum(v, "98765432A") % 11 == 0 || mod97(b.c, len + 2) == 1);
}

/* The machine-readable zone's weights over the first eight characters give the ninth. */
static bool nl_document(const char *v) {
	return digits_sum(v, "73173173") % 10 == (unsigned)(v[8] - '0');
}

static bool nl_delivered(const char *v) {
	size_t len = strlen(v);

	return strcmp(v + len - 2, "SA") && strcmp(v + len - 2, "SD") && strcmp(v + len - 2, "SS");
}

/* The "eleven test": weight -1 for the last digit. */
NUMBER(nl_bsn, .strip = " -.", .form = "#{7,9}", .pad = 9, .controls = {{.weights = "98765432A", .modulus = 11}},
       .also = also_not_zero)
NUMBER(nl_onderwijsnummer, .strip = " -.", .form = "10#{7}", .also = nl_pupil)
NUMBER(nl_identiteitskaartnummer, .strip = " ", .form = "[A-NP-Z]{2}[A-NP-Z0-9]{6}#")
NUMBER(nl_passport, .strip = " ", .form = "[A-NP-Z]{2}[A-NP-Z0-9]{6}#", .also = nl_document)
NUMBER(nl_btw, .strip = " -.", .prefix = "NL", .form = "#{8,9}B##", .pad = 12, .also = nl_taxable)
NUMBER(nl_postcode, .strip = " -", .prefix = "NL", .form = "[1-9]###@@", .also = nl_delivered)
