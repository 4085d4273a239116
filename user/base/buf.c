/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int buf_reserve(struct buf *b, size_t cap) {
	if (cap <= b->cap)
		return 0;
	size_t grown = b->cap + b->cap / 2;
	cap = cap < grown ? grown : cap;
	cap = cap < 64 ? 64 : cap;
	/* Not realloc(): it would leave a copy of captured bytes in the freed place. */
	char *data = malloc(cap);
	if (!data)
		return -ENOMEM;
	if (b->len)
		memcpy(data, b->data, b->len);
	buf_wipe(&(struct buf){.data = b->data, .len = b->len, .cap = b->cap});
	free(b->data);
	b->data = data;
	b->cap = cap;
	return 0;
}

int buf_append(struct buf *b, const void *p, size_t len) {
	if (len > SIZE_MAX - b->len)
		return -ENOMEM;
	int r = buf_reserve(b, b->len + len);
	if (r)
		return r;
	if (len)
		memcpy(b->data + b->len, p, len);
	b->len += len;
	return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return -EINVAL;
	int r = buf_reserve(b, b->len + (size_t)len + 1);
	if (r)
		return r;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
	return 0;
}

void buf_drop(struct buf *b, size_t len) {
	if (!len)
		return;
	len = len < b->len ? len : b->len;
	size_t left = b->len - len;
	memmove(b->data, b->data + len, left);
	explicit_bzero(b->data + left, len);
	b->len = left;
}

void buf_wipe(struct buf *b) {
	if (b->data)
		explicit_bzero(b->data, b->len);
	b->len = 0;
}

void buf_release(struct buf *b) {
	buf_wipe(b);
	free(b->data);
	*b = (struct buf){0};
}
