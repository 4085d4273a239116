/* SPDX-License-Identifier: MIT */
/* Devices, and identifiers that stand for one person's device or account. */
#include "check/digits.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* 3GPP TS 23.003 6.2: IMEI with its check digit, without it (14), or with the software version instead (16, IMEISV). */
enum check_class check_imei(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;

	if (len < 14 || len > 20 || !bare_make(&b, s, len, " -/") || !digits_only(b.c, b.len) || digits_equal(b.c, b.len))
		return CHECK_INVALID;
	if (b.len == 15)
		return luhn_ok(b.c, 15) ? CHECK_REAL : CHECK_INVALID;
	return b.len == 14 || b.len == 16 ? CHECK_REAL : CHECK_INVALID;
}

/* RFC 9562: 8-4-4-4-12; neither nil nor max. */
enum check_class check_uuid(const char *s, size_t len) {
	if (len != 36 || digits_equal(s, 8))
		return CHECK_INVALID;
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !s[i] || !strchr("0123456789abcdefABCDEF", s[i]))
			return CHECK_INVALID;
	}
	return s[14] >= '1' && s[14] <= '8' && strchr("89abAB", s[19]) ? CHECK_REAL : CHECK_INVALID;
}

/* ITU-T E.118: telecommunications (89), country, issuer, account, Luhn digit. */
static bool iccid_ok(const char *v) {
	size_t len = strlen(v);

	return luhn_ok(v, len) || (len == 20 && luhn_ok(v, 19));
}

NUMBER(iccid, .strip = " -", .form = "89#{16,18}", .also = iccid_ok)

/* ITU-T E.212: the country code begins with a region, 2 to 7, or is 901 for networks without a country. */
NUMBER(imsi, .strip = " -", .form = "[2-7]#{13,14}|901#{11,12}")

/* 3GPP2 S.R0048: 14 hexadecimal digits; the check digit is a Luhn digit of base 16, or of base 10 where all are
 * decimal. */
static bool meid_ok(const char *v) {
	return strlen(v) == 14 || luhn_base_ok(v, 15, digits_only(v, 14) ? 10 : 16);
}

NUMBER(meid, .strip = " -", .form = "[0-9A-F]{14}|[0-9A-F]{15}", .also = meid_ok)

/* ISO 3779 and, for the ninth character, 49 CFR 565.15: letters count 1 to 9 as on a typewriter of old. */
static bool vin_ok(const char *v) {
	size_t len = strlen(v);
	static const char values[] = "12345678.12345.7.923456789"; /* of A to Z */
	_cleanup_bare_ struct bare digits = {0};
	unsigned r;

	for (size_t i = 0; i < len; i++)
		digits.c[i] = letter_is(v[i]) ? values[v[i] - 'A'] : v[i];
	r = digits_sum(digits.c, "8765432A098765432") % 11;
	return !digits_only(v, len) && v[8] == "0123456789X"[r];
}

NUMBER(vin, .strip = " ", .form = "[A-HJ-NPR-Z0-9]{17}", .also = vin_ok)
