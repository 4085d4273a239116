/* SPDX-License-Identifier: MIT */
#include "record/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_RECORDS 1024 /* enough for 64-byte lines: shorter ones hand over sooner */
/* A block below its size takes one more record and the newline behind it. */
#define BLOCK_CAP (RECORD_BLOCK_BYTES + RECORD_MAX_BYTES + 1 + RECORD_PADDING_BYTES)

struct record_block *record_block_new(void) {
	struct record_block *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->text = calloc(1, BLOCK_CAP);
	b->records = malloc(BLOCK_RECORDS * sizeof(*b->records));
	if (!b->text || !b->records) {
		record_block_free(b);
		return NULL;
	}
	return b;
}

void record_block_wipe(struct record_block *b) {
	explicit_bzero(b->text, b->len);
	b->len = b->records_len = 0;
}

void record_block_free(struct record_block *b) {
	if (!b)
		return;
	if (b->text)
		record_block_wipe(b);
	free(b->text);
	free(b->records);
	free(b);
}

int block_init(struct block *b, record_block_fn fn, void *arg) {
	struct record_block *first = record_block_new();

	if (!first)
		return -ENOMEM;
	*b = (struct block){.filling = first, .fn = fn, .arg = arg};
	return 0;
}

void block_release(struct block *b) {
	record_block_free(b->filling);
	*b = (struct block){0};
}

void block_put(struct block *out, const struct record *rec, const char *head, size_t head_len, const char *tail,
               size_t tail_len) {
	struct record_block *b = out->filling;
	struct record *r = &b->records[b->records_len++];
	char *at = b->text + b->len;

	*r = *rec;
	r->start = (uint32_t)b->len;
	r->len = (uint32_t)(head_len + tail_len);
	if (head_len)
		memcpy(at, head, head_len);
	if (tail_len)
		memcpy(at + head_len, tail, tail_len);
	at[r->len] = '\n';
	b->len += r->len + 1;
	if (b->len >= RECORD_BLOCK_BYTES || b->records_len == BLOCK_RECORDS)
		block_hand_over(out);
}

void block_hand_over(struct block *b) {
	if (!b->filling->records_len)
		return;
	b->fn(b->arg, b->filling);
	record_block_wipe(b->filling);
}
