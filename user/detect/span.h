/* SPDX-License-Identifier: MIT */
/*
 * Span functions: where an anchor ended -> the true value around it, boundaries judged. Pure; any thread; they look
 * at s[0 .. len) only.
 */
#ifndef DETECT_SPAN_H
#define DETECT_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	size_t start, end;
	bool encoded;    /* %40 and the like: decode before it is validated */
	bool may_shrink; /* a shorter value, some groups less, may be the true one */
};

typedef bool (*span_fn)(const char *s, size_t len, size_t at, struct span *ret);

/* What finds the places at which a span function is called: but for anchors, the rule's expression is not compiled. */
enum span_source {
	SPAN_ANCHOR, /* the rule's Hyperscan expression */
	SPAN_SIGNS,  /* the first byte behind an at sign, plain or encoded, that a mailbox stands before */
	SPAN_PLUSES, /* the first digit behind a plus sign, plain or encoded, and a parenthesis */
	SPAN_DOTS,   /* the first of three dots as of an IPv4 address */
	SPAN_PAIRS,  /* the first of five colons or dashes between pairs */
	SPAN_COLONS, /* two colons side by side, or the first of seven */
	SPAN_SOURCES,
};

struct span_kind {
	const char *name; /* as rules name it */
	span_fn fn;
	enum span_source source;
};

/* Bytes of a plus sign as texts and their encodings write it; 0: it is none. */
size_t span_plus_len(const char *s, size_t len);

/* Is the byte before `at` the last one of an escape: \n, \u0022, %22, an ANSI colour? */
bool escape_ends_at(const char *s, size_t at);

const struct span_kind *span_find(const char *name); /* NULL: none of that name */

#endif
