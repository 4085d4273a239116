/* SPDX-License-Identifier: MIT */
#include "scan/input_decode.h"

#include "base/cleanup.h"

#include <errno.h>
#include <zlib.h>

struct gzip {
	struct decoder base;
	z_stream stream;
};

#define GZIP_ONLY 16 /* added to the window bits: zlib's way to say that a gzip header must come */

/* Between two members: zeros are padding of a tape block, anything else must be the next one. */
static int next_member(struct gzip *g, struct decode_io *io) {
	while (io->in_len && !*io->in) {
		io->in++;
		io->in_len--;
	}
	if (!io->in_len)
		return 0;
	g->base.whole = false;
	return inflateReset(&g->stream) == Z_OK ? 0 : -EBADMSG;
}

/* Also without input: a full output may have left decoded bytes inside. */
static int gzip_decode(struct decoder *d, struct decode_io *io) {
	struct gzip *g = (struct gzip *)d;
	for (;;) {
		int r = g->base.whole ? next_member(g, io) : 0;
		if (r || g->base.whole || !io->out_len)
			return r;
		g->stream.next_in = (Bytef *)io->in;
		g->stream.avail_in = (uInt)io->in_len;
		g->stream.next_out = (Bytef *)io->out;
		g->stream.avail_out = (uInt)io->out_len;
		int z = inflate(&g->stream, Z_NO_FLUSH);
		io->in = (const char *)g->stream.next_in;
		io->in_len = g->stream.avail_in;
		io->out = (char *)g->stream.next_out;
		io->out_len = g->stream.avail_out;
		if (z == Z_BUF_ERROR)
			return 0; /* nothing moved: it wants more input */
		if (z != Z_OK && z != Z_STREAM_END)
			return z == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		g->base.whole = z == Z_STREAM_END;
	}
}

static void gzip_free(struct decoder *d) {
	inflateEnd(&((struct gzip *)d)->stream);
	free(d);
}

int decoder_gzip_new(struct decoder **ret) {
	struct gzip *g = calloc(1, sizeof(*g));
	if (!g)
		return -ENOMEM;
	if (inflateInit2(&g->stream, GZIP_ONLY + MAX_WBITS) != Z_OK) {
		free(g);
		return -ENOMEM;
	}
	g->base = (struct decoder){.decode = gzip_decode, .free = gzip_free};
	*ret = &g->base;
	return 0;
}
