/* SPDX-License-Identifier: MIT */
#include "detect/tail.h"

#include "detect/name.h"

#include <endian.h>

/* Of a tail that is a whole name, not the end of a longer one. */
static inline uint64_t whole(uint64_t tail) {
	return tail | 0xff;
}

static void enter(struct tails *t, uint64_t tail) {
	uint64_t i = tail * 0x9e3779b97f4a7c15ull >> (64 - TAIL_BITS);

	t->bits[i >> 6] |= 1ull << (i & 63);
}

/* Of the three bytes behind the first, both cases alike. */
static inline __attribute__((always_inline)) uint32_t last_hash(uint32_t bytes) {
	return ((bytes & 0x1f1f1f00) * 0x9e3779b1u) >> (32 - TAIL_LAST_BITS);
}

static inline __attribute__((always_inline)) bool last_may(const struct tails *t, const char *slab, size_t end) {
	uint32_t bytes;

	memcpy(&bytes, slab + end - sizeof(bytes), sizeof(bytes));
	uint32_t i = last_hash(le32toh(bytes));
	return t->last[i >> 6] >> (i & 63) & 1;
}

static void enter_last(struct tails *t, char third, const char *two) {
	uint32_t i =
	    last_hash((uint32_t)(uint8_t)third << 8 | (uint32_t)(uint8_t)two[0] << 16 | (uint32_t)(uint8_t)two[1] << 24);

	t->last[i >> 6] |= 1ull << (i & 63);
}

/* Before the last two letters stands the third, a joint, or, where the name is no longer, whatever it may be. */
static void enter_lasts(struct tails *t, const char *name, size_t len) {
	for (int c = 0; c < 256; c++)
		if (len == 2 || c == (uint8_t)name[len - 3] || name_fold[c] == NAME_JOIN)
			enter_last(t, (char)c, name + len - 2);
}

void tails_enter(struct tails *t, const char *name, size_t len) {
	uint64_t tail = 0;

	if (len < 2)
		return;
	enter_lasts(t, name, len);
	for (unsigned n = 1; n <= len && n <= t->letters_max; n++) {
		tail |= (uint64_t)((uint8_t)name[len - n] | 0x20) << (64 - 8 * n);
		enter(t, tail);
	}
	if (len < t->letters_max)
		enter(t, whole(tail));
}

#define JOINS_MAX 8

/* Back over what may join two parts of a name. For keys, quotes and brackets do not: see key_words_before(). */
static size_t skip_joins(const char *s, size_t end, bool quotes, unsigned *ret_joins) {
	for (*ret_joins = 0; end && *ret_joins < JOINS_MAX; ++*ret_joins, end--)
		if (name_fold[(unsigned char)s[end - 1]] != NAME_JOIN ||
		    (!quotes && (s[end - 1] == '"' || s[end - 1] == '\\' || s[end - 1] == '[')))
			break;
	return end;
}

DETECT_NEWER_CPUS bool tail_may_short(const struct tails *t, const char *s, const uint64_t *starts, size_t end,
                                      unsigned run) {
	uint64_t tail = tail_of(tail_last_eight(s, end), run);
	unsigned letters = run, joins;

	while (!tail_may(t, whole(tail))) {
		end = skip_joins(s, end - run, !t->has_parents, &joins);
		if (!end || !name_is_word((unsigned char)s[end - 1]) || (t->has_parents && joins > 1))
			return joins == JOINS_MAX || t->has_parents;
		uint64_t before = tail_last_eight(s, end);
		if (!tail_may(t, tail | tail_of(before, 1) >> 8 * letters))
			return false;
		run = mask_back(starts, (end - 1) >> 6, (end - 1) & 63);
		tail |= tail_of(before, run < 8 ? run : 8) >> 8 * letters;
		letters += run;
		if (letters >= t->letters_max)
			return tail_may(t, tail_of(tail, t->letters_max));
		if (!tail_may(t, tail))
			return false;
	}
	return true;
}

static inline __attribute__((always_inline)) unsigned run_at(const uint64_t *starts, size_t at) {
	return mask_back(starts, at >> 6, at & 63);
}

static inline __attribute__((always_inline)) unsigned at_most(unsigned n, unsigned max) {
	return n < max ? n : max;
}

/* What the word before adds, across one joint or none; further back it is not looked here. */
static inline __attribute__((always_inline)) bool goes_on(const struct tails *t, const char *slab,
                                                          const uint64_t *starts, size_t end, unsigned run) {
	size_t before = end - run - (name_fold[(unsigned char)slab[end - run - 1]] == NAME_JOIN);
	unsigned char last = slab[before - 1];
	unsigned run_before = at_most(run_at(starts, before - 1), TAIL_MAX);
	unsigned letters = at_most(run + run_before, TAIL_MAX);
	uint64_t tail = tail_of(tail_last_eight(slab, end), run);

	tail |= tail_of(tail_last_eight(slab, before), run_before) >> 8 * run;
	bool joins = name_fold[last] == NAME_JOIN, word = name_is_word(last);
	return joins | (word & tail_may(t, tail_of(tail, letters)));
}

/* Which of them, shorter than a tail, are whole names or may be a name with the word before? */
static inline __attribute__((always_inline)) size_t find_short(const struct tails *t, const char *slab,
                                                               const uint64_t *starts, uint16_t *ends, size_t len) {
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		size_t end = ends[i] + 1u;
		unsigned run = at_most(run_at(starts, ends[i]), TAIL_MAX), part = at_most(run, TAIL_MAX - 1);
		bool may = run == TAIL_MAX || end < run + 2u || tail_may(t, whole(tail_of(tail_last_eight(slab, end), part))) ||
		           goes_on(t, slab, starts, end, part);

		ends[n] = ends[i];
		n += may;
	}
	return n;
}

DETECT_NEWER_CPUS size_t tails_find(const struct tails *t, const char *slab, const uint64_t *starts,
                                    const uint16_t *ends, size_t len, uint16_t *ret) {
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < len; i++) {
		ret[n] = ends[i];
		n += ends[i] < 3 || last_may(t, slab, ends[i] + 1u);
	}
	len = n;
	n = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned run = at_most(run_at(starts, ret[i]), TAIL_MAX);
		/* There are two letters at least. */
		uint64_t tail = tail_of(tail_last_eight(slab, ret[i] + 1u), run < 2 ? 2 : run);

		ret[n] = ret[i];
		n += tail_may(t, tail);
	}
	n = find_short(t, slab, starts, ret, n);
	for (size_t i = 0; i < n; i++) {
		unsigned run = run_at(starts, ret[i]);

		if (run >= TAIL_MAX || tail_may_short(t, slab, starts, ret[i] + 1u, run))
			ret[kept++] = ret[i];
	}
	return kept;
}
