/* SPDX-License-Identifier: MIT */
/* What a process has mapped to write to, by looking at /proc alone. Any thread. */
#ifndef ORIGIN_MAPPING_H
#define ORIGIN_MAPPING_H

#include "bpf/wire.h"

#include <sys/types.h>

/* A file mapped shared and writable: in the form of an announcement, as far as /proc knows (no generation, flags, fd).
 */
typedef int (*mapping_fn)(void *arg, const struct wire_sink *file, __u64 len_bytes);

/* Calls fn for each, until it fails. 0, what fn returned, or -ENOMEM; a process that has gone has none. */
int mappings_each(pid_t pid, mapping_fn fn, void *arg);

#endif
