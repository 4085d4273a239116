/* SPDX-License-Identifier: MIT */
#include "scan/lines.h"

#include <errno.h>
#include <string.h>

#define PADDING_BYTES 64 /* NUL, readable behind the text */
#define TEXTS_MAX 8192   /* lines of one block */

struct scan_lines {
	size_t len;
	uint64_t line, offset;
	uint32_t overlap;
	struct detect_text texts[TEXTS_MAX];
	char text[SCAN_BLOCK_BYTES + PADDING_BYTES];
};

int scan_lines_new(struct scan_lines **ret) {
	struct scan_lines *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	*ret = l;
	return 0;
}

void scan_lines_free(struct scan_lines *l) {
	if (!l)
		return;
	explicit_bzero(l, sizeof(*l));
	free(l);
}

static struct detect_text line_text(const char *start, const char *end, const char *block) {
	size_t len = (size_t)(end - start);
	if (len && start[len - 1] == '\r')
		len--;
	return (struct detect_text){(uint32_t)(start - block), (uint32_t)len};
}

/* Hands over texts[0 .. n), which lie in the bytes from start to end; what follows is a new line unless it is cut. */
static int hand_over(struct scan_lines *l, const char *start, const char *end, size_t n, bool cut, scan_block_fn fn,
                     void *arg) {
	const struct scan_block block = {
	    .text = start,
	    .len = (size_t)(end - start),
	    .texts = l->texts,
	    .texts_len = n,
	    .line = l->line,
	    .offset = l->offset,
	    .overlap = l->overlap,
	    .cut_after = cut,
	    .bytes = (uint64_t)(end - start) - l->overlap,
	};
	if (!n)
		return 0;
	int r = fn(arg, &block);
	l->line += cut ? n - 1 : n;
	l->offset = l->overlap = 0;
	return r;
}

/* All whole lines of the buffer; *ret_rest is where the unfinished one begins. */
static int hand_over_lines(struct scan_lines *l, const char **ret_rest, scan_block_fn fn, void *arg) {
	const char *end = l->text + l->len, *start = l->text, *at = start, *newline;
	size_t n = 0;
	int r = 0;
	while (!r && (newline = memchr(at, '\n', (size_t)(end - at)))) {
		l->texts[n++] = line_text(at, newline, start);
		at = newline + 1;
		if (n == TEXTS_MAX) {
			r = hand_over(l, start, at, n, false, fn, arg);
			start = at;
			n = 0;
		}
	}
	if (!r)
		r = hand_over(l, start, at, n, false, fn, arg);
	*ret_rest = at;
	return r;
}

/* The buffer is full with a part of one line: that part, of which the end is kept to be seen again. */
static int hand_over_piece(struct scan_lines *l, const char **ret_rest, scan_block_fn fn, void *arg) {
	uint64_t offset = l->offset + l->len - SCAN_OVERLAP_BYTES;
	l->texts[0] = (struct detect_text){0, (uint32_t)l->len};
	int r = hand_over(l, l->text, l->text + l->len, 1, true, fn, arg);
	l->offset = offset;
	l->overlap = SCAN_OVERLAP_BYTES;
	*ret_rest = l->text + l->len - SCAN_OVERLAP_BYTES;
	return r;
}

/* A last line without a newline; or the end of a piece again, of which the line turns out not to go on. */
static int hand_over_rest(struct scan_lines *l, scan_block_fn fn, void *arg) {
	if (!l->len)
		return 0;
	l->texts[0] = line_text(l->text, l->text + l->len, l->text);
	return hand_over(l, l->text, l->text + l->len, 1, false, fn, arg);
}

static void keep(struct scan_lines *l, const char *rest) {
	l->len -= (size_t)(rest - l->text);
	memmove(l->text, rest, l->len);
}

int scan_lines_read(struct scan_lines *l, struct input *in, scan_block_fn fn, void *arg) {
	l->len = 0;
	l->line = 1;
	l->offset = l->overlap = 0;
	for (;;) {
		ssize_t n = input_read(in, l->text + l->len, SCAN_BLOCK_BYTES - l->len);
		if (n <= 0) {
			int r = hand_over_rest(l, fn, arg);
			return r ? r : (int)n;
		}
		l->len += (size_t)n;
		const char *rest = l->text;
		int r = hand_over_lines(l, &rest, fn, arg);
		if (!r && rest == l->text && SCAN_BLOCK_BYTES - l->len < INPUT_READ_MIN)
			r = hand_over_piece(l, &rest, fn, arg);
		if (r)
			return r;
		keep(l, rest);
	}
}
