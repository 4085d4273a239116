/* SPDX-License-Identifier: MIT */
/*
 * Which shapes may begin at a group of letters and digits: looked up by the group's kind and length, the byte behind
 * it and the length of the group behind that. Derived from the shapes; read-only once built.
 */
#ifndef DETECT_DIGIT_H
#define DETECT_DIGIT_H

#include "rule/shape.h"

#include <stdbool.h>

#include <stddef.h>
#include <stdint.h>

enum digit_kind { DIGIT_ONLY, DIGIT_MIXED, DIGIT_NONE, DIGIT_KINDS };

#define DIGIT_LEN_MAX 47    /* length of a first group; longer ones count as this */
#define DIGIT_NEXT_MAX 15   /* same of the second */
#define DIGIT_SEPARATORS 16 /* eight classes, and again with a letter behind */
#define DIGIT_LETTER 8
#define DIGIT_PREFIX_MAX 3 /* bytes of a shape before its first group */
#define DIGIT_SHORT_MAX 4  /* shorter groups are too many to be looked at one by one */
#define DIGIT_SHORT_NEXT 5
#define DIGIT_GAPS 5
#define DIGIT_TERMS_MAX (DIGIT_GAPS * (2 * DIGIT_SHORT_NEXT + 1))

struct digit_table {
	/* Offsets into lists, 0: no shape. A list is its length and then numbers of shapes. */
	uint16_t single[DIGIT_KINDS][DIGIT_LEN_MAX + 1]; /* the value is one group */
	uint16_t pair[DIGIT_KINDS][DIGIT_LEN_MAX + 1][DIGIT_SEPARATORS][DIGIT_NEXT_MAX + 1];
	uint16_t *lists;
	uint8_t separator[256]; /* class of a byte that may stand in a shape and is neither letter nor digit; of others 0 */
	/* What most groups are turned away by. Bit k: some pair has separator k; bit 0: there is a single. */
	uint16_t doors[DIGIT_KINDS][DIGIT_LEN_MAX + 1];
	/* Bit n, of a byte as the first and as the second: a mixed single of length n may begin with it. */
	uint64_t leads[2][256];
	/* Bit n: a second group of n may follow letters and this byte; [1]: one that begins with a letter. */
	uint16_t after_letters[2][256];
	/*
	 * What may follow a first group of one, two, ... digits: then 64 bytes of text are sifted at once. Not where a
	 * shape may end with such a group, or goes on otherwise: then each group is looked at by itself.
	 */
	bool sifts;
	struct digit_term {
		uint8_t gap;  /* which of the five classes SEPARATOR_SPACE ... SEPARATOR_PAREN, from 0 */
		uint8_t next; /* how many letters and digits are behind it; DIGIT_SHORT_NEXT: that many or more */
		bool letter;  /* they begin with a letter */
	} terms[DIGIT_SHORT_MAX][DIGIT_TERMS_MAX];
	uint8_t terms_len[DIGIT_SHORT_MAX];
	/* Bit n: after letters and a space, letters and a dash, a second group of n may stand. */
	uint8_t after_space, after_dash;
};

enum {
	SEPARATOR_SPACE = 1,
	SEPARATOR_DASH,
	SEPARATOR_DOT,
	SEPARATOR_SLASH,
	SEPARATOR_PAREN,
	SEPARATOR_COLON,
	SEPARATOR_OTHER
};

struct digit_shape {
	const struct shape *shape;
	uint8_t prefix_lens;        /* out: bit k: k bytes may stand before the first group */
	bool too_many;              /* out, with -E2BIG: so many ways to write this and those before it do not fit */
	bool found;                 /* out: false: the digit pass cannot find all of its values */
	uint64_t lens[DIGIT_KINDS]; /* out: bit n: the first group may be of that kind and n long */
};

/* May a value that is one group of both digits and letters begin with these two bytes? */
static inline bool digit_may_lead(const struct digit_table *t, unsigned len, const char *s) {
	return t->leads[0][(unsigned char)s[0]] & t->leads[1][(unsigned char)s[1]] & 1ull << len;
}

/* numbers[i] is what lists call shapes[i]; ascending. 0, -ENOMEM, or -E2BIG: more than fit. */
int digit_table_init(struct digit_table *ret, struct digit_shape *shapes, const uint16_t *numbers, size_t len);
void digit_table_release(struct digit_table *t);

#endif
