/* SPDX-License-Identifier: MIT */
/* How a gate's result reads: lines for a person, JSON, and the memo that is decided by and signed. Any thread. */
#ifndef REPORT_GATE_H
#define REPORT_GATE_H

#include "find/gate.h"

#define GATE_RISK_THRESHOLD 1.0 /* an option above it should not be taken */

/* What people add to a memo; each NULL: left open, to be filled in by hand. */
struct gate_memo {
	char *title, *context, *owner, *deadline;
};

/* Borrowed for the call. */
struct gate_report {
	const struct gate_facts *facts;
	const struct gate_policy *policy;
	const struct gate_result *result;
	const struct gate_memo *memo;
	uint64_t made_ns; /* wall clock */
	const char *host, *version;
	bool color;
};

/* One page each; malloc'ed text, NULL without memory. */
struct gate_format {
	const char *name; /* as -f takes it, or as a file's name ends */
	char *(*write)(const struct gate_report *r);
};

const struct gate_format *gate_format_find(const char *name); /* "text", "json", "md", "html"; NULL: no such format */

/* What a memo weighs. */
struct gate_option {
	const char *name, *what; /* static */
	double share_upper;      /* of the records that leak, at most */
	int impact;
	double risk; /* product of both */
};
#define GATE_OPTIONS 3
/* Ship as is; mitigate and canary; hold. */
void gate_options(struct gate_option ret[GATE_OPTIONS], const struct gate_facts *f);
/* Index of the option that the result speaks for. */
size_t gate_recommended(const struct gate_option options[GATE_OPTIONS], enum verdict verdict);
double gate_records_per_hour(const struct gate_facts *f);

#endif
