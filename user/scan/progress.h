/* SPDX-License-Identifier: MIT */
/* How far a long scan has come, on a terminal: one line that is written over, and gone at the end. One thread. */
#ifndef SCAN_PROGRESS_H
#define SCAN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct scan_progress {
	int fd;
	uint64_t total_bytes;  /* 0: not known */
	uint64_t before_bytes; /* of the files that are done */
	uint64_t started_ns, shown_ns;
	bool off, shown;
};

/* Off unless fd is a terminal. */
void scan_progress_init(struct scan_progress *ret, int fd, uint64_t total_bytes);
/* bytes: of the present file. Shows itself after a second at first, then ten times a second. */
void scan_progress_show(struct scan_progress *p, uint64_t bytes);
void scan_progress_file_done(struct scan_progress *p, uint64_t bytes);
void scan_progress_clear(struct scan_progress *p);

#endif
