/* SPDX-License-Identifier: MIT */
/*
 * Rules -> a compiled set; text -> matches. Two steps: Hyperscan anchors and one digit pass find candidates, C
 * confirms them: span, boundaries, validator, key or keyword, exclusions, confidence, overlaps.
 * A `struct detect_set` is read-only and may be shared; a `struct detector` belongs to one thread.
 */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "base/diag.h"
#include "check/check.h"
#include "rule/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct detect_set;
struct detector;

struct detect_options {
	const char *cache_dir;                   /* compiled sets are kept here; NULL: not at all */
	const int *compiler_fd;                  /* of compile_anchors() */
	const char *const *only, *const *except; /* rule ids or prefixes that end at a dot: "contact", "us.ssn" */
	size_t only_len, except_len;
	float min_confidence;          /* matches below are not reported; 0: the default of 0.5 */
	bool anywhere;                 /* a place that tells of something else denies no value: to explain */
	const char *const *watchlists; /* files of values to look for besides, whatever `only` and `except` say */
	size_t watchlists_len;
};

/* Opt-in rules only when named in full, others unless `only` or `except` leave them out. */
bool detect_is_in_force(const struct rule *rule, const struct detect_options *options);

/*
 * The rules must outlive the set. A damaged, foreign or outdated cache file is replaced silently.
 * 0; -EINVAL with diagnostics that name rule file or watch list, and line; -ENOMEM; -ENOTSUP: a CPU without SSSE3.
 */
int detect_set_new(struct detect_set **ret, const struct rules *rules, const struct detect_options *options,
                   struct diags *ret_diags);
void detect_set_free(struct detect_set *set);
/* Places for rules, and the rule of each: that of the watch lists too, if there are any. NULL: it is not in force. */
size_t detect_places(const struct detect_set *set);
const struct rule *detect_rule_at(const struct detect_set *set, size_t place);
/* Where a rule that matched has its place. */
size_t detect_place_of(const struct detect_set *set, const struct rule *rule);

int detector_new(struct detector **ret, const struct detect_set *set); /* 0 or -ENOMEM */
void detector_free(struct detector *d);

/* A piece of text that stands by itself: nothing outside of it is looked at. */
struct detect_text {
	uint32_t start, len; /* in the block */
};

struct detect_match {
	const struct rule *rule;
	uint32_t text;               /* index of the text */
	uint32_t start, end;         /* of the value, byte offsets in that text, end exclusive */
	uint32_t key_start, key_end; /* of the key or keyword that counted as context; equal when none */
	enum check_class class;
	float confidence;
};

typedef void (*detect_match_fn)(void *arg, const struct detect_match *m);

/*
 * Calls fn for every match, text by text, in order of start; overlaps are resolved (watch lists first, then precedence,
 * class real first, what holds the other as a part, confidence, length, rule order). Texts lie in the block in
 * ascending order, without overlap; at least one byte (newline or NUL) stands between two. Any bytes. 0; -EIO when the
 * scan failed and nothing of the block may be counted as scanned.
 */
int detector_scan(struct detector *d, const char *block, size_t len, const struct detect_text *texts, size_t texts_len,
                  detect_match_fn fn, void *arg);

/* What the passes did so far, for benches and rule lint. */
struct detect_counters {
	uint64_t bytes, texts;
	uint64_t anchor_hits, digit_hits, key_hits; /* candidates by source */
	uint64_t refused_overflow;                  /* candidates dropped because a line had too many: scanned in part */
	uint64_t matches;
};
void detector_counters(const struct detector *d, struct detect_counters *ret);

#endif
