/* SPDX-License-Identifier: MIT */
/* The Hyperscan side: expressions that mark where a value may be. */
#ifndef DETECT_ANCHOR_H
#define DETECT_ANCHOR_H

#include "base/diag.h"
#include "rule/shape.h"

#include <hs/hs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum anchor_kind {
	ANCHOR_SPAN,    /* index: rule, whose span function finds the value */
	ANCHOR_SHAPE,   /* index: shape, which begins `back` bytes before the end of the anchor */
	ANCHOR_COLUMNS, /* behind `VALUES (`, or the `)=(` of a broken constraint */
};

struct anchor {
	char *expression; /* owned */
	enum anchor_kind kind;
	uint32_t index;
	uint8_t back;
	const char *file; /* for diagnostics; NULL: built in */
	int line;
};

struct anchors {
	struct anchor *items; /* the number of one is its id in the database */
	size_t len;
	hs_database_t *db; /* NULL: there is none */
};

/* Takes expression (malloc'ed, NULL: out of memory) over, also when it fails. 0 or -ENOMEM. */
int anchors_add(struct anchors *a, const struct anchor *anchor);
/* Compiles them, or takes the database from cache_dir (NULL: no cache). compiler_fd: of compile_anchors(). 0; -EINVAL
 * with diagnostics; -ENOMEM. */
int anchors_compile(struct anchors *a, const char *cache_dir, const int *compiler_fd, struct diags *ret_diags);
void anchors_release(struct anchors *a);

/*
 * The expression for a shape that begins with three or more fixed bytes, not all of them digits: its first atoms, up
 * to a fixed length. False: the shape has no such beginning. *ret is NULL without memory.
 */
bool anchor_of_shape(const struct shape *shape, char **ret, uint8_t *ret_back);

#endif
