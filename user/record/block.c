/* SPDX-License-Identifier: MIT */
#include "record/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_RECORDS 1024 /* enough for 64-byte lines: shorter ones hand over sooner */
/* A block below its size takes one more record and the newline behind it. */
#define BLOCK_CAP (RECORD_BLOCK_BYTES + RECORD_MAX_BYTES + 1 + RECORD_PADDING_BYTES)

int block_init(struct block *b, record_block_fn fn, void *arg) {
	char *text = calloc(1, BLOCK_CAP);
	struct record *records = malloc(BLOCK_RECORDS * sizeof(*records));

	if (!text || !records) {
		free(text);
		free(records);
		return -ENOMEM;
	}
	*b = (struct block){.text = text, .records = records, .fn = fn, .arg = arg};
	return 0;
}

void block_release(struct block *b) {
	if (b->text)
		explicit_bzero(b->text, b->len);
	free(b->text);
	free(b->records);
	*b = (struct block){0};
}

void block_put(struct block *b, const struct record *rec, const char *head, size_t head_len, const char *tail,
               size_t tail_len) {
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
		block_hand_over(b);
}

void block_hand_over(struct block *b) {
	struct record_block block = {b->text, b->len, b->records, b->records_len};

	if (!b->records_len)
		return;
	b->fn(b->arg, &block);
	explicit_bzero(b->text, b->len);
	b->len = b->records_len = 0;
}
