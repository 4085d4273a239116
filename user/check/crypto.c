/* SPDX-License-Identifier: MIT */
/* Addresses of crypto-currencies: their check sums are hashes. */
#include "check/keccak.h"
#include "check/list.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* The number that s writes in the 58 digits of the alphabet, as size big-endian bytes. False: another character, or it
 * does not fit. */
static bool base58_decode(const char *alphabet, const char *s, size_t len, unsigned char *ret, size_t size) {
	memset(ret, 0, size);
	for (size_t i = 0; i < len; i++) {
		const char *at = s[i] ? strchr(alphabet, s[i]) : NULL;
		unsigned carry = at ? (unsigned)(at - alphabet) : 0;

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

/* How a currency that descends from Bitcoin writes its addresses. */
struct coin {
	uint8_t versions[2]; /* first byte of one in base 58: of a key, of a script */
	const char *base58;  /* its digits; NULL: those of Bitcoin */
	const char *human;   /* what one in base 32 begins with, and a 1; NULL: there are none */
};

static bool base58_address(const struct coin *coin, const char *s, size_t len) {
	const char *digits = coin->base58 ? coin->base58 : base58;
	unsigned char address[25], hash[32];
	size_t ones = 0, zeros = 0;
	bool ok;

	if (len < 26 || len > 35 || !base58_decode(digits, s, len, address, sizeof(address)))
		return false;
	/* Every leading zero byte is written as a digit of its own. */
	while (ones < len && s[ones] == digits[0])
		ones++;
	while (zeros < sizeof(address) && !address[zeros])
		zeros++;
	crypto_hash_sha256(hash, address, sizeof(address) - 4);
	crypto_hash_sha256(hash, hash, sizeof(hash));
	ok = ones == zeros && memchr(coin->versions, address[0], sizeof(coin->versions)) && !memcmp(hash, address + 21, 4);
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

/* BIP 173, BIP 350: behind the human-readable part and a 1 the version and program of a witness, in base 32. */
static bool bech32_address(const char *human, const char *s, size_t len) {
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	bool upper = s[0] < 'a';
	size_t human_len = strlen(human), program_bits = (len - human_len - 1 - 1 - 6) * 5;
	uint32_t sum = 1, version = 0;

	/* The human-readable part is counted taken apart: high bits, a zero, low bits. */
	for (size_t i = 0; i < human_len; i++)
		sum = bech32_step(sum, (uint32_t)human[i] >> 5);
	sum = bech32_step(sum, 0);
	for (size_t i = 0; i < human_len; i++)
		sum = bech32_step(sum, human[i] & 31);
	for (size_t i = human_len + 1; i < len; i++) {
		bool letter = (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z';
		const char *at = s[i] ? strchr(alphabet, letter ? s[i] | 0x20 : s[i]) : NULL;

		/* Mixed case is refused. */
		if (!at || (letter && upper != (s[i] <= 'Z')))
			return false;
		version = i == human_len + 1 ? (uint32_t)(at - alphabet) : version;
		sum = bech32_step(sum, (uint32_t)(at - alphabet));
	}
	if (version == 0)
		return sum == 1 && (program_bits / 8 == 20 || program_bits / 8 == 32) && program_bits % 8 < 5;
	/* Before BIP 350 later versions, too, were written with a final sum of 1. */
	return version <= 16 && (sum == 1 || sum == 0x2bc830a3) && program_bits / 8 >= 2 && program_bits / 8 <= 40 &&
	       program_bits % 8 < 5;
}

static bool begins_with(const char *s, const char *human) {
	size_t n = strlen(human);

	for (size_t i = 0; i < n; i++)
		if ((s[i] | 0x20) != human[i] || (s[i] < 'a') != (s[0] < 'a'))
			return false;
	return s[n] == '1';
}

static enum check_class coin_check(const struct coin *coin, const char *s, size_t len) {
	bool ok;

	if (len < 14 || len > 90)
		return CHECK_INVALID;
	ok =
	    coin->human && begins_with(s, coin->human) ? bech32_address(coin->human, s, len) : base58_address(coin, s, len);
	return ok ? CHECK_REAL : CHECK_INVALID;
}

#define COIN(name, ...)                                                                                                \
	enum check_class check_crypto_##name(const char *s, size_t len) {                                                  \
		static const struct coin coin = {__VA_ARGS__};                                                                 \
		return coin_check(&coin, s, len);                                                                              \
	}

COIN(btc, .versions = {0x00, 0x05}, .human = "bc")
COIN(ltc, .versions = {0x30, 0x32}, .human = "ltc")
COIN(doge, .versions = {0x1e, 0x16})
COIN(dash, .versions = {0x4c, 0x10})
COIN(trx, .versions = {0x41, 0x41})
COIN(xrp, .versions = {0x00, 0x00}, .base58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")

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
		if (!base58_decode(base58, s + 11 * i, i < 8 ? 11 : 7, address + 8 * i, i < 8 ? 8 : 5))
			return CHECK_INVALID;
	keccak256(hash, address, 65);
	ok = !memcmp(hash, address + 65, 4);
	explicit_bzero(address, sizeof(address));
	return ok ? CHECK_REAL : CHECK_INVALID;
}
