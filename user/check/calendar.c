/* SPDX-License-Identifier: MIT */
#include "check/calendar.h"

#include <time.h>

bool calendar_ok(int year, int month, int day) {
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01; years count from March, so that the leap day comes last. */
static long days_of(int year, int month, int day) {
	long y = month > 2 ? year : year - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 - 719468;
}

/* gmtime_r() would take a lock that all threads share. */
static long today(void) {
	return (long)(time(NULL) / 86400);
}

int calendar_year(void) {
	int year = (int)(1970 + today() / 365.2425);

	/* Off by one for a day around New Year at most. */
	return days_of(year + 1, 1, 1) <= today() ? year + 1 : days_of(year, 1, 1) > today() ? year - 1 : year;
}

bool calendar_past(int year, int month, int day) {
	return days_of(year, month, day) <= today() + 1;
}

bool calendar_either_century(int yy, int month, int day) {
	return calendar_ok(1900 + yy, month, day) || calendar_ok(2000 + yy, month, day);
}
