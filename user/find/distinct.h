/* SPDX-License-Identifier: MIT */
/*
 * How many different hashes were added: an exact set up to FIND_DISTINCT_EXACT, then a HyperLogLog sketch of 4,096
 * registers (standard error 1.6 %), whose registers' maxima merge two of them. Zero-initialised; one thread.
 */
#ifndef FIND_DISTINCT_H
#define FIND_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

struct distinct_sketch;

struct distinct {
	uint64_t count;                 /* so far: never shrinks */
	uint64_t *set;                  /* open addressing, 0 is an empty place; NULL once there is a sketch */
	size_t set_cap;                 /* power of two */
	struct distinct_sketch *sketch; /* NULL as long as the count is exact */
};

int distinct_add(struct distinct *d, uint64_t hash); /* 0 or -ENOMEM, then d is unchanged */
void distinct_release(struct distinct *d);

/*
 * The sketch as text, for another host that has the same key: no value can be read from it, only whether one that is
 * known already may be among them. In the digits of base64 (RFC 4648): "d" and the rank of each register; or "s" and,
 * of each register that is not 0, its number (two digits) and rank. malloc'ed; NULL without memory.
 */
char *distinct_text(const struct distinct *d);
/* Adds what such a text counts, as far as it is not in d: an estimate from here on. 0, -EINVAL: it is none, -ENOMEM. */
int distinct_merge(struct distinct *d, const char *text);

/* A count that has outlived its run, and the text by which others are added to it. */
struct distinct_count {
	uint64_t count;
	double error; /* 0: exact; else FIND_DISTINCT_ERROR */
	char *text;   /* malloc'ed */
};
/* Adds those that more counts and c does not. 0; -EINVAL: a text is none; -ENOMEM: c is unchanged. */
int distinct_unite(struct distinct_count *c, const struct distinct_count *more);

#endif
