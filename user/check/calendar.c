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

int calendar_year(void) {
	time_t now = time(NULL);
	struct tm tm;

	return gmtime_r(&now, &tm) ? tm.tm_year + 1900 : 1970;
}

bool calendar_past(int year, int month, int day) {
	time_t tomorrow = time(NULL) + 24 * 3600;
	struct tm tm;

	if (!gmtime_r(&tomorrow, &tm))
		return false;
	return (year * 100 + month) * 100 + day <= ((tm.tm_year + 1900) * 100 + tm.tm_mon + 1) * 100 + tm.tm_mday;
}

bool calendar_either_century(int yy, int month, int day) {
	return calendar_ok(1900 + yy, month, day) || calendar_ok(2000 + yy, month, day);
}
