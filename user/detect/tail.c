/* SPDX-License-Identifier: MIT */
#include "detect/tail.h"

#include "detect/name.h"

#include <endian.h>

static void enter(struct tails *t, uint64_t tail, unsigned what) {
	uint64_t i = tail_hash(tail);

	t->entries[i >> 5] |= (uint64_t)what << 2 * (i & 31);
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
		enter(t, tail, n < len ? TAIL_OF_LONGER : TAIL_WHOLE);
	}
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

static inline __attribute__((always_inline)) bool may_end_short(const struct tails *t, const char *s,
                                                                const uint64_t *starts, size_t end, unsigned run) {
	uint64_t tail = tail_of(tail_last_eight(s, end), run);
	unsigned letters = run, joins;

	while (!(tail_entry(t, tail) & TAIL_WHOLE)) {
		end = skip_joins(s, end - run, !t->has_parents, &joins);
		if (!end || !name_is_word((unsigned char)s[end - 1]) || (t->has_parents && joins > 1))
			return joins == JOINS_MAX || t->has_parents;
		uint64_t before = tail_last_eight(s, end);
		if (!tail_entry(t, tail | tail_of(before, 1) >> 8 * letters))
			return false;
		run = mask_back(starts, (end - 1) >> 6, (end - 1) & 63);
		tail |= tail_of(before, run < 8 ? run : 8) >> 8 * letters;
		letters += run;
		if (letters >= t->letters_max)
			return tail_entry(t, tail_of(tail, t->letters_max));
		if (!tail_entry(t, tail))
			return false;
	}
	return true;
}

DETECT_NEWER_CPUS bool tail_may_short(const struct tails *t, const char *s, const uint64_t *starts, size_t end,
                                      unsigned run) {
	return may_end_short(t, s, starts, end, run);
}

/* Letters of the part of a word that ends with a byte, by which of the eight up to it begin one; at least the two that
 * any name has. */
#define LETTERS(v) ((v)&0xc0 ? 2 : (v)&0x20 ? 3 : (v)&0x10 ? 4 : (v)&8 ? 5 : (v)&4 ? 6 : (v)&2 ? 7 : TAIL_MAX)
#define PART(v) ~0ull << (64 - 8 * LETTERS(v))
#define FOUR_PARTS(v) PART(v), PART((v) + 1), PART((v) + 2), PART((v) + 3)
#define SIXTEEN_PARTS(v) FOUR_PARTS(v), FOUR_PARTS((v) + 4), FOUR_PARTS((v) + 8), FOUR_PARTS((v) + 12)
#define QUARTER_OF_PARTS(v) SIXTEEN_PARTS(v), SIXTEEN_PARTS((v) + 16), SIXTEEN_PARTS((v) + 32), SIXTEEN_PARTS((v) + 48)
static const uint64_t part_masks[256] = {QUARTER_OF_PARTS(0), QUARTER_OF_PARTS(64), QUARTER_OF_PARTS(128),
                                         QUARTER_OF_PARTS(192)};

/* The ends from `first` on have seven bytes before them. */
DETECT_NEWER_CPUS static size_t sift_lasts(const struct tails *t, const char *slab, const uint16_t *ends, size_t first,
                                           size_t len, uint16_t *ret) {
	size_t n = first;

	for (size_t i = first; i < len; i++) {
		ret[n] = ends[i];
		n += last_may(t, slab, ends[i] + 1u);
	}
	return n;
}

DETECT_NEWER_CPUS static size_t sift_parts(const struct tails *t, const char *slab, const uint64_t *starts,
                                           uint16_t *ends, size_t first, size_t len) {
	size_t n = first;

	for (size_t i = first; i < len; i++) {
		size_t from = ends[i] + 1u - TAIL_MAX;
		uint64_t part;

		memcpy(&part, slab + from, sizeof(part));
		part = (part | 0x2020202020202020ull) & part_masks[mask_at(starts, from) & 0xff];
		ends[n] = ends[i];
		n += tail_entry(t, part) != 0;
	}
	return n;
}

DETECT_NEWER_CPUS static size_t sift_short(const struct tails *t, const char *slab, const uint64_t *starts,
                                           uint16_t *ends, size_t len) {
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned run = mask_back(starts, ends[i] >> 6, ends[i] & 63);

		if (run >= TAIL_MAX || may_end_short(t, slab, starts, ends[i] + 1u, run))
			ends[n++] = ends[i];
	}
	return n;
}

size_t tails_find(const struct tails *t, const char *slab, const uint64_t *starts, const uint16_t *ends, size_t len,
                  uint16_t *ret) {
	size_t first = 0, n;

	for (; first < len && ends[first] + 1u < TAIL_MAX; first++)
		ret[first] = ends[first];
	n = sift_lasts(t, slab, ends, first, len, ret);
	n = sift_parts(t, slab, starts, ret, first, n);
	return sift_short(t, slab, starts, ret, n);
}
