/* SPDX-License-Identifier: MIT */
/*
 * The pattern language of rules: a sequence of atoms. An atom is a literal byte, `\d`, `\.` (any escaped byte), or a
 * class `[A-Z0-9_-]` (`[^...]` not), followed by nothing, `?`, `{n}` or `{m,n}` (n <= 255). No groups, no
 * alternatives, no `*` or `+`: a rule lists several shapes instead. Bytes, not characters; `(?i)` at the very
 * front folds ASCII case. At most SHAPE_LEN_MAX bytes match. Read-only after shape_parse(): any thread.
 */
#ifndef RULE_SHAPE_H
#define RULE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHAPE_ATOMS_MAX 48
#define SHAPE_LEN_MAX 511

struct shape_atom {
	uint64_t set[4]; /* bit b: byte b may stand here */
	uint8_t min, max;
};

struct shape {
	struct shape_atom atoms[SHAPE_ATOMS_MAX];
	uint8_t len;
	bool greedy;      /* taking all that each atom can is always right: no other way needs to be tried */
	bool within_word; /* no match has more than 63 bytes */
};

/* 0; -EINVAL with *ret_at the offending byte of text and *ret_why a static sentence. */
int shape_parse(struct shape *ret, const char *text, size_t *ret_at, const char **ret_why);
/* Longest match that starts at s, or -1. Exact, without backtracking. */
ptrdiff_t shape_match(const struct shape *shape, const char *s, size_t len);
/* Bytes at the front that are the same in every match, up to case. */
size_t shape_literal_len(const struct shape *shape);
size_t shape_min_len(const struct shape *shape);
size_t shape_max_len(const struct shape *shape);
static inline bool shape_atom_has(const struct shape_atom *a, unsigned char c) {
	return a->set[c >> 6] >> (c & 63) & 1;
}

#endif
