/* SPDX-License-Identifier: MIT */
/*
 * The files that were standard output or error of a target when its watch began. A shell makes any file its standard
 * output for the length of a redirection, so that a file is standard output at the moment of a write says little;
 * that the operator, or whoever started the target, sent its output there says all. One thread.
 */
#ifndef CAPTURE_STDIO_H
#define CAPTURE_STDIO_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stdio_file {
	__u64 ino;
	__u32 dev, reserved;
};

struct stdio {
	struct stdio_file *files;
	size_t len;
};

/* Regular files behind fd 1 and 2 of a process; 0: our own, which what we start inherits. One that has gone or may not
 * be looked at adds none. 0 or -ENOMEM. */
int stdio_add(struct stdio *s, pid_t pid);
bool stdio_has(const struct stdio *s, const struct wire_sink_key *key);
void stdio_release(struct stdio *s);

#endif
