/* SPDX-License-Identifier: MIT */
/*
 * The kernel side as the rest of the program sees it: loads and attaches the BPF programs, follows targets, judges
 * sinks, and delivers writes. The only layer that knows libbpf. Owned and used by one thread.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "base/diag.h"
#include "bpf/wire.h"
#include "capture/blind.h"
#include "capture/sink.h"
#include "origin/origin.h"
#include "process/process.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum capture_hook { CAPTURE_HOOK_AUTO, CAPTURE_HOOK_TRACEPOINT, CAPTURE_HOOK_RAW };

/* What is not looked at on purpose: counted as lost, sampled or budget. All zero: everything is. */
struct capture_shedding {
	uint64_t sample_of;                           /* one write in so many, chosen by a hash; 0: all */
	uint64_t key;                                 /* of the hash: the same writes are chosen under the same key */
	uint64_t sink_bytes_per_s, total_bytes_per_s; /* 0: no limit. The total is shared max-min fairly by sinks */
	double max_cpu;                               /* share of one core that we may use; 0: no limit */
};

struct capture_config {
	enum capture_hook hook;
	size_t ring_bytes;             /* power of two >= 64 KiB; 0: 16 MiB */
	const char *const *sink_globs; /* logs beside the default ones; an exact name may also be a device or socket */
	size_t sink_globs_len;
	bool every_stack;                 /* of all writes to logs: see capture_take_stacks() */
	bool follow_mapped;               /* read logs that are written through memory, as they grow */
	const char *const *no_sink_globs; /* no logs, whatever else says so */
	size_t no_sink_globs_len;
	const char *const *collectors; /* programs that write on what others wrote, beside the known ones */
	size_t collectors_len;
	bool no_collectors; /* the known ones are programs like any other */
	struct capture_shedding shedding;
	const char *record; /* a new file for what comes through the ring, raw: capture/recording.h; NULL: none */
	const char *replay; /* such a file, delivered by capture_finish() in the kernel's stead; NULL: none */
	bool verifier_log;  /* keep the verifier's last lines for the diagnostic */
};

/* One write of a watched process to a log, whole: pieces have been put together. Borrowed until the call returns. */
struct capture_write {
	struct sink *sink;
	struct process *process;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint32_t tid;
	bool gap;       /* bytes of this sink were lost since the last write delivered of it: do not join across */
	bool datagram;  /* a record by itself */
	bool continued; /* what follows a hole in a write already delivered: counts no write of its own */
	const char *data;
	size_t len;
};

struct capture_handler {
	void *arg;
	/* Bytes count as scanned or lost from here on: the callee owns the accounting of each. */
	void (*write)(void *arg, const struct capture_write *w);
	/* The stack behind a write that comes with the same time. May be NULL. */
	void (*stack)(void *arg, const struct origin_stack *stack);
	/* A process will write, for the first time or the first after exec. Its arguments as they stand in its memory, each
	 * ended by NUL, raw: borrowed until the call returns. May be NULL. */
	void (*process_met)(void *arg, struct process *p, const char *arguments, size_t len);
	/* The process has gone; nothing more of it will come. */
	void (*process_exit)(void *arg, struct process *p);
	/* The sink was judged (again): it is a log, or not (sink->reason says why). */
	void (*sink_judged)(void *arg, struct sink *s);
	/* A log that was long unused has made way for others, and nothing more will come of it; what is written to it
	 * later is another's, of the same name. */
	void (*sink_end)(void *arg, struct sink *s);
	/* What was delivered has to be done with now: those who have ended are freed after the call, and a process that has
	 * executed another program gets its name. May be NULL. */
	void (*settle)(void *arg);
};

struct capture_loss {
	uint64_t bytes, writes;
};

struct capture_totals {
	uint64_t seen_bytes, seen_writes;
	struct capture_loss lost[WIRE_LOSS_COUNT];
};

void capture_totals_add(struct capture_totals *t, const struct capture_totals *more);
struct capture_loss capture_totals_lost(const struct capture_totals *t); /* for whatever reason */

/* What our programs took in the kernel: of the calls that were measured, a sample of all that ran them, of whomever. */
struct capture_cost {
	uint64_t calls, ns;
};

struct capture;

/*
 * Loads and attaches; nothing is watched yet. 0; -EPERM, -ENOTSUP, -EINVAL ... with one or more diagnostics that tell
 * a user what is missing (root, BTF, lockdown, a program the kernel refused) and what to do.
 */
int capture_open(struct capture **ret, const struct capture_config *config, struct diags *ret_diags);
void capture_close(struct capture *c);
const char *capture_hook_name(const struct capture *c); /* "tracepoint" or "raw" */

/*
 * Adds a target and returns its number (0 .. WIRE_TARGETS_MAX-1), or -errno with a diagnostic.
 * A process: it, its present and its future children. -ESRCH: there is none.
 */
