/* SPDX-License-Identifier: MIT */
#include "detect/byte.h"
#include "detect/detector.h"
#include "detect/watchlist.h"

/* A value must not be a part of a longer word. */
static bool stands_alone(const struct detector *d, size_t start, size_t end) {
	const char *s = d->s;

	/* Behind a letter or digit it is open only where that one belongs to an escape. */
	if (start && byte_is_alnum(s[start]) && byte_is_alnum(s[start - 1]) && !left_is_open(d, start))
		return false;
	return end == d->len || !byte_is_alnum(s[end - 1]) || !byte_is_alnum(s[end]);
}

static void note_value(void *arg, size_t start, size_t end) {
	struct detector *d = arg;

	if (!stands_alone(d, start, end))
		return;
	if (d->matches_len == MATCHES_MAX) {
		d->counters.refused_overflow++;
		return;
	}
	d->matches[d->matches_len++] = (struct match){.start = (uint32_t)start,
	                                              .end = (uint32_t)end,
	                                              .rule = (uint16_t)d->set->rules->len,
	                                              .class = CHECK_REAL,
	                                              .confidence = watchlist_rule.confidence};
}

void scan_watchlist(struct detector *d) {
	size_t lo = d->base, hi = d->base + d->len;

	for (size_t w = lo >> 6; w << 6 < hi; w++) {
		uint64_t bits = d->masks.named[w];

		if (w == lo >> 6)
			bits &= ~0ull << (lo & 63);
		if (hi - (w << 6) < 64)
			bits &= ~(~0ull << (hi & 63));
		for (; bits; bits &= bits - 1)
			watchlist_find(d->set->watchlist, d->s, d->len, (w << 6) + (size_t)__builtin_ctzll(bits) - lo, note_value,
			               d);
	}
}
