/* SPDX-License-Identifier: MIT */
/* The findings of an earlier scan, watch or period, by id: what is in it is known. One thread. */
#ifndef APP_BASELINE_H
#define APP_BASELINE_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "emit/store.h"

struct baseline;

/* Reads what was written with -f jsonl, json or sarif. 0, or -errno with diagnostics. */
int baseline_open(struct baseline **ret, const char *path, struct diags *ret_diags);
/* What the stores remember of [from_ns, to_ns). 0 or -errno. */
int baseline_read_stores(struct baseline **ret, struct store *const *stores, size_t stores_len, uint64_t from_ns,
                         uint64_t to_ns);
void baseline_free(struct baseline *b);
DEFINE_CLEANUP(struct baseline *, baseline_free)
/* NULL: an empty one. */
bool baseline_has(struct baseline *b, const char *finding_id);
/* Those that nobody has asked for: in words, borrowed; the list is the caller's. 0 or -ENOMEM. */
int baseline_list_gone(const struct baseline *b, const char ***ret, size_t *ret_len);

#endif
