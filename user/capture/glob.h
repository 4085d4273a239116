/* SPDX-License-Identifier: MIT */
/*
 * Globs for paths: `*`, `?` and `[...]` stay inside one component, `**` as a component stands for any number of them.
 * A pattern without '/' is matched with the last component alone. Pure functions.
 */
#ifndef CAPTURE_GLOB_H
#define CAPTURE_GLOB_H

#include <stdbool.h>

bool glob_match(const char *pattern, const char *path);
bool glob_has_wildcard(const char *pattern);

#endif
