/* SPDX-License-Identifier: MIT */
/*
 * Files that decide what we do: rules, configuration, gates, waivers, watch lists. With rights, root's or capabilities,
 * only those may decide who have such rights anyway: root, whoever started us, whoever owns the program. Any thread.
 */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include "base/diag.h"

enum trust {
	TRUST_BY_RIGHTS, /* asked for if we had rights when it was asked for first: giving them up changes nothing */
	TRUST_ALWAYS,
};

/*
 * Opens the file for reading. -errno of open(2); -EPERM with a diagnostic: somebody else can change the file, or put
 * another in its place. What is no regular file, such as a pipe, is whoever's it was given by.
 */
int trust_open(const char *path, enum trust trust, struct diags *ret_diags);

#endif
