/* SPDX-License-Identifier: MIT */
/*
 * The state of a watch at one moment: what metrics, the API, the page, the table on a terminal and the store show.
 * Made by the watch's thread at most once a second, filled in by its owner, then published; from then on it does not
 * change, and any thread may read it for as long as it holds it. Owns all that it points at. No field can hold a raw
 * value. What programs chose (names of sinks, processes, cgroups) may be any bytes but NUL.
 */
#ifndef EMIT_SNAPSHOT_H
#define EMIT_SNAPSHOT_H

#include "base/cleanup.h"
#include "capture/capture.h"
#include "find/copy.h"
#include "find/timeline.h"
#include "find/verdict.h"

#define SNAPSHOT_SINKS_MAX 1000 /* the most written; the others are one, without a name */
#define SNAPSHOT_LATENCY_BOUNDS 10

/* Upper bounds of the buckets, in seconds, ascending. */
extern const double snapshot_latency_bounds_s[SNAPSHOT_LATENCY_BOUNDS];

/* From the write to the end of the scan: one for each record. */
struct snapshot_latency {
	uint64_t counts[SNAPSHOT_LATENCY_BOUNDS + 1]; /* each for itself; the last: above all bounds */
	double sum_s;
};

/* seen = scanned + sum(lost) + waiting, in bytes and in writes. */
struct snapshot_target {
	uint32_t number;
	char *name;                           /* as the user gave it */
	size_t writers;                       /* its live processes that have written */
	struct capture_totals totals;         /* lost: the scanner's losses too */
	struct capture_loss scanned;          /* amounts, as the others */
	struct capture_loss waiting;          /* on its way: in the ring, or a line that has not ended */
	uint64_t records;                     /* scanned */
	uint64_t leaking_records;             /* with a match */
	uint64_t unwaived[RULE_CRITICAL + 1]; /* matches by severity that nobody had waived when they came */
	unsigned int kinds;                   /* of the sinks whose records were scanned: bits by enum sink_kind */
	double coverage;                      /* scanned / (seen - waiting) bytes; 1 when nothing was seen */
	uint64_t findings, *matches;          /* matches: by index in snapshot.rules */
};

/* A rule in force. */
struct snapshot_rule {
	char *id;
	enum rule_severity severity;
	uint64_t findings, matches;
};

struct snapshot_sink {
	enum sink_kind kind;
	bool several; /* all that there was no room for: no name */
	bool is_log, second_hop;
	uint32_t target;              /* its number */
	char *name, *label, *reason;  /* reason: why it is a log, or is none */
	struct capture_totals totals; /* zero for what is no log: nothing is counted there */
};

struct snapshot_blind {
	char *kind; /* "mapping", ... */
	char *name; /* of the sink, program or hook; NULL: of none, or of several */
	char *text; /* all of it in words, with the remedy */
	bool waived;
	bool doubt; /* of the verdict; nobody has waived it then */
	struct wire_amount amount;
};

struct snapshot_program {
	char *name;
	struct capture_cost cost; /* of the calls that were measured */
};

struct snapshot_cost {
	uint64_t cpu_ns, cpu_ready_ns; /* of this process; the second was spent before the watch began */
	uint64_t memory_bytes, memory_peak_bytes;
	struct capture_cost kernel; /* all programs together */
	struct snapshot_program *programs;
	size_t programs_len;
	uint64_t stacks, stacks_named, stacks_failed;
};

/* One of the places where findings go: filled in by output_fill(). */
struct snapshot_output {
	char *name;                     /* as configured */
	const char *driver;             /* "jsonl", "syslog", ...: static */
	uint64_t sent, failed, dropped; /* events; failed: attempts, which are repeated; dropped: given up, for good */
	uint64_t queued;                /* events that it has still to take */
	bool broken;                    /* the last attempt failed */
	char *last_error;               /* NULL: there was none yet */
};

