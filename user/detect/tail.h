/* SPDX-License-Identifier: MIT */
/*
 * At which ends of words may a name end? Asked by the last letters of the word, whole slabs at a time and without
 * branches that depend on the text: most words are the end of no name. "Yes" may be wrong, "no" never is. Pure; any
 * thread.
 */
#ifndef DETECT_TAIL_H
#define DETECT_TAIL_H

#include "detect/mask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TAIL_BITS 16
#define TAIL_LAST_BITS 15
#define TAIL_MAX 8       /* letters of a tail */
#define TAIL_LOOSE_MIN 6 /* the end of a key, if this long, need not begin where a word does */

/* What the last letters of a word may be. */
enum { TAIL_OF_LONGER = 1, TAIL_WHOLE = 2 }; /* the end of a longer name; a name */

struct tails {
	uint64_t entries[1 << TAIL_BITS >> 5];   /* two bits each, by the hash of a tail: of the above, or none */
	uint64_t last[1 << TAIL_LAST_BITS >> 6]; /* of the last three bytes with which they may stand in a text */
	unsigned letters_max;
	bool has_parents; /* the front of a name may stand elsewhere: `"customer":{"id":1,"name":` */
};

/* A name in lower case, without joints. One of a single letter is none. */
void tails_enter(struct tails *t, const char *name, size_t len);

/* Of ends, offsets in the slab of the last bytes of words, those at which a name may end; returns how many. ret may be
 * ends. starts: a mask of the slab with at least the places where name_word_starts(). */
size_t tails_find(const struct tails *t, const char *slab, const uint64_t *starts, const uint16_t *ends, size_t len,
                  uint16_t *ret);

/* A tail: the last letters of a word or name, the last one in the highest byte, both cases alike. */
static inline __attribute__((always_inline)) uint64_t tail_of(uint64_t last_eight, unsigned letters) {
	/* What else is folded by it does no harm. */
	return (last_eight | 0x2020202020202020ull) & ~0ull << (64 - 8 * letters);
}
static inline __attribute__((always_inline)) uint64_t tail_hash(uint64_t tail) {
	return tail * 0x9e3779b97f4a7c15ull >> (64 - TAIL_BITS);
}
static inline __attribute__((always_inline)) unsigned tail_entry(const struct tails *t, uint64_t tail) {
	uint64_t i = tail_hash(tail);

	return t->entries[i >> 5] >> 2 * (i & 31) & (TAIL_OF_LONGER | TAIL_WHOLE);
}
static inline __attribute__((always_inline)) uint64_t tail_last_eight(const char *s, size_t end) {
	uint64_t bytes = 0;

	if (end >= sizeof(bytes))
		memcpy(&bytes, s + end - sizeof(bytes), sizeof(bytes));
	else
		memcpy((char *)&bytes + sizeof(bytes) - end, s, end);
	return bytes;
}
/*
 * May a name end at `end`, behind a part of a word of `run` letters whose tail may be one of t? Asked where the part is
 * shorter than a tail: it is a name together with what stands before it, or by itself.
 */
bool tail_may_short(const struct tails *t, const char *s, const uint64_t *starts, size_t end, unsigned run);

#endif
