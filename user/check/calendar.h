/* SPDX-License-Identifier: MIT */
/* Days that exist. Dates inside numbers are decimal digits at a given place; the caller has seen that they are digits.
 */
#ifndef CHECK_CALENDAR_H
#define CHECK_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

/* Gregorian, year 1 or later. */
bool calendar_ok(int year, int month, int day);
/* Not after today (UTC, and one day of grace for zones ahead of it). */
bool calendar_past(int year, int month, int day);
/* Two decimal digits as a number. */
static inline int two_digits(const char *s) {
	return (s[0] - '0') * 10 + (s[1] - '0');
}

#endif
