/* SPDX-License-Identifier: MIT */
/*
 * Compiled databases on disk, named by what they were compiled from: expressions, Hyperscan's version, the CPU.
 * A file that is damaged, foreign or that somebody else could have written is as good as none.
 */
#ifndef DETECT_CACHE_H
#define DETECT_CACHE_H

#include "base/buf.h"

#include <hs/hs.h>

struct anchors;

char *cache_path(const char *dir, const struct anchors *a); /* malloc'ed; NULL: no memory, or CPU unknown */
int cache_load(const char *path, hs_database_t **ret);      /* 0; -errno: compile instead */
/* The database in its serialised form. 0 or -errno. */
int cache_store(const char *dir, const char *path, const struct buf *database);

#endif
