/* SPDX-License-Identifier: MIT */
/* Dates by themselves. */
#include "check/calendar.h"
#include "check/digits.h"
#include "check/list.h"

#include <string.h>

/* A number, or a month by name. */
struct part {
	int value;
	size_t len; /* bytes as written */
	bool month; /* written as a name */
};

static int month_named(const char *s, size_t len) {
	static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

	for (int m = 0; len >= 3 && m < 12; m++)
		if (!memcmp(names + 3 * m, s, 3))
			return m + 1;
	return 0;
}

/* Three parts separated by . - / or spaces and commas; false for anything else. */
static bool split(const char *s, size_t len, struct part ret[3]) {
	size_t i = 0;

	for (int n = 0; n < 3; n++) {
		size_t start = i;

		while (i < len && digit_is(s[i]))
			i++;
		ret[n] = (struct part){.len = i - start};
		if (i - start > 4)
			return false;
		if (i > start) {
			ret[n].value = (int)digits_number(s + start, i - start);
		} else {
			while (i < len && letter_is(s[i]))
				i++;
			ret[n].value = month_named(s + start, i - start);
			ret[n].month = true;
		}
		start = i;
		while (n < 2 && i < len && strchr(".-/, ", s[i]))
			i++;
		if (!ret[n].value || (n < 2 && (i == start || i - start > 2)))
			return false;
	}
	return i == len;
}

/* "1980-12-31T...": a time of day adds nothing. */
static size_t without_time(const char *s, size_t len) {
	return len > 10 && digit_is(s[3]) && s[4] == '-' && (s[10] == 'T' || s[10] == ' ') ? 10 : len;
}

static int full_year(struct part y) {
	return y.len == 4 ? y.value : y.len == 2 ? (y.value < 30 ? 2000 : 1900) + y.value : 0;
}

typedef bool (*day_ok_fn)(int year, int month, int day);

static bool date_ok(const char *s, size_t len, day_ok_fn ok) {
	_cleanup_bare_ struct bare b;
	struct part p[3];

	if (len < 6 || len > 32 || !bare_make(&b, s, without_time(s, len), ""))
		return false;
	if (b.len == 8 && digits_only(b.c, 8))
		return ok((int)digits_number(b.c, 4), two_digits(b.c + 4), two_digits(b.c + 6)) ||
		       ok((int)digits_number(b.c + 4, 4), two_digits(b.c + 2), two_digits(b.c));
	if (!split(b.c, b.len, p))
		return false;
	if (p[0].len == 4)
		return ok(p[0].value, p[1].value, p[2].value);
	if (p[1].month)
		return ok(full_year(p[2]), p[1].value, p[0].value);
	if (p[0].month)
		return ok(full_year(p[2]), p[0].value, p[1].value);
	return ok(full_year(p[2]), p[1].value, p[0].value) || ok(full_year(p[2]), p[0].value, p[1].value);
}

static bool any_day(int year, int month, int day) {
	return year >= 1800 && year <= 2199 && calendar_ok(year, month, day);
}

static bool day_of_birth(int year, int month, int day) {
	return year >= 1900 && calendar_ok(year, month, day) && calendar_past(year, month, day);
}

enum check_class check_date(const char *s, size_t len) {
	return date_ok(s, len, any_day) ? CHECK_REAL : CHECK_INVALID;
}

enum check_class check_birth_date(const char *s, size_t len) {
	return date_ok(s, len, day_of_birth) ? CHECK_REAL : CHECK_INVALID;
}
