/* SPDX-License-Identifier: MIT */
/*
 * A text as its reader sees it. Blanks, dashes, digits and letters of other alphabets that look like those of ASCII
 * become these; what is not seen at all is left out; %XX and \u00XX become what they stand for. Pure; any thread.
 */
#ifndef DETECT_DECODE_H
#define DETECT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does s[at], where a mask says that it may, begin what stands within a number or before it, or a run that holds digits
 * of another alphabet or the separator of a key? */
bool decode_may_matter(const char *s, size_t len, size_t at);

/* ret has room for len bytes, ret_at for one more: where each byte came from, and the end. Returns how many there are;
 * every one that was changed took more bytes before. */
size_t decode_text(const char *s, size_t len, char *ret, uint16_t *ret_at);

#endif
