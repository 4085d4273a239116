/* SPDX-License-Identifier: MIT */
/* What this process has used. */
#ifndef BASE_USAGE_H
#define BASE_USAGE_H

#include <stdint.h>

uint64_t usage_cpu_ns(void);            /* of all threads, in user space and kernel */
uint64_t usage_children_cpu_ns(void);   /* of those that were waited for */
uint64_t usage_memory_bytes(void);      /* resident; 0: unknown */
uint64_t usage_data_bytes(void);        /* that is ours to write, resident or not; 0: unknown */
uint64_t usage_memory_peak_bytes(void); /* resident; 0: unknown */

#endif
