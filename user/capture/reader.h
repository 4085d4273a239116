/* SPDX-License-Identifier: MIT */
/* Who reads from a pipe, by looking at /proc alone: a pipe end held open by us would keep its reader from ever seeing
 * the end. Any thread. */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Does the process hold the reading end, and not as one that itself writes its output there? */
bool reader_is(pid_t pid, uint64_t pipe_ino);

#endif
