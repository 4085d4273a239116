/* SPDX-License-Identifier: MIT */
#include "detect/place.h"

#include "detect/mask.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BATCH 8

DETECT_NEWER_CPUS void places_fill_portable(struct places *p, const uint64_t *mask, size_t len) {
	uint16_t *at = p->at;

	for (size_t w = 0; w << 6 < len; w++) {
		uint64_t bits = mask[w];
		uint16_t *next = at;

		at += __builtin_popcountll(bits);
		/* Eight at a time, whether there are as many or not: a branch for each would be guessed wrong at every last. */
		while (bits)
			for (int i = 0; i < BATCH; i++, bits &= bits - 1)
				*next++ = (uint16_t)((w << 6) + (bits ? (unsigned)__builtin_ctzll(bits) : 64u));
	}
	p->len = (size_t)(at - p->at);
	p->next = 0;
}

#if defined(__x86_64__)
__attribute__((target("avx512vbmi2,avx512bw,popcnt"))) static void fill_vbmi2(struct places *p, const uint64_t *mask,
                                                                              size_t len) {
	static const uint8_t counting[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
	                                     16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	                                     32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
	                                     48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
	const __m512i bytes = _mm512_loadu_si512(counting);

	uint16_t *at = p->at;

	for (size_t w = 0; w << 6 < len; w++) {
		__m512i all = _mm512_maskz_compress_epi8(mask[w], bytes), base = _mm512_set1_epi16((short)(w << 6));
		unsigned n = (unsigned)__builtin_popcountll(mask[w]);

		_mm512_storeu_si512(at, _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(all))));
		if (n > 32)
			_mm512_storeu_si512(at + 32,
			                    _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(all, 1))));
		at += n;
	}
	p->len = (size_t)(at - p->at);
	p->next = 0;
}
#endif

void places_fill(struct places *p, const uint64_t *mask, size_t len) {
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512vbmi2")) {
		fill_vbmi2(p, mask, len);
		return;
	}
#endif
	places_fill_portable(p, mask, len);
}
