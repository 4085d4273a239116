/* SPDX-License-Identifier: MIT */
/* A rule for tests of what rules are used for. */
#ifndef TESTS_UNIT_TEST_RULES_H
#define TESTS_UNIT_TEST_RULES_H

#include "rule/rule.h"

/* Rules own their strings, hence no const; those of a test are literals. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

/* Members of a struct rule: the first of its set. */
#define EMAIL_RULE                                                                                                     \
	.id = "email", .entity = "EMAIL", .confidence = 0.9f, .anchor = "\\w@[a-z]", .span = "email", .validator = "email"

#endif
