/* SPDX-License-Identifier: MIT */
/* Times are nanoseconds in uint64_t. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t clock_monotonic_ns(void);
uint64_t clock_realtime_ns(void);
uint64_t clock_boottime_ns(void); /* goes on while the machine is suspended */
#define CLOCK_TEXT_SIZE 40

/* RFC 3339 in UTC with nine decimals: "2026-11-22T13:49:02.123456789Z". size >= 31; returns ret_buf. */
char *clock_rfc3339(char *ret_buf, size_t size, uint64_t wall_ns);
/* What that made, with any number of decimals or none; 0: it is not such a time. */
uint64_t clock_parse_rfc3339(const char *text);
/* For people, in the local zone with its offset: "2026-11-22 14:49:02 +01:00". Same size; returns ret_buf. */
char *clock_local(char *ret_buf, size_t size, uint64_t wall_ns);
/* "2026-11-22" or "2026-11-22 14:00" in the local zone; 0: it is none of that. */
uint64_t clock_parse_local(const char *text);
/* "90s", "10m", "1h", "2d" -> nanoseconds, at most a year; 0: it is none of that. */
uint64_t clock_parse_duration(const char *text);

#endif
