/* SPDX-License-Identifier: MIT */
#include "detect/decode.h"

#include "base/hex.h"
#include "detect/byte.h"

#include <string.h>

#define KEPT (-1)    /* it is what it is */
#define DROPPED (-2) /* nobody sees it */

/* The ASCII character that it looks like (Unicode 15, UnicodeData.txt: Zs, Pd, Nd, Cf, and the full-width forms), or
 * ends a part of a sentence as. */
static int look_of(unsigned c) {
	static const struct {
		unsigned first, last;
		int look; /* of the first; the others follow it if it is a digit or '!' */
	} ranges[] = {
	    {0xa0, 0xa0, ' '},         {0xad, 0xad, DROPPED}, {0x660, 0x669, '0'},       {0x6f0, 0x6f9, '0'},
	    {0x966, 0x96f, '0'},       {0x2000, 0x200a, ' '}, {0x200b, 0x200f, DROPPED}, {0x2010, 0x2015, '-'},
	    {0x202a, 0x202e, DROPPED}, {0x202f, 0x202f, ' '}, {0x205f, 0x205f, ' '},     {0x2060, 0x2069, DROPPED},
	    {0x2212, 0x2212, '-'},     {0x3000, 0x3000, ' '}, {0x3001, 0x3001, ','},     {0x3002, 0x3002, '.'},
	    {0x3010, 0x3010, '['},     {0x3011, 0x3011, ']'}, {0xfeff, 0xfeff, DROPPED}, {0xff01, 0xff5e, '!'},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].look == '0' || ranges[i].look == '!' ? ranges[i].look + (int)(c - ranges[i].first)
			                                                      : ranges[i].look;
	return KEPT;
}

/* Of 1990年1月2日, in Chinese and Japanese: what stands for it in 1990-1-2. */
static int date_look(unsigned c) {
	return c == 0x5e74 || c == 0x6708 ? '-' : c == 0x65e5 ? DROPPED : KEPT;
}

/* A byte, as it stands or as %XX; returns how many bytes that takes, 0: there is none. */
static size_t read_byte(const char *s, size_t len, unsigned *ret) {
	int v = len >= 3 && s[0] == '%' ? hex_value(s + 1, 2) : -1;

	if (!len)
		return 0;
	*ret = v >= 0 ? (unsigned)v : (unsigned char)s[0];
	return v >= 0 ? 3 : 1;
}

/* A character of UTF-8, of up to three bytes. Same. */
static size_t read_utf8(const char *s, size_t len, unsigned *ret) {
	unsigned c = 0, more = 0;
	size_t n = read_byte(s, len, &c);
	int follow = c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0;

	c &= follow == 2 ? 0x0f : follow ? 0x1f : 0xff;
	for (; n && follow; follow--) {
		size_t step = read_byte(s + n, len - n, &more);

		if (!step || (more & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (more & 0x3f);
		n += step;
	}
	*ret = c;
	return n;
}

/* How many bytes at s are one character, and what it looks like, perhaps behind a digit. Quotes and backslashes of \u
 * stay: they are no ends of a string. */
static size_t read_one(const char *s, size_t len, bool behind_digit, int *ret_look) {
	unsigned c = 0;
	size_t n = 0;

	*ret_look = KEPT;
	if (s[0] == '%' || (unsigned char)s[0] >= 0xc2) {
		n = read_utf8(s, len, &c);
	} else if (s[0] == '\\' && len >= 6 && s[1] == 'u' && hex_value(s + 2, 4) >= 0) {
		c = (unsigned)hex_value(s + 2, 4);
		n = c == '"' || c == '\\' ? 0 : 6;
	}
	if (n > 1)
		*ret_look = c >= 0x20 && c < 0x7f ? (int)c : look_of(c);
	if (n > 1 && *ret_look == KEPT && behind_digit)
		*ret_look = date_look(c);
	return *ret_look == KEPT ? 1 : n;
}

bool decode_may_matter(const char *s, size_t len, size_t at) {
	bool behind_digit = at && byte_is_digit(s[at - 1]);
	int look;
	size_t n = read_one(s + at, len - at, behind_digit, &look);

	if (n > 1 && (s[at] == '%' || s[at] == '\\' || behind_digit || (at + n < len && s[at + n] == '+')))
		return true;
	for (size_t i = at; i < len && (unsigned char)s[i] >= 0x80; i += n) {
		n = read_one(s + i, len - i, false, &look);
		if ((look >= '0' && look <= '9') || look == ':' || look == '=')
			return true;
	}
	return false;
}

size_t decode_text(const char *s, size_t len, char *ret, uint16_t *ret_at) {
	size_t out = 0;
	int look;

	for (size_t i = 0, n; i < len; i += n) {
		n = read_one(s + i, len - i, i && byte_is_digit(s[i - 1]), &look);
		if (look == DROPPED)
			continue;
		ret_at[out] = (uint16_t)i;
		ret[out++] = look == KEPT ? s[i] : (char)look;
	}
	ret_at[out] = (uint16_t)len;
	return out;
}
