/* SPDX-License-Identifier: MIT */
/* Which bytes of a text are letters, digits, or ends of keys: one bit a byte. Pure; any thread. */
#ifndef DETECT_MASK_H
#define DETECT_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits are counted and shifted in one instruction each from Haswell and Zen on; AVX-512 joins three masks in one.
 * Clang, which the fuzzer needs, inlines nothing into such copies; and which of them serves is chosen before the thread
 * sanitizer has come up, whose functions they call. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define DETECT_NEWER_CPUS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DETECT_NEWER_CPUS
#endif

struct masks {
	/* (len + 63) / 64 words each, MASK_SPARE more that are zero, and one before them. */
	uint64_t *alnum, *digit, *upper; /* ASCII */
	uint64_t *word;                  /* alnum, and every byte of a UTF-8 letter */
	uint64_t *separator;             /* bytes that may stand between key and value: = : > % */
	uint64_t *dot, *joint, *slash;   /* . and then : - and then / */
	uint64_t *space, *paren, *colon; /* the blank and then ) and then : */
	uint64_t *at_sign, *plus, *zero, *four;
	uint64_t *escape, *backslash; /* % and the escape character, and then \: a value may begin a little behind */
	/* What sift_fill() makes of these: places worth a look. */
	uint64_t *first;        /* the first digit of each group of letters and digits */
	uint64_t *plain;        /* those of them at which a shape that needs no context may begin */
	uint64_t *signs;        /* at signs, and what may be an encoded one: %40, =40, \u0040 */
	uint64_t *pluses;       /* plus signs before neither letter nor zero, and what may be encoded ones: %2B, \u002B */
	uint64_t *dots, *pairs; /* the first dot as of an IPv4 address, the first joint as of a MAC address */
	uint64_t *colons;       /* the first colon as of an IPv6 address */
	uint64_t *spans;        /* all of signs, pluses, dots, pairs and colons */
	uint64_t *keys;         /* separators but those of clock times */
	uint64_t *starts;       /* first bytes of words and of parts of them */
	uint64_t *ends;         /* last bytes of words of two letters or more */
	uint64_t *encoded;      /* what may be a part of a number or an address in another writing */
	uint64_t *named;        /* by watchlist_sift(): where a value of a watch list may lie */
	uint64_t *go_on[4];     /* while sifting: what a group of one, two, ... letters and digits may go on with */
};

#define MASK_KINDS (sizeof(struct masks) / sizeof(uint64_t *))
#define MASK_SPARE 10 /* words are worked on four at a time, and one beyond */

/* Lays the masks out in memory: MASK_KINDS times (words + MASK_SPARE), and one word, all zero. */
void masks_init(struct masks *ret, uint64_t *memory, size_t words);
void masks_fill(const struct masks *m, const char *s, size_t len);
/* The forms of it, for tests; each up to the best of this CPU works. */
enum masks_form { MASKS_PORTABLE, MASKS_AVX2, MASKS_AVX512 };
enum masks_form masks_form_best(void);
void masks_fill_as(enum masks_form form, const struct masks *m, const char *s, size_t len);

/* 64 bits from bit `at` on. */
static inline __attribute__((always_inline)) uint64_t mask_at(const uint64_t *m, size_t at) {
	unsigned shift = at & 63;

	return m[at >> 6] >> shift | m[(at >> 6) + 1] << 1 << (63 - shift);
}

/* The same of word w and its successor. */
static inline __attribute__((always_inline)) uint64_t mask_join(const uint64_t *m, size_t w, unsigned shift) {
	return m[w] >> shift | m[w + 1] << 1 << (63 - shift);
}

/* Ones from bit `at` on, up to 64. */
static inline __attribute__((always_inline)) unsigned mask_run(const uint64_t *m, size_t at) {
	uint64_t zeros = ~mask_at(m, at);

	return zeros ? (unsigned)__builtin_ctzll(zeros) : 64;
}

/* Ones before bit `at`, up to 64. */
static inline __attribute__((always_inline)) unsigned mask_run_back(const uint64_t *m, size_t at) {
	if (at < 64)
		return at ? (unsigned)__builtin_clzll(~(m[0] << (64 - at))) : 0;
	uint64_t zeros = ~mask_at(m, at - 64);

	return zeros ? (unsigned)__builtin_clzll(zeros) : 64;
}

/* How many bytes back the last one before bit `bit` of word w was, itself 1; at most 64. */
static inline __attribute__((always_inline)) unsigned mask_back(const uint64_t *m, size_t w, unsigned bit) {
	uint64_t before = m[w] << (63 - bit) | (m + w)[-1] >> 1 >> bit;

	return before ? (unsigned)__builtin_clzll(before) + 1 : 64;
}

#endif
