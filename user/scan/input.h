/* SPDX-License-Identifier: MIT */
/*
 * One input as plain bytes, whatever lies around them: gzip, zstd, UTF-16 with a byte order mark. Owns its descriptor
 * and buffers, which are wiped. One thread.
 */
#ifndef SCAN_INPUT_H
#define SCAN_INPUT_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct input;

#define INPUT_READ_MIN 16 /* smallest buffer that input_read() takes */

/* NULL: standard input. 0 or -errno; -ENOTSUP: compressed in another way, or UTF-32. */
int input_open(struct input **ret, const char *path);
void input_close(struct input *in);
DEFINE_CLEANUP(struct input *, input_close)

/*
 * What it begins with is no text: NUL bytes among many other bytes that no log has. A hole of NUL bytes at the front is
 * what a log that was truncated under its writer begins with, and a stray NUL in a line does not make it binary.
 */
bool input_is_binary(const struct input *in);
/*
 * Bytes read: at least one, as soon as there are any; 0 at the end; -errno. -EBADMSG: damaged, -ENODATA: cut off, each
 * after all bytes before it have been returned.
 */
ssize_t input_read(struct input *in, char *p, size_t cap);
/* Bytes of the file behind it that have been read so far, as they lie on disk. */
uint64_t input_bytes_read(const struct input *in);
/* Of a read that failed: bytes of the file that nothing came out of; at least 1, as something is missing. */
uint64_t input_bytes_unread(const struct input *in);
/* What an error of the calls above means, for a person. */
const char *input_strerror(int error);

#endif
