/* SPDX-License-Identifier: MIT */
/* What struct capture holds: for the files of this layer alone. */
#ifndef CAPTURE_STATE_H
#define CAPTURE_STATE_H

#include "capture/assemble.h"
#include "capture/capture.h"
#include "capture/collectors.h"
#include "capture/cost.h"
#include "capture/follow.h"
#include "capture/load.h"
#include "capture/places.h"
#include "capture/recording.h"
#include "capture/ring.h"
#include "capture/shed.h"
#include "capture/sinks.h"
#include "capture/stdio.h"
#include "process/mounts.h"
#include "process/processes.h"

#include <dirent.h>

/* What the counters of all logs came to when they were last read. */
struct totals_read {
	bool valid;
	struct capture_moves moves; /* before that */
	struct capture_totals targets[WIRE_TARGETS_MAX];
	struct blind_spots blind;
};

struct capture {
	struct kernel kernel;
	struct ring ring;
	struct recording *recording; /* NULL: none */
	struct replay *replay;       /* NULL: live */
	struct sinks sinks;
	struct places places;
	uint32_t announced; /* sinks */
	struct sink_list pending;
	size_t pending_len;
	struct collectors collectors;
	struct capture_totals kept[WIRE_TARGETS_MAX]; /* sums over logs that have made way */
	struct totals_read read;
	struct processes processes;
	struct assembler assembler;
	struct judge_config judge;
	struct stdio stdio;
	struct mounts_cache mounts;
	struct followers followers;
	struct cost_meter cost;
	struct shedder shedder;
	struct blind_spots blind;         /* what no kernel counter holds */
	uint32_t compat_named;            /* of the executions in unseen_compat, those that have a name in blind */
	int cgroup_fds[WIRE_TARGETS_MAX]; /* -1: that target is a process */
	uint32_t targets_len;
	uint32_t resumes; /* the number that the next target gets, and 1 more; 0: a new one */
	uint64_t come_ns; /* what was written before has come up, but for microseconds */
	int timeout_ms;
	int quiet_rounds;                      /* dispatches in a row that found nothing */
	const struct capture_handler *handler; /* of the dispatch that is going on */
	/* Came up, but there was no memory for it, or it waited too long. */
	struct capture_loss undelivered[WIRE_TARGETS_MAX];
};

/* capture.c: to the handler, or where it waits until its sink is judged. arg: the capture. */
void capture_deliver(void *arg, const struct capture_write *w);
/* records.c: one record of the ring, sound in itself. */
void capture_take_record(struct capture *c, const void *record);
/* records.c: a sink that is no log needs no look any more. */
void capture_refuse(struct capture *c, struct sink_entry *e);
/* records.c: nothing more of it comes; it is kept while writes of it are held. */
void capture_process_end(struct capture *c, struct process *p);
/* records.c: what was delivered is done with; processes that have gone are freed. */
void capture_settle(struct capture *c);
/* upkeep.c: when more logs have been met than are kept, the longest unused make way. */
void upkeep_make_room(struct capture *c);
/* upkeep.c: some are about to. */
bool upkeep_is_due(const struct capture *c);
/* upkeep.c: has a file that was no log been given a log's name meanwhile? */
void upkeep_look_again(struct capture *c, uint64_t now_ns);
/* upkeep.c: what cpus remember to be no log may be one. */
void upkeep_recall_not_logs(struct capture *c);
/* mapped.c: a log was mapped to be written. */
void mapped_begin(struct capture *c, const struct wire_mapped *w);
/* mapped.c: what has been written meanwhile through memory. */
void mapped_read(struct capture *c);
/* mapped.c: may there be any? */
bool mapped_any(const struct capture *c);
/* mapped.c: nothing more comes; only: of that log, or NULL. */
void mapped_end(struct capture *c, const struct sink *only);
/* target.c: the number of the next target; -E2BIG with a diagnostic. */
int target_new(struct capture *c, struct diags *ret_diags);
/* target.c: it is there. */
void target_added(struct capture *c, int target);
/* target.c: 0, or -ENOTSUP with a diagnostic: the kernel side knows processes by other numbers. */
int target_need_host_pids(struct diags *ret_diags);
/* target.c: 1 when it was not followed before; 0; -ESRCH or another error. */
int target_follow(struct capture *c, pid_t pid, uint32_t target, bool matched);
void target_forget(struct capture *c, pid_t pid);
/* target_end.c: nobody is of it any more, and nobody will be. */
void target_forget_all(struct capture *c, uint32_t target);
/* target.c: children of the followed that are there already, and theirs. 0 or -errno. */
int target_follow_descendants(struct capture *c, uint32_t target);
/* target.c: of an entry of /proc; 0: it is none. */
pid_t target_pid_of(const struct dirent *entry);
/* target.c: who reads a pipe that is standard output of the target? */
enum pipe_reader target_pipe_reader(void *capture, const struct wire_sink_key *pipe);
/* target.c: was it standard output or error of what is watched when the watch began? */
bool target_had_stdio(void *capture, const struct wire_sink_key *file);

/* Of its target; a second hop is of the target too. */
static inline uint32_t target_of(const struct wire_sink_key *key) {
	return key->target % WIRE_TARGETS_MAX;
}
/* totals.c: adds the counters of a place that is given back to the sums that stay. */
void totals_keep_place(struct capture *c, uint32_t place);

#endif
