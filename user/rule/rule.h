/* SPDX-License-Identifier: MIT */
/*
 * Rule files -> rules. rules/README.md is the format. A rule set owns everything its rules point at and does not
 * change after loading; any number of threads may read it.
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_severity { RULE_INFO, RULE_LOW, RULE_MEDIUM, RULE_HIGH, RULE_CRITICAL };
enum rule_precedence { RULE_CATCHALL, RULE_GENERIC, RULE_SPECIFIC };
enum rule_context_need { RULE_CONTEXT_NONE, RULE_CONTEXT_OPTIONAL, RULE_CONTEXT_REQUIRED };

/* How a matched value is shown. Whatever the style, no more than rule_mask.first + .last characters are shown. */
enum rule_mask_style { RULE_MASK_STARS, RULE_MASK_EMAIL, RULE_MASK_NONE_SHOWN };

struct rule_mask {
	enum rule_mask_style style;
	uint8_t first, last; /* characters of the value left readable at its ends */
};

struct rule_strings {
	char **items;
	size_t len;
};

struct rule_span {
	size_t start, end;
};

struct rule_example {
	char *text;
	struct rule_span *spans; /* of this rule's matches, in order; none in a counter-example */
	size_t spans_len;
	char *class_name; /* class that the matches must have; NULL: "real" */
	char *why;        /* counter-examples: the reason */
	int line;
};

/*
 * A rule finds candidates in exactly one of three ways:
 *   shapes  the form of the value in a small pattern language (rule/shape.h); where a shape starts with a literal it
 *           is compiled to a Hyperscan anchor, else the digit pass finds it;
 *   anchor  a Hyperscan expression with a fixed tail, and the name of a span function (detect/span.h) that finds the
 *           true value around the place where it ended;
 *   keys    names of keys (`key=value`, `"key": value`, ...), compared after key_normalize(); the value beside it
 *           is the candidate.
 */
struct rule {
	char *id, *name, *entity, *category, *region;
	enum rule_severity severity;
	uint8_t impact;           /* 1..5 */
	float confidence;         /* without context, validator passed */
	float confidence_context; /* with context */
	float confidence_alone;   /* without the context it needs, where the record is nothing but the value; 0: no match */
	struct rule_strings shapes; /* source text */
	char *anchor, *span;
	struct rule_strings keys;
	char *value; /* keys: shape that the value must have, NULL: any value of min..max bytes */
	size_t value_min, value_max;
	char *validator; /* NULL: none */
	enum rule_context_need context;
	size_t context_window;                                             /* bytes before the value, default 40 */
	struct rule_strings context_keywords;                              /* normalised */
	struct rule_strings exclude_exact, exclude_prefix, exclude_suffix; /* of the value, ASCII case folded */
	struct rule_strings exclude_near; /* normalised keywords before the value that speak against it */
	struct rule_mask mask;
	enum rule_precedence precedence;
	bool opt_in; /* not in force unless asked for by id */
	struct rule_strings references;
	char *remediation;
	struct rule_example *examples, *counter_examples;
	size_t examples_len, counter_examples_len;
	const char *file; /* where it stands */
	int line;
	uint32_t index; /* in rules.items */
};

struct rules {
	struct rule *items;
	size_t len;
	struct rule_strings files;
};

/*
 * Reads every *.yaml below each of dirs (a file stands for itself), in byte order of path; a later rule with the id
 * of an earlier directory's rule replaces it. All mistakes of all files go to ret_diags. 0; with
 * diagnostics -ENOENT (a directory that is not there, or holds no rules that can be read) or -EINVAL; -ENOMEM.
 */
int rules_load(struct rules **ret, const char *const *dirs, size_t dirs_len, struct diags *ret_diags);
void rules_free(struct rules *r);

const char *rule_severity_name(enum rule_severity s);
bool rule_severity_parse(const char *name, enum rule_severity *ret); /* false: it is none */
/* Lower case, without `_`, `-`, `.`, `/`, space; camelCase needs no care then. Writes at most size bytes, no NUL;
 * returns the length. A `\` or `"` inside (JSON in JSON) is dropped too. */
size_t key_normalize(char *ret, size_t size, const char *key, size_t len);

#endif
