/* SPDX-License-Identifier: MIT */
/*
 * Collectors: programs that write on what others have written, known by the name they were executed by. Whether one is
 * a second hop, the kernel side finds: bpf/collector.bpf.h. Borrows the user's names. One thread.
 */
#ifndef CAPTURE_COLLECTORS_H
#define CAPTURE_COLLECTORS_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct collectors {
	const char *const *names; /* the user's, beside the known ones */
	size_t names_len;
	bool none; /* not even the known ones */
};

/* What a program collects by its name as the kernel keeps it (15 bytes at most): WIRE_COLLECTS_*, 0: nothing. */
__u32 collectors_find(const struct collectors *c, const char *comm);
/* Same, of a process. */
__u32 collectors_find_process(const struct collectors *c, pid_t pid);
/* Tells the kernel side. 0 or -errno. */
int collectors_fill(const struct collectors *c, int map_fd);

#endif
