/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int text_copy(char **ret, const char *from) {
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? -ENOMEM : 0;
}

/* Length of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7) and its code point, or 0. */
static size_t decode(const unsigned char *p, size_t len, uint32_t *ret) {
	unsigned char c = p[0];
	if (c < 0x80) {
		*ret = c;
		return 1;
	}
	size_t need = c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
	if (!need || need > len)
		return 0;
	unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (p[1] < low || p[1] > high)
		return 0;
	uint32_t code = c & (0xffu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	*ret = code;
	return need;
}

static bool is_control(uint32_t c) {
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Characters that reorder or hide text: bidi marks, embeddings, isolates; line and paragraph separators; BOM. */
static bool is_invisible(uint32_t c) {
	return c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static int append_char(struct buf *b, const unsigned char *p, size_t n, uint32_t code, bool visible) {
	if (!n || (!visible && !code))
		return buf_append(b, "\xef\xbf\xbd", 3);
	if (visible && is_control(code))
		return buf_printf(b, "\\x%02x", code);
	if (visible && is_invisible(code))
		return buf_printf(b, "\\u{%x}", code);
	return buf_append(b, p, n);
}

static char *convert(const void *text, size_t len, bool visible) {
	struct buf b = {0};
	const unsigned char *p = text;
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = decode(p + i, len - i, &code);
		if (append_char(&b, p + i, n, code, visible)) {
			buf_release(&b);
			return NULL;
		}
		i += n ? n : 1;
	}
	if (buf_append(&b, "", 1)) {
		buf_release(&b);
		return NULL;
	}
	return b.data;
}

char *text_utf8(const void *p, size_t len) {
	return convert(p, len, false);
}
char *text_visible(const void *p, size_t len) {
	return convert(p, len, true);
}

/* Where the character of that number begins; the end when there are fewer. */
static size_t place_of(const char *utf8, size_t character) {
	size_t at = 0;
	for (; utf8[at]; at++)
		if ((utf8[at] & 0xc0) != 0x80 && !character--)
			break;
	return at;
}

size_t text_characters(const char *utf8) {
	size_t n = 0;
	for (; *utf8; utf8++)
		n += (*utf8 & 0xc0) != 0x80;
	return n;
}

char *text_shorten(const char *utf8, size_t max) {
	size_t len = text_characters(utf8);
	if (len <= max)
		return strdup(utf8);
	size_t front = max / 2, back = max - 1 - front;
	char *ret = NULL;
	int n = asprintf(&ret, "%.*s\u2026%s", (int)place_of(utf8, front), utf8, utf8 + place_of(utf8, len - back));
	return n < 0 ? NULL : ret;
}

char *text_vformat(const char *fmt, va_list args) {
	char *text = NULL;
	return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

char *text_parameter(const char *s) {
	static const char digits[] = "0123456789ABCDEF";
	char *text = malloc(3 * strlen(s) + 1), *to = text;
	for (const unsigned char *c = (const unsigned char *)s; text && *c; c++) {
		if (((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') || (*c >= '0' && *c <= '9')) {
			*to++ = (char)*c;
		} else {
			*to++ = '%';
			*to++ = digits[*c >> 4];
			*to++ = digits[*c & 15];
		}
	}
	if (text)
		*to = 0;
	return text;
}

char *text_format(const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	char *text = text_vformat(fmt, args);
	va_end(args);
	return text;
}

const char *text_plural(unsigned long long n, const char *one, const char *many) {
	return n == 1 ? one : many;
}

char *text_bytes(char *ret_buf, size_t size, unsigned long long bytes) {
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;
	double value = (double)bytes;
	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		unit++;
	}
	snprintf(ret_buf, size, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return ret_buf;
}

char *text_percent(char ret_buf[TEXT_PERCENT_SIZE], double share) {
	snprintf(ret_buf, TEXT_PERCENT_SIZE, "%.2f %%", floor(share * 1e4) / 1e2);
	return ret_buf;
}

char *text_count(char ret_buf[TEXT_COUNT_SIZE], unsigned long long n) {
	char digits[TEXT_COUNT_SIZE];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", n), at = 0;
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			ret_buf[at++] = ',';
		ret_buf[at++] = digits[i];
	}
	ret_buf[at] = 0;
	return ret_buf;
}
