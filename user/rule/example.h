/* SPDX-License-Identifier: MIT */
/*
 * Examples of a rule: a text in which the marks « and » stand around each value that the rule must find. The marks are
 * not part of the text; what they enclose becomes the exact span.
 */
#ifndef RULE_EXAMPLE_H
#define RULE_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>

struct rule_example;
struct yaml;
struct fy_node;

/* Reads a list of examples (marked: each has a value) or counter-examples (none has; each says why). Mistakes go to
 * the source's diagnostics. */
void examples_read(struct yaml *s, struct fy_node *key, struct fy_node *list, bool marked,
                   struct rule_example **ret_items, size_t *ret_len);
void examples_free(struct rule_example *items, size_t len);

#endif
