/* SPDX-License-Identifier: MIT */
/*
 * What an agent remembers, in one SQLite file (WAL, 0600): findings, what was seen, scanned and lost in each minute of
 * each target, matches by rule, when the agent ran and what happened to it, and what outputs have not taken yet. One
 * process writes, any number read. What has been written for more than a second survives a killed process. No row can
 * hold a raw value, since neither snapshot nor finding can. Any thread; calls wait for each other. Times are wall
 * clock.
 */
#ifndef EMIT_STORE_H
#define EMIT_STORE_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "emit/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_MINUTE_NS 60000000000ull
#define STORE_OUTGOING_MAX 100000 /* more than these wait for no output: the oldest are dropped, and counted */

struct store;

struct store_options {
	const char *path;
	const char *version;         /* of the program that runs */
	uint64_t keep_ns, max_bytes; /* what is older, or too much, is deleted; 0: 90 days, 256 MiB */
};

/*
 * For writing. A missing file is made; one of an older format is brought up to date; a damaged one is set aside beside
 * it and a new one begun, which is said in a diagnostic and remembered as an event. That an earlier run ended without a
 * word is remembered as a gap. 0; with a diagnostic: -EBUSY: another process writes to it; -EPROTONOSUPPORT: a newer
 * format; -EEXIST: the file is something else; -errno.
 */
int store_open(struct store **ret, const struct store_options *o, struct diags *ret_diags);
/* For reading alone, also while it is written. -ENOENT, -EBADMSG (damaged) and as above. */
int store_open_reading(struct store **ret, const char *path, struct diags *ret_diags);
/* For reading what this process writes itself. A path would not do: SQLite's locks are given up with any descriptor of
 * the file that is closed. */
int store_reader(struct store **ret, struct store *s, struct diags *ret_diags);
/* Up to when what has happened is in the file. 0: nothing is yet. */
uint64_t store_written_ns(struct store *s);
/* For writing: the end of the run is remembered. */
void store_close(struct store *s);
DEFINE_CLEANUP(struct store *, store_close)

/*
 * Adds what has happened since the last snapshot, in one transaction. 0 or -errno: then nothing was added, and the next
 * one adds it too. A file that was damaged or has gone is replaced, as at the start. It is held until the next one.
 */
int store_put(struct store *s, struct snapshot *snapshot);

/* For how long no agent had been there when this run began. 0: it is the first. */
uint64_t store_was_away_ns(const struct store *s);

enum store_event_kind {
	STORE_START,
	STORE_STOP,
	STORE_GAP,     /* from until: no agent ran, and none had said that it would end */
	STORE_STALL,   /* from until: the agent ran and did not get anything done */
	STORE_CLOCK,   /* the wall clock was set */
	STORE_CONFIG,  /* was loaded, or not */
	STORE_RULES,   /* likewise */
	STORE_WAIVER,  /* was applied to a finding, or came to its end */
	STORE_PROBE,   /* a probe record did not come out, or they do again; twice a minute, how many did */
	STORE_BLIND,   /* blind spots that nobody has waived: how many there are from now on, then each of them */
	STORE_UNREAD,  /* one of these that leaves no doubt of a verdict: a person has to say what it is */
	STORE_DAMAGED, /* the file before this one was set aside */
	STORE_TRIMMED, /* rows were deleted to make room, or what waited for an output */
	STORE_EVENT_KINDS,
};

/* The text of a STORE_BLIND that counts. */
#define STORE_BLIND_WORDS " blind spots are open"
#define STORE_BLIND_FORMAT "%lu" STORE_BLIND_WORDS
/* The text of a STORE_PROBE that counts: so many of so many; and behind it, the kinds of sinks that stay unproven. */
#define STORE_PROOF_FORMAT "%lu of %lu probe records came out"
#define STORE_UNPROBED_WORDS "; none can go to: "

