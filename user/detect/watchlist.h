/* SPDX-License-Identifier: MIT */
/*
 * Values that the user has named, found as they stand. Each is looked for by a window of 5 to 8 bytes that begins at a
 * word in it, of several the one that the fewest others have: so only words of a text are looked at, and what a whole
 * list has in common (a domain, a prefix) costs nothing. Not Hyperscan: 100,000 literals take it seconds to compile,
 * literals with a common end are tried one after the other, and its cache would hold the values.
 * Read-only once made; any thread.
 */
#ifndef DETECT_WATCHLIST_H
#define DETECT_WATCHLIST_H

#include "base/diag.h"
#include "rule/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCHLIST_VALUE_MIN 5
#define WATCHLIST_VALUE_MAX 255

struct watchlist;
struct detector;
struct masks;

/* Matches of all watch lists carry it. */
extern const struct rule watchlist_rule;

/*
 * Files of values, one a line. All mistakes go to ret_diags, by file, line and column but without the line: the values
 * are secrets. 0; -EINVAL with diagnostics; -ENOMEM.
 */
int watchlist_new(struct watchlist **ret, const char *const *paths, size_t paths_len, struct diags *ret_diags);
void watchlist_free(struct watchlist *w); /* wipes the values */

/* Sets m->named where the window of some value may begin, from m->alnum of the same bytes. */
void watchlist_sift(const struct watchlist *w, const struct masks *m, const char *s, size_t len);
typedef void (*watchlist_fn)(void *arg, size_t start, size_t end);
/* Calls fn for each value whose window is at `at`; whether it stands alone there is not asked. */
void watchlist_find(const struct watchlist *w, const char *s, size_t len, size_t at, watchlist_fn fn, void *arg);

/* scan_watchlist.c: of the text at hand, whose bytes are sifted. */
void scan_watchlist(struct detector *d);

#endif
