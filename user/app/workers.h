/* SPDX-License-Identifier: MIT */
/*
 * Scans blocks of records on several threads. What was found is handed out on the thread that put the blocks in and in
 * their order: it is the same whatever the number of threads. That thread scans as well, whenever it would have to
 * wait: so that when no more blocks have room all threads are busy, and what comes waits in the ring. Further threads
 * are started when there is work for them. Owned and used by one thread.
 */
#ifndef APP_WORKERS_H
#define APP_WORKERS_H

#include "app/engine.h"
#include "base/cleanup.h"
#include "record/record.h"

struct workers;

/* Of one block. Borrowed until the call returns. */
struct workers_result {
	const struct record_block *block;
	const struct detect_match *matches;
	size_t matches_len;
	int error; /* 0; -EIO or -ENOMEM: nothing of the block may be counted as scanned */
};

/* Must not call the workers. */
typedef void (*workers_fn)(void *arg, const struct workers_result *result);

/* threads: with the caller's, which uses the engine's own detector. The engine's parts must outlive the workers. 0 or
 * -ENOMEM. */
int workers_new(struct workers **ret, const struct engine *engine, unsigned int threads, workers_fn fn, void *arg);
/* Blocks that have not been handed out are dropped: workers_settle() first. */
void workers_free(struct workers *w);
DEFINE_CLEANUP(struct workers *, workers_free)
/* From within record_block_fn: takes over the recorder's block. May hand out. */
void workers_take(struct workers *w, struct recorder *r);
/* All that was taken has been handed out when it returns. */
void workers_settle(struct workers *w);
/* Of all threads. To be called when all is settled. */
void workers_counters(const struct workers *w, struct detect_counters *ret);

#endif
