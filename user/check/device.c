/* SPDX-License-Identifier: MIT */
/* Devices, and identifiers that stand for one person's device or account. */
#include "check/digits.h"
#include "check/list.h"

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
