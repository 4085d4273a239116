/* SPDX-License-Identifier: MIT */
/* What a watch as a whole says. seen = scanned + sum(lost), in bytes and in writes. */
#ifndef FIND_VERDICT_H
#define FIND_VERDICT_H

#include "capture/capture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct findings;
struct waiver;
struct waivers;

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE };

#define VERDICT_REASONS_MAX 16

/* What the watch itself cost. */
struct summary_cost {
	uint64_t kernel_calls, kernel_ns; /* of calls that were measured: those of a short share of the time */
	double cpu_s, cpu_ready_s;        /* of the agent; the second was spent before the watch began */
	double stacks_cpu_s;              /* of the first: to name stacks */
	uint64_t memory_peak_bytes;       /* resident, of the agent; 0: nothing of all this is known */
	/* User stacks copied by the kernel side; of these made origins; got no name in time, or found too many waiting. */
	uint64_t stacks, stacks_named, stacks_failed;
};

/* What was written to one sink. */
struct sink_use {
	const struct sink *sink; /* borrowed; NULL: all logs that have made way */
	bool is_counted;         /* else not known: of what is no log nothing is counted */
	struct capture_totals totals;
};

struct summary {
	enum verdict verdict;
	char *reasons[VERDICT_REASONS_MAX]; /* worst first, owned */
	size_t reasons_len;
	uint64_t seen_bytes, seen_writes;
	uint64_t scanned_bytes, scanned_writes, scanned_records;
	struct capture_loss lost[WIRE_LOSS_COUNT];
	double coverage;    /* scanned / seen bytes; 1 when nothing was seen */
	char **blind_spots; /* those that nobody has waived; owned */
	size_t blind_spots_len;
	char **unread; /* places that were not looked at, and may be logs or none: no doubt of the verdict; owned */
	size_t unread_len;
	uint64_t findings, matches, distinct;
	bool distinct_rough;             /* an estimate: findings may share values */
	uint64_t waived, waived_matches; /* of these findings and matches */
	uint64_t aside, aside_matches;   /* likewise: those not waived that count for nothing otherwise */
	char **waivers;                  /* that were used, have run out or soon will: a line each; owned */
	size_t waivers_len;
	uint64_t leaking_records;
	bool leaks_counted;   /* leaking_records is known */
	uint64_t min_records; /* 0: not asked for */
	double duration_s;
	struct summary_cost cost;
	const struct findings *found; /* borrowed, for outputs that list them with the summary; NULL: they do not */
	struct sink_use *sinks;       /* owned; NULL: not asked for */
	size_t sinks_len;
	uint64_t ended_ns; /* wall clock; 0: when it is printed */
};

/* One more reason, while there is room. 0 or -ENOMEM. */
int summary_add_reason(struct summary *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* That holds and fits the blind spot; NULL: none. */
const struct waiver *blind_spot_waiver(const struct blind_spot *spot, const struct waivers *waivers, uint64_t now_ns);
/* Does it leave a doubt of what a watch says? Else a person has to say what it is: a gate asks for that. */
bool blind_spot_is_doubt(enum wire_blind kind);
/* One more blind spot, or place that was not looked at, unless a waiver that holds fits it, which is told then; waivers
 * may be NULL. 0 or -ENOMEM. */
int summary_add_blind_spot(struct summary *s, const struct blind_spot *spot, const struct waivers *waivers,
                           uint64_t now_ns);
/* All of it, with the remedy. 0 or -ENOMEM. */
int blind_spot_text(char **ret, const struct blind_spot *spot);
int summary_add_blind_spot_text(struct summary *s, const char *text);
int summary_add_unread_text(struct summary *s, const char *text);
const char *blind_spot_kind(enum wire_blind kind); /* "mapping", "memfd", ...: what a waiver calls it */
int summary_add_waiver_text(struct summary *s, const char *text);
/* "finding ... is waived until ... by ...: reason", or that it is over. 0 or -ENOMEM. */
int summary_add_waiver(struct summary *s, const char *subject, const struct waiver *w, uint64_t now_ns);
/* Counts the findings that are waived, and tells their waivers and those that end within a week. 0 or -ENOMEM. */
int summary_add_waivers(struct summary *s, const struct findings *found, const struct waivers *waivers,
                        uint64_t now_ns);
/*
 * Fills verdict, reasons and coverage from the rest, and may be called again. Any match that is not waived fails; else
 * anything lost, a blind spot, books that do not balance, or fewer than min_records makes it inconclusive; else it
 * passes. Reasons are sentences with numbers. 0, or -ENOMEM with the verdict right and reasons missing.
 */
int summary_judge(struct summary *s);
void summary_release(struct summary *s);
/*
 * At most this share of the records leaks, with a confidence of 95 %. What was shed by sampling is counted in; what was
 * lost for another reason, a budget too, as if it were like what was scanned. Writes are sampled, and the records of
 * one are no independent trials: then a write is one.
 */
double summary_leak_rate_upper(const struct summary *s);
/* Share of the writes that was scanned. */
double summary_effective_rate(const struct summary *s);
/* Average share of one core that the agent used while it watched; 1.0: all of it. */
double summary_cpu_share(const struct summary *s);
/* scanned / seen; 1 only if it is all. */
double verdict_coverage(uint64_t scanned, uint64_t seen);
const char *verdict_name(enum verdict v); /* "pass", "fail", "inconclusive" */
/* For people, always together, and coloured where there is colour: "PASS" with a check mark, "FAIL" with a cross,
 * "INCONCLUSIVE" with a question mark. */
const char *verdict_word(enum verdict v);
const char *verdict_symbol(enum verdict v);
/* What it means, to stand behind the word. accepted: there are findings that do not count. */
const char *verdict_meaning(enum verdict v, bool accepted);
const char *summary_meaning(const struct summary *s);

#endif
