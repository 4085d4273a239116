/* SPDX-License-Identifier: MIT */
/* Where somebody is: coordinates. */
#include "check/list.h"

#include <string.h>

struct degrees {
	int whole, decimals;
	bool zero;
};

/* A decimal number that ends at end; false for anything else. Degrees have three digits at most. */
static bool degrees_read(const char *s, const char *end, struct degrees *ret) {
	*ret = (struct degrees){.zero = true};
	if (s < end && (*s == '-' || *s == '+'))
		s++;
	if (s == end || *s < '0' || *s > '9')
		return false;
	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		ret->whole = ret->whole * 10 + (*s - '0');
		ret->zero &= *s == '0';
		if (ret->whole > 180)
			return false;
	}
	if (s == end)
		return true;
	if (*s++ != '.')
		return false;
	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		ret->zero &= *s == '0';
		ret->decimals++;
	}
	return s == end && ret->decimals;
}

/* Four decimals are 11 m: fewer do not tell a house. */
static bool degrees_ok(const char *s, const char *end, int max) {
	struct degrees d;

	return degrees_read(s, end, &d) && d.decimals >= 4 && d.decimals <= 20 && d.whole < max && !d.zero;
}

enum check_class check_latitude(const char *s, size_t len) {
	return degrees_ok(s, s + len, 90) ? CHECK_REAL : CHECK_INVALID;
}

enum check_class check_longitude(const char *s, size_t len) {
	return degrees_ok(s, s + len, 180) ? CHECK_REAL : CHECK_INVALID;
}

/* Latitude and longitude, separated by a comma, a semicolon or spaces; brackets may stand around. */
enum check_class check_geo(const char *s, size_t len) {
	const char *end = s + len, *cut;

	if (len > 2 && ((s[0] == '(' && end[-1] == ')') || (s[0] == '[' && end[-1] == ']'))) {
		s++;
		end--;
	}
	for (cut = s; cut < end && !strchr(",; ", *cut); cut++)
		;
	if (cut == end || !degrees_ok(s, cut, 90))
		return CHECK_INVALID;
	while (cut < end && strchr(",; ", *cut))
		cut++;
	return degrees_ok(cut, end, 180) ? CHECK_REAL : CHECK_INVALID;
}
