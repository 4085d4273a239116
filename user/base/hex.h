/* SPDX-License-Identifier: MIT */
/* Hexadecimal digits of either case, whatever the locale. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

/* -1: it is none. */
static inline int hex_digit(char c) {
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Of so many, seven at most; -1: one of them is none. */
static inline int hex_value(const char *s, size_t digits) {
	int v = 0;
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(s[i]);
		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

#endif
