/* SPDX-License-Identifier: MIT */
/*
 * Rule -> patterns for programs that can replace text but know no validator: what stands before a value, the value,
 * what stands behind it. They find what the rule finds, and more. Pure; any thread.
 */
#ifndef RULE_REDACTION_H
#define RULE_REDACTION_H

#include "rule/rule.h"
#include "rule/shape.h"

/* The value goes; before and after are asked for, and stay. A shape of no atoms asks for nothing. */
struct redaction {
	const struct rule_strings *words; /* one of these stands further in front; NULL: none needs to */
	bool keys;                        /* words are keys, perhaps with a leading `*`, and end where `before` begins */
	size_t window;                    /* else so many bytes may lie between word and `before` */
	struct shape before, value, after;
};

/* What of a rule no such pattern can say. */
enum redaction_unsaid {
	REDACTION_VALIDATOR = 1,  /* check digits and the like are not tested */
	REDACTION_EXCLUSIONS = 2, /* nor values that are never meant */
	REDACTION_NEAR = 4,       /* nor words that speak against it */
	REDACTION_ALONE = 8,      /* a value without its keyword stays, even if it is the whole record */
	REDACTION_PLACES = 16,    /* values of keys in tables, arguments and the like stay */
	REDACTION_WHOLE = 32,     /* nothing of it can be said */
	REDACTION_LETTERS = 64,   /* an address with letters that are no ASCII stays, or a part of it */
};

/* Calls fn for each pattern of the rule; borrowed. Its first result that is not 0, else 0. *ret_unsaid: a sum of the
 * above. */
int redactions_of(const struct rule *rule, int (*fn)(void *arg, const struct redaction *r), void *arg,
                  unsigned *ret_unsaid);

#endif
