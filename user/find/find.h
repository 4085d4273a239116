/* SPDX-License-Identifier: MIT */
/*
 * Matches -> findings. A finding is all matches of one rule by one program at one sink with one template: one bug.
 * No field of it can hold a raw value. Owned by one thread.
 */
#ifndef FIND_FIND_H
#define FIND_FIND_H

#include "rule/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIND_ID_SIZE 33 /* 128 bits in hex and a NUL */
#define FIND_FINGERPRINT_SIZE 33
#define FIND_MASKED_SIZE 96

struct find_key; /* keys fingerprints: the same value gives the same one under the same key only */

/* Reads the key of the state directory, creating it (0600) at first; NULL or an unusable directory: a random one
 * that dies with the process. *ret_ephemeral says which. 0 or -ENOMEM. */
int find_key_open(struct find_key **ret, const char *state_dir, bool *ret_ephemeral);
void find_key_free(struct find_key *k);

struct finding {
	char id[FIND_ID_SIZE]; /* unkeyed hash of rule, executable name, sink name, template: same on every host */
	const struct rule *rule;
	float confidence;                        /* highest of its matches */
	uint64_t count;                          /* matches, exactly */
	uint64_t distinct;                       /* distinct values: exact up to FIND_DISTINCT_EXACT, then within 2 % */
	char masked[FIND_MASKED_SIZE];           /* sample */
	char fingerprint[FIND_FINGERPRINT_SIZE]; /* of the sample's value */
	char template_id[17];                    /* which log statement */
	char *sink_kind, *sink_name;
	int pid; /* of the first sight */
	char *process_name, *executable;
	uint64_t first_seen_ns, last_seen_ns; /* wall clock */
	uint64_t emitted_count;               /* count at the last time it was emitted, kept by emit */
	uint64_t emitted_ns;
};

/* What a match looks like to find: borrowed for the call. The value is hashed and masked, never kept. */
struct find_match {
	const struct rule *rule;
	float confidence;
	const char *text; /* the record */
	size_t text_len;
	size_t start, end; /* the value in it */
	size_t key_start, key_end;
	const char *sink_kind, *sink_name;
	int pid;
	const char *process_name, *executable;
	uint64_t wall_ns;
};

struct findings;

int findings_new(struct findings **ret, const struct find_key *key); /* the key must outlive it */
void findings_free(struct findings *f);
/* 0; 1: a new finding; -ENOMEM: the match is counted in findings_unplaced(). *ret (may be NULL) is borrowed. */
int findings_add(struct findings *f, const struct find_match *m, struct finding **ret);
size_t findings_len(const struct findings *f);
struct finding *findings_at(const struct findings *f, size_t i); /* in order of first sight */
uint64_t findings_matches(const struct findings *f);             /* sum of counts */
uint64_t findings_distinct(const struct findings *f);            /* distinct values over all findings */
uint64_t findings_unplaced(const struct findings *f);

/* Shows a value as its rule wants: at most mask.first + mask.last characters of it, the rest stars, fixed in number
 * so that the length does not tell. Any bytes; the result is printable ASCII or valid UTF-8. */
void find_mask(char ret[FIND_MASKED_SIZE], const struct rule_mask *mask, const char *value, size_t len);

#endif
