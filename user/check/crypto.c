/* SPDX-License-Identifier: MIT */
/* Addresses of crypto-currencies: their check sums are hashes. */
#include "check/keccak.h"
#include "check/list.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* The number that s writes, as size big-endian bytes. False: another character, or it does not fit. */
static bool base58_decode(const char *s, size_t len, unsigned char *ret, size_t size) {
	memset(ret, 0, size);
	for (size_t i = 0; i < len; i++) {
		const char *at = s[i] ? strchr(base58, s[i]) : NULL;
		unsigned carry = at ? (unsigned)(at - base58) : 0;

		if (!at)
			return false;
		for (size_t j = size; j-- > 0;) {
			carry += 58u * ret[j];
			ret[j] = (unsigned char)carry;
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	return true;
}

static bool base58_address(const char *s, size_t len) {
	unsigned char address[25], hash[32];
	size_t ones = 0, zeros = 0;
	bool ok;

	if (len < 26 || len > 35 || !base58_decode(s, len, address, sizeof(address)))
		return false;
	/* Every leading zero byte is written as a 1 of its own. */
	while (ones < len && s[ones] == '1')
		ones++;
	while (zeros < sizeof(address) && !address[zeros])
		zeros++;
	crypto_hash_sha256(hash, address, sizeof(address) - 4);
	crypto_hash_sha256(hash, hash, sizeof(hash));
	ok = ones == zeros && (address[0] == 0x00 || address[0] == 0x05) && !memcmp(hash, address + 21, 4);
	explicit_bzero(address, sizeof(address));
	return ok;
}

static uint32_t bech32_step(uint32_t sum, uint32_t value) {
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (int i = 0; i < 5; i++)
		sum ^= top >> i & 1 ? generator[i] : 0;
	return sum;
}

/* BIP 173, BIP 350: version and program of a witness in base 32 behind "bc1". */
static bool bech32_address(const char *s, size_t len) {
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	static const char human[] = "\3\3\0\2\3"; /* "bc" taken apart: high bits, a zero, low bits */
	bool upper = s[0] == 'B';
	uint32_t sum = 1, version = 0;
	size_t program_bits = (len - 3 - 1 - 6) * 5;

	for (int i = 0; i < 5; i++)
		sum = bech32_step(sum, (uint32_t)human[i]);
	for (size_t i = 3; i < len; i++) {
		bool letter = (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z';
		const char *at = s[i] ? strchr(alphabet, letter ? s[i] | 0x20 : s[i]) : NULL;

		/* Mixed case is refused. */
		if (!at || (letter && upper != (s[i] <= 'Z')))
			return false;
		version = i == 3 ? (uint32_t)(at - alphabet) : version;
		sum = bech32_step(sum, (uint32_t)(at - alphabet));
	}
	if (version == 0)
		return sum == 1 && (program_bits / 8 == 20 || program_bits / 8 == 32) && program_bits % 8 < 5;
	/* Before BIP 350 later versions, too, were written with a final sum of 1. */
	return version <= 16 && (sum == 1 || sum == 0x2bc830a3) && program_bits / 8 >= 2 && program_bits / 8 <= 40 &&
	       program_bits % 8 < 5;
}

enum check_class check_crypto_btc(const char *s, size_t len) {
	if (len < 14 || len > 90)
		return CHECK_INVALID;
	if (!memcmp(s, "bc1", 3) || !memcmp(s, "BC1", 3))
		return bech32_address(s, len) ? CHECK_REAL : CHECK_INVALID;
	return base58_address(s, len) ? CHECK_REAL : CHECK_INVALID;
}

/* EIP-55: a letter is upper case where the hash of the lower-case address has a nibble of 8 or more. */
enum check_class check_crypto_eth(const char *s, size_t len) {
	char lower[40];
	unsigned char hash[32];
	bool any_upper = false, any_lower = false, agree = true;

	if (len != 42 || s[0] != '0' || (s[1] | 0x20) != 'x')
		return CHECK_INVALID;
	for (size_t i = 0; i < 40; i++) {
		char c = s[i + 2];
		bool upper = c >= 'A' && c <= 'F';

		if (!upper && !(c >= 'a' && c <= 'f') && !(c >= '0' && c <= '9'))
			return CHECK_INVALID;
		lower[i] = upper ? c | 0x20 : c;
		any_upper |= upper;
		any_lower |= c >= 'a';
	}
	keccak256(hash, lower, sizeof(lower));
	for (size_t i = 0; i < 40; i++)
		agree &= lower[i] < 'a' || (s[i + 2] < 'a') == (hash[i / 2] >> (i % 2 ? 0 : 4) & 8) / 8;
	explicit_bzero(lower, sizeof(lower));
	return agree || !any_upper || !any_lower ? CHECK_REAL : CHECK_INVALID;
}

/* Blocks of 8 bytes are written as 11 characters each, the last of 5 bytes as 7; the hash stands at the end. */
enum check_class check_crypto_xmr(const char *s, size_t len) {
	unsigned char address[69], hash[32];
	bool ok;

	if (len != 95 || (s[0] != '4' && s[0] != '8'))
		return CHECK_INVALID;
	for (size_t i = 0; i < 9; i++)
		if (!base58_decode(s + 11 * i, i < 8 ? 11 : 7, address + 8 * i, i < 8 ? 8 : 5))
			return CHECK_INVALID;
	keccak256(hash, address, 65);
	ok = !memcmp(hash, address + 65, 4);
	explicit_bzero(address, sizeof(address));
	return ok ? CHECK_REAL : CHECK_INVALID;
}
