/* SPDX-License-Identifier: MIT */
/*
 * The block being filled: texts of records one after the other, handed over when there is enough for one scan.
 * Room is made once, so adding cannot fail. Owned by one recorder.
 */
#ifndef RECORD_BLOCK_H
#define RECORD_BLOCK_H

#include "record/record.h"

struct block {
	struct record_block *filling;
	record_block_fn fn;
	void *arg;
};

int block_init(struct block *b, record_block_fn fn, void *arg); /* 0 or -ENOMEM */
void block_release(struct block *b);
/* Adds the record whose text is head and then tail, RECORD_MAX_BYTES at most together; its start and len are set
 * here. May hand over. */
void block_put(struct block *out, const struct record *rec, const char *head, size_t head_len, const char *tail,
               size_t tail_len);
/* Does nothing when empty. */
void block_hand_over(struct block *b);

#endif
