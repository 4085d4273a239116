/* SPDX-License-Identifier: MIT */
/* What struct pipeline holds: for the files of it alone. */
#ifndef APP_PIPELINE_STATE_H
#define APP_PIPELINE_STATE_H

#include "app/baseline.h"
#include "app/books.h"
#include "app/origins.h"
#include "app/pipeline.h"
#include "app/snapshot_take.h"
#include "app/workers.h"
#include "find/find.h"
#include "find/timeline.h"

struct pipeline {
	struct engine engine;
	struct capture *capture;
	struct recorder *recorder;
	struct workers *workers;
	unsigned int threads; /* of theirs */
	struct find_key *key;
	struct findings *findings;
	struct waivers *waivers;   /* NULL: none */
	struct baseline *baseline; /* likewise */
	enum rule_severity fail_on;
	struct origins *origins;
	struct probe *probe; /* borrowed; NULL: none */
	uint32_t probe_target;
	struct emitter *outputs[PIPELINE_OUTPUTS_MAX];
	const char *output_names[PIPELINE_OUTPUTS_MAX];
	size_t outputs_len;

	struct capture_handler handler;
	const struct record_block *block; /* whose matches are taken */
	uint64_t now_ns, wall_offset_ns;  /* monotonic clock, and what the wall clock is ahead: taken for each step */

	struct books books;
	const struct record *leaking; /* the last one that did, of the block */
	struct snapshot_taker snapshots;
	char *target_names[WIRE_TARGETS_MAX];
	enum target_state { TARGET_WATCHED, TARGET_ENDING, TARGET_ENDED } target_states[WIRE_TARGETS_MAX];
	struct timeline timeline;
	uint64_t min_records, started_ns, cpu_ready_ns;
	uint64_t generation; /* of the findings and counts of matches */
	bool list_sinks;
};

/* pipeline_match.c: for workers_new(). arg: the pipeline. */
void pipeline_take_result(void *arg, const struct workers_result *result);
/* pipeline_match.c: to all outputs. */
void pipeline_emit_finding(struct pipeline *p, struct finding *f, bool last);
/* pipeline_tell.c: all that is said at the end. 0 or -errno. */
int pipeline_summarize(struct pipeline *p, struct summary *ret);

#endif
