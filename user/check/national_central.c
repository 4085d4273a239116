/* SPDX-License-Identifier: MIT */
/* Czechia, Hungary, Poland, Slovakia. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* Nine digits until 1953, ten since; women's months are 50 later, 20 more where the day had run out of numbers. */
static bool cz_person(const char *v) {
	int year = 1900 + two_digits(v), month = two_digits(v + 2) % 50 % 20;
	/* A remainder of 10 was to be avoided from 1985 on, but was not. */
	uint64_t check = digits_number(v, 9) % 11 % 10;

	if (strlen(v) == 9) {
		year -= year >= 1980 ? 100 : 0;
		return year <= 1953 && calendar_ok(year, month, two_digits(v + 4));
	}
	year += year < 1954 ? 100 : 0;
	return calendar_ok(year, month, two_digits(v + 4)) && check == (uint64_t)(v[9] - '0');
}

static const struct control cz_company = {.weights = "8765432", .chars = "10987654321"};

static bool cz_taxable(const char *v) {
	size_t len = strlen(v);

	if (len == 8)
		return v[0] != '9' && control_ok(&cz_company, v);
	/* Persons with no birth number to use. */
	if (len == 9 && v[0] == '6')
		return (digits_sum(v + 1, "8765432") % 11 + 8) % 10 == (unsigned)(v[8] - '0');
	return cz_person(v);
}

static bool sk_taxable(const char *v) {
	if (cz_person(v))
		return true;
	return v[0] != '0' && strchr("234789", v[2]) && digits_number(v, 10) % 11 == 0;
}

NUMBER(cz_rc, .strip = " /", .form = "#{9,10}", .also = cz_person)
NUMBER(sk_rc, .strip = " /", .form = "#{9,10}", .also = cz_person)
NUMBER(cz_dic, .strip = " /", .prefix = "CZ", .form = "#{8,10}", .also = cz_taxable)
NUMBER(cz_ico, .strip = " ", .form = "#{8}", .controls = {{.weights = "8765432", .chars = "10987654321"}})
NUMBER(sk_ico, .strip = " ", .form = "#{8}", .controls = {{.weights = "8765432", .chars = "10987654321"}})
NUMBER(sk_dph, .strip = " -", .prefix = "SK", .form = "#{10}", .also = sk_taxable)

NUMBER(hu_anum, .strip = " -", .prefix = "HU", .form = "#{8}", .controls = {{.weights = "97319731", .modulus = 10}})
/* A person's tax number; the first digit is 8. */
NUMBER(hu_tin, .strip = " -", .form = "8#{9}", .controls = {{.weights = "123456789", .chars = D_IS_R_TEN_NONE}})

static bool pl_person(const char *v) {
	static const int centuries[] = {1900, 2000, 2100, 2200, 1800};
	int month = two_digits(v + 2);

	return calendar_ok(centuries[month / 20] + two_digits(v), month % 20, two_digits(v + 4));
}

static bool pl_unit(const char *v) {
	static const struct control unit = {.weights = "2485097361248", .chars = D_IS_R_TEN_ZERO};

	return strlen(v) == 9 || control_ok(&unit, v);
}

NUMBER(pl_pesel, .strip = " -", .form = "#{11}", .controls = {{.weights = "1379137913", .chars = D_IS_10_MINUS_R}},
       .also = pl_person)
NUMBER(pl_nip, .strip = " -", .prefix = "PL", .form = "#{10}", .controls = {{.weights = "657234567A", .modulus = 11}})
NUMBER(pl_regon, .strip = " -", .form = "#{9}|#{14}", .controls = {{.weights = "89234567", .chars = D_IS_R_TEN_ZERO}},
       .also = pl_unit)
