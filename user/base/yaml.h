/* SPDX-License-Identifier: MIT */
/*
 * A YAML file as nodes, and the place of each node in it for diagnostics. The nodes are borrowed from the struct yaml
 * until yaml_release(). One thread.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/buf.h"
#include "base/diag.h"
#include "base/trust.h"

#include <libfyaml.h>

struct yaml {
	const char *file; /* borrowed */
	struct buf text;
	struct fy_document *document;
	struct diags *diags; /* borrowed */
	unsigned int complaints;
};

/* Reads and parses. 0; -EINVAL when a diagnostic was added; -ENOMEM. The bytes read are in text even then. */
int yaml_open(struct yaml *ret, const char *file, enum trust trust, struct diags *diags);
void yaml_release(struct yaml *s);

int yaml_line(struct fy_node *node); /* 1-based; 0: a node that has no place */
/* Adds a diagnostic, up to a number that a reader can bear, at the node, `at` bytes into its text where that has a
 * place of its own in the file. */
void yaml_complain(struct yaml *s, struct fy_node *node, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "a list", "a mapping", "an alias", "nothing", "text": for messages. */
const char *yaml_kind(struct fy_node *node);
/* The node, or where to point instead of one that has no place. */
struct fy_node *yaml_place(struct fy_node *node, struct fy_node *instead);
/* Is it a scalar of that text? libfyaml's own comparison takes the text for a document, and parses it each time. */
bool yaml_is(struct fy_node *node, const char *text);
/* The text of a scalar, malloc'ed; NULL with a diagnostic when it is anything else, empty, or holds a NUL. */
char *yaml_text(struct yaml *s, struct fy_node *node, struct fy_node *instead, const char *what);

#endif
