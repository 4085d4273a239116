/* SPDX-License-Identifier: MIT */
/* Keccak-256 as Ethereum and Monero use it: the padding of the submission, not that of SHA-3. */
#ifndef CHECK_KECCAK_H
#define CHECK_KECCAK_H

#include <stddef.h>

#define KECCAK256_MAX 135 /* bytes of input: one block */

void keccak256(unsigned char ret[32], const void *p, size_t len);

#endif
