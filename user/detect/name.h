/* SPDX-License-Identifier: MIT */
/*
 * The names rules know: keys, context keywords and keywords that speak against. One hash table for all of them, read
 * backwards from the end of a word, because the end is what a separator or a value gives away. Read-only once built.
 */
#ifndef DETECT_NAME_H
#define DETECT_NAME_H

#include "detect/mask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* In the order in which the uses of a name are kept. */
enum name_role {
	NAME_KEY,     /* its value is a candidate: the whole key, or its last component */
	NAME_KEY_END, /* ... or the end of a longer key */
	NAME_FOREIGN, /* as a key: the value is a measure, a time, a digest, ..., whatever it looks like; of no rule */
	NAME_NEEDED,  /* speaks for the rule, and without such a name nearby the rule is silent */
	NAME_CONTEXT, /* speaks for the rule */
	NAME_NEAR,    /* speaks against it */
};

struct name_use {
	uint16_t rule;
	uint8_t role;
};

struct name {
	uint64_t hash; /* 0: empty slot. 64 bits tell a few thousand names apart; the text is not kept */
	uint32_t uses; /* in names.uses: by role, and in a role by rule */
	uint16_t keys_len, for_len, near_len; /* first uses as a key; then those that speak for a rule; against one */
	bool needed;                          /* one of the uses is NAME_NEEDED */
};

#define NAME_ENDS_BITS (1u << 16)
#define NAME_TAIL_BITS 17
#define NAME_TAIL_MAX 8  /* letters of a tail */
#define NAME_LOOSE_MIN 6 /* the end of a key, if this long, need not begin where a word does */

struct names {
	struct name *slots;
	size_t slots_mask;
	struct name_use *uses;
	size_t len_max;
	struct name_tails {
		uint64_t tails[1 << NAME_TAIL_BITS >> 6]; /* hashes of their last letters: turns most words away at one look */
		uint8_t ends[NAME_ENDS_BITS / 8]; /* hashes of all their ends: what is the end of none is soon given up */
		unsigned tail_max;                /* letters that a tail has at most */
		bool has_parents;                 /* the front of a name may stand elsewhere: `"customer":{"id":1,"name":` */
	} words, needed, keys;                /* of names that are context; that is required; of names of keys */
};

/* A name to be entered: normalised as key_normalize() does. Borrowed. */
struct name_entry {
	const char *text;
	size_t len;
	struct name_use use;
};

int names_init(struct names *ret, struct name_entry *entries, size_t len); /* 0 or -ENOMEM; sorts entries */
void names_release(struct names *n);

enum { NAME_BREAK = 0, NAME_JOIN = 1 }; /* of name_fold: ends a name; may stand inside it and does not count */
extern const uint8_t name_fold[256];    /* else the byte in lower case */

static inline __attribute__((always_inline)) bool name_is_word(unsigned char c) {
	return name_fold[c] > NAME_JOIN;
}
/* Where a word may begin: after a non-word byte, at a camelCase hump, at a letter behind a digit. */
bool name_word_starts_slow(const char *s, size_t lo, size_t at, size_t hi);
static inline bool name_word_starts(const char *s, size_t lo, size_t at, size_t hi) {
	unsigned char c = s[at], before = at > lo ? s[at - 1] : ' ';

	if (!name_is_word(before))
		return true;
	/* Between two letters of the same word in lower case, and not behind an escape. */
	if (c >= 'a' && before >= 'a' && (at < lo + 2 || s[at - 2] != '\\'))
		return false;
	return name_word_starts_slow(s, lo, at, hi);
}
/* Where a word may end: before a non-word byte, at a camelCase hump, at a digit behind a letter. */
bool name_word_ends(const char *s, size_t end, size_t hi);
/* A tail: the last letters of a word or name, the last one in the highest byte, both cases alike. */
static inline __attribute__((always_inline)) uint64_t name_tail(uint64_t last_eight, unsigned letters) {
	/* What else is folded by it does no harm. */
	return (last_eight | 0x2020202020202020ull) & ~0ull << (64 - 8 * letters);
}
static inline __attribute__((always_inline)) bool name_tail_may(const struct name_tails *t, uint64_t tail) {
	uint64_t i = tail * 0x9e3779b97f4a7c15ull >> (64 - NAME_TAIL_BITS);

	return t->tails[i >> 6] >> (i & 63) & 1;
}
static inline __attribute__((always_inline)) uint64_t name_last_eight(const char *s, size_t end) {
	uint64_t bytes = 0;

	if (end >= sizeof(bytes))
		memcpy(&bytes, s + end - sizeof(bytes), sizeof(bytes));
	else
		memcpy((char *)&bytes + sizeof(bytes) - end, s, end);
	return bytes;
}
/* The tail of four letters before `end`. */
static inline __attribute__((always_inline)) uint64_t name_last_four(const char *end) {
	uint32_t bytes;

	memcpy(&bytes, end - sizeof(bytes), sizeof(bytes));
	return (uint64_t)(bytes | 0x20202020u) << 32;
}
/*
 * May a name end at `end`, behind a part of a word of `run` letters whose tail may be one of `t`? Asked where the part
 * is shorter than a tail: it is a name together with what stands before it, or by itself. starts: a mask of s with at
 * least the places where name_word_starts().
 */
bool name_may_end_short(const struct name_tails *t, const char *s, const uint64_t *starts, size_t end, unsigned run);

static inline uint64_t name_hash_step(uint64_t h, uint8_t folded) {
	h = (h ^ folded) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}
static inline bool name_goes_on(const struct name_tails *t, uint64_t hash) {
	return t->ends[(hash % NAME_ENDS_BITS) >> 3] >> (hash & 7) & 1;
}
const struct name *names_find(const struct names *n, uint64_t hash); /* NULL: no such name */

#endif
