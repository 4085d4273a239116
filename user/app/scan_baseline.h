/* SPDX-License-Identifier: MIT */
/* The findings of an earlier scan, by id: what is in it is known. Any thread may read it. */
#ifndef APP_SCAN_BASELINE_H
#define APP_SCAN_BASELINE_H

#include "base/cleanup.h"
#include "base/diag.h"

struct scan_baseline;

/* Reads what `scan -f jsonl` or `scan -f sarif` wrote. 0, or -errno with diagnostics. */
int scan_baseline_open(struct scan_baseline **ret, const char *path, struct diags *ret_diags);
void scan_baseline_free(struct scan_baseline *b);
DEFINE_CLEANUP(struct scan_baseline *, scan_baseline_free)
/* NULL: an empty one. */
bool scan_baseline_has(const struct scan_baseline *b, const char *finding_id);

#endif
