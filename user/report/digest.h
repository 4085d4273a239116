/* SPDX-License-Identifier: MIT */
/* What md and html tell in the same words and the same order. Borrows from the report. One thread. */
#ifndef REPORT_DIGEST_H
#define REPORT_DIGEST_H

#include "report/report.h"

#include <stddef.h>
#include <stdint.h>

/* All findings of one rule. */
struct digest_rule {
	const struct rule *rule;
	uint64_t findings, matches;
};

/* A figure of the first screen. */
struct digest_fact {
	const char *name;
	char value[48], detail[128];
};

struct digest {
	const struct report_item **items; /* those that count first; worst first */
	size_t len;
	struct digest_rule *rules; /* worst first */
	size_t rules_len;
	struct digest_fact facts[6];
	size_t facts_len;
	char title[256], period[160]; /* any bytes; "" when there is none */
	uint64_t lost_bytes, lost_writes;
};

int digest_init(struct digest *ret, const struct report *r); /* 0 or -ENOMEM */
void digest_release(struct digest *d);

/* "", "known: in the baseline", ... */
const char *digest_standing(enum report_standing s);
/* What a write and a record of the summary are called. */
const char *digest_writes(const struct report *r, uint64_t n);
const char *digest_records(const struct report *r, uint64_t n);
/* The program of a finding; "" when it is not known. */
const char *digest_program(const struct finding *f);
/* "no", "yes" or "again": is it a log? */
const char *digest_log_word(const struct sink_use *use);
const char *digest_sink_reason(const struct sink_use *use);
/* "10 min 3 s". Returns ret. */
char *digest_duration(char *ret, size_t size, double s);

#endif
