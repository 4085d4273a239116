/* SPDX-License-Identifier: MIT */
/*
 * What came through the ring, in a file, to be played again without a kernel that watches: for tests. It holds raw
 * data, and is its owner's alone. Made for the build that wrote it: another one with other records refuses it.
 */
#ifndef CAPTURE_RECORDING_H
#define CAPTURE_RECORDING_H

#include "base/diag.h"
#include "capture/capture.h"
#include "capture/judge.h"

#include <stddef.h>
#include <stdint.h>

#define RECORDING_MAGIC "logspill"
#define RECORDING_SIZES 7

struct recording_head {
	char magic[8];
	uint32_t sizes[RECORDING_SIZES]; /* of the records, so that another form of them shows */
	uint32_t reserved;
};

/* Before each record, which is followed by zeroes up to a multiple of 8. */
struct recording_entry {
	uint32_t len, reserved;
};

/* Records of user space, at the end: the kernel side's counters. */
enum recording_kind {
	RECORDING_SINK = 0x100, /* struct recording_sink, of each place in use */
	RECORDING_TARGET,       /* struct recording_target */
};

struct recording_sink {
	uint32_t kind, reserved;
	struct wire_sink_stats stats; /* with no_log as it was judged */
};

struct recording_target {
	uint32_t kind, target;
	struct wire_target_stats stats;
	struct capture_totals past; /* of logs that have made way */
};

void recording_head_init(struct recording_head *h);

struct capture;
struct recording;

/* A new file, 0600. 0, or -errno (-EEXIST: it is there) with a diagnostic. */
int recording_new(struct recording **ret, const char *path, struct diags *ret_diags);
void recording_add(struct recording *r, const void *record, size_t len); /* as the ring has it */
/* The last of it: what was counted. 0, or -errno of the first write that failed. */
int recording_end(struct recording *r, const struct capture *c);
void recording_free(struct recording *r);

/* What is played back. */
struct replay;

/* 0, or -errno (-EINVAL: it is none, or of another build) with a diagnostic. */
int replay_open(struct replay **ret, const char *path, struct diags *ret_diags);
void replay_close(struct replay *r);
/* Takes in the counters, so that sinks are judged as they were, then delivers all records; how many. A record that
 * cannot be one ends it: what follows is not taken. */
int replay_run(struct replay *r, struct capture *c);
/* What was so of the sink when it was recorded. */
struct judge_facts replay_facts(const struct capture *c, const struct wire_sink *w);

#endif
