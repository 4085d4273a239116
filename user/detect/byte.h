/* SPDX-License-Identifier: MIT */
/* Classes of bytes, whatever the locale. */
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
/* Latin beyond ASCII, Greek or Cyrillic in UTF-8: U+00C0 to U+04FF, of two bytes. Texts in these put blanks between
 * words, others do not. */
static inline bool byte_is_letter_pair(const char *s) {
	unsigned char first = s[0], second = s[1];

	return first >= 0xc3 && first <= 0xd3 && (second & 0xc0) == 0x80;
}

#endif
