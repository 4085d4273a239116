/* SPDX-License-Identifier: MIT */
/*
 * How many matches when: a fixed number of equal slots from the beginning on, which become wider as time goes by, so
 * that the whole of any period stays told. Zero-initialised; one thread.
 */
#ifndef FIND_TIMELINE_H
#define FIND_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#define TIMELINE_SLOTS 120

struct timeline {
	uint64_t counts[TIMELINE_SLOTS];
	size_t len;   /* slots up to the present one */
	size_t width; /* which of the widths */
};

/* n more at so long after the beginning; n may be 0: time goes by. */
void timeline_add(struct timeline *t, uint64_t after_ns, uint64_t n);
/* 1 s, 5 s, 15 s, 1 min, 5 min, 15 min, 1 h, 6 h, 1 d, 7 d, 28 d. */
uint64_t timeline_width_s(const struct timeline *t);
/* "second", "5 seconds", "minute": what a slot counts matches of. */
const char *timeline_width_name(const struct timeline *t);

#endif
