/* SPDX-License-Identifier: MIT */
/* Credentials that can be told from their form. */
#include "check/list.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* base64url (RFC 4648 5), -1 for any other byte. The two characters of plain base64 are taken, too. */
static int base64url_value(char c) {
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' || c == '+' ? 62 : c == '_' || c == '/' ? 63 : -1;
}

/* Decodes what fits. The number of bytes, or 0 when a byte is not of the alphabet. */
static size_t base64url_decode(const char *s, size_t len, char *ret, size_t size) {
	unsigned bits = 0, n_bits = 0;
	size_t out = 0;

	for (size_t i = 0; i < len && out < size; i++) {
		int v = base64url_value(s[i]);

		if (v < 0)
			return 0;
		bits = (bits << 6 | (unsigned)v) & 0xffffff;
		n_bits += 6;
		if (n_bits >= 8)
			ret[out++] = (char)(bits >> (n_bits -= 8));
	}
	return out;
}

/* Three parts of base64url, or five (RFC 7516); the last may be empty (RFC 7519 6) or cut off by the log. */
enum check_class check_jwt(const char *s, size_t len) {
	const char *dot = memchr(s, '.', len);
	char header[512];
	bool found;
	size_t n;

	if (!dot || dot - s < 8 || (size_t)(s + len - dot) < 4)
		return CHECK_INVALID;
	for (const char *p = s; p < s + len; p++)
		if (*p != '.' && (base64url_value(*p) < 0 || *p == '+' || *p == '/'))
			return CHECK_INVALID;
	n = base64url_decode(s, (size_t)(dot - s), header, sizeof(header));
	found = n > 8 && header[0] == '{' && memmem(header, n, "\"alg\"", 5);
	explicit_bzero(header, sizeof(header));
	return found ? CHECK_REAL : CHECK_INVALID;
}

enum check_class check_aws_access_key(const char *s, size_t len) {
	static const char *const prefixes[] = {"AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"};
	bool known = false;

	if (len != 20)
		return CHECK_INVALID;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		known |= !memcmp(s, prefixes[i], 4);
	if (!memcmp(s + 13, "EXAMPLE", 7))
		return known ? CHECK_DOCUMENTATION : CHECK_INVALID;
	for (size_t i = 4; known && i < len; i++)
		known = (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '2' && s[i] <= '7');
	return known ? CHECK_REAL : CHECK_INVALID;
}

/* CRC-32 as in IEEE 802.3, bit by bit: tokens are short. */
static uint32_t crc32_of(const char *s, size_t len) {
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static bool alnum(char c) {
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Prefix, underscore, 30 characters, then their CRC-32 in base 62. */
enum check_class check_github_token(const char *s, size_t len) {
	static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint64_t written = 0;

	if (len != 40 || s[3] != '_')
		return CHECK_INVALID;
	for (size_t i = 4; i < len; i++) {
		if (!alnum(s[i]))
			return CHECK_INVALID;
		if (i >= 34)
			written = written * 62 + (uint64_t)(strchr(base62, s[i]) - base62);
	}
	return written == crc32_of(s + 4, 30) ? CHECK_REAL : CHECK_INVALID;
}

/* Ends in '=' and the CRC-32 of everything before, that sign included, as eight upper-case hexadecimal digits. */
enum check_class check_atlassian_token(const char *s, size_t len) {
	char hex[9];
	bool ok;

	if (len < 40 || len > 512 || memcmp(s, "ATATT3", 6))
		return CHECK_INVALID;
	snprintf(hex, sizeof(hex), "%08X", crc32_of(s, len - 8));
	ok = !memcmp(hex, s + len - 8, 8);
	explicit_bzero(hex, sizeof(hex));
	return ok ? CHECK_REAL : CHECK_INVALID;
}

/* RFC 7617: base64 of user-id, colon, password; any padding. */
enum check_class check_basic_auth(const char *s, size_t len) {
	char text[256];
	const char *colon;
	size_t n;
	bool ok;

	while (len && s[len - 1] == '=')
		len--;
	if (len < 4)
		return CHECK_INVALID;
	n = base64url_decode(s, len, text, sizeof(text));
	colon = memchr(text, ':', n);
	ok = colon && colon > text && colon + 1 < text + n;
	for (size_t i = 0; ok && i < n; i++)
		ok = (unsigned char)text[i] >= ' ' && text[i] != 0x7f;
	explicit_bzero(text, sizeof(text));
	return ok ? CHECK_REAL : CHECK_INVALID;
}

/* Secret and restricted keys; those of the test mode move no money. */
enum check_class check_stripe_key(const char *s, size_t len) {
	bool test = len > 8 && !memcmp(s + 2, "_test_", 6), live = len > 8 && !memcmp(s + 2, "_live_", 6);

	if (len < 24 || len > 255 || (!test && !live) || (memcmp(s, "sk", 2) && memcmp(s, "rk", 2)))
		return CHECK_INVALID;
	for (size_t i = 8; i < len; i++)
		if (!alnum(s[i]))
			return CHECK_INVALID;
	return test ? CHECK_TEST : CHECK_REAL;
}
