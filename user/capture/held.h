/* SPDX-License-Identifier: MIT */
/*
 * What a target's own pipe has carried before it is known who reads it. A shell makes the pipe of `app | tee log` and
 * starts both ends; until tee runs, no more than the pipe's capacity can have been written. Then this is the log's
 * beginning; or nothing of ours, and is wiped unseen. One thread.
 */
#ifndef CAPTURE_HELD_H
#define CAPTURE_HELD_H

#include "capture/capture.h"

#define HELD_BYTES_MAX (64 * 1024) /* of a pipe: more means that somebody reads it */

struct held {
	struct held_write *first, **end;
	size_t bytes;
};

void held_init(struct held *h);
/* Keeps a copy; its process stays until it is let go. 0 or -ENOMEM. */
int held_add(struct held *h, const struct capture_write *w);
/* Lets all go, in order; fn gets each, unless it is NULL; then done gets its process. Wiped. */
void held_let_go(struct held *h, void (*fn)(void *arg, const struct capture_write *w),
                 void (*done)(void *arg, struct process *p), void *arg);

#endif
