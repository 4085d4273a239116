/* SPDX-License-Identifier: MIT */
#include "check/keccak.h"

#include <stdint.h>
#include <string.h>

static uint64_t rotate(uint64_t x, unsigned n) {
	return n ? x << n | x >> (64 - n) : x;
}

static void permute(uint64_t a[25]) {
	/* Offsets along the path that rho and pi take together. */
	static const uint8_t offsets[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
	                                    27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
	static const uint8_t path[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
	                                 15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
	unsigned lfsr = 1;

	for (int round = 0; round < 24; round++) {
		uint64_t column[5], carried = a[1];

		for (int x = 0; x < 5; x++)
			column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
		for (int i = 0; i < 25; i++)
			a[i] ^= column[(i % 5 + 4) % 5] ^ rotate(column[(i % 5 + 1) % 5], 1);
		carried = a[1];
		for (int t = 0; t < 24; t++) {
			uint64_t next = a[path[t]];

			a[path[t]] = rotate(carried, offsets[t]);
			carried = next;
		}
		for (int y = 0; y < 25; y += 5) {
			memcpy(column, a + y, sizeof(column));
			for (int x = 0; x < 5; x++)
				a[y + x] = column[x] ^ (~column[(x + 1) % 5] & column[(x + 2) % 5]);
		}
		/* The round constant's bits come out of a shift register over x^8+x^6+x^5+x^4+1. */
		for (int bit = 0; bit < 7; bit++) {
			if (lfsr & 1)
				a[0] ^= 1ull << ((1u << bit) - 1);
			lfsr = lfsr << 1 ^ (lfsr & 0x80 ? 0x171 : 0);
		}
	}
}

void keccak256(unsigned char ret[32], const void *p, size_t len) {
	unsigned char block[136] = {0};
	uint64_t state[25] = {0};

	memcpy(block, p, len);
	block[len] = 0x01;
	block[sizeof(block) - 1] |= 0x80;
	for (size_t i = 0; i < sizeof(block); i++)
		state[i / 8] |= (uint64_t)block[i] << 8 * (i % 8);
	permute(state);
	for (size_t i = 0; i < 32; i++)
		ret[i] = (unsigned char)(state[i / 8] >> 8 * (i % 8));
	explicit_bzero(block, sizeof(block));
}
