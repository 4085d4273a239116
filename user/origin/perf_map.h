/* SPDX-License-Identifier: MIT */
/* The files in which JIT compilers name what they made: /tmp/perf-PID.map, lines of `start size name` in hex. */
#ifndef ORIGIN_PERF_MAP_H
#define ORIGIN_PERF_MAP_H

#include "process/process_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERF_MAP_BYTES_MAX (64ul * 1024 * 1024) /* further names are not looked for */

struct perf_map;

/* As the process sees /tmp, under the number it has there; once it has gone, in ours, under the number it had here.
 * folder: process_id_open(), negative for the latter. -errno: there is none, or it is a link, or no regular file of the
 * process's user; -ESTALE: one that had its number before has left it. */
int perf_map_open(struct perf_map **ret, const struct process_id *process, int folder);
void perf_map_close(struct perf_map *m);
/* The name of what lies at the address, the last one written; its length, 0: none. *ret_offset: into it. */
size_t perf_map_find(struct perf_map *m, uint64_t address, const char **ret_name, uint64_t *ret_offset);
/* Of its names, is this one the runtime's own: interpreter and stubs, classes of the JDK, modules of Node? */
bool perf_map_is_library(const char *name, size_t len);

#endif
