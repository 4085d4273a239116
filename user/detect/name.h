/* SPDX-License-Identifier: MIT */
/*
 * The names rules know: keys, context keywords and keywords that speak against. One hash table for all of them, read
 * backwards from the end of a word, because the end is what a separator or a value gives away. Read-only once built.
 */
#ifndef DETECT_NAME_H
#define DETECT_NAME_H

#include "detect/tail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which the uses of a name are kept. */
enum name_role {
	NAME_VALUE,   /* as a key: what its value is tells the pair before it; of no rule */
	NAME_KEY,     /* its value is a candidate: the whole key, or its last component */
	NAME_KEY_END, /* ... or the end of a longer key */
	NAME_FOREIGN, /* right before it: the value is a measure, a time, a digest, whatever it looks like; of no rule */
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
struct names {
	struct name *slots;
	size_t slots_mask;
	struct name_use *uses;
	size_t len_max;
	bool keys_like_hours; /* some name of a key ends with two digits, as what stands before the colon of a time does */
	struct name_ends {
		struct tails tails;               /* turns most words away at one look */
		uint8_t ends[NAME_ENDS_BITS / 8]; /* hashes of all their ends: what is the end of none is soon given up */
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
static inline uint64_t name_hash_step(uint64_t h, uint8_t folded) {
	h = (h ^ folded) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}
static inline bool name_goes_on(const struct name_ends *e, uint64_t hash) {
	return e->ends[(hash % NAME_ENDS_BITS) >> 3] >> (hash & 7) & 1;
}
const struct name *names_find(const struct names *n, uint64_t hash); /* NULL: no such name */

#endif
