/* SPDX-License-Identifier: MIT */
/* Every form in which a planted value might come out, and where one stands in any bytes. */
#ifndef TESTS_LEAK_NEEDLES_H
#define TESTS_LEAK_NEEDLES_H

#include "base/buf.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEEDLE_MIN 8 /* bytes; shorter ones stand anywhere by chance */
#define NEEDLE_BITS 24

struct needle {
	char *bytes;
	size_t len, value; /* value: which of those planted */
	const char *form;
	struct needle *next; /* with the same first NEEDLE_MIN bytes, or nearly */
};

struct needles {
	struct needle **table; /* by a hash of the first NEEDLE_MIN bytes */
	uint64_t *may;         /* bit: table has something there */
	size_t len, values;
};

static inline size_t needle_slot(const char *p) {
	uint64_t first;
	memcpy(&first, p, sizeof(first));
	return (first * 0x9e3779b97f4a7c15ull) >> (64 - NEEDLE_BITS);
}

static inline void needles_init(struct needles *n) {
	*n = (struct needles){.table = calloc((size_t)1 << NEEDLE_BITS, sizeof(*n->table)),
	                      .may = calloc(((size_t)1 << NEEDLE_BITS) / 64, sizeof(*n->may))};
	if (!n->table || !n->may)
		abort();
}

static inline void needles_add_form(struct needles *n, const char *form, const char *bytes, size_t len) {
	if (len < NEEDLE_MIN)
		return;
	size_t slot = needle_slot(bytes);
	for (const struct needle *i = n->table[slot]; i; i = i->next)
		if (i->len == len && !memcmp(i->bytes, bytes, len))
			return;
	struct needle *one = calloc(1, sizeof(*one));
	if (!one || !(one->bytes = malloc(len)))
		abort();
	memcpy(one->bytes, bytes, len);
	one->len = len;
	one->value = n->values;
	one->form = form;
	one->next = n->table[slot];
	n->table[slot] = one;
	n->may[slot / 64] |= 1ull << (slot & 63);
	n->len++;
}

/* As identities are compared: without separators, in lower case. */
static inline void needles_add_squeezed(struct needles *n, const char *value) {
	struct buf b = {0}, lower = {0};
	for (const char *c = value; *c; c++) {
		char low = (char)tolower((unsigned char)*c);
		(void)!buf_append(&lower, &low, 1);
		if (!strchr(" -./()", *c))
			(void)!buf_append(&b, &low, 1);
	}
	needles_add_form(n, "lower case", lower.data, lower.len);
	needles_add_form(n, "without separators", b.data, b.len);
	buf_release(&b);
	buf_release(&lower);
}

static inline void needles_add_escaped(struct needles *n, const char *value) {
	struct buf json = {0}, all = {0}, some = {0}, html = {0}, hex[2] = {{0}};
	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		bool plain = isalnum(*c) && *c < 0x80;
		(void)!(*c == '"' || *c == '\\' ? buf_printf(&json, "\\%c", *c) : buf_printf(&json, "%c", *c));
		(void)!(plain ? buf_printf(&all, "%c", *c) : buf_printf(&all, "%%%02X", *c));
		(void)!(plain || strchr("-_.~", *c) ? buf_printf(&some, "%c", *c) : buf_printf(&some, "%%%02x", *c));
		(void)!(*c == '&'    ? buf_printf(&html, "&amp;")
		        : *c == '<'  ? buf_printf(&html, "&lt;")
		        : *c == '\'' ? buf_printf(&html, "&#39;")
		        : *c == '"'  ? buf_printf(&html, "&quot;")
		                     : buf_printf(&html, "%c", *c));
		(void)!buf_printf(&hex[0], "%02x", *c);
		(void)!buf_printf(&hex[1], "%02X", *c);
	}
	needles_add_form(n, "JSON", json.data, json.len);
	needles_add_form(n, "percent", all.data, all.len);
	needles_add_form(n, "percent", some.data, some.len);
	needles_add_form(n, "HTML", html.data, html.len);
	needles_add_form(n, "hex", hex[0].data, hex[0].len);
	needles_add_form(n, "hex", hex[1].data, hex[1].len);
	buf_release(&json);
	buf_release(&all);
	buf_release(&some);
	buf_release(&html);
	buf_release(&hex[0]);
	buf_release(&hex[1]);
}

/* As it stands behind `before` other bytes: without the characters that they have a part in, nor those behind. */
static inline void needles_add_base64(struct needles *n, const char *value, size_t before, const char *last) {
	static const char base[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(value), from = before ? 3 - before : 0;
	struct buf b = {0};
	for (size_t i = from; i + 3 <= len; i += 3) {
		uint32_t three = (uint32_t)(unsigned char)value[i] << 16 | (uint32_t)(unsigned char)value[i + 1] << 8 |
		                 (unsigned char)value[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6) {
			uint32_t six = three >> shift & 63;
			(void)!buf_append(&b, six < 62 ? &base[six] : &last[six - 62], 1);
		}
	}
	needles_add_form(n, "base64", b.data, b.len);
	buf_release(&b);
}

static inline void needles_add(struct needles *n, const char *value) {
	needles_add_form(n, "plain", value, strlen(value));
	needles_add_squeezed(n, value);
	needles_add_escaped(n, value);
	for (size_t before = 0; before < 3; before++) {
		needles_add_base64(n, value, before, "+/");
		needles_add_base64(n, value, before, "-_");
	}
	n->values++;
}

/* The first one in the bytes from *at on, which moves behind its beginning; NULL: none. */
static inline const struct needle *needles_find(const struct needles *n, const char *p, size_t len, size_t *at) {
	for (size_t i = *at; i + NEEDLE_MIN <= len; i++) {
		size_t slot = needle_slot(p + i);
		if (!(n->may[slot / 64] >> (slot & 63) & 1))
			continue;
		for (const struct needle *one = n->table[slot]; one; one = one->next) {
			if (one->len <= len - i && !memcmp(p + i, one->bytes, one->len)) {
				*at = i + 1;
				return one;
			}
		}
	}
	*at = len;
	return NULL;
}

#endif