const char *store_event_name(enum store_event_kind kind);
/* until_ns: 0 for what takes no time. 0 or -errno. */
int store_note(struct store *s, enum store_event_kind kind, uint64_t from_ns, uint64_t until_ns, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Deletes what is too old or too much. To be called now and then; 0 or -errno. */
int store_trim(struct store *s, uint64_t now_ns);

struct store_counters {
	uint64_t puts, failures; /* transactions; of these not written */
	uint64_t dropped;        /* outgoing events that no output had taken yet */
	uint64_t bytes;          /* of the file */
	int last_error;          /* 0: none since the last success */
};
void store_counters(struct store *s, struct store_counters *ret);

/*
 * What is on its way out. It is kept until every output has acknowledged it, over restarts too.
 */
struct store_outgoing {
	uint64_t seq; /* ascending, never used again */
	uint64_t time_ns;
	char *kind, *finding_id, *json; /* owned */
};
void store_outgoing_release(struct store_outgoing *o);

/* Names the outputs that there are: a new one begins with what comes next, one that is not named is forgotten. */
int store_outputs(struct store *s, const char *const *names, size_t len);
int store_outgoing_add(struct store *s, uint64_t time_ns, const char *kind, const char *finding_id, const char *json,
                       uint64_t *ret_seq);
/* The first behind seq; behind what it has acknowledged, if that is more. -ENOENT: there is none yet. */
int store_outgoing_next(struct store *s, const char *output, uint64_t seq, struct store_outgoing *ret);
/* The output has taken everything up to seq. */
int store_outgoing_acknowledge(struct store *s, const char *output, uint64_t seq);
uint64_t store_outgoing_acknowledged(struct store *s, const char *output); /* 0: nothing */

/*
 * Reading: the period is [from_ns, to_ns). Callbacks end the call by returning a negative errno, which it returns; what
 * they are handed is borrowed. They must not call the store.
 */

/* A minute of a target, or a sum over minutes. seen = scanned + sum(lost); what was still on its way counts later. */
struct store_amounts {
	uint64_t minute_ns; /* its beginning; of a sum the first one's */
	uint64_t minutes;   /* that there are rows of */
	struct capture_loss seen, scanned, lost[WIRE_LOSS_COUNT];
	uint64_t records, leaking_records, matches;
};

typedef int (*store_amounts_fn)(void *arg, const char *target, const struct store_amounts *a);
/* Sums, target by target. Minutes count whole that begin in the period, or that it begins in. */
int store_read_targets(struct store *s, uint64_t from_ns, uint64_t to_ns, store_amounts_fn fn, void *arg);
/* Minute by minute; of all targets when target is NULL, each for itself. */
int store_read_minutes(struct store *s, uint64_t from_ns, uint64_t to_ns, const char *target, store_amounts_fn fn,
                       void *arg);
/* Matches, rule by rule. */
int store_read_rules(struct store *s, uint64_t from_ns, uint64_t to_ns,
                     int (*fn)(void *arg, const char *rule, uint64_t matches), void *arg);

/* Findings with a match in the period, by first sight. Their counts are of all time, over all runs of the agent; their
 * number of distinct values is the highest of any run. */
int store_read_findings(struct store *s, uint64_t from_ns, uint64_t to_ns,
                        int (*fn)(void *arg, struct finding_copy *finding), void *arg);

/* Of the host that the agent ran on last; NULL: an agent that noted no name. malloc'ed. 0 or -errno. */
int store_read_host(struct store *s, char **ret);

struct store_event {
	enum store_event_kind kind;
	uint64_t from_ns, until_ns; /* until: 0 for what takes no time */
	const char *text;
};
int store_read_events(struct store *s, uint64_t from_ns, uint64_t to_ns,
                      int (*fn)(void *arg, const struct store_event *e), void *arg);
/* The blind spots that are open at a time, STORE_BLIND or STORE_UNREAD: of the agent that ran then what it noted last.
 */
int store_read_blind(struct store *s, uint64_t at_ns, int (*fn)(void *arg, const struct store_event *e), void *arg);
/* Parts of the period in which no agent watched, as STORE_GAP, and those in which it stalled, as STORE_STALL; by time.
 * Of an agent that runs at this moment the last STORE_ALIVE_NS are no gap. */
#define STORE_ALIVE_NS 5000000000ull
int store_read_gaps(struct store *s, uint64_t from_ns, uint64_t to_ns,
                    int (*fn)(void *arg, const struct store_event *e), void *arg);

#endif
