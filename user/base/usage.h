/* SPDX-License-Identifier: MIT */
/* What this process has used. */
#ifndef BASE_USAGE_H
#define BASE_USAGE_H

#include <stdint.h>

uint64_t usage_cpu_ns(void);          /* of all threads, in user space and kernel */
uint64_t usage_children_cpu_ns(void); /* of those that were waited for */

/* 0: unknown. */
struct usage_memory {
	uint64_t bytes, peak_bytes; /* resident */
	uint64_t data_bytes;        /* that is ours to write, resident or not */
};
struct usage_memory usage_memory(void);

/* Bytes that the cgroup which we are in (v2), and those around it, may take; UINT64_MAX: no limit is known. root stands
 * before the paths that are read: "", but for tests. */
uint64_t usage_memory_max(const char *root);

#endif
