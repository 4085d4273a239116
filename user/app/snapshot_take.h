/* SPDX-License-Identifier: MIT */
/* Makes snapshots of a watch. What has not changed since the last one is not copied again. One thread. */
#ifndef APP_SNAPSHOT_TAKE_H
#define APP_SNAPSHOT_TAKE_H

#include "app/books.h"
#include "app/origins.h"
#include "detect/detect.h"

/* Where it is taken from: borrowed. */
struct snapshot_sources {
	struct capture *capture;
	const struct capture_totals *totals; /* of its targets, now */
	const struct detect_set *set;
	const struct books *books;
	const struct findings *findings;
	const struct origins *origins;
	const struct blind_spots *blind;
	const struct waivers *waivers;     /* NULL: none */
	char *const *target_names;         /* WIRE_TARGETS_MAX of them; NULL: a target that has none, or no target */
	const bool *target_ended;          /* WIRE_TARGETS_MAX of them: left out */
	uint32_t hidden_target;            /* our own: it is left out; WIRE_TARGETS_MAX: none is */
	size_t processes;                  /* live, without its own */
	uint64_t started_ns, cpu_ready_ns; /* started: CLOCK_MONOTONIC */
};

/* Zero-initialised. */
struct snapshot_taker {
	struct finding_copy **copies; /* by index of the finding */
	size_t copies_len, copies_cap;
	struct rule_copy **rules; /* of these; by place of the rule */
	size_t rules_len;
	struct snapshot *sinks; /* holds those of the last snapshot, as they were at sinks_moves, and nothing else */
	struct capture_moves sinks_moves;
};

/* The caller holds it, and fills in the owner's part. 0 or -errno. */
int snapshot_take(struct snapshot_taker *t, const struct snapshot_sources *from, struct snapshot **ret);
void snapshot_taker_release(struct snapshot_taker *t);

#endif
