/* SPDX-License-Identifier: MIT */
/*
 * Go or no-go over a window: what is known of it, whoever saw it, is judged by one set of checks. A leak fails; what is
 * not proven is inconclusive; only a window that was covered from end to end, without a leak, passes. Pure functions;
 * times are wall clock unless said.
 */
#ifndef FIND_GATE_H
#define FIND_GATE_H

#include "base/cleanup.h"
#include "find/copy.h"
#include "find/verdict.h"

#define GATE_COVERAGE_DEFAULT 0.999
#define GATE_CLOCK_SLACK_NS 2000000000ull /* the wall clock may be slewed by so much in a window */

/* One watched target, or one host of a fleet. */
struct gate_target {
	char *name;
	struct capture_loss seen, scanned, lost[WIRE_LOSS_COUNT];
	uint64_t records, leaking_records;
	uint64_t matches; /* that are not waived, of a host whose findings are not known one by one */
	/* Of a host's worst target: */
	double uncovered; /* share that was lost */
	bool has_least;
	uint64_t least_records;
	char *doubt; /* why its numbers cannot be relied on: "vanished 12 min ago"; NULL: they can */
};

/* A part of the window in which nobody watched. */
struct gate_gap {
	uint64_t from_ns, until_ns;
	char *why;
};

enum gate_relation { GATE_LESS, GATE_AT_MOST, GATE_MORE, GATE_AT_LEAST };

/* What a query says, against a limit. */
struct gate_condition {
	char *name, *query;
	enum gate_relation relation;
	double limit;
	double value;
	char *problem; /* why there is no value; NULL: there is one */
};

struct gate_probe_way {
	const char *name; /* static */
	uint64_t came;
};
#define GATE_PROBE_WAYS_MAX 5

struct gate_texts {
	char **items;
	size_t len;
};

struct gate_facts {
	const char *source;      /* "live", "store", "fleet": static */
	uint64_t from_ns, to_ns; /* of the window */
	uint64_t asked_ns;       /* how long it should be */
	uint64_t covered_ns;     /* how long it was watched */
	bool books_final;        /* nothing is on its way any more: seen = scanned + lost, exactly */
	struct gate_target *targets;
	size_t targets_len;
	struct finding_copy **findings; /* held */
	size_t findings_len;
	bool counts_all_time;      /* what findings count is not of the window alone */
	uint64_t unplaced_matches; /* of no finding */
	struct gate_texts blind_spots, waivers;
	struct gate_gap *gaps;
	size_t gaps_len;
	bool probe_known;
	uint64_t probes_planted; /* rounds */
	struct gate_probe_way probe_ways[GATE_PROBE_WAYS_MAX];
	size_t probe_ways_len;
	unsigned int unprobed;     /* kinds of sinks that the targets wrote to and no probe record can: enum sink_kind */
	int64_t clock_jump_ns;     /* of the wall clock against the monotonic one */
	struct gate_texts changes; /* of rules and configuration in the window */
	struct gate_texts unknown; /* what could not be found out, and so is no proof: store, engine */
	struct gate_condition *conditions;
	size_t conditions_len;
};

struct gate_policy {
	uint64_t min_records; /* of each target; at least 1 */
	double min_coverage;  /* of each target */
	enum rule_severity fail_on;
};

/* Ordered: worst first among those with the same verdict. */
enum gate_check_kind {
	GATE_FINDINGS,
	GATE_CONDITION,
	GATE_UNKNOWN,
	GATE_WINDOW,
	GATE_TARGETS,
	GATE_PROBE,
	GATE_COVERAGE,
	GATE_BLIND_SPOTS,
	GATE_RECORDS,
	GATE_CHANGES,
	GATE_CLOCK,
};

struct gate_check {
	enum gate_check_kind kind;
	enum verdict verdict;
	char *name;   /* "coverage", or that of a condition */
	char *text;   /* what was measured, against what was asked for */
	char *remedy; /* NULL: it passed */
};

struct gate_result {
	enum verdict verdict;
	struct gate_check *checks; /* worst first */
	size_t checks_len;
};

/* 0 or -ENOMEM: there is no result then. gate_result_release() it. */
int gate_judge(struct gate_result *ret, const struct gate_facts *facts, const struct gate_policy *policy);
void gate_result_release(struct gate_result *r);

void gate_facts_release(struct gate_facts *f);
/* One more; what is handed over belongs to the facts, also on failure. 0 or -ENOMEM. */
int gate_add_target(struct gate_facts *f, const char *name, struct gate_target **ret);
int gate_add_gap(struct gate_facts *f, uint64_t from_ns, uint64_t until_ns, const char *why);
int gate_add_condition(struct gate_facts *f, const struct gate_condition *c); /* copies */
int gate_add_finding(struct gate_facts *f, struct finding_copy *copy);        /* takes another hold of it */
void gate_texts_release(struct gate_texts *t);                                /* which is empty then */
int gate_add_text(struct gate_texts *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A finding fails the gate if it is not waived and at least as severe as asked for. */
bool gate_finding_fails(const struct finding *f, const struct gate_policy *policy);
struct gate_target gate_sum(const struct gate_facts *f); /* of all targets; it owns nothing */
const char *gate_relation_sign(enum gate_relation r);    /* "<", "<=", ">", ">=" */

/*
 * Risk: R = P x I. P: at most this share of the records leaks, with a confidence of 95 %, by what was seen of the
 * window; I: the impact of the rule, 1 to 5, of the worst finding or, without one, 5. It ranks; it never lets a leak
 * pass.
 */
/* Of one finding: no more records leak it than leak at all. */
double gate_finding_risk(const struct gate_facts *f, const struct finding *finding);
double gate_share_upper(const struct gate_facts *f, uint64_t leaking_records); /* what was not seen counts as leaking */
int gate_impact(const struct gate_facts *f);

#endif
