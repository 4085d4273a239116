/* SPDX-License-Identifier: MIT */
#include "detect/mask.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A byte is of a class when the table of its low and that of its high four bits have a bit in common. */
enum {
	CLASS_DIGIT = 1,     /* 3: 0..9 */
	CLASS_LETTER_1 = 2,  /* 4, 6: 1..15 */
	CLASS_LETTER_2 = 4,  /* 5, 7: 0..10 */
	CLASS_SEPARATOR = 8, /* 3: : = > */
	CLASS_PERCENT = 16,  /* 2: 5 */
	CLASS_DOT = 32,      /* 2: 14 */
	CLASS_DASH = 64,     /* 2: 13 */
	CLASS_SLASH = 128,   /* 2: 15 */
	CLASS_LETTER = CLASS_LETTER_1 | CLASS_LETTER_2,
	CLASS_ALNUM = CLASS_DIGIT | CLASS_LETTER,
	CLASS_KEY_END = CLASS_SEPARATOR | CLASS_PERCENT,
};

static const uint8_t low_classes[16] = {
    [0] = 5,
    [1] = 7,
    [2] = 7,
    [3] = 7,
    [4] = 7,
    [5] = 7 | CLASS_PERCENT,
    [6] = 7,
    [7] = 7,
    [8] = 7,
    [9] = 7,
    [10] = 6 | CLASS_SEPARATOR,
    [11] = 2,
    [12] = 2,
    [13] = 2 | CLASS_SEPARATOR | CLASS_DASH,
    [14] = 2 | CLASS_SEPARATOR | CLASS_DOT,
    [15] = 2 | CLASS_SLASH,
};
static const uint8_t high_classes[16] = {
    [2] = CLASS_PERCENT | CLASS_DOT | CLASS_DASH | CLASS_SLASH,
    [3] = CLASS_DIGIT | CLASS_SEPARATOR,
    [4] = CLASS_LETTER_1,
    [5] = CLASS_LETTER_2,
    [6] = CLASS_LETTER_1,
    [7] = CLASS_LETTER_2,
};

void masks_init(struct masks *ret, uint64_t *memory, size_t words) {
	uint64_t **const kinds = (uint64_t **)ret;

	/* The word before the first of one kind is the last spare one of the kind before. */
	for (size_t i = 0; i < MASK_KINDS; i++)
		kinds[i] = memory + 1 + i * (words + MASK_SPARE);
}

static void clear(const struct masks *m, size_t from, size_t to) {
	for (size_t i = from; i < to; i++)
		m->alnum[i] = m->digit[i] = m->upper[i] = m->word[i] = m->separator[i] = m->dot[i] = m->joint[i] = m->slash[i] =
		    m->space[i] = m->paren[i] = m->colon[i] = m->escape[i] = m->backslash[i] = m->at_sign[i] = m->plus[i] =
		        m->zero[i] = m->four[i] = 0;
}

static void fill_portable(const struct masks *m, const char *s, size_t len) {
	clear(m, 0, (len + 63) / 64 + MASK_SPARE);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = s[i];
		unsigned class = low_classes[c & 15] & (c < 0x80 ? high_classes[c >> 4] : 0);
		uint64_t bit = 1ull << (i & 63);

		m->alnum[i / 64] |= class & CLASS_ALNUM ? bit : 0;
		m->digit[i / 64] |= class & CLASS_DIGIT ? bit : 0;
		m->upper[i / 64] |= class & CLASS_LETTER && !(c & 0x20) ? bit : 0;
		m->word[i / 64] |= class & CLASS_ALNUM || c >= 0x80 ? bit : 0;
		m->separator[i / 64] |= class & CLASS_KEY_END ? bit : 0;
		m->dot[i / 64] |= class & CLASS_DOT ? bit : 0;
		m->joint[i / 64] |= class & CLASS_DASH || c == ':' ? bit : 0;
		m->slash[i / 64] |= class & CLASS_SLASH ? bit : 0;
		m->space[i / 64] |= c == ' ' ? bit : 0;
		m->paren[i / 64] |= c == ')' ? bit : 0;
		m->colon[i / 64] |= c == ':' ? bit : 0;
		m->escape[i / 64] |= c == '%' || c == '\033' ? bit : 0;
		m->backslash[i / 64] |= c == '\\' ? bit : 0;
		m->at_sign[i / 64] |= c == '@' ? bit : 0;
		m->plus[i / 64] |= c == '+' ? bit : 0;
		m->zero[i / 64] |= c == '0' ? bit : 0;
		m->four[i / 64] |= c == '4' ? bit : 0;
	}
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint64_t bits_64(__m256i low, __m256i high, uint8_t classes) {
	__m256i wanted = _mm256_set1_epi8((char)classes), zero = _mm256_setzero_si256();
	uint32_t a = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(low, wanted), zero));
	uint32_t b = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(high, wanted), zero));

	return ~((uint64_t)b << 32 | a);
}

__attribute__((target("avx2"))) static __m256i classes_32(__m256i bytes) {
	__m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)low_classes));
	__m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)high_classes));
	__m256i nibbles = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));

	/* A byte from 0x80 on selects zero in the first shuffle already. */
	return _mm256_and_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, nibbles));
}

