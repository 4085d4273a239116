/* SPDX-License-Identifier: MIT */
/*
 * What a user did wrong, collected so that all of it is reported, not only the first.
 * A `struct diags` owns its texts; it is used by one thread.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag {
	char *file; /* NULL: not about a file */
	int line;   /* 1-based, 0: the whole file */
	int col;    /* 1-based byte column, 0: the whole line */
	char *text; /* what, why, what to do: one line */
};

struct diags {
	struct diag *items;
	size_t len;
	bool oom; /* one or more could not be kept: still an error */
};

/* Never fails visibly: without memory it sets oom. */
void diags_add(struct diags *d, const char *file, int line, int col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Adds a diagnostic that is not about a file. */
void diags_say(struct diags *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Moves all of `from` behind what is there; `from` is empty then. */
void diags_move(struct diags *d, struct diags *from);
static inline bool diags_any(const struct diags *d) {
	return d->len || d->oom;
}
/* One per line, `file:line:col: text`, with the source line and a caret where the file can still be read. */
void diags_print(const struct diags *d, FILE *out);
void diags_release(struct diags *d);

#endif
