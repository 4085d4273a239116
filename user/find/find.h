/* SPDX-License-Identifier: MIT */
/*
 * Matches -> findings. A finding is all matches of one rule by one program at one sink with one template: one bug.
 * No field of it can hold a raw value. Owned by one thread.
 */
#ifndef FIND_FIND_H
#define FIND_FIND_H

#include "find/writer.h"
#include "origin/origin.h"
#include "rule/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIND_ID_SIZE 33 /* 128 bits in hex and a NUL */
#define FIND_FINGERPRINT_SIZE 33
#define FIND_KEY_ID_SIZE 33
#define FIND_MASKED_SIZE 96
#define FIND_TEMPLATE_SIZE 17     /* 64 bits in hex and a NUL */
#define FIND_DISTINCT_EXACT 1024  /* distinct values are counted exactly up to here, then ... */
#define FIND_DISTINCT_ERROR 0.032 /* ... within this share of the count, 19 times out of 20 */
#define FIND_STATEMENT_SIZE 192
#define FIND_STATEMENT_RECORDS 20 /* different records have shown a statement's words before they are told */
#define FIND_TEMPLATES_MAX 32     /* of one rule, program and sink: further ones are one finding without words */
#define FIND_FINDINGS_MAX 16384   /* matches of further ones count in one finding of their rule, FIND_OTHERS */
#define FIND_SHARE(left) ((left) / 4 * 3) /* of what others left a program gets; then its sinks are FIND_OTHERS */
#define FIND_ORIGINS_MAX 4096             /* of all findings together */
#define FIND_OTHERS "(others)"            /* its program and sink */

struct buf;
struct distinct;
struct perf_map;
struct waiver;
struct find_key; /* keys fingerprints: the same value gives the same one under the same key only */

/* Reads the key of the state directory, creating both at first (0700, 0600); NULL or an unusable directory, or a key
 * file that others could have read or planted: a random key that dies with the process. *ret_ephemeral says which.
 * 0, -ENOMEM, or -EIO when the system has no randomness. */
int find_key_open(struct find_key **ret, const char *state_dir, bool *ret_ephemeral);
void find_key_free(struct find_key *k);

/* Why a finding is counted and listed, but fails nothing, beside waivers. */
enum finding_aside {
	FINDING_COUNTS,
	FINDING_KNOWN /* in the baseline */,
	FINDING_BELOW /* less severe than asked for */
};

/* Which code: a stack, innermost function first. */
struct finding_origin {
	uint64_t count;         /* stacks that were taken and were this one */
	size_t frames_len, own; /* frames[own] is the innermost that somebody wrote for this program; frames_len: none */
	char **frames;
	char thread[ORIGIN_NAME_SIZE], runtime[ORIGIN_NAME_SIZE];
	bool incomplete;   /* it stands alone, until there is one that is not */
	bool runtime_only; /* a runtime's interpreter, perhaps: it names no function of the program */
};

struct finding {
	char id[FIND_ID_SIZE]; /* unkeyed hash of rule, executable name, sink name, template: same on every host */
	size_t index;          /* findings_at(index) is this one */
	const struct rule *rule;
	float confidence;                        /* highest of its matches */
	uint64_t count;                          /* matches, exactly */
	uint64_t distinct;                       /* values */
	double distinct_error;                   /* 0: exact; else FIND_DISTINCT_ERROR */
	const struct distinct *values;           /* borrowed: what they are counted by; NULL: a copy has it not, but */
	char *sketch;                            /* this: distinct_text() of it; NULL: nobody knows any more */
	char masked[FIND_MASKED_SIZE];           /* sample: the first value seen */
	char fingerprint[FIND_FINGERPRINT_SIZE]; /* of the sample's value */
	char key_id[FIND_KEY_ID_SIZE];           /* of the key under which fingerprint and values are; "": not known */
	/*
	 * Which log statement: by the rule, that word of the rule's own keys and keywords which the key before the value
	 * ends with, and the statement's words around it (find/template.h). The same in every run; nothing the program
	 * wrote goes into it but words of our list.
	 */
	char template_id[FIND_TEMPLATE_SIZE];
	char statement[FIND_STATEMENT_SIZE]; /* in words; "" until they may be told */
	char *sink_kind, *sink_name;
	char *sink_host_path; /* where the host sees it, if elsewhere; NULL: not, or not known */
	uint32_t target;      /* of the first sight, as are those that follow */
	int pid;
	char *process_name, *executable;      /* "" when unknown */
	struct finding_writer *writer;        /* of the first sight; NULL: not known, or several programs */
	uint64_t first_seen_ns, last_seen_ns; /* wall clock */
	struct finding_origin *origins;       /* of a few of its matches: not runtime_only first, then the most frequent */
	size_t origins_len;
	const struct waiver *waiver; /* that fits, be it over or not; borrowed; NULL: none */
	enum finding_aside aside;
	bool waived;           /* and holds: the finding is counted and listed, but fails nothing */
	uint64_t origins_next; /* of whoever asks for them: not before so many matches */
	unsigned origins_asked, origins_grants;
};

/* What a match looks like to find: borrowed for the call. The value is hashed and masked, never kept. */
struct find_match {
	const struct rule *rule;
	float confidence;
	const char *text; /* the record */
	size_t text_len;
	bool same_record;  /* as that of the match added before: it is not read again from its beginning */
	size_t start, end; /* the value in it */
	size_t key_start, key_end;
	const char *sink_kind, *sink_name, *sink_host_path; /* the last may be NULL */
	uint32_t target;
	int pid;
	const char *process_name, *executable;
	uint64_t wall_ns;
};

struct findings;

int findings_new(struct findings **ret, const struct find_key *key); /* the key must outlive it */
void findings_free(struct findings *f);
/* 0; 1: a new finding; -ENOMEM: the match is counted in findings_unplaced(). ret may be NULL; *ret is borrowed and
 * stays where it is. */
int findings_add(struct findings *f, const struct find_match *m, struct finding **ret);
/* Adds to the finding of that index. 0, or -ENOMEM: no memory, or FIND_ORIGINS_MAX are there. */
int findings_add_origin(struct findings *f, size_t index, const struct origin *origin);
/* Frames that are addresses get the names that the perf map has for them. */
void findings_name_frames(struct findings *f, size_t index, struct perf_map *map);
size_t findings_len(const struct findings *f);
struct finding *findings_at(const struct findings *f, size_t i); /* in order of first sight */
uint64_t findings_matches(const struct findings *f);             /* sum of counts, and unplaced ones */
uint64_t findings_distinct(const struct findings *f);            /* distinct values over all findings */
uint64_t findings_unplaced(const struct findings *f);

/* "", "known: in the baseline", "below --fail-on" */
const char *finding_aside_text(enum finding_aside aside);

/* "log_signup app.c:88 < handle app.c:120 < main app.c:9", fit for a terminal: the innermost functions that are not of
 * the C library. 0 or -ENOMEM. */
int finding_origin_text(struct buf *out, const struct finding_origin *o);

/*
 * Shows a value as its rule wants: at most mask.first + mask.last characters of it (of an e-mail address the first
 * of either side and the top-level domain), never more than half, never more than 20; the rest stars, fixed in
 * number so that the length does not tell. Any bytes; the result is valid UTF-8 without controls.
 */
void find_mask(char ret[FIND_MASKED_SIZE], const struct rule_mask *mask, const char *value, size_t len);

#endif
