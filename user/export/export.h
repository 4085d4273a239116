/* SPDX-License-Identifier: MIT */
/*
 * Rules -> configuration with which a log pipeline takes their values out. A target is a file export_*.c and a line of
 * the table in export.c. Pure; any thread.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "export/pattern.h"

#define EXPORT_MASK_SIZE 64

struct export_target {
	const char *name;
	const char *head, *tail; /* of the file */
	const char *comment;     /* what a line of remarks on a rule begins with */
	int (*pattern)(struct buf *out, const struct redaction *r, const char *mask);
};

extern const struct export_target export_fluent_bit, export_otel, export_rsyslog, export_vector;

const struct export_target *export_find(const char *name); /* NULL: there is none */

/* What goes wrong of the rules: bits are those of redaction_unsaid. */
struct export_unsaid {
	size_t rules[6]; /* how many rules have bit i */
};

/* Appends the file. Rules of which nothing can be said are named in it. 0 or -ENOMEM. */
int export_rules(struct buf *ret, const struct export_target *target, const struct rule *const *rules, size_t len,
                 struct export_unsaid *ret_unsaid);
const char *export_unsaid_text(unsigned bit);

/* For targets whose replacements are written as `$$1[MASK]$$2`: the dollar sign doubled. */
int export_put_replacement(struct buf *out, const struct pattern_groups *groups, const char *mask);

#endif
