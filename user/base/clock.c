/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000ull

static uint64_t read_clock(clockid_t id) {
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void) {
	return read_clock(CLOCK_MONOTONIC);
}
uint64_t clock_realtime_ns(void) {
	return read_clock(CLOCK_REALTIME);
}
uint64_t clock_boottime_ns(void) {
	return read_clock(CLOCK_BOOTTIME);
}

char *clock_rfc3339(char *ret_buf, size_t size, uint64_t wall_ns) {
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t len = strftime(ret_buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret_buf + len, size - len, ".%09uZ", (unsigned)(wall_ns % NS_PER_S));
	return ret_buf;
}

char *clock_local(char *ret_buf, size_t size, uint64_t wall_ns) {
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;
	localtime_r(&seconds, &tm);
	size_t len = strftime(ret_buf, size, "%Y-%m-%d %H:%M:%S ", &tm);
	long minutes = tm.tm_gmtoff / 60, distance = minutes < 0 ? -minutes : minutes;
	snprintf(ret_buf + len, size - len, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', distance / 60, distance % 60);
	return ret_buf;
}

uint64_t clock_parse_rfc3339(const char *text) {
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	uint64_t ns = 0, digit = NS_PER_S / 10;
	if (rest && *rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, digit /= 10)
			ns += (uint64_t)(*rest - '0') * digit;
	if (!rest || strcmp(rest, "Z") != 0)
		return 0;
	time_t seconds = timegm(&tm);
	return seconds > 0 ? (uint64_t)seconds * NS_PER_S + ns : 0;
}

uint64_t clock_parse_local(const char *text) {
	struct tm tm = {.tm_isdst = -1};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	if (rest && *rest)
		rest = strptime(rest, " %H:%M", &tm);
	if (!rest || *rest)
		return 0;
	time_t seconds = mktime(&tm);
	return seconds > 0 ? (uint64_t)seconds * NS_PER_S : 0;
}

uint64_t clock_parse_duration(const char *text) {
	static const struct {
		char name;
		uint64_t s;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (*text >= '0' && *text <= '9' && end[0] == units[i].name && !end[1] && n <= 366ul * 86400 / units[i].s)
			return n * units[i].s * NS_PER_S;
	return 0;
}
