/* SPDX-License-Identifier: MIT */
/*
 * Bytes of an input -> blocks of whole lines, ready for one scan each. Memory does not grow with the length of a line.
 * One thread.
 */
#ifndef SCAN_LINES_H
#define SCAN_LINES_H

#include "base/cleanup.h"
#include "detect/detect.h"
#include "scan/input.h"

#define SCAN_BLOCK_BYTES (256 * 1024)
#define SCAN_OVERLAP_BYTES 4096 /* a line longer than a block is cut into pieces that overlap by this */

/* Borrowed until the call returns. */
struct scan_block {
	const char *text;
	size_t len;
	const struct detect_text *texts; /* one a line, without its newline and a carriage return before it */
	size_t texts_len;
	uint64_t line;    /* 1-based number of the first text's line */
	uint64_t offset;  /* of the first text in its line */
	uint32_t overlap; /* leading bytes of the first text that the block before held too */
	bool cut_after;   /* the last text's line goes on in the next block */
	uint64_t bytes;   /* of the input that it accounts for: overlap left out, newlines counted */
};

/* Not 0: stop. */
typedef int (*scan_block_fn)(void *arg, const struct scan_block *block);

struct scan_lines;

int scan_lines_new(struct scan_lines **ret); /* 0 or -ENOMEM */
void scan_lines_free(struct scan_lines *l);
DEFINE_CLEANUP(struct scan_lines *, scan_lines_free)
/* To the end of the input: 0, what fn returned, or an error of input_read() after all that came before it. */
int scan_lines_read(struct scan_lines *l, struct input *in, scan_block_fn fn, void *arg);

#endif
