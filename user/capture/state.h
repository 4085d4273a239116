/* SPDX-License-Identifier: MIT */
/* What struct capture holds: for the files of this layer alone. */
#ifndef CAPTURE_STATE_H
#define CAPTURE_STATE_H

#include "capture/assemble.h"
#include "capture/capture.h"
#include "capture/cost.h"
#include "capture/follow.h"
#include "capture/load.h"
#include "capture/places.h"
#include "capture/processes.h"
#include "capture/ring.h"
#include "capture/sinks.h"
#include "capture/stdio.h"

struct capture {
	struct kernel kernel;
	struct ring ring;
	struct sinks sinks;
	struct places places;
	uint32_t announced;          /* sinks */
	struct wire_sink_stats kept; /* sums over logs that have made way */
	struct processes processes;
	struct assembler assembler;
	struct judge_config judge;
	struct stdio stdio;
	struct followers followers;
	struct cost_meter cost;
	struct blind_spots blind;         /* what no kernel counter holds */
	uint32_t compat_named;            /* of the executions in unseen_compat, those that have a name in blind */
	int cgroup_fds[WIRE_TARGETS_MAX]; /* -1: that target is a process */
	uint32_t targets_len;
	int timeout_ms;
	int quiet_rounds;                      /* dispatches in a row that found nothing */
	const struct capture_handler *handler; /* of the dispatch that is going on */
	struct capture_loss undelivered;       /* came up, but there was no memory for it */
};

/* target.c: is the process's output pipe read by a process of the same target? */
bool target_reads_pipe(void *capture, uint64_t ino, uint32_t target);
/* target.c: was it standard output or error of what is watched when the watch began? */
bool target_had_stdio(void *capture, const struct wire_sink_key *file);

/* totals.c: adds the counters of a place that is given back to the sums that stay. */
void totals_keep_place(struct capture *c, uint32_t place);

#endif
