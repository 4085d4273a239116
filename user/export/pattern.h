/* SPDX-License-Identifier: MIT */
/*
 * A redaction (rule/redaction.h) in the pattern language of another program. What comes out is ASCII but for letters of
 * words; that of RE2 has no quote and no dollar sign. Pure; any thread.
 */
#ifndef EXPORT_PATTERN_H
#define EXPORT_PATTERN_H

#include "base/buf.h"
#include "rule/redaction.h"

enum pattern_dialect {
	PATTERN_RE2,   /* as Go and Rust have it */
	PATTERN_POSIX, /* extended, with \b, which the GNU C library adds */
};

/* Which groups hold what stands before and behind the value; 0: nothing does. */
struct pattern_groups {
	unsigned before, after;
};

/* 0; -ENOMEM; -ENOTSUP: bytes that are no text. */
int pattern_regex(struct buf *ret, const struct redaction *r, enum pattern_dialect dialect,
                  struct pattern_groups *ret_groups);

/* Lua: three captures: the key (without keys: a position), the positions where the value begins and where it ends. */
int pattern_lua(struct buf *ret, const struct redaction *r);
/* The value alone. */
int pattern_lua_value(struct buf *ret, const struct redaction *r);
/* A word in lower-case text, with what may stand between its letters. */
int pattern_lua_word(struct buf *ret, const char *word);

#endif
