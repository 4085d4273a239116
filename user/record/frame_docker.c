/* SPDX-License-Identifier: MIT */
#include "record/frame.h"

#include "base/hex.h"

#include <stdint.h>
#include <string.h>

struct cursor {
	const char *p, *end;
};

static void skip_space(struct cursor *c) {
	while (c->p < c->end && memchr(" \t\r\n", *c->p, 4))
		c->p++;
}

static bool take_byte(struct cursor *c, char byte) {
	skip_space(c);
	if (c->p == c->end || *c->p != byte)
		return false;
	c->p++;
	return true;
}

/* A string without escapes, as names, streams and times are. */
static bool take_plain(struct cursor *c, const char **ret, size_t *ret_len) {
	const char *quote;

	if (!take_byte(c, '"') || !(quote = memchr(c->p, '"', (size_t)(c->end - c->p))))
		return false;
	*ret = c->p;
	*ret_len = (size_t)(quote - c->p);
	c->p = quote + 1;
	return !memchr(*ret, '\\', *ret_len);
}

static bool take_hex4(struct cursor *c, uint32_t *ret) {
	int v = c->end - c->p < 4 ? -1 : hex_value(c->p, 4);

	if (v < 0)
		return false;
	c->p += 4;
	*ret = (uint32_t)v;
	return true;
}

static void append_utf8(struct buf *out, uint32_t u) {
	char s[4];
	size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i-- > 1; u >>= 6)
		s[i] = (char)(0x80 | (u & 0x3f));
	s[0] = (char)(lead[n] | u);
	buf_append(out, s, n);
}

/* Behind `\u`. A surrogate without its other half becomes U+FFFD, as in Go's and most decoders. */
static bool take_unicode(struct cursor *c, struct buf *out) {
	uint32_t u, low;
	struct cursor ahead;

	if (!take_hex4(c, &u))
		return false;
	if (u >= 0xd800 && u < 0xe000) {
		ahead = *c;
		if (u < 0xdc00 && ahead.end - ahead.p >= 6 && *ahead.p++ == '\\' && *ahead.p++ == 'u' &&
		    take_hex4(&ahead, &low) && low >= 0xdc00 && low < 0xe000) {
			u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
			*c = ahead;
		} else {
			u = 0xfffd;
		}
	}
	append_utf8(out, u);
	return true;
}

static bool take_escape(struct cursor *c, struct buf *out) {
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	char escape;

	if (c->p == c->end)
		return false;
	escape = *c->p++;
	if (escape == 'u')
		return take_unicode(c, out);
	at = memchr(from, escape, sizeof(from) - 1);
	if (!at)
		return false;
	buf_append(out, &to[at - from], 1);
	return true;
}

static bool take_string(struct cursor *c, struct buf *out) {
	if (!take_byte(c, '"'))
		return false;
	for (;;) {
		const char *run = c->p;

		while (c->p < c->end && *c->p != '"' && *c->p != '\\')
			c->p++;
		buf_append(out, run, (size_t)(c->p - run));
		if (c->p == c->end)
			return false;
		if (*c->p++ == '"')
			return true;
		if (!take_escape(c, out))
			return false;
	}
}

static bool is(const char *s, size_t len, const char *word) {
	return len == strlen(word) && !memcmp(s, word, len);
}

struct members {
	bool log, stream, time;
};

static bool take_member(struct cursor *c, struct buf *scratch, struct members *seen, struct frame *f) {
	const char *s;
	size_t len;

	if (!take_plain(c, &s, &len) || !take_byte(c, ':'))
		return false;
	if (is(s, len, "log") && !seen->log)
		return seen->log = true, take_string(c, scratch);
	if (is(s, len, "time") && !seen->time)
		return seen->time = true, take_plain(c, &s, &len);
	if (!is(s, len, "stream") || seen->stream || !take_plain(c, &s, &len))
		return false;
	seen->stream = true;
	f->part = is(s, len, "stderr") ? FRAME_STDERR : FRAME_STDOUT;
	return f->part == FRAME_STDERR || is(s, len, "stdout");
}

bool frame_docker(const char *line, size_t len, struct buf *scratch, struct frame *ret) {
	struct cursor c = {line, line + len};
	struct members seen = {0};
	struct frame f = {0};

	if (!take_byte(&c, '{'))
		return false;
	do {
		if (!take_member(&c, scratch, &seen, &f))
			return false;
	} while (take_byte(&c, ','));
	if (!take_byte(&c, '}') || !seen.log || !seen.stream)
		return false;
	skip_space(&c);
	if (c.p != c.end)
		return false;
	f.text = scratch->data ? scratch->data : "";
	f.len = scratch->len;
	f.partial = !f.len || f.text[f.len - 1] != '\n';
	if (!f.partial)
		f.len--;
	*ret = f;
	return true;
}
