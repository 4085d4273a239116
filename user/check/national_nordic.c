/* SPDX-License-Identifier: MIT */
/* Denmark, Faroe Islands, Finland, Iceland, Norway, Sweden. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

static bool fi_person(const char *v) {
	static const char check[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	int century = v[6] == '+' ? 1800 : strchr("-UVWXY", v[6]) ? 1900 : 2000;
	uint64_t individual = digits_number(v + 7, 3);

	return calendar_ok(century + two_digits(v + 4), two_digits(v + 2), two_digits(v)) && individual >= 2 &&
	       v[10] == check[(digits_number(v, 6) * 1000 + individual) % 31];
}

enum check_class check_fi_hetu(const char *s, size_t len) {
	static const struct number number = {.strip = "", .form = "#{6}[-+A-FU-Y]#{3}[0-9A-FHJ-NPR-Y]", .also = fi_person};

	if (len != 11 || number_check(&number, s, len) == CHECK_INVALID)
		return CHECK_INVALID;
	/* The example of the Digital and Population Data Services Agency. */
	if (!strncasecmp(s, "131052-308T", len))
		return CHECK_DOCUMENTATION;
	/* 900 and up are never given for life: made up for tests, or by hospitals for a while. */
	return s[7] == '9' ? CHECK_TEST : CHECK_REAL;
}

NUMBER(fi_alv, .strip = " -", .prefix = "FI", .form = "#{8}", .controls = {{.weights = "79A58421", .modulus = 11}})
NUMBER(fi_ytunnus, .strip = " -", .prefix = "FI", .form = "#{8}", .controls = {{.weights = "79A58421", .modulus = 11}})
NUMBER(fi_veronumero, .strip = " ", .form = "#{12}")

static bool dk_person(const char *v) {
	int yy = two_digits(v + 4);
	int century = v[6] <= '3' || (strchr("49", v[6]) && yy >= 37) ? 1900
	              : strchr("5678", v[6]) && yy >= 58              ? 1800
	                                                              : 2000;

	/* Numbers without a valid check digit are given out since October 2007. */
	return calendar_ok(century + yy, two_digits(v + 2), two_digits(v)) &&
	       calendar_past(century + yy, two_digits(v + 2), two_digits(v));
}

NUMBER(dk_cpr, .strip = " -", .form = "#{10}", .also = dk_person)
NUMBER(dk_cvr, .strip = " -.,/:", .prefix = "DK", .form = "[1-9]#{7}",
       .controls = {{.weights = "27654321", .modulus = 11}})
NUMBER(fo_vn, .strip = " -.", .prefix = "FO", .form = "#{6}")

static bool is_person(const char *v) {
	int day = two_digits(v);

	/* A legal person's day is 40 later. */
	return calendar_ok((v[9] == '9' ? 1900 : 2000) + two_digits(v + 4), two_digits(v + 2), day >= 40 ? day - 40 : day);
}

NUMBER(is_kennitala, .strip = "-", .form = "[0-7]#[01]#{6}[09]", .controls = {{.weights = "3276543210", .modulus = 11}},
       .also = is_person)
NUMBER(is_vsk, .strip = " ", .prefix = "IS", .form = "#{5,6}")

static bool no_person(const char *v) {
	int day = two_digits(v), month = two_digits(v + 2), yy = two_digits(v + 4);
	int individual = (int)digits_number(v + 6, 3), year;

	day -= day > 40 && day < 80 ? 40 : 0; /* D-number: not a resident */
	month -= month > 40 ? 40 : 0;         /* H-number: given by a health service */
	if (individual < 500 || (individual >= 900 && yy >= 40))
		year = 1900 + yy;
	else if (individual < 750 && yy >= 54)
		year = 1800 + yy;
	else if (yy < 40)
		year = 2000 + yy;
	else
		return false;
	return calendar_ok(year, month, day) && calendar_past(year, month, day);
}

NUMBER(no_fodselsnummer, .strip = " -:", .form = "#{11}",
       .controls = {{.weights = "376189452", .chars = D_IS_11_MINUS_R},
                    {.weights = "5432765432", .chars = D_IS_11_MINUS_R}},
       .also = no_person)
NUMBER(no_orgnr, .strip = " ", .form = "#{9}", .controls = {{.weights = "327654321", .modulus = 11}})
NUMBER(no_mva, .strip = " ", .prefix = "NO", .form = "#{9}MVA", .controls = {{.weights = "327654321", .modulus = 11}})

static bool no_account(const char *v) {
	size_t len = strlen(v);
	static const struct control control = {.weights = "6789456789", .chars = D_IS_R_TEN_NONE};

	if (len == 11 && !memcmp(v, "0000", 4))
		return luhn_ok(v + 4, 7);
	return len == 7 ? luhn_ok(v, 7) : control_ok(&control, v);
}

NUMBER(no_kontonr, .strip = " .-", .form = "#{11}|#{7}", .also = no_account)

/* The day of birth, more by day_offset, and the Luhn digit over the last ten digits. */
static bool se_number(const char *s, size_t len, int day_offset) {
	_cleanup_bare_ struct bare b;
	const char *day;
	int year, now = calendar_year();
	bool older;

	if (len > 20 || !bare_make(&b, s, len, " :") || !form_ok("#{6}[-+]#{4}|#{8}[-+]#{4}|#{10}|#{12}", b.c))
		return false;
	older = b.c[b.len - 5] == '+';
	if (!digit_is(b.c[b.len - 5])) {
		memmove(b.c + b.len - 5, b.c + b.len - 4, 5);
		b.len--;
	}
	day = b.c + b.len - 10;
	year = two_digits(day);
	if (b.len == 12)
		year += 100 * two_digits(b.c);
	else
		year += now / 100 * 100 - (year > now % 100 ? 100 : 0) - (older ? 100 : 0);
	return calendar_ok(year, two_digits(day + 2), two_digits(day + 4) - day_offset) && luhn_ok(day, 10);
}

enum check_class check_se_personnummer(const char *s, size_t len) {
	return se_number(s, len, 0) ? CHECK_REAL : CHECK_INVALID;
}

enum check_class check_se_samordningsnummer(const char *s, size_t len) {
	return se_number(s, len, 60) ? CHECK_REAL : CHECK_INVALID;
}

NUMBER(se_orgnr, .strip = " -.", .form = "#{10}", .also = also_luhn)
NUMBER(se_postnummer, .strip = " -", .prefix = "SE", .form = "[1-9]#{4}")

static bool se_vat_number(const char *v) {
	return luhn_ok(v, strlen(v) - 2);
}

NUMBER(se_vat, .strip = " -.", .prefix = "SE", .form = "#{10}01", .also = se_vat_number)
