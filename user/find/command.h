/* SPDX-License-Identifier: MIT */
/*
 * The command line of a process as it may be told: the program, names of options, paths, small numbers and the words
 * that log statements are made of (find/words.h). Whatever else stands there, and all that a rule finds or that
 * belongs to an option that carries a secret, is COMMAND_HIDDEN. One thread.
 */
#ifndef FIND_COMMAND_H
#define FIND_COMMAND_H

#include "detect/detect.h"

#define COMMAND_HIDDEN "***" /* one for several in a row */

/* arguments: each ended by NUL, as in the memory of the process; any bytes. *ret is malloc'ed and printable ASCII.
 * 0, -ENODATA: there are none, -ENOMEM, or -EIO: the scan failed, and nothing may be told. */
int command_mask(struct detector *d, const char *arguments, size_t len, char **ret);

#endif
