/* SPDX-License-Identifier: MIT */
#include "find/timeline.h"

/* Each is a multiple of the one before, so that slots can be put together. What is beyond the last counts in its last
 * slot. */
static const struct {
	uint64_t s;
	const char *name;
} widths[] = {
    {1, "second"},  {5, "5 seconds"},   {15, "15 seconds"}, {60, "minute"},   {300, "5 minutes"},   {900, "15 minutes"},
    {3600, "hour"}, {21600, "6 hours"}, {86400, "day"},     {604800, "week"}, {2419200, "4 weeks"},
};

#define WIDTHS (sizeof(widths) / sizeof(*widths))

uint64_t timeline_width_s(const struct timeline *t) {
	return widths[t->width].s;
}

const char *timeline_width_name(const struct timeline *t) {
	return widths[t->width].name;
}

static void widen(struct timeline *t) {
	size_t factor = (size_t)(widths[t->width + 1].s / widths[t->width].s);
	for (size_t i = 0; i < TIMELINE_SLOTS; i++) {
		uint64_t n = t->counts[i];
		t->counts[i] = 0;
		t->counts[i / factor] += n;
	}
	t->len = (t->len + factor - 1) / factor;
	t->width++;
}

void timeline_add(struct timeline *t, uint64_t after_ns, uint64_t n) {
	uint64_t after_s = after_ns / 1000000000;
	while (after_s / widths[t->width].s >= TIMELINE_SLOTS && t->width + 1 < WIDTHS)
		widen(t);
	size_t slot = (size_t)(after_s / widths[t->width].s);
	slot = slot < TIMELINE_SLOTS ? slot : TIMELINE_SLOTS - 1;
	t->counts[slot] += n;
	t->len = slot + 1 > t->len ? slot + 1 : t->len;
}
