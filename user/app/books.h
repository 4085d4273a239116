/* SPDX-License-Identifier: MIT */
/* What became of the bytes that came up: scanned or lost by the scanner, matches by target and rule, how late. One
 * thread. */
#ifndef APP_BOOKS_H
#define APP_BOOKS_H

#include "emit/snapshot.h"
#include "record/record.h"

/* Of one target. */
struct books_target {
	struct capture_loss scanned; /* amounts, as the loss */
	struct capture_loss lost;
	uint64_t records, leaking;
	uint64_t unwaived[RULE_CRITICAL + 1]; /* matches by severity that nobody had waived when they came */
	unsigned int kinds;                   /* of the sinks that they came from: bits by enum sink_kind */
};

struct books {
	struct books_target targets[WIRE_TARGETS_MAX];
	uint64_t *matches; /* [target * places + place of the rule] */
	size_t places;
	struct snapshot_latency latency;
};

int books_init(struct books *b, size_t places); /* 0 or -ENOMEM */
/* Takes over matches, all zero, for so many places. */
void books_renew_matches(struct books *b, uint64_t *matches, size_t places);
void books_release(struct books *b);
struct books_target *books_of(struct books *b, const struct sink *s);
void books_add_match(struct books *b, const struct sink *s, size_t place);
/* Each of its records was scanned by now_ns, or all were lost by the scanner. */
void books_add_scanned(struct books *b, const struct record_block *block, uint64_t now_ns);
void books_add_lost(struct books *b, const struct record_block *block);
void books_add(struct books_target *sum, const struct books_target *t);

#endif
