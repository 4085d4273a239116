/* SPDX-License-Identifier: MIT */
/*
 * What the secret key does to values. A key is read-only once opened: any thread. Its bytes lie in locked memory that
 * is left out of core dumps.
 */
#ifndef FIND_KEY_H
#define FIND_KEY_H

#include "find/find.h"

/* Keyed BLAKE2b-128 in hex: evidence that may be shown. About 400 ns. */
void find_key_fingerprint(const struct find_key *k, const void *value, size_t len, char ret[FIND_FINGERPRINT_SIZE]);
/* Which key it is, without telling it: what two keys have made compares if they have one id. */
void find_key_id(const struct find_key *k, char ret[FIND_KEY_ID_SIZE]);
/* Keyed SipHash-2-4, for counting only: 64 bits are too few to be shown as evidence. About 20 ns. */
uint64_t find_key_hash(const struct find_key *k, const void *value, size_t len);

#endif
