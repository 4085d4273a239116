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
	size_t key_end;  /* a key known from the form itself, else 0 */
	bool encoded;    /* %40 and the like: decode before it is validated */
	bool may_shrink; /* a shorter value, some groups less, may be the true one */
};

typedef bool (*span_fn)(const char *s, size_t len, size_t at, struct span *ret);

/* What finds the places at which a span function is called. */
enum span_source {
	SPAN_ANCHOR, /* the rule's Hyperscan expression */
	SPAN_DOTS,   /* the digit pass, at groups such as 1.2: the expression is not compiled */
	SPAN_PAIRS,  /* the digit pass, at groups such as 1a:2b or 1a-2b */
	SPAN_COLONS, /* every colon between hex digits */
};

struct span_kind {
	const char *name; /* as rules name it */
	span_fn fn;
	enum span_source source;
};

const struct span_kind *span_find(const char *name); /* NULL: none of that name */

#endif
