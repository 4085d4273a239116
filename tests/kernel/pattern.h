/* SPDX-License-Identifier: MIT */
/* What the kernel tests write: of all sizes that matter, and such that each byte tells where it belongs. */
#ifndef TESTS_KERNEL_PATTERN_H
#define TESTS_KERNEL_PATTERN_H

#include "bpf/wire.h"

#include <stdint.h>
#include <stdlib.h>

#define EDGE(n) (n) - 1, (n), (n) + 1

/* Around 0, the size classes of the ring, the length of a piece and the longest write that is taken. */
#define WRITE_SIZES                                                                                                    \
	0, 1, 2, 16, 63, EDGE(64), EDGE(96), EDGE(128), EDGE(192), EDGE(256), EDGE(384), EDGE(512), EDGE(768), EDGE(1024), \
	    EDGE(1536), EDGE(2048), EDGE(3072), EDGE(4096), EDGE(6144), EDGE(8192), EDGE(12288), EDGE(16384), EDGE(24576), \
	    EDGE(32768), EDGE(49152), EDGE(WIRE_PIECE_MAX), EDGE(2 * WIRE_PIECE_MAX), 3 * WIRE_PIECE_MAX - 5,              \
	    WIRE_WRITE_MAX - WIRE_PIECE_MAX, EDGE(WIRE_WRITE_MAX), WIRE_WRITE_MAX + WIRE_PIECE_MAX + 7

/* Bytes that tell where they belong: any shift, swap, repetition or hole shows. */
static inline void pattern_fill(char *p, size_t len, uint32_t seed) {
	uint32_t x = seed * 2654435761u + 0x9e3779b9u;
	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (char)x;
	}
}

static inline char *pattern_new(size_t len, uint32_t seed) {
	char *p = malloc(len + 1);
	if (p)
		pattern_fill(p, len, seed);
	return p;
}

#endif
