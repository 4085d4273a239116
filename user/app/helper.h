/* SPDX-License-Identifier: MIT */
/* A process that we have made before rights were given up, for what may not be done any more then. */
#ifndef APP_HELPER_H
#define APP_HELPER_H

#include <stddef.h>
#include <sys/types.h>

#define HELPER_FDS_MAX 16

/*
 * In the child: its descriptors are those, from 0 on (-1: /dev/null), and no others. What is sent to us alike, as by a
 * terminal, does not end it: it lives until its channel ends. Ends the process if that cannot be done.
 */
void helper_begin(const char *name, const int *fds, size_t len);
/* In the parent, which may still send it a signal. 0: none was made. */
void helper_end(pid_t pid);

#endif
