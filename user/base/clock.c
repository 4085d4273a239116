/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
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
