/* SPDX-License-Identifier: MIT */
/*
 * What a target's own pipe has carried before it is known who reads it. A shell makes the pipe of `app | tee log` and
 * starts both ends; until tee runs, no more than the pipe's capacity can have been written. Then this is the log's
 * beginning; or nothing of ours, and is wiped unseen, as is what has waited too long. One thread.
 */
#ifndef CAPTURE_HELD_H
#define CAPTURE_HELD_H

#include "capture/capture.h"

#define HELD_BYTES_MAX (64 * 1024) /* of a pipe, with what was wiped: more means that somebody reads it */
#define HELD_NS_MAX (5 * 1000 * 1000 * 1000ull)

struct held {
	struct held_write *first, **end; /* oldest first */
	size_t bytes;
	struct capture_loss wiped; /* having waited too long */
};

void held_init(struct held *h);
/* Keeps a copy; its process stays until it is let go. 0 or -ENOMEM. */
int held_add(struct held *h, const struct capture_write *w);
/* Wipes what was written before that time. */
void held_wipe_before(struct held *h, uint64_t time_ns, void (*done)(void *arg, struct process *p), void *arg);
/* Lets all go, in order; fn gets each, unless it is NULL; then done gets its process. Wiped. */
void held_let_go(struct held *h, void (*fn)(void *arg, const struct capture_write *w),
                 void (*done)(void *arg, struct process *p), void *arg);

#endif
