/* SPDX-License-Identifier: MIT */
/* The parts of `logspill rules`: one file each, one line in the table of rules.c. */
#ifndef CMD_RULES_H
#define CMD_RULES_H

#include "app/options.h"

/* What a part is given: options complete, arguments counted. Diagnostics are printed by the caller. */
struct rules_call {
	struct options *options;
	struct strings arguments; /* behind the name of the part */
	struct diags *diags;
};

/* Return the exit status. */
int rules_verify(const struct rules_call *call);

#endif
