/* SPDX-License-Identifier: MIT */
#include "scan/input_decode.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define UTF8_MAX 4
#define REPLACEMENT 0xfffd

struct utf16 {
	struct decoder base;
	bool big_endian;
	bool half; /* the first byte of a unit has come */
	unsigned char first;
	uint16_t high; /* a high surrogate that waits for its low one, or 0 */
};

static void put(struct decode_io *io, uint32_t c) {
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	int len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	if (len == 1)
		io->out[0] = (char)c;
	for (int i = len - 1; len > 1 && i >= 0; i--, c >>= 6)
		io->out[i] = (char)(i ? 0x80 | (c & 0x3f) : lead[len] | c);
	io->out += len;
	io->out_len -= (size_t)len;
}

static void take_unit(struct utf16 *u, struct decode_io *io, uint16_t unit) {
	uint16_t high = u->high;
	u->high = 0;
	if (high && (unit & 0xfc00) == 0xdc00) {
		put(io, 0x10000u + ((high & 0x3ffu) << 10 | (unit & 0x3ffu)));
		return;
	}
	if (high)
		put(io, REPLACEMENT);
	if ((unit & 0xfc00) == 0xd800)
		u->high = unit;
	else
		put(io, (unit & 0xfc00) == 0xdc00 ? REPLACEMENT : unit);
}

static int utf16_decode(struct decoder *d, struct decode_io *io) {
	struct utf16 *u = (struct utf16 *)d;
	/* A unit may bring out a lone surrogate before itself. */
	while (io->in_len && io->out_len >= 2 * UTF8_MAX) {
		unsigned char c = (unsigned char)*io->in++;
		io->in_len--;
		if (u->half)
			take_unit(u, io, u->big_endian ? (uint16_t)(u->first << 8 | c) : (uint16_t)(c << 8 | u->first));
		else
			u->first = c;
		u->half = !u->half;
	}
	d->whole = !u->half && !u->high;
	return 0;
}

static void utf16_free(struct decoder *d) {
	free(d);
}

int decoder_utf16_new(struct decoder **ret, bool big_endian) {
	struct utf16 *u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->base = (struct decoder){.decode = utf16_decode, .free = utf16_free, .whole = true};
	u->big_endian = big_endian;
	*ret = &u->base;
	return 0;
}
