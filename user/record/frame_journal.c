/* SPDX-License-Identifier: MIT */
/* systemd's "Native Journal Protocol": KEY=value\n, or KEY\n<64 bit little-endian length>data\n; an empty line ends
 * an entry. */
#include "record/frame.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define LENGTH_BYTES 8

static void append_line(struct buf *out, const char *p, size_t len) {
	if (out->len)
		buf_append(out, "\n", 1);
	buf_append(out, p, len);
}

/* The binary field whose name is p[0, name_len): returns its bytes, 0 when it does not fit into len. */
static size_t binary_field(const char *p, size_t len, size_t name_len, struct buf *out) {
	size_t data = name_len + 1 + LENGTH_BYTES, end;
	uint64_t size;

	if (data > len)
		return 0;
	memcpy(&size, p + name_len + 1, LENGTH_BYTES);
	size = le64toh(size);
	if (size > len - data)
		return 0;
	append_line(out, p, name_len);
	buf_append(out, "=", 1);
	buf_append(out, p + data, size);
	end = data + size;
	return end < len && p[end] == '\n' ? end + 1 : end;
}

size_t frame_journal(const char *p, size_t len, struct buf *scratch) {
	size_t at = 0;

	while (at < len) {
		const char *newline = memchr(p + at, '\n', len - at);
		size_t line = newline ? (size_t)(newline - p) - at : len - at, took = 0;

		if (!line) {
			at++;
			if (scratch->len)
				break;
			continue;
		}
		if (newline && !memchr(p + at, '=', line)) {
			took = binary_field(p + at, len - at, line, scratch);
			if (!took) {
				append_line(scratch, p + at, len - at - (p[len - 1] == '\n'));
				return len;
			}
		} else {
			append_line(scratch, p + at, line);
			took = line + !!newline;
		}
		at += took;
	}
	return at;
}
