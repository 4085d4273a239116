/* SPDX-License-Identifier: MIT */
#include "scan/input_decode.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

struct zstd {
	struct decoder base;
	ZSTD_DStream *stream;
};

/* Also without input: a full output may have left decoded bytes inside. */
static int zstd_decode(struct decoder *d, struct decode_io *io) {
	struct zstd *z = (struct zstd *)d;
	while (io->out_len && (io->in_len || !z->base.whole)) {
		ZSTD_inBuffer in = {io->in, io->in_len, 0};
		ZSTD_outBuffer out = {io->out, io->out_len, 0};
		size_t left = ZSTD_decompressStream(z->stream, &out, &in);
		io->in += in.pos;
		io->in_len -= in.pos;
		io->out += out.pos;
		io->out_len -= out.pos;
		if (ZSTD_isError(left))
			return -EBADMSG;
		z->base.whole = left == 0;
		if (!in.pos && !out.pos)
			return 0; /* it wants more input */
	}
	return 0;
}

static void zstd_free(struct decoder *d) {
	ZSTD_freeDStream(((struct zstd *)d)->stream);
	free(d);
}

int decoder_zstd_new(struct decoder **ret) {
	struct zstd *z = calloc(1, sizeof(*z));
	if (!z)
		return -ENOMEM;
	z->stream = ZSTD_createDStream();
	if (!z->stream) {
		free(z);
		return -ENOMEM;
	}
	z->base = (struct decoder){.decode = zstd_decode, .free = zstd_free};
	*ret = &z->base;
	return 0;
}
