/* SPDX-License-Identifier: MIT */
/*
 * What collectors wrap around messages, taken off. Pure functions over any bytes. Texts point into the line or into
 * scratch, which must have room for as many bytes as are parsed: then nothing here can fail for want of memory.
 */
#ifndef RECORD_FRAME_H
#define RECORD_FRAME_H

#include "base/buf.h"

#include <stdbool.h>

enum frame_part { FRAME_STDOUT, FRAME_STDERR, FRAME_PARTS };

struct frame {
	enum frame_part part;
	bool partial; /* the message goes on in the next frame of the same part */
	const char *text;
	size_t len;
};

/* A line of a CRI log file: "<RFC 3339 time> stdout|stderr P|F message". false: it is not one. */
bool frame_cri(const char *line, size_t len, struct frame *ret);
/* A line of docker's json-file with the members log, stream and time. false: it is not one, or it has others,
 * whose bytes must not go unseen. */
bool frame_docker(const char *line, size_t len, struct buf *scratch, struct frame *ret);
/* Appends the first entry of a journald native datagram to scratch, its fields as `KEY=value` lines, and returns how
 * many bytes it took. What is malformed is appended as it stands. */
size_t frame_journal(const char *p, size_t len, struct buf *scratch);

#endif
