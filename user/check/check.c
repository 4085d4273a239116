/* SPDX-License-Identifier: MIT */
#include "check/check.h"
#include "check/list.h"

#include <stdlib.h>
#include <string.h>

static const struct check table[] = {
#define ROW(name, source) {#name, check_##name, source},
    CHECK_LIST(ROW)
#undef ROW
        {NULL, NULL, NULL},
};

static int compare_name(const void *key, const void *row) {
	return strcmp(key, ((const struct check *)row)->name);
}

const struct check *check_find(const char *name) {
	return bsearch(name, table, sizeof(table) / sizeof(table[0]) - 1, sizeof(table[0]), compare_name);
}

const struct check *check_table(void) {
	return table;
}

const char *check_class_name(enum check_class c) {
	static const char *const names[] = {
	    [CHECK_INVALID] = "invalid", [CHECK_REAL] = "real",
	    [CHECK_PRIVATE] = "private", [CHECK_DOCUMENTATION] = "documentation",
	    [CHECK_TEST] = "test",
	};

	return names[c];
}
