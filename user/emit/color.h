/* SPDX-License-Identifier: MIT */
/* Terminal colours by meaning; every one is "" when colour is off. */
#ifndef EMIT_COLOR_H
#define EMIT_COLOR_H

#include "find/verdict.h"
#include "rule/rule.h"

#include <stdbool.h>

static inline const char *color_of_severity(bool color, enum rule_severity s) {
	return !color ? "" : s >= RULE_HIGH ? "\033[1;31m" : s == RULE_MEDIUM ? "\033[33m" : "\033[36m";
}
static inline const char *color_of_verdict(bool color, enum verdict v) {
	return !color ? "" : v == VERDICT_FAIL ? "\033[1;31m" : v == VERDICT_PASS ? "\033[1;32m" : "\033[1;33m";
}
static inline const char *color_dim(bool color) {
	return color ? "\033[2m" : "";
}
static inline const char *color_bold(bool color) {
	return color ? "\033[1m" : "";
}
static inline const char *color_off(bool color) {
	return color ? "\033[0m" : "";
}

#endif
