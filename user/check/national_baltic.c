/* SPDX-License-Identifier: MIT */
/* Estonia, Latvia, Lithuania. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* Weights 1..9 round and round; where the remainder is 10, again with 3..9, 1, 2. The digit stands behind the n. */
static bool two_pass_ok(const char *v, size_t n) {
	unsigned first = 0, second = 0;

	for (size_t i = 0; i < n; i++) {
		first += (unsigned)(i % 9 + 1) * (unsigned)(v[i] - '0');
		second += (unsigned)((i + 2) % 9 + 1) * (unsigned)(v[i] - '0');
	}
	return v[n] - '0' == (int)((first % 11 == 10 ? second : first) % 11 % 10);
}

/* Sex and century, then yymmdd. */
static bool ee_born(const char *v) {
	return calendar_ok(1800 + (v[0] - '1') / 2 * 100 + two_digits(v + 1), two_digits(v + 3), two_digits(v + 5));
}

static bool ee_person(const char *v) {
	return ee_born(v) && two_pass_ok(v, strlen(v) - 1);
}

static bool lt_person(const char *v) {
	/* 9 is for persons whose day of birth is not known. */
	return (v[0] == '9' || ee_born(v)) && two_pass_ok(v, strlen(v) - 1);
}

static bool ends_with_two_pass(const char *v) {
	return two_pass_ok(v, strlen(v) - 1);
}

NUMBER(ee_ik, .strip = " ", .form = "[1-8]#{10}", .also = ee_person)
NUMBER(ee_kmkr, .strip = " ", .prefix = "EE", .form = "#{9}", .controls = {{.weights = "371371371", .modulus = 10}})
NUMBER(ee_registrikood, .strip = " ", .form = "[1789]#{7}", .also = ends_with_two_pass)
NUMBER(lt_asmens, .strip = " -", .form = "[1-9]#{10}", .also = lt_person)
NUMBER(lt_pvm, .strip = " -", .prefix = "LT", .form = "#{7}1#|#{10}1#", .also = ends_with_two_pass)

static bool lv_person(const char *v) {
	/* Stated as (1101 - sum of w*d) mod 11 mod 10; here with weights 11 - w, so that the remainder counts upwards. */
	unsigned sum = digits_sum(v, "A584216379") + 1;

	return v[6] <= '2' &&
	       calendar_ok(1800 + 100 * (v[6] - '0') + two_digits(v + 4), two_digits(v + 2), two_digits(v)) &&
	       v[10] - '0' == (int)(sum % 11 % 10);
}

/* Since July 2017 numbers begin with 32 and say nothing. */
static bool lv_any_person(const char *v) {
	return !memcmp(v, "32", 2) || lv_person(v);
}

static bool lv_taxable(const char *v) {
	return v[0] > '3' ? digits_sum(v, "91483A25761") % 11 == 3 : lv_person(v);
}

NUMBER(lv_pk, .strip = " -", .form = "#{11}", .also = lv_any_person)
NUMBER(lv_pvn, .strip = " -", .prefix = "LV", .form = "#{11}", .also = lv_taxable)
