/* SPDX-License-Identifier: MIT */
#include "detect/byte.h"
#include "detect/detector.h"
#include "detect/watchlist.h"

#include <string.h>

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

static bool are_hex(const char *s, size_t len, size_t at, size_t n) {
	if (len - at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!byte_is_hex(s[at + i]))
			return false;
	return true;
}

/* Bytes of the word at `at` that belong to an escape begun before it: \n, \u0022, \x1b, %22, an ANSI colour. */
static size_t escape_rest(const char *s, size_t len, size_t at) {
	size_t n = 0;

	switch (s[at - 1]) {
	case '\\':
		if (s[at] == 'u')
			return are_hex(s, len, at + 1, 4) ? 5 : 0;
		if (s[at] == 'x')
			return are_hex(s, len, at + 1, 2) ? 3 : 0;
		return memchr("nrtfb", s[at], 5) != NULL;
	case '%':
		return are_hex(s, len, at, 2) ? 2 : 0;
	case '[':
	case ';':
		while (at + n < len && byte_is_digit(s[at + n]))
			n++;
		return at + n < len && s[at + n] == 'm' ? n + 1 : 0;
	}
	return 0;
}

static void scan_word(struct detector *d, size_t at) {
	const struct watchlist *w = d->set->watchlist;
	size_t skip = at ? escape_rest(d->s, d->len, at) : 0;

	watchlist_find(w, d->s, d->len, at, note_value, d);
	if (skip && at + skip < d->len)
		watchlist_find(w, d->s, d->len, at + skip, note_value, d);
}

DETECT_NEWER_CPUS void scan_watchlist(struct detector *d) {
	const uint64_t *alnum = d->masks.alnum;
	const uint64_t others = watchlist_has_others(d->set->watchlist) ? ~0ull : 0;
	size_t lo = d->base, hi = d->base + d->len;

	for (size_t w = lo >> 6; w << 6 < hi; w++) {
		uint64_t before = alnum[w] << 1 | (w ? alnum[w - 1] >> 63 : 0), here = ~0ull;

		if (w == lo >> 6)
			here <<= lo & 63;
		if (hi - (w << 6) < 64)
			here &= ~(~0ull << (hi & 63));
		for (uint64_t bits = ((alnum[w] & ~before) | (~alnum[w] & others)) & here; bits; bits &= bits - 1)
			scan_word(d, (w << 6) + (size_t)__builtin_ctzll(bits) - lo);
	}
}
