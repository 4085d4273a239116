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
#define RECORD_PADDING_BYTES 64         /* NUL, readable behind a block's text */
#define RECORD_IDLE_NS 500000000ull     /* an unfinished line is scanned after this long without more of it */
#define RECORD_FORGET_NS 60000000000ull /* what comes later than this to a line cut by time is a line of its own */

/*
 * How the framings of a sink become records:
 *   lines     newline-ended; the newline and a carriage return before it are not text
 *   datagram  one record each, newlines inside are text
 *   journal   one record an entry: its fields as `KEY=value` lines, binary ones too
 *   CRI       the message; parts (P) are joined with what follows on the same stream, to the full one (F)
 *   docker    the string in "log", unescaped; parts (no newline at the end) are joined likewise
 * Bytes that do not have the form of their framing are plain text.
 */
struct record {
	struct sink *sink;
	struct process *process; /* who wrote it: good during the call */
	uint64_t time_ns;        /* of the write that began it */
	uint32_t start, len;     /* text in the block, without its newline */
	uint32_t overlap;        /* leading bytes that the record before already held */
	uint32_t raw_writes;     /* writes whose first byte lies in it */
	uint64_t raw_bytes;      /* bytes of the sink that this record accounts for; frames and newlines included */
	bool cut_before;         /* the line began before this text: in the overlap, or in bytes that were lost */
	bool cut_after;          /* size or time bound: a record follows that begins with the last RECORD_OVERLAP_BYTES of
	                            this one (all of it, if it is shorter), even if the line turns out to end here */
};

/* A block of records; at least one byte (newline) stands between two. */
struct record_block {
	char *text; /* zero behind len, always */
	size_t len;
	struct record *records;
	size_t records_len;
};

struct record_block *record_block_new(void); /* an empty one; NULL without memory */
void record_block_wipe(struct record_block *b);
void record_block_free(struct record_block *b); /* wipes it. NULL: nothing */

/* The block is wiped after the call returns, unless it was swapped. Must not call the recorder for anything else. */
typedef void (*record_block_fn)(void *arg, const struct record_block *block);

struct recorder;

int recorder_new(struct recorder **ret, record_block_fn fn, void *arg); /* 0 or -ENOMEM */
/* Wipes and drops what was not handed over: recorder_flush() first. */
void recorder_free(struct recorder *r);
/*
 * Over all records handed over, after recorder_flush(): the sum of raw_bytes is that of the bytes fed, the sum of
 * raw_writes that of the writes fed. -ENOMEM: nothing of this write was taken (count it as lost by the scanner).
 */
int recorder_feed(struct recorder *r, const struct capture_write *w);
/* From within record_block_fn: the block that it was called with, for the caller to keep; the empty one is filled next.
 */
struct record_block *recorder_swap_block(struct recorder *r, struct record_block *empty);
/* Hands over all whole records: before something changes that is known of them, or is freed. */
void recorder_hand_over(struct recorder *r);
/* The lines that the process left unfinished are records now. */
void recorder_process_exit(struct recorder *r, struct process *p);
/* Those of the sink, likewise. */
void recorder_sink_end(struct recorder *r, struct sink *s);
/* Hands over the block begun, and unfinished lines that have been idle since now_ns - RECORD_IDLE_NS. */
void recorder_tick(struct recorder *r, uint64_t now_ns);
/* Is there an unfinished line that time will cut? */
bool recorder_awaits(const struct recorder *r);
/* Hands over everything, unfinished or not. */
void recorder_flush(struct recorder *r);

#endif
