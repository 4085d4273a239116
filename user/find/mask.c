/* SPDX-License-Identifier: MIT */
#include "find/find.h"

#include <string.h>

#define STARS "***"
#define SHOWN_MAX 20     /* characters: with stars they fit FIND_MASKED_SIZE at four bytes each */
#define TLD_BYTES_MAX 24 /* a longer one is no top-level domain that tells a reader anything */

struct span {
	const unsigned char *start, *end;
};

struct mask_out {
	char *text;
	size_t len;
};

/* Length of the character at p; *ret_code is 0 for a byte that is not part of well-formed UTF-8. */
static size_t char_at(const unsigned char *p, const unsigned char *end, uint32_t *ret_code) {
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	*ret_code = 0;
	if (len == 1) {
		*ret_code = *p;
		return 1;
	}
	if (*p < 0xc2 || *p > 0xf4 || len > (size_t)(end - p))
		return 1;
	uint32_t code = *p & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 1;
	*ret_code = code;
	return len;
}

/* Characters that take a place of their own on a screen: no controls, marks that reorder or hide, private use. */
static bool is_shown(uint32_t code) {
	static const struct {
		uint32_t first, last;
	} hidden[] = {{0, 0x20},        {0x7f, 0xa0},     {0xad, 0xad},     {0x300, 0x36f},   {0x61c, 0x61c},
	              {0x200b, 0x200f}, {0x2028, 0x202f}, {0x2060, 0x206f}, {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},
	              {0xfeff, 0xfeff}, {0xfff0, 0xffff}, {0xe0000, ~0u}};
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return false;
	return true;
}

static const unsigned char *skip(struct span s, size_t chars) {
	uint32_t code;
	while (chars-- && s.start < s.end)
		s.start += char_at(s.start, s.end, &code);
	return s.start;
}

static size_t count(struct span s) {
	uint32_t code;
	size_t n = 0;
	for (; s.start < s.end; n++)
		s.start += char_at(s.start, s.end, &code);
	return n;
}

static void put(struct mask_out *out, const void *p, size_t len) {
	if (len >= FIND_MASKED_SIZE - out->len)
		return;
	memcpy(out->text + out->len, p, len);
	out->len += len;
	out->text[out->len] = 0;
}

static void put_shown(struct mask_out *out, struct span s) {
	uint32_t code;
	for (size_t len; s.start < s.end; s.start += len) {
		len = char_at(s.start, s.end, &code);
		if (is_shown(code))
			put(out, s.start, len);
	}
}

static bool is_all_shown(struct span s) {
	uint32_t code = 'x';
	while (s.start < s.end && is_shown(code))
		s.start += char_at(s.start, s.end, &code);
	return is_shown(code);
}

static size_t least(size_t a, size_t b) {
	return a < b ? a : b;
}

static void mask_ends(struct mask_out *out, struct span value, size_t first, size_t last) {
	size_t chars = count(value), budget = least(chars / 2, SHOWN_MAX);
	/* Ends give way in turn, the longer one first, so that both keep telling something. */
	while (first + last > budget)
		first > last ? first-- : last--;
	put_shown(out, (struct span){value.start, skip(value, first)});
	put(out, STARS, 3);
	put_shown(out, (struct span){skip(value, chars - last), value.end});
}

/* Where the at sign stands, as itself or as URLs, JSON and quoted-printable write it; empty: nowhere. */
static struct span find_at(struct span value) {
	static const char *const signs[] = {"@", "%40", "\\u0040", "=40", "&#64;", "&#x40;", "&commat;"};
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t len = strlen(signs[i]);
		for (const unsigned char *p = value.end; (size_t)(p - value.start) >= len; p--)
			if (!memcmp(p - len, signs[i], len))
				return (struct span){p - len, p};
	}
	return (struct span){value.start, value.start};
}

static void mask_email(struct mask_out *out, struct span value) {
	struct span at = find_at(value), local = {value.start, at.start}, domain = {at.end, value.end};
	if (at.start == at.end) {
		put(out, STARS, 3);
		return;
	}
	const unsigned char *dot = memrchr(domain.start, '.', (size_t)(domain.end - domain.start));
	struct span tld = {dot ? dot + 1 : domain.end, domain.end};
	domain.end = dot ? dot : domain.end;
	size_t local_chars = count(local), domain_chars = count(domain), tld_chars = count(tld);
	size_t budget = (local_chars + domain_chars + tld_chars) / 2;
	bool show_tld = tld_chars && tld_chars <= budget && tld.end - tld.start <= TLD_BYTES_MAX && is_all_shown(tld);
	size_t left = budget - (show_tld ? tld_chars : 0);
	bool show_firsts = left >= 2;
	/* A part of one character would be shown whole. */
	put_shown(out, (struct span){local.start, skip(local, show_firsts && local_chars > 1)});
	put(out, STARS "@", 4);
	put_shown(out, (struct span){domain.start, skip(domain, show_firsts && domain_chars > 1)});
	put(out, STARS, 3);
	if (show_tld) {
		put(out, ".", 1);
		put_shown(out, tld);
	}
}

void find_mask(char ret[FIND_MASKED_SIZE], const struct rule_mask *mask, const char *value, size_t len) {
	struct mask_out out = {.text = ret};
	struct span span = {(const unsigned char *)value, (const unsigned char *)value + len};
	ret[0] = 0;
	switch (mask->style) {
	case RULE_MASK_STARS:
		mask_ends(&out, span, mask->first, mask->last);
		break;
	case RULE_MASK_EMAIL:
		mask_email(&out, span);
		break;
	case RULE_MASK_NONE_SHOWN:
		put(&out, STARS, 3);
		break;
	}
}
