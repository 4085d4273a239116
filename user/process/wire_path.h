/* SPDX-License-Identifier: MIT */
/* Paths as the kernel side walks them: each name ends with a NUL, that of the leaf comes first. Pure; any thread. */
#ifndef PROCESS_WIRE_PATH_H
#define PROCESS_WIRE_PATH_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "/a/b", or "a/b" if it is not rooted. What does not fit is left out at the end: at most size - 1 bytes, NUL-ended. */
void wire_path(const __u8 *names, uint32_t len, bool rooted, char *ret, size_t size);

#endif
