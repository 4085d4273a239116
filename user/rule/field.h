/* SPDX-License-Identifier: MIT */
/*
 * What may stand in a rule: one table that drives reading, freeing, the hint at a misspelt name, and the check that
 * rules/README.md documents each field.
 */
#ifndef RULE_FIELD_H
#define RULE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct rule;
struct yaml;
struct fy_node;

enum rule_field_type {
	RULE_FIELD_TEXT,
	RULE_FIELD_TEXTS,
	RULE_FIELD_KEYWORDS, /* texts, kept as key_normalize() leaves them; a leading * stays */
	RULE_FIELD_FOLDED,   /* texts, kept in lower case */
	RULE_FIELD_WORD,     /* one of .words, kept as its index */
	RULE_FIELD_BOOL,
	RULE_FIELD_BYTE,  /* uint8_t, min..max */
	RULE_FIELD_SIZE,  /* size_t, min..max */
	RULE_FIELD_FLOAT, /* min..max */
	RULE_FIELD_EXAMPLES,
	RULE_FIELD_COUNTER_EXAMPLES,
};

struct rule_field {
	const char *name; /* "find.shapes": the field shapes of the mapping find */
	enum rule_field_type type;
	bool required;
	bool own; /* belongs to one rule: may not stand in `defaults` */
	size_t offset;
	double min, max;
	const char *const *words; /* ended by NULL */
};

extern const struct rule_field rule_fields[]; /* ended by a name of NULL */

/* Finds the field of that dotted name, or NULL. */
const struct rule_field *rule_field_find(const char *name);
/* Sets the rule's field from the node; what is wrong goes to the source's diagnostics. */
void rule_field_set(const struct rule_field *field, struct rule *rule, struct yaml *s, struct fy_node *key,
                    struct fy_node *value);
/* Frees what all fields own. */
void rule_release(struct rule *rule);

#endif
