/* SPDX-License-Identifier: MIT */
/*
 * What identification numbers are made of: a bare copy of the value without its separators, and the check-digit
 * arithmetic that issuers use. Characters count as base-36 digits: 0-9, A=10 ... Z=35. No state, any thread.
 */
#ifndef CHECK_DIGITS_H
#define CHECK_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BARE_MAX 64

/* Lives on the stack of one validator; declared with _cleanup_bare_, as every copy, the value does not stay there. */
struct bare {
	char c[BARE_MAX + 1]; /* printable ASCII in upper case, ended by NUL */
	size_t len;
};
void bare_wipe(struct bare *b);
#define _cleanup_bare_ __attribute__((cleanup(bare_wipe)))

/*
 * Drops the bytes of strip wherever they stand. Dashes, spaces, digits and letters of Unicode that look like ASCII
 * ones become those. False, and b is empty: any other byte that is not printable ASCII, nothing left, or more than
 * BARE_MAX left.
 */
bool bare_make(struct bare *ret, const char *s, size_t len, const char *strip);
/* Takes prefix off the front if it stands there. */
bool bare_drop_prefix(struct bare *b, const char *prefix, size_t len);

static inline bool digit_is(char c) {
	return c >= '0' && c <= '9';
}
static inline bool letter_is(char c) {
	return c >= 'A' && c <= 'Z';
}
/* Two decimal digits as a number. */
static inline int two_digits(const char *s) {
	return (s[0] - '0') * 10 + (s[1] - '0');
}
bool digits_only(const char *s, size_t len);  /* at least one, and nothing else */
bool digits_equal(const char *s, size_t len); /* the same character throughout */
/* Is the word of n characters at v in list, where every word has that length and a space behind it? */
bool listed(const char *v, size_t n, const char *list);
int digit_value(char c);                           /* base 36, -1 for anything else */
uint64_t digits_number(const char *s, size_t len); /* len <= 19 */

/* Sum of weight times value over strlen(weights) characters; a weight is a base-36 digit. */
unsigned digits_sum(const char *s, const char *weights);
/* The same with the cross sum of each product: "Luhn" with any weights. */
unsigned digits_cross_sum(const char *s, const char *weights);

/* ISO/IEC 7812-1 annex B, check digit last; luhn_base for digits of that base (ISO/IEC 7812 generalised, GSTIN). */
bool luhn_ok(const char *s, size_t len);
bool luhn_base_ok(const char *s, size_t len, unsigned base);
bool verhoeff_ok(const char *s, size_t len); /* J. Verhoeff, Error Detecting Decimal Codes, 1969 */
bool damm_ok(const char *s, size_t len);     /* H. M. Damm, doctoral thesis, Marburg 2004 */

/* ISO/IEC 7064 pure systems: the remainder of sum(a_i * radix^i) with check character; X is 10 in mod 11-2. */
unsigned iso7064_pure(const char *s, size_t len, unsigned modulus, unsigned radix);
/* ISO/IEC 7064 hybrid systems: MOD 11,10 (base 10) and MOD 37,36 (base 36), check character last. */
bool iso7064_hybrid_ok(const char *s, size_t len, unsigned base);
/* Remainder by 97 of the number that is written when every letter becomes its two-digit value (ISO 7064 MOD 97-10). */
unsigned mod97(const char *s, size_t len);

#endif
