/* SPDX-License-Identifier: MIT */
/* Watch lists as users write them. One thread. */
#ifndef DETECT_WATCHLIST_FILE_H
#define DETECT_WATCHLIST_FILE_H

#include "base/diag.h"

#include <stddef.h>

/* A value of WATCHLIST_VALUE_MIN to WATCHLIST_VALUE_MAX bytes; borrowed for the call. 0 or -ENOMEM. */
typedef int (*watchlist_value_fn)(void *arg, const char *value, size_t len);

/* 0; -EINVAL with all mistakes of the file in ret_diags; -ENOMEM. */
int watchlist_file_read(const char *path, watchlist_value_fn fn, void *arg, struct diags *ret_diags);

#endif