/* What the agent remembers; filled in by the agent. */
struct snapshot_store {
	uint64_t writes, failures; /* attempts; of these failed: what they held is in the next one */
	uint64_t dropped;          /* events that no output had taken, given up for new ones */
	uint64_t bytes;            /* of the file */
};

/* The probe records that show the whole path alive; filled in by the agent. */
struct snapshot_probe {
	bool enabled, healthy;
	uint64_t planted, seen;
	double age_s; /* since the last one came out */
};

/* A file that is read again while we run, or several as one; filled in by the agent. */
struct snapshot_source {
	char *path, *hash;  /* of what is in force; NULL: there is none */
	uint64_t loaded_ns; /* wall clock */
	uint64_t loads, failures;
	char *last_error; /* why the newest one is not in force; NULL: it is */
};

struct snapshot {
	unsigned int holders;
	uint64_t time_ns, started_ns; /* wall clock */
	double duration_s;
	const char *version, *hook; /* of the program; "tracepoint" or "raw": static */

	struct snapshot_target *targets; /* those that have a name, by number */
	size_t targets_len;
	struct snapshot_rule *rules; /* in force */
	size_t rules_len;
	struct snapshot_sink *sinks; /* logs first, then second hops, then the rest; of each the most written first */
	size_t sinks_len;
	unsigned int *sinks_holders;    /* NULL: they are this one's alone */
	struct finding_copy **findings; /* in order of first sight */
	size_t findings_len;
	/* Of a snapshot that was asked for over the API, which has some of them in the order asked for; 0: these are all.
	 */
	size_t findings_total, findings_asked_for, unwaived_total;
	struct snapshot_blind *blind;
	size_t blind_len;

	uint64_t generation;          /* findings and counts of matches have begun anew so many times: with other rules */
	uint64_t matches, distinct;   /* over all findings */
	struct timeline timeline;     /* of the matches, from started_ns on */
	size_t processes;             /* live, followed */
	size_t ring_bytes, ring_size; /* waiting to be read, and its size */
	struct snapshot_latency latency;
	struct snapshot_cost cost;

	/* The owner's part. */
	struct snapshot_output *outputs;
	size_t outputs_len;
	struct snapshot_store store;
	struct snapshot_probe probe;
	struct snapshot_source config, rule_source;
	bool ready; /* watching, and not ending */
};

/* All targets together. */
struct snapshot_sums {
	struct capture_totals totals;
	struct capture_loss scanned, waiting;
	uint64_t records;
	double coverage; /* as a target's */
};

struct snapshot_sums snapshot_sum(const struct snapshot *s);
unsigned int snapshot_kinds(const struct snapshot *s); /* of all targets' sinks, likewise */
size_t snapshot_findings(const struct snapshot *s);
size_t snapshot_unwaived(const struct snapshot *s); /* findings that nobody has waived */
/* What a gate over all the time would say, as far as it is known by now. */
enum verdict snapshot_verdict(const struct snapshot *s);
const char *snapshot_verdict_word(enum verdict v); /* "FAIL", "PASS so far", ... */

struct snapshot *snapshot_new(void); /* an empty one, which the caller holds; NULL without memory */
/* `to`, which has no sinks, gets those of `from`: they are freed with the last that has them. 0 or -ENOMEM. */
int snapshot_share_sinks(struct snapshot *to, struct snapshot *from);
struct snapshot *snapshot_hold(struct snapshot *s);
void snapshot_drop(struct snapshot *s); /* NULL: nothing */
DEFINE_CLEANUP(struct snapshot *, snapshot_drop)

/* The newest snapshot, where other threads find it. */
struct snapshot_board;

int snapshot_board_new(struct snapshot_board **ret); /* 0 or -ENOMEM */
void snapshot_board_free(struct snapshot_board *b);
DEFINE_CLEANUP(struct snapshot_board *, snapshot_board_free)
/* Takes over the caller's hold. */
void snapshot_publish(struct snapshot_board *b, struct snapshot *s);
/* The newest, which the caller drops; NULL: there is none yet. */
struct snapshot *snapshot_newest(struct snapshot_board *b);

#endif
