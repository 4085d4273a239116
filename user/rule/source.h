/* SPDX-License-Identifier: MIT */
/*
 * A rule file as YAML nodes, and the place of each node in it for diagnostics. The nodes are borrowed from the source
 * until source_release(). One thread.
 */
#ifndef RULE_SOURCE_H
#define RULE_SOURCE_H

#include "base/buf.h"
#include "base/diag.h"

#include <libfyaml.h>

struct source {
	const char *file; /* borrowed */
	struct buf text;
	struct fy_document *document;
	struct diags *diags; /* borrowed */
};

/* Reads and parses. 0; -EINVAL when a diagnostic was added; -ENOMEM. The bytes read are in text even then. */
int source_open(struct source *ret, const char *file, struct diags *diags);
void source_release(struct source *s);

int source_line(struct fy_node *node); /* 1-based; 0: a node that has no place */
/* Adds a diagnostic at the node, `at` bytes into its text where that has a place of its own in the file. */
void source_complain(struct source *s, struct fy_node *node, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "a list", "a mapping", "an alias", "nothing", "text": for messages. */
const char *source_node_kind(struct fy_node *node);
/* The node, or where to point instead of one that has no place. */
struct fy_node *source_place(struct fy_node *node, struct fy_node *instead);
/* The text of a scalar, malloc'ed; NULL with a diagnostic when it is anything else, empty, or holds a NUL. */
char *source_text(struct source *s, struct fy_node *node, struct fy_node *instead, const char *what);

#endif
