/* SPDX-License-Identifier: MIT */
#include "detect/sift.h"

#define INLINE static inline __attribute__((always_inline))

/* Bits k further on, and back, over the borders of words. */
INLINE uint64_t on(const uint64_t *m, size_t w, unsigned k) {
	return m[w] >> k | m[w + 1] << (64 - k);
}

INLINE uint64_t back(const uint64_t *m, size_t w, unsigned k) {
	return m[w] << k | (w ? m[w - 1] >> (64 - k) : 0);
}

/* Gaps behind which a shape may go on whose first group is short. */
INLINE uint64_t gaps_that_go_on(const struct masks *m, const struct digit_table *t, size_t w) {
	uint64_t letter =
	    (t->letter_after[SEPARATOR_DOT] ? m->dot[w] : 0) | (t->letter_after[SEPARATOR_DASH] ? m->joint[w] : 0);

	if (t->letter_after[SEPARATOR_SPACE] || t->letter_after[SEPARATOR_SLASH])
		letter = ~0ull;
	return (m->gap[w] & (on(m->digit, w, 1) | (on(m->alnum, w, 1) & letter))) | (t->parens ? m->paren[w] : 0);
}

/*
 * Where a group that begins with a digit is worth a look: it is longer than four, or such a gap is behind it, or a gap
 * and a letter are before it.
 */
INLINE uint64_t groups_that_may(const struct masks *m, size_t w, const uint64_t *gaps) {
	uint64_t a1 = on(m->alnum, w, 1), a2 = on(m->alnum, w, 2), a3 = on(m->alnum, w, 3);
	uint64_t go_on = on(gaps, 0, 1) | (a1 & (on(gaps, 0, 2) | (a2 & (on(gaps, 0, 3) | (a3 & on(gaps, 0, 4))))));
	uint64_t letter = back(m->alnum, w, 2) & ~back(m->digit, w, 2);

	return go_on | (a1 & a2 & a3 & on(m->alnum, w, 4)) | (back(m->gap, w, 1) & letter);
}

/* A dot, two to four bytes on the next, and the same again. */
INLINE uint64_t first_dots(const uint64_t *dot, size_t w) {
	uint64_t now[2] = {dot[w] & (on(dot, w, 2) | on(dot, w, 3) | on(dot, w, 4)), 0};

	if (!now[0])
		return 0;
	now[1] = dot[w + 1] & (on(dot, w + 1, 2) | on(dot, w + 1, 3) | on(dot, w + 1, 4));
	return now[0] & (on(now, 0, 2) | on(now, 0, 3) | on(now, 0, 4));
}

/* Before what is no word, at camelCase humps, at digits behind letters; but no name ends with two digits. */
INLINE uint64_t word_ends(const struct masks *m, size_t w) {
	uint64_t word = m->word[w], digit = m->digit[w], lower = ~m->upper[w] & ~digit;
	uint64_t ends = word & (~on(m->word, w, 1) | (lower & on(m->upper, w, 1)) | (~digit & on(m->digit, w, 1)));

	return ends & back(m->word, w, 1) & ~(digit & back(m->digit, w, 1));
}

/* Bytes with the beginning of a word inside of a word, camelCase or a letter behind digits, at or one or two before. */
INLINE uint64_t humps(const struct masks *m, size_t w) {
	uint64_t all = 0;

	for (unsigned k = 0; k < 3; k++) {
		uint64_t upper = k ? back(m->upper, w, k) : m->upper[w], digit = k ? back(m->digit, w, k) : m->digit[w];

		all |= (upper & ~back(m->upper, w, k + 1)) | (~digit & back(m->digit, w, k + 1));
	}
	return all;
}

DETECT_NEWER_CPUS void sift_fill(const struct masks *m, const struct digit_table *plain, size_t len) {
	uint64_t gaps[2] = {0, gaps_that_go_on(m, plain, 0)};
	bool letters_go_on = false;

	for (size_t w = 0; w << 6 < len; w++) {
		uint64_t alnum = m->alnum[w], digit = m->digit[w], begins = alnum & ~back(m->alnum, w, 1), ends;
		unsigned long long sum;

		/* A group's first bit is added to its leading letters: the carry comes out at the first byte behind them. */
		letters_go_on = __builtin_add_overflow(begins | letters_go_on, alnum & ~digit, &sum);
		m->first[w] = m->plain[w] = sum & digit;
		gaps[0] = gaps[1];
		gaps[1] = gaps_that_go_on(m, plain, w + 1);
		if (plain->sifts)
			m->plain[w] &= ~begins | groups_that_may(m, w, gaps);
		m->dots[w] = first_dots(m->dot, w);
		m->pairs[w] = m->joint[w] & on(m->joint, w, 3) & on(m->joint, w, 6) & on(m->joint, w, 9) & on(m->joint, w, 12);
		m->ends[w] = ends = word_ends(m, w);
		m->long_ends[w] = ends & back(m->word, w, 2) & back(m->word, w, 3) & ~humps(m, w);
	}
}
