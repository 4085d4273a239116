/* SPDX-License-Identifier: MIT */
/*
 * Growable byte buffer. Owns its bytes. buf_release() and buf_wipe() overwrite them first, so that
 * captured data does not stay in freed memory. One thread.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
};

int buf_reserve(struct buf *b, size_t cap);               /* 0 or -ENOMEM; growing wipes the old place */
int buf_append(struct buf *b, const void *p, size_t len); /* 0 or -ENOMEM, then b is unchanged */
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* keeps a NUL behind len */
void buf_drop(struct buf *b, size_t len); /* removes len bytes at the front, wiping what they leave behind */
void buf_wipe(struct buf *b);             /* len becomes 0, bytes are zero, capacity stays */
void buf_release(struct buf *b);

#endif