int capture_add_process(struct capture *c, pid_t pid, struct diags *ret_diags);
/* A cgroup v2 directory: what is in it and below, now and later. */
int capture_add_cgroup(struct capture *c, const char *path, struct diags *ret_diags);
/* All processes of this machine but the calling one, now and later, unless they belong to another target. What they
 * write to their standard output is a log only where a collector reads it. */
int capture_add_host(struct capture *c, struct diags *ret_diags);
/*
 * What is so already, with its children, and what becomes so by executing a program. One that executes another program
 * leaves again, unless it is the child of one that stays.
 * By the name of its process (its first 15 bytes, as the kernel keeps it); by its executable file; by the name of a
 * systemd unit, ".service" if it has no suffix, that is the name of its cgroup or one above; by the id of its
 * container, or at least 8 digits that the id begins with. -ENOENT: there is no such file or container.
 */
enum capture_match { CAPTURE_MATCH_COMM, CAPTURE_MATCH_EXE, CAPTURE_MATCH_UNIT, CAPTURE_MATCH_CONTAINER };
int capture_add_match(struct capture *c, enum capture_match by, const char *what, struct diags *ret_diags);
/*
 * The target is watched no more: what it has written until now is delivered before this returns, and its counts stay.
 * 0 or -errno of reading the ring.
 */
int capture_end_target(struct capture *c, uint32_t target, const struct capture_handler *h);
/* The next target that is added, or refused, gets the number of one that has ended, and counts on in its counters. */
void capture_resume_target(struct capture *c, uint32_t target);
/* The calling process becomes a target, to be called between fork and exec of what `run` starts. Its number or -errno;
 * the parent, which does not learn of it, gives the same number to what it adds next. */
int capture_add_self(struct capture *c);

/* How often one looks for what is under way and of which no event tells the end. */
#define CAPTURE_POLL_MS 100

/* Readable when there is something to deliver. Watch it; beside that call capture_dispatch() at least every
 * capture_timeout_ms(): wake-ups are batched. */
int capture_fd(const struct capture *c);
int capture_timeout_ms(const struct capture *c);
/* Delivers all that is in the ring. The number of ring records handled, or -errno. */
int capture_dispatch(struct capture *c, const struct capture_handler *h);
/* Stops the programs and delivers what is left, so that the totals are final. */
int capture_finish(struct capture *c, const struct capture_handler *h);

/* CPU time that processes beside this one have used for the watch so far: max_cpu holds for all of it. */
void capture_count_cpu(struct capture *c, uint64_t ns);

/* Of the next n writes to the log the stacks are delivered, too. Not before Linux 5.15. */
void capture_take_stacks(struct capture *c, const struct sink *s, uint32_t n);

/* As of when the totals below were last asked for: while nothing has moved, sinks and their totals are the same. */
struct capture_moves {
	uint64_t sinks, counters[WIRE_TARGETS_MAX];
};
struct capture_moves capture_moves(const struct capture *c);
/* except: a target that does not matter; WIRE_TARGETS_MAX: all do. */
bool capture_moved(const struct capture *c, const struct capture_moves *since, uint32_t except);
/* Sums over the sinks judged to be logs (and unplaced writes). seen - sum(lost) is what write() was handed. */
int capture_totals(struct capture *c, struct capture_totals *ret);
/* Same, target by target; their sum is the above. */
int capture_target_totals(struct capture *c, struct capture_totals ret[WIRE_TARGETS_MAX]);
/* Same for one sink. -ENOENT: it is neither log nor second hop, and not counted. */
int capture_sink_totals(struct capture *c, const struct sink *s, struct capture_totals *ret);
/* Same for all logs that have made way. */
void capture_past_totals(const struct capture *c, struct capture_totals *ret);
/* What was not looked at beside what is lost; of sinks, as of when totals were last asked for. ret: to be released by
 * the caller. 0 or -errno. */
int capture_blind_spots(struct capture *c, struct blind_spots *ret);
void capture_cost(const struct capture *c, struct capture_cost *ret);
/* Same for each program: name is borrowed during the call. */
typedef void (*capture_program_fn)(void *arg, const char *name, const struct capture_cost *cost);
void capture_each_program(const struct capture *c, capture_program_fn fn, void *arg);
/* Live processes that belong to a target; 0 when all of them have gone. */
size_t capture_live_processes(const struct capture *c);
/* Of each target the live processes that have written. */
void capture_writers(struct capture *c, size_t ret[WIRE_TARGETS_MAX]);
/* Bytes in the ring that wait to be dispatched, and how many there is room for. */
size_t capture_ring_bytes(const struct capture *c);
size_t capture_ring_size(const struct capture *c);
/* Calls fn for each sink that is remembered: as many logs as have room, of others the latest. */
void capture_each_sink(struct capture *c, void (*fn)(void *arg, struct sink *s), void *arg);
/* For each of them that is appended to; costs nothing where there is none. */
void capture_each_appended(struct capture *c, void (*fn)(void *arg, struct sink *s), void *arg);

const char *loss_name(enum wire_loss reason); /* "ring_full", ... */

#endif
