/* SPDX-License-Identifier: MIT */
/* What stands between the bytes of a file and its text: one decoder for each form, stacked by input.c. One thread. */
#ifndef SCAN_INPUT_DECODE_H
#define SCAN_INPUT_DECODE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a decoder reads and writes; it moves both on. */
struct decode_io {
	const char *in;
	size_t in_len;
	char *out;
	size_t out_len;
};

struct decoder {
	/* Takes all input, unless the output is full before. 0, -EBADMSG or -ENOMEM. */
	int (*decode)(struct decoder *d, struct decode_io *io);
	void (*free)(struct decoder *d);
	bool whole; /* the input may end here */
};

int decoder_gzip_new(struct decoder **ret); /* concatenated members, zeros behind the last; 0 or -ENOMEM */
int decoder_zstd_new(struct decoder **ret); /* concatenated frames; 0 or -ENOMEM */
/* To UTF-8; what is no character becomes U+FFFD. 0 or -ENOMEM. */
int decoder_utf16_new(struct decoder **ret, bool big_endian);

#endif
