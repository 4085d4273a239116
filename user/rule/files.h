/* SPDX-License-Identifier: MIT */
/* Which files a rule directory holds. */
#ifndef RULE_FILES_H
#define RULE_FILES_H

struct diags;
struct rule_strings;

/* Appends every *.yaml below dir (or dir itself, if it is a file) in byte order of path. Names that begin with a dot
 * are passed over. 0; -ENOENT with diagnostics: there is none, or it cannot be read; -ENOMEM. */
int files_find(const char *dir, struct rule_strings *ret, struct diags *diags);

#endif
