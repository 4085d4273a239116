/* SPDX-License-Identifier: MIT */
#include "detect/sift.h"

#define INLINE static inline __attribute__((always_inline))

/* How vectors are passed does not matter: what takes them is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"

/* Four words of a mask at once. */
typedef uint64_t words __attribute__((vector_size(32), aligned(8)));
#define WORDS 4

INLINE words at(const uint64_t *m, size_t w) {
	return *(const words *)(m + w);
}

INLINE words *slot(uint64_t *m, size_t w) {
	return (words *)(m + w);
}

/* Bits k further on, and back, over the borders of words. */
INLINE words on(const uint64_t *m, size_t w, unsigned k) {
	return at(m, w) >> k | at(m, w + 1) << (64 - k);
}

INLINE words back(const uint64_t *m, size_t w, unsigned k) {
	return at(m, w) << k | at(m - 1, w) >> (64 - k);
}

/* Gaps that a shape may have behind a first group of each short length, by what is behind the gap. */
INLINE void note_gaps(const struct masks *m, const struct digit_table *t, size_t w) {
	const words gaps[DIGIT_GAPS] = {at(m->space, w), at(m->joint, w) & ~at(m->colon, w), at(m->dot, w), at(m->slash, w),
	                                at(m->paren, w)};
	words next[2][DIGIT_SHORT_NEXT + 1], run = on(m->alnum, w, 1), digit = on(m->digit, w, 1);

	next[0][0] = next[1][0] = ~run;
	for (unsigned n = 1; n <= DIGIT_SHORT_NEXT; n++) {
		words longer = n < DIGIT_SHORT_NEXT ? run & on(m->alnum, w, n + 1) : run ^ run;

		next[0][n] = run & ~longer & digit;
		next[1][n] = run & ~longer & ~digit;
		run = longer;
	}
	for (unsigned n = 0; n < DIGIT_SHORT_MAX; n++) {
		words go_on = run ^ run;

		for (unsigned i = 0; i < t->terms_len[n]; i++)
			go_on |= gaps[t->terms[n][i].gap] & next[t->terms[n][i].letter][t->terms[n][i].next];
		*slot(m->go_on[n], w) = go_on;
	}
}

/* A dot between digits, and two to four bytes on the next dot; a colon, and up to five bytes on the next. */
INLINE void note_chains(const struct masks *m, size_t w) {
	*slot(m->dots, w) = at(m->dot, w) & back(m->digit, w, 1) & on(m->digit, w, 1) &
	                    (on(m->dot, w, 2) | on(m->dot, w, 3) | on(m->dot, w, 4));
	*slot(m->colons, w) = at(m->colon, w) & (on(m->colon, w, 1) | on(m->colon, w, 2) | on(m->colon, w, 3) |
	                                         on(m->colon, w, 4) | on(m->colon, w, 5));
}

/* The same again for the next one. Two colons side by side are enough. */
INLINE void join_chains(const struct masks *m, size_t w) {
	*slot(m->dots, w) = at(m->dots, w) & (on(m->dots, w, 2) | on(m->dots, w, 3) | on(m->dots, w, 4));
	*slot(m->colons, w) =
	    (at(m->colon, w) & on(m->colon, w, 1)) |
	    (at(m->colons, w) & (on(m->colons, w, 2) | on(m->colons, w, 3) | on(m->colons, w, 4) | on(m->colons, w, 5)));
	*slot(m->pairs, w) =
	    at(m->joint, w) & on(m->joint, w, 3) & on(m->joint, w, 6) & on(m->joint, w, 9) & on(m->joint, w, 12);
}

/* Groups of a length that letters and a gap may stand before. */
INLINE words follows_letters(const struct masks *m, const struct digit_table *t, size_t w, const words *run) {
	const words letter = back(m->alnum, w, 2) & ~back(m->digit, w, 2);
	const words space = back(m->space, w, 1) & letter, dash = back(m->joint, w, 1) & ~back(m->colon, w, 1) & letter;
	words all = letter ^ letter;

	for (unsigned n = 1; n <= DIGIT_SHORT_MAX; n++) {
		words exact = n < DIGIT_SHORT_MAX ? run[n - 1] & ~run[n] : run[n - 1];

		if (t->after_space >> n & 1)
			all |= space & exact;
		if (t->after_dash >> n & 1)
			all |= dash & exact;
	}
	return all;
}

/* First digits of groups that are worth a look by themselves. */
INLINE words groups_that_may(const struct masks *m, const struct digit_table *t, size_t w) {
	const words run[] = {~(words){0}, on(m->alnum, w, 1), run[1] & on(m->alnum, w, 2), run[2] & on(m->alnum, w, 3)};
	const words inner = back(m->alnum, w, 1), inner_two = inner & back(m->alnum, w, 2);
	words may = run[3] & on(m->alnum, w, 4);

	for (unsigned n = 0; n < DIGIT_SHORT_MAX; n++)
		may |= run[n] & on(m->go_on[n], w, n + 1);
	/* Letters lead: four of both together are enough. */
	may |= (inner & run[2]) | (inner_two & (run[1] | back(m->alnum, w, 3)));
	may |= back(m->escape, w, 1) | back(m->escape, w, 2);
	return may | follows_letters(m, t, w, run);
}

