/* SPDX-License-Identifier: MIT */
/* ASCII classes of bytes, whatever the locale. */
#ifndef DETECT_BYTE_H
#define DETECT_BYTE_H

#include "base/hex.h"

#include <stdbool.h>

static inline bool byte_is_digit(char c) {
	return c >= '0' && c <= '9';
}
static inline bool byte_is_alnum(char c) {
	return byte_is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}
static inline bool byte_is_hex(char c) {
	return hex_digit(c) >= 0;
}
static inline bool byte_is_word(char c) {
	return byte_is_alnum(c) || c == '_';
}

#endif
