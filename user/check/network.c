/* SPDX-License-Identifier: MIT */
/* Addresses of machines. */
#include "check/digits.h"
#include "check/list.h"

#include <arpa/inet.h>
#include <string.h>

/* IANA special-purpose address registries: who is meant by none, or by any, of these. First match decides. */
static const struct range {
	uint32_t net;
	uint8_t bits;
	uint8_t class;
} ranges4[] = {
    {0xc0000200, 24, CHECK_DOCUMENTATION}, /* 192.0.2.0 */
    {0xc6336400, 24, CHECK_DOCUMENTATION}, /* 198.51.100.0 */
    {0xcb007100, 24, CHECK_DOCUMENTATION}, /* 203.0.113.0 */
    {0xe9fc0000, 24, CHECK_DOCUMENTATION}, /* 233.252.0.0 */
    {0x00000000, 8, CHECK_PRIVATE},        /* 0.0.0.0: this network */
    {0x0a000000, 8, CHECK_PRIVATE},        /* 10.0.0.0 */
    {0x64400000, 10, CHECK_PRIVATE},       /* 100.64.0.0: carrier-grade NAT */
    {0x7f000000, 8, CHECK_PRIVATE},        /* 127.0.0.0 */
    {0xa9fe0000, 16, CHECK_PRIVATE},       /* 169.254.0.0 */
    {0xac100000, 12, CHECK_PRIVATE},       /* 172.16.0.0 */
    {0xc0000000, 24, CHECK_PRIVATE},       /* 192.0.0.0 */
    {0xc0a80000, 16, CHECK_PRIVATE},       /* 192.168.0.0 */
    {0xc6120000, 15, CHECK_PRIVATE},       /* 198.18.0.0: benchmarks */
    {0xe0000000, 3, CHECK_PRIVATE},        /* 224.0.0.0 and up: multicast, reserved, broadcast */
};

static enum check_class class4(uint32_t address) {
	for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++)
		if ((address ^ ranges4[i].net) >> (32 - ranges4[i].bits) == 0)
			return ranges4[i].class;
	return CHECK_REAL;
}

enum check_class check_ipv4(const char *s, size_t len) {
	uint32_t address = 0;
	int octets = 0;

	if (len < 7 || len > 15)
		return CHECK_INVALID;
	for (size_t i = 0; i <= len; i++) {
		uint32_t octet = 0;
		size_t start = i;

		while (i < len && digit_is(s[i]) && i - start < 3)
			octet = octet * 10 + (uint32_t)(s[i++] - '0');
		if (i == start || octet > 255 || (s[start] == '0' && i - start > 1) || ++octets > 4)
			return CHECK_INVALID;
		if (i < len && s[i] != '.')
			return CHECK_INVALID;
		address = address << 8 | octet;
	}
	return octets == 4 ? class4(address) : CHECK_INVALID;
}

static bool begins(const struct in6_addr *a, const char *prefix, size_t len) {
	return !memcmp(a->s6_addr, prefix, len);
}

static enum check_class class6(const struct in6_addr *a) {
	const unsigned char *b = a->s6_addr;

	if (begins(a, "\x20\x01\x0d\xb8", 4) || (begins(a, "\x3f\xff", 2) && b[2] < 0x10))
		return CHECK_DOCUMENTATION;
	if (IN6_IS_ADDR_V4MAPPED(a))
		return class4((uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15]);
	if (IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_SITELOCAL(a) ||
	    IN6_IS_ADDR_MULTICAST(a) || (b[0] & 0xfe) == 0xfc)
		return CHECK_PRIVATE;
	return CHECK_REAL;
}

enum check_class check_ipv6(const char *s, size_t len) {
	char text[INET6_ADDRSTRLEN];
	const char *zone = memchr(s, '%', len);
	struct in6_addr address;
	enum check_class class;

	if (zone) {
		if ((size_t)(zone - s) + 1 == len)
			return CHECK_INVALID;
		len = (size_t)(zone - s);
	}
	if (len < 2 || len >= sizeof(text) || memchr(s, '\0', len))
		return CHECK_INVALID;
	memcpy(text, s, len);
	text[len] = '\0';
	class = inet_pton(AF_INET6, text, &address) == 1 ? class6(&address) : CHECK_INVALID;
	explicit_bzero(text, sizeof(text));
	return class;
}

enum check_class check_ip_address(const char *s, size_t len) {
	return memchr(s, ':', len) ? check_ipv6(s, len) : check_ipv4(s, len);
}

/* Six or eight groups of two with one separator throughout, three or four groups of four with dots, or bare. */
static bool mac_written(const char *s, size_t len, size_t digits) {
	size_t group = len == digits ? digits : len == digits + digits / 2 - 1 ? 2 : len == digits + digits / 4 - 1 ? 4 : 0;

	if (!group)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool separator = i % (group + 1) == group;

		if (separator ? s[i] != s[group] || !strchr(group == 2 ? ":- " : ".", s[i])
		              : !strchr("0123456789ABCDEFabcdef", s[i]))
			return false;
	}
	return true;
}

enum check_class check_mac_address(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;

	if (len < 12 || len > 23 || !bare_make(&b, s, len, ":-. ") || (b.len != 12 && b.len != 16) ||
	    !mac_written(s, len, b.len))
		return CHECK_INVALID;
	/* RFC 7042 2.1.1: 00-00-5E-00-53-00 to FF are for documentation, as is 01-00-5E-90-10-xx. */
	if (!memcmp(b.c, "00005E0053", 10) || !memcmp(b.c, "01005E9010", 10))
		return CHECK_DOCUMENTATION;
	/* A group address is no device's, nor is one of zeros. */
	return digit_value(b.c[1]) & 1 || digits_equal(b.c, b.len) ? CHECK_PRIVATE : CHECK_REAL;
}