__attribute__((target("avx2"))) static uint64_t equal_64(__m256i low, __m256i high, char c) {
	uint32_t a = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, _mm256_set1_epi8(c)));
	uint32_t b = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, _mm256_set1_epi8(c)));

	return (uint64_t)b << 32 | a;
}

/* Bit 7 - shift of each byte. */
__attribute__((target("avx2"))) static uint64_t bit_64(__m256i low, __m256i high, int shift) {
	uint32_t a = _mm256_movemask_epi8(_mm256_slli_epi16(low, shift));
	uint32_t b = _mm256_movemask_epi8(_mm256_slli_epi16(high, shift));

	return (uint64_t)b << 32 | a;
}

__attribute__((target("avx2"))) static void fill_word(const struct masks *m, const char *s, size_t word) {
	__m256i low = _mm256_loadu_si256((const __m256i *)s), high = _mm256_loadu_si256((const __m256i *)(s + 32));
	__m256i a = classes_32(low), b = classes_32(high);
	uint64_t alnum = bits_64(a, b, CLASS_ALNUM), digit = bits_64(a, b, CLASS_DIGIT);

	m->alnum[word] = alnum;
	m->digit[word] = digit;
	m->upper[word] = alnum & ~digit & ~bit_64(low, high, 2);
	m->word[word] = alnum | bit_64(low, high, 0);
	m->separator[word] = bits_64(a, b, CLASS_KEY_END);
	m->dot[word] = bits_64(a, b, CLASS_DOT);
	m->colon[word] = equal_64(low, high, ':');
	m->joint[word] = bits_64(a, b, CLASS_DASH) | m->colon[word];
	m->slash[word] = bits_64(a, b, CLASS_SLASH);
	m->space[word] = equal_64(low, high, ' ');
	m->paren[word] = equal_64(low, high, ')');
	m->escape[word] = bits_64(a, b, CLASS_PERCENT) | equal_64(low, high, '\033');
	m->backslash[word] = equal_64(low, high, '\\');
	m->at_sign[word] = equal_64(low, high, '@');
	m->plus[word] = equal_64(low, high, '+');
	m->zero[word] = equal_64(low, high, '0');
	m->four[word] = equal_64(low, high, '4');
}

__attribute__((target("avx2"))) static void fill_avx2(const struct masks *m, const char *s, size_t len) {
	size_t word = 0;
	char rest[64] = {0};

	for (; len - word * 64 >= 64; word++)
		fill_word(m, s + word * 64, word);
	if (len - word * 64) {
		memcpy(rest, s + word * 64, len - word * 64);
		fill_word(m, rest, word++);
		explicit_bzero(rest, sizeof(rest));
	}
	clear(m, word, word + MASK_SPARE);
}

__attribute__((target("avx512bw"))) static void fill_word_512(const struct masks *m, __m512i bytes, size_t word) {
	__m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)low_classes));
	__m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)high_classes));
	__m512i nibbles = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), _mm512_set1_epi8(15));
	__m512i classes = _mm512_and_si512(_mm512_shuffle_epi8(low, bytes), _mm512_shuffle_epi8(high, nibbles));
	uint64_t alnum = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(CLASS_ALNUM));
	uint64_t digit = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(CLASS_DIGIT));
	uint64_t colon = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(':'));
	uint64_t percent = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(CLASS_PERCENT));

	m->alnum[word] = alnum;
	m->digit[word] = digit;
	m->upper[word] = alnum & ~digit & ~_mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20));
	m->word[word] = alnum | _mm512_movepi8_mask(bytes);
	m->separator[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(CLASS_KEY_END));
	m->dot[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8(CLASS_DOT));
	m->colon[word] = colon;
	m->joint[word] = colon | _mm512_test_epi8_mask(classes, _mm512_set1_epi8(CLASS_DASH));
	m->slash[word] = _mm512_test_epi8_mask(classes, _mm512_set1_epi8((char)CLASS_SLASH));
	m->space[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' '));
	m->paren[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(')'));
	m->escape[word] = percent | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\033'));
	m->backslash[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
	m->at_sign[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('@'));
	m->plus[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('+'));
	m->zero[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('0'));
	m->four[word] = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('4'));
}

__attribute__((target("avx512bw"))) static void fill_avx512(const struct masks *m, const char *s, size_t len) {
	size_t word = 0;

	for (; len - word * 64 >= 64; word++)
		fill_word_512(m, _mm512_loadu_si512(s + word * 64), word);
	if (len - word * 64) {
		fill_word_512(m, _mm512_maskz_loadu_epi8((1ull << (len - word * 64)) - 1, s + word * 64), word);
		word++;
	}
	clear(m, word, word + MASK_SPARE);
}
#endif

enum masks_form masks_form_best(void) {
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512bw"))
		return MASKS_AVX512;
	if (__builtin_cpu_supports("avx2"))
		return MASKS_AVX2;
#endif
	return MASKS_PORTABLE;
}

void masks_fill_as(enum masks_form form, const struct masks *m, const char *s, size_t len) {
#if defined(__x86_64__)
	if (form == MASKS_AVX512)
		fill_avx512(m, s, len);
	else if (form == MASKS_AVX2)
		fill_avx2(m, s, len);
	else
#endif
		fill_portable(m, s, len);
}

void masks_fill(const struct masks *m, const char *s, size_t len) {
	masks_fill_as(masks_form_best(), m, s, len);
}
