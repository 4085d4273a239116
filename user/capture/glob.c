/* SPDX-License-Identifier: MIT */
#include "capture/glob.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

bool glob_has_wildcard(const char *pattern) {
	return strpbrk(pattern, "*?[\\");
}

/* Copies the component at p; false if none can be that long. */
static bool component(const char *p, char *ret, size_t size, const char **ret_next) {
	size_t len = strcspn(p, "/");
	if (len >= size)
		return false;
	memcpy(ret, p, len);
	ret[len] = 0;
	*ret_next = p + len + (p[len] == '/');
	return true;
}

static bool match_from(const char *pattern, const char *path) {
	char want[2 * NAME_MAX], have[NAME_MAX + 1]; /* brackets make a pattern longer than what it matches */
	const char *pattern_next, *path_next;
	if (!*pattern || !*path)
		return !*pattern && !*path;
	if (!component(pattern, want, sizeof(want), &pattern_next))
		return false;
	bool any = !strcmp(want, "**");
	if (any && !*pattern_next)
		return true;
	if (!component(path, have, sizeof(have), &path_next))
		return false;
	if (any) /* none, or this component and perhaps more */
		return match_from(pattern_next, path) || match_from(pattern, path_next);
	return !fnmatch(want, have, 0) && match_from(pattern_next, path_next);
}

/* Most patterns end with text, and most paths with another: each new sink is held against dozens. */
static bool end_differs(const char *pattern, const char *path) {
	size_t pattern_len = strlen(pattern), path_len = strlen(path);
	if (!pattern_len || !path_len)
		return false;
	char last = pattern[pattern_len - 1];
	return last != '*' && last != '?' && last != ']' && last != path[path_len - 1];
}

bool glob_match(const char *pattern, const char *path) {
	if (end_differs(pattern, path))
		return false;
	if (!strchr(pattern, '/')) {
		const char *slash = strrchr(path, '/');
		path = slash ? slash + 1 : path;
	}
	return match_from(pattern, path);
}
