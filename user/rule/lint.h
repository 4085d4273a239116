/* SPDX-License-Identifier: MIT */
/* What a rule must be beyond the types of its fields: parts that need each other, shapes that parse, known names. */
#ifndef RULE_LINT_H
#define RULE_LINT_H

#include <stdbool.h>

struct rule;
struct yaml;
struct fy_node;

#define RULE_FIELDS_MAX 64

/* Where each field of rule_fields stands, by its index there; NULL: it does not. Borrowed from the source. */
struct rule_places {
	struct fy_node *rule;
	struct fy_node *keys[RULE_FIELDS_MAX], *values[RULE_FIELDS_MAX];
	bool failed[RULE_FIELDS_MAX]; /* misspelt or not readable, and said so: one mistake is one diagnostic */
};

/* Mistakes go to the source's diagnostics. Fields that could not be read are NULL and are passed over. */
void rule_lint(const struct rule *rule, struct yaml *s, const struct rule_places *places);

#endif
