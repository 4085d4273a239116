/* SPDX-License-Identifier: MIT */
/* The parts of `logspill rules`: one file each, one line in the table of rules.c. */
#ifndef CMD_RULES_H
#define CMD_RULES_H

#include "app/options.h"
#include "base/cleanup.h"
#include "rule/rule.h"

DEFINE_CLEANUP(struct rules *, rules_free)

/* What export is asked for. */
struct rules_export {
	const char *target;        /* NULL: not said */
	const char *fired, *store; /* only rules that have findings there; NULL: all */
};

/* What a part is given: options complete, arguments counted. Diagnostics are printed by the caller. */
struct rules_call {
	struct options *options;
	struct strings arguments; /* behind the name of the part */
	struct rules_export export;
	struct diags *diags;
};

/* Loads what --rules names, or the rules that came with the program. 0 or -errno with diagnostics. */
int rules_call_load(const struct rules_call *call, struct rules **ret);
bool rules_call_wants_jsonl(const struct rules_call *call);

/* Return the exit status. */
int rules_list(const struct rules_call *call);
int rules_lint(const struct rules_call *call);
int rules_test(const struct rules_call *call);
int rules_explain(const struct rules_call *call);
int rules_verify(const struct rules_call *call);
int rules_export(const struct rules_call *call);

#endif
