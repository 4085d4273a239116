/* SPDX-License-Identifier: MIT */
/*
 * Where a scan writes: standard output, a file that is appended to, or a document that replaces a file when it is
 * whole. Collects small pieces into large writes. After a failure nothing more is written and the first error is kept.
 * One thread.
 */
#ifndef SCAN_OUTPUT_H
#define SCAN_OUTPUT_H

#include "base/buf.h"
#include "scan/scan.h"

struct scan_output {
	int fd;           /* -1: a document */
	const char *path; /* of the document */
	struct buf pending;
	int error; /* the first -errno */
};

/*
 * path is borrowed; NULL: standard output. A file is made 0600 if need be, and a symbolic link is refused. Nothing
 * of a document is written before scan_output_close(). 0 or -errno.
 */
int scan_output_open(struct scan_output *ret, const char *path, bool document);
void scan_output_put(struct scan_output *o, const char *text); /* NULL: there was no memory for it */
void scan_output_flush(struct scan_output *o);
int scan_output_close(struct scan_output *o); /* flushes; 0 or the first -errno */

/* Puts one line for the match. */
void scan_output_put_match_json(struct scan_output *o, const struct scan_match *m);
void scan_output_put_match_text(struct scan_output *o, const struct scan_match *m, bool color);

#endif
