/* SPDX-License-Identifier: MIT */
/* The findings that an earlier scan or watch wrote with -f jsonl, json or sarif. */
#ifndef APP_FINDING_FILE_H
#define APP_FINDING_FILE_H

#include "base/diag.h"

#include <jansson.h>

/* Of what stands there of a finding; any of the three may be NULL. A finding may come more than once. */
struct finding_file_entry {
	const char *id, *rule;
	const json_t *json;
};

/* what: "baseline", for diagnostics. 0; -errno with diagnostics; or what fn returns when that is not 0. */
int finding_file_read(const char *path, const char *what, int (*fn)(void *arg, const struct finding_file_entry *entry),
                      void *arg, struct diags *ret_diags);

#endif
