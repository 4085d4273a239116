/* SPDX-License-Identifier: MIT */
/* Days that exist. Dates inside numbers are decimal digits at a given place; the caller has seen that they are digits.
 */
#ifndef CHECK_CALENDAR_H
#define CHECK_CALENDAR_H

#include <stdbool.h>

/* Gregorian, year 1 or later. */
bool calendar_ok(int year, int month, int day);
/* Not after today (UTC, and one day of grace for zones ahead of it). */
bool calendar_past(int year, int month, int day);
int calendar_year(void); /* this year, UTC */
/* A day of year yy in one of the centuries 1900 and 2000; numbers that do not say which. */
bool calendar_either_century(int yy, int month, int day);

#endif
