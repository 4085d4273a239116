/* SPDX-License-Identifier: MIT */
/*
 * Bytes of a sink -> records: lines as the application meant them, whatever the writes were. Whole records are laid
 * one after the other into a block for one scan. Owned by one thread (one per shard).
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "capture/capture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_BLOCK_BYTES (64 * 1024) /* a block is handed over when it has grown to this */
#define RECORD_MAX_BYTES (256 * 1024)  /* a longer line is cut into pieces that overlap by RECORD_OVERLAP_BYTES */
#define RECORD_OVERLAP_BYTES 512
#define RECORD_IDLE_NS 500000000ull /* an unfinished line is scanned after this long without more of it */

struct record {
	struct sink *sink;
	struct process *process;    /* NULL once it has gone before the record was complete: see pid, comm */
	uint64_t time_ns;           /* of the write that began it */
	uint32_t start, len;        /* text in the block, without its newline */
	uint32_t overlap;           /* leading bytes that the record before already held: matches that end in them
	                               were reported there */
	uint64_t raw_bytes;         /* bytes of the sink that this record accounts for; frames and newlines included */
	uint32_t raw_writes;        /* writes whose first byte lies in it */
	bool cut_before, cut_after; /* a gap or a size bound on that side */
};

/* A block of records; text beyond records (padding) is NUL. Wiped after the call returns. */
struct record_block {
	const char *text;
	size_t len;
	const struct record *records;
	size_t records_len;
};

typedef void (*record_block_fn)(void *arg, const struct record_block *block);

struct recorder;

int recorder_new(struct recorder **ret, record_block_fn fn, void *arg); /* 0 or -ENOMEM */
void recorder_free(struct recorder *r);
/* -ENOMEM: the bytes were not taken (count them as lost by the scanner). */
int recorder_feed(struct recorder *r, const struct capture_write *w);
/* Closes what the process left unfinished. */
void recorder_process_exit(struct recorder *r, struct process *p);
/* Hands over the block begun, and unfinished lines that have been idle since now_ns - RECORD_IDLE_NS. */
void recorder_tick(struct recorder *r, uint64_t now_ns);
/* Hands over everything, unfinished or not. */
void recorder_flush(struct recorder *r);

#endif
