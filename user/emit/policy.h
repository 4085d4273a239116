/* SPDX-License-Identifier: MIT */
/*
 * Which findings are told, and when: the first sight of each at once; what follows grouped in one event for each
 * finding and interval, and not more of these than a rate; and that a finding has been quiet for long. A finding that
 * comes back after that is new again. What is held back is not lost: counts are in the next event. Times are of a
 * clock that only runs forward. One thread.
 */
#ifndef EMIT_POLICY_H
#define EMIT_POLICY_H

#include "emit/output.h"
#include "emit/snapshot.h"

struct policy_options {
	uint64_t repeat_ns;          /* between two events of a finding; 0: 5 min */
	uint64_t quiet_ns;           /* until it is resolved; 0: 30 min */
	uint32_t updates_per_minute; /* of all findings together; 0: 60 */
};

#define POLICY_FINDINGS_MAX 65536 /* remembered; of more, those that are resolved are forgotten */

struct policy;

int policy_new(struct policy **ret, const struct policy_options *o); /* 0 or -ENOMEM */
void policy_free(struct policy *p);
DEFINE_CLEANUP(struct policy *, policy_free)
/* Other options from now on; what is known of findings stays. */
void policy_set(struct policy *p, const struct policy_options *o);
uint64_t policy_quiet_ns(const struct policy *p); /* that is in force */

/* finding is borrowed. 0 or -errno: then the event counts as not told, and comes again. */
typedef int (*policy_fn)(void *arg, enum output_kind kind, struct finding_copy *finding);
/* Tells what is due. 0, or the first error of fn, or -ENOMEM. */
int policy_step(struct policy *p, const struct snapshot *s, uint64_t now_ns, policy_fn fn, void *arg);
/* A finding that an earlier run had told and not resolved, last seen so long ago: it is resolved in its time. Held. */
int policy_restore(struct policy *p, struct finding_copy *finding, uint64_t age_ns, uint64_t now_ns);

struct policy_counters {
	uint64_t told[OUTPUT_KINDS];
	uint64_t held_back; /* updates that had to wait, by interval or rate: once for each look at them */
	size_t open;        /* told, and not resolved */
};
void policy_counters(const struct policy *p, struct policy_counters *ret);

/* finding/v1 as an event carries it: without newline, malloc'ed; NULL without memory. */
char *policy_json(const struct finding *f, enum output_kind kind, const char *host_name);

#endif