/* Before what is no word, at camelCase humps, at digits behind letters; but no name ends with two digits. */
INLINE words word_ends(const struct masks *m, size_t w) {
	words word = at(m->word, w), digit = at(m->digit, w), lower = ~at(m->upper, w) & ~digit;
	words ends = word & (~on(m->word, w, 1) | (lower & on(m->upper, w, 1)) | (~digit & on(m->digit, w, 1)));

	return ends & back(m->word, w, 1) & ~(digit & back(m->digit, w, 1));
}

/* First bytes of words, of camelCase parts, of letters behind digits and behind escapes such as in `\nssn`. */
INLINE words word_starts(const struct masks *m, size_t w) {
	words upper = at(m->upper, w), digit = at(m->digit, w);
	words lower_next = on(m->word, w, 1) & ~on(m->upper, w, 1) & ~on(m->digit, w, 1);

	return at(m->word, w) & (~back(m->word, w, 1) | (upper & (~back(m->upper, w, 1) | lower_next)) |
	                         (~digit & back(m->digit, w, 1)) | back(m->backslash, w, 2));
}

INLINE words signs(const struct masks *m, size_t w) {
	words two = at(m->separator, w) & ~at(m->colon, w) & on(m->four, w, 1) & on(m->zero, w, 2);
	words four = at(m->backslash, w) & on(m->zero, w, 2) & on(m->zero, w, 3) & on(m->four, w, 4) & on(m->zero, w, 5);

	return at(m->at_sign, w) | two | four;
}

INLINE words pluses(const struct masks *m, size_t w) {
	words plain = at(m->plus, w) & ~(on(m->word, w, 1) & ~on(m->digit, w, 1)) & ~on(m->zero, w, 1);
	words two = at(m->escape, w) & on(m->digit, w, 1) & on(m->alnum, w, 2) & ~on(m->digit, w, 2) & on(m->digit, w, 3);
	words four = at(m->backslash, w) & on(m->zero, w, 2) & on(m->zero, w, 3) & on(m->digit, w, 4) & on(m->alnum, w, 5) &
	             ~on(m->digit, w, 5) & on(m->digit, w, 6);

	return plain | two | four;
}

/* What may be an escape, or no ASCII, between two digits, or before a plus sign; an at sign that is encoded twice; a
 * run that is no ASCII, of three bytes or more: digits of another alphabet perhaps, or the separator of a key. */
INLINE words encoded(const struct masks *m, size_t w) {
	const words high = at(m->word, w) & ~at(m->alnum, w), all = high | at(m->escape, w) | at(m->backslash, w);

	/* Most texts have none of these. */
	if (!(all[0] | all[1] | all[2] | all[3]))
		return all;
	const words digit_before = back(m->digit, w, 1), next = on(m->word, w, 2) & ~on(m->alnum, w, 2);
	words two = at(m->escape, w) & on(m->alnum, w, 2) & digit_before & (on(m->digit, w, 3) | on(m->escape, w, 3));
	words twice = at(m->escape, w) & on(m->digit, w, 1) & on(m->digit, w, 2) & on(m->four, w, 3) & on(m->zero, w, 4);
	words four = at(m->backslash, w) & digit_before & on(m->alnum, w, 5);
	words begins = high & ~(back(m->word, w, 1) & ~back(m->alnum, w, 1));

	return two | twice | four | (begins & (digit_before | on(m->plus, w, 3) | next));
}

/* The carry goes from word to word: a group's first bit is added to its leading letters, and comes out behind them. */
INLINE void find_first_digits(const struct masks *m, size_t len) {
	bool letters_go_on = false;

	for (size_t w = 0; w << 6 < len; w++) {
		uint64_t alnum = m->alnum[w], begins = alnum & ~(alnum << 1 | (m->alnum + w)[-1] >> 63);
		unsigned long long sum;

		letters_go_on = __builtin_add_overflow(begins | letters_go_on, alnum & ~m->digit[w], &sum);
		m->first[w] = sum & m->digit[w];
	}
}

DETECT_NEWER_CPUS bool sift_fill(const struct masks *m, const struct digit_table *plain, bool keys_like_hours,
                                 size_t len) {
	/* One word beyond, for those who look on. */
	for (size_t w = 0; w << 6 <= len + 64; w += WORDS) {
		note_gaps(m, plain, w);
		note_chains(m, w);
		*slot(m->starts, w) = word_starts(m, w);
	}
	find_first_digits(m, len);
	words any_encoded = {0};
	for (size_t w = 0; w << 6 < len; w += WORDS) {
		words clock = at(m->colon, w) & back(m->digit, w, 1) & back(m->digit, w, 2);

		*slot(m->plain, w) = plain->sifts ? at(m->first, w) & groups_that_may(m, plain, w) : at(m->first, w);
		join_chains(m, w);
		*slot(m->keys, w) = keys_like_hours ? at(m->separator, w) : at(m->separator, w) & ~clock;
		*slot(m->signs, w) = signs(m, w);
		*slot(m->pluses, w) = pluses(m, w);
		*slot(m->spans, w) = at(m->signs, w) | at(m->pluses, w) | at(m->dots, w) | at(m->pairs, w) | at(m->colons, w);
		*slot(m->ends, w) = word_ends(m, w);
		*slot(m->encoded, w) = encoded(m, w);
		any_encoded |= at(m->encoded, w);
	}
	return any_encoded[0] | any_encoded[1] | any_encoded[2] | any_encoded[3];
}
