/* SPDX-License-Identifier: MIT */
#include "check/digits.h"

#include <string.h>

void bare_wipe(struct bare *b) {
	explicit_bzero(b, sizeof(*b));
}

/* What people and their software write instead of ASCII: UTF-8 bytes, and what they stand for. */
static const struct fold {
	const char *from;
	char to;
} folds[] = {
    {"\xc2\xa0", ' '},     {"\xe2\x80\xaf", ' '}, {"\xe2\x80\x90", '-'}, {"\xe2\x80\x91", '-'}, {"\xe2\x80\x92", '-'},
    {"\xe2\x80\x93", '-'}, {"\xe2\x80\x94", '-'}, {"\xe2\x88\x92", '-'}, {"\xc3\x91", 'N'},     {"\xc3\xb1", 'N'},
    {"\xd0\x90", 'A'},     {"\xd0\x92", 'B'},     {"\xd0\x95", 'E'},     {"\xd0\x9a", 'K'},     {"\xd0\x9c", 'M'},
    {"\xd0\x9d", 'H'},     {"\xd0\x9e", 'O'},     {"\xd0\xa0", 'P'},     {"\xd0\xa1", 'C'},     {"\xd0\xa2", 'T'},
    {"\xd0\xa3", 'Y'},     {"\xd0\xa5", 'X'},
};

/* The ASCII character for the UTF-8 sequence at s, whose length goes to *ret_len; 0: none. */
static char fold(const char *s, size_t len, size_t *ret_len) {
	unsigned char second = len > 1 ? (unsigned char)s[1] : 0;

	*ret_len = 2;
	/* Arabic-Indic digits and those of Persian and Urdu. */
	if ((*s == '\xd9' && second >= 0xa0 && second <= 0xa9) || (*s == '\xdb' && second >= 0xb0 && second <= 0xb9))
		return (char)('0' + (second & 0x0f));
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		size_t n = strlen(folds[i].from);

		if (len >= n && !memcmp(s, folds[i].from, n)) {
			*ret_len = n;
			return folds[i].to;
		}
	}
	return '\0';
}

bool bare_make(struct bare *ret, const char *s, size_t len, const char *strip) {
	ret->len = 0;
	for (size_t i = 0, n; i < len; i += n) {
		char c = s[i];

		n = 1;
		if ((unsigned char)c >= 0x80)
			c = fold(s + i, len - i, &n);
		if (c < ' ' || c > '~')
			goto refused;
		/* Digits, which most are, are never stripped. */
		if (!digit_is(c) && strchr(strip, c))
			continue;
		if (ret->len == BARE_MAX)
			goto refused;
		ret->c[ret->len++] = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
	}
	ret->c[ret->len] = '\0';
	return ret->len > 0;
refused:
	ret->len = 0;
	ret->c[0] = '\0';
	return false;
}

bool bare_drop_prefix(struct bare *b, const char *prefix, size_t len) {
	if (b->len < len || memcmp(b->c, prefix, len))
		return false;
	b->len -= len;
	memmove(b->c, b->c + len, b->len + 1);
	return true;
}

bool digits_only(const char *s, size_t len) {
	for (size_t i = 0; i < len; i++)
		if (!digit_is(s[i]))
			return false;
	return len > 0;
}

bool digits_equal(const char *s, size_t len) {
	for (size_t i = 1; i < len; i++)
		if (s[i] != s[0])
			return false;
	return true;
}

bool listed(const char *v, size_t n, const char *list) {
	for (; *list; list += n + 1)
		if (!memcmp(v, list, n))
			return true;
	return false;
}

int digit_value(char c) {
	return digit_is(c) ? c - '0' : letter_is(c) ? c - 'A' + 10 : -1;
}

uint64_t digits_number(const char *s, size_t len) {
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(s[i] - '0');
	return n;
}

unsigned digits_sum(const char *s, const char *weights) {
	int sum = 0;

	for (size_t i = 0; weights[i]; i++)
		sum += digit_value(weights[i]) * digit_value(s[i]);
	return (unsigned)sum;
}

unsigned digits_cross_sum(const char *s, const char *weights) {
	int sum = 0;

	for (size_t i = 0; weights[i]; i++) {
		int p = digit_value(weights[i]) * digit_value(s[i]);

		sum += p / 100 + p / 10 % 10 + p % 10;
	}
	return (unsigned)sum;
}

bool luhn_base_ok(const char *s, size_t len, unsigned base) {
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned v = (unsigned)digit_value(s[len - 1 - i]);

		if (v >= base)
			return false;
		if (i & 1)
			v = 2 * v < base ? 2 * v : 2 * v - base + 1;
		sum += v;
	}
	return len > 1 && sum % base == 0;
}

bool luhn_ok(const char *s, size_t len) {
	return luhn_base_ok(s, len, 10);
}

bool verhoeff_ok(const char *s, size_t len) {
	/* Multiplication in the dihedral group D5, and powers of the permutation (1 5 8 9 4 2 7 0)(3 6). */
	static const char times[10][11] = {"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
	                                   "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"};
	static const char permute[8][11] = {"0123456789", "1576283094", "5803796142", "8916043527",
	                                    "9453126870", "4286573901", "2793806415", "7046913258"};
	unsigned c = 0;

	if (!digits_only(s, len))
		return false;
	for (size_t i = 0; i < len; i++)
		c = (unsigned)(times[c][permute[i % 8][s[len - 1 - i] - '0'] - '0'] - '0');
	return c == 0;
}

bool damm_ok(const char *s, size_t len) {
	static const char quasigroup[10][11] = {"0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
	                                        "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"};
	unsigned c = 0;

	if (!digits_only(s, len))
		return false;
	for (size_t i = 0; i < len; i++)
		c = (unsigned)(quasigroup[c][s[i] - '0'] - '0');
	return c == 0;
}

unsigned iso7064_pure(const char *s, size_t len, unsigned modulus, unsigned radix) {
	unsigned p = 0;

	for (size_t i = 0; i < len; i++) {
		bool ten = modulus == 11 && i == len - 1 && s[i] == 'X';

		p = (p * radix + (ten ? 10 : (unsigned)digit_value(s[i]))) % modulus;
	}
	return p;
}

bool iso7064_hybrid_ok(const char *s, size_t len, unsigned base) {
	unsigned p = base;

	for (size_t i = 0; i < len; i++) {
		unsigned v = (unsigned)digit_value(s[i]);

		if (v >= base)
			return false;
		if (i == len - 1)
			return (p + v) % base == 1;
		p = (p + v) % base;
		p = 2 * (p ? p : base) % (base + 1);
	}
	return false;
}

unsigned mod97(const char *s, size_t len) {
	unsigned r = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned v = (unsigned)digit_value(s[i]);

		r = (r * (v < 10 ? 10 : 100) + v) % 97;
	}
	return r;
}
