/* SPDX-License-Identifier: MIT */
#include "export/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define WORD_MAX 256
#define COUNT_MAX 32 /* what may be repeated more often may be repeated for ever: engines pay for each count */

/* Between the letters of a key: rules name keys without what people put there. */
#define BETWEEN "[-_. ]?"

static int put(struct buf *out, const char *text) {
	return buf_append(out, text, strlen(text));
}

static bool is_word(unsigned char c) {
	return isalnum(c) || c == '_';
}

static bool only_words(const struct shape_atom *a) {
	for (unsigned c = 0; c < 256; c++)
		if (shape_atom_has(a, c) && !is_word(c))
			return false;
	return true;
}

/* Bytes above ASCII are parts of characters: an atom has all of them, or none. */
enum high { HIGH_NONE, HIGH_ALL, HIGH_SOME };

static enum high high_bytes(const struct shape_atom *a) {
	unsigned n = 0;
	for (unsigned c = 128; c < 256; c++)
		n += shape_atom_has(a, c);
	return !n ? HIGH_NONE : n == 128 ? HIGH_ALL : HIGH_SOME;
}

/* The only byte of an atom, or -1. */
static int single(const struct shape_atom *a) {
	int found = -1;
	for (int c = 0; c < 256; c++) {
		if (!shape_atom_has(a, (unsigned char)c))
			continue;
		if (found >= 0)
			return -1;
		found = c;
	}
	return found;
}

typedef int (*put_byte_fn)(struct buf *out, unsigned char c);

static int put_re2_byte(struct buf *out, unsigned char c) {
	return is_word(c) || c == ' ' || c == ':' || c == '/' || c == '@' || c == ',' ? buf_append(out, &c, 1)
	                                                                              : buf_printf(out, "\\x%02x", c);
}

static int put_lua_byte(struct buf *out, unsigned char c) {
	return is_word(c) || c == ' ' || c == ':' || c == '/' || c == '@' || c == ',' ? buf_append(out, &c, 1)
	       : c > ' ' && c < 127                                                   ? buf_printf(out, "%%%c", c)
	                                                                              : buf_append(out, &c, 1);
}

static int put_plain_byte(struct buf *out, unsigned char c) {
	return buf_append(out, &c, 1);
}

/* Runs of the ASCII bytes that the atom has, or has not. */
static int put_ranges(struct buf *out, const struct shape_atom *a, bool has, put_byte_fn put_byte) {
	int err = 0;
	for (unsigned c = 1; c < 128 && !err; c++) {
		unsigned last = c;
		if (shape_atom_has(a, c) != has)
			continue;
		while (last < 127 && shape_atom_has(a, last + 1) == has && isalnum(c) && isalnum(last + 1))
			last++;
		err = put_byte(out, c);
		if (last > c + 1)
			err = err ?: put(out, "-");
		if (last > c)
			err = err ?: put_byte(out, last);
		c = last;
	}
	return err;
}

static int put_class(struct buf *out, const struct shape_atom *a, put_byte_fn put_byte) {
	bool negated = high_bytes(a) == HIGH_ALL;
	int err = put(out, negated ? "[^" : "[");
	err = err ?: put_ranges(out, a, !negated, put_byte);
	return err ?: put(out, "]");
}

/* In brackets a backslash is a byte like others; what has a meaning stands where it has none: `]` first, then no `^`,
 * and `-` where no range can begin. */
static int put_posix_class(struct buf *out, const struct shape_atom *a) {
	bool negated = high_bytes(a) == HIGH_ALL;
	bool bracket = shape_atom_has(a, ']') != negated, minus = shape_atom_has(a, '-') != negated;
	struct shape_atom plain = *a;
	for (const char *s = "]^[-"; *s; s++) {
		plain.set[*s >> 6] &= ~(1ull << (*s & 63));
		if (negated)
			plain.set[*s >> 6] |= 1ull << (*s & 63);
	}
	int err = put(out, negated ? "[^" : "[");
	err = err ?: put(out, bracket ? "]" : minus ? "-" : "");
	err = err ?: put_ranges(out, &plain, !negated, put_plain_byte);
	if (shape_atom_has(a, '[') != negated)
		err = err ?: put(out, "[");
	if (shape_atom_has(a, '^') != negated)
		err = err ?: put(out, "^");
	return err ?: put(out, bracket && minus ? "-]" : "]");
}

static int put_posix_byte(struct buf *out, unsigned char c) {
	return is_word(c) || strchr(" :/@,=<>%-\"'`~#;&!", c) ? buf_append(out, &c, 1) : buf_printf(out, "\\%c", c);
}

static int put_repeat(struct buf *out, unsigned min, unsigned max) {
	if (min == 1 && max == 1)
		return 0;
	if (max > COUNT_MAX)
		return min > 1 ? buf_printf(out, "{%u,}", min) : put(out, min ? "+" : "*");
	if (max == 1)
		return put(out, "?");
	return min == max ? buf_printf(out, "{%u}", min) : buf_printf(out, "{%u,%u}", min, max);
}

/* Once, however often it may stand there. -ENOTSUP: it cannot be said. */
static int put_atom(struct buf *out, const struct shape_atom *a, put_byte_fn put_byte) {
	int byte = single(a);
	if (high_bytes(a) == HIGH_SOME || byte == 0)
		return -ENOTSUP;
	if (byte > 0)
		return put_byte(out, byte);
	return put_byte == put_posix_byte ? put_posix_class(out, a) : put_class(out, a, put_byte);
}

static int put_shape(struct buf *out, const struct shape *shape, enum pattern_dialect dialect) {
	int err = 0;
	for (size_t i = 0; i < shape->len && !err; i++) {
		const struct shape_atom *a = &shape->atoms[i];
		err = put_atom(out, a, dialect == PATTERN_POSIX ? put_posix_byte : put_re2_byte);
		err = err ?: put_repeat(out, a->min, a->max);
	}
	return err;
}

/* One word: its letters in either case, what people put between them. */
static int put_word(struct buf *out, const char *word, size_t len, bool fold, put_byte_fn put_byte) {
	int err = 0;
	for (size_t i = 0; i < len && !err; i++) {
		unsigned char c = word[i];
		err = fold && isalpha(c) ? buf_printf(out, "[%c%c]", c, toupper(c))
		      : c < 128          ? put_byte(out, c)
		                         : buf_append(out, &c, 1);
		if (i + 1 < len && ((unsigned char)word[i + 1] & 0xc0) != 0x80)
			err = err ?: put(out, BETWEEN);
	}
	return err;
}

static int put_words(struct buf *out, const struct redaction *r, enum pattern_dialect dialect) {
	bool posix = dialect == PATTERN_POSIX;
	int err = put(out, posix ? "\\b(" : "\\b(?i:");
	for (size_t i = 0; i < r->words->len && !err; i++) {
		const char *word = r->words->items[i];
		char normal[WORD_MAX];
		bool end = r->keys && *word == '*';
		size_t len = key_normalize(normal, sizeof(normal), word + end, strlen(word + end));
		err = put(out, i ? "|" : "");
		if (end)
			err = err ?: put(out, "[A-Za-z0-9_.-]*");
		err = err ?: put_word(out, normal, len, posix, posix ? put_posix_byte : put_re2_byte);
	}
	err = err ?: put(out, ")");
	if (r->keys || err)
		return err;
	return buf_printf(out, posix ? "\\b.{0,%zu}" : "\\b.{0,%zu}?", r->window);
}

static int put_value(struct buf *out, const struct shape *value, enum pattern_dialect dialect) {
	int err = only_words(&value->atoms[0]) ? put(out, "\\b") : 0;
	err = err ?: put_shape(out, value, dialect);
	return err ? err : only_words(&value->atoms[value->len - 1]) ? put(out, "\\b") : 0;
}

static int put_before(struct buf *out, const struct redaction *r, enum pattern_dialect dialect) {
	int err = put(out, "(");
	if (r->words)
		err = err ?: put_words(out, r, dialect);
	err = err ?: put_shape(out, &r->before, dialect);
	return err ?: put(out, ")");
}

int pattern_regex(struct buf *ret, const struct redaction *r, enum pattern_dialect dialect,
                  struct pattern_groups *ret_groups) {
	unsigned groups = 0;
	int err = 0;
	*ret_groups = (struct pattern_groups){0};
	if (r->words || r->before.len) {
		ret_groups->before = ++groups;
		groups += r->words && dialect == PATTERN_POSIX; /* that of the words */
		err = put_before(ret, r, dialect);
	}
	err = err ?: put_value(ret, &r->value, dialect);
	if (!r->after.len)
		return err;
	ret_groups->after = ++groups;
	err = err ?: put(ret, "(");
	err = err ?: put_shape(ret, &r->after, dialect);
	return err ?: put(ret, ")");
}

/* Lua counts nothing: an atom is written as often as it must be there; a few times more with `?`, which costs twice the
 * time each, or with `*`. */
#define LUA_OPTIONAL_MAX 3

static int put_lua_shape(struct buf *out, const struct shape *shape) {
	int err = 0;
	for (size_t i = 0; i < shape->len && !err; i++) {
		const struct shape_atom *a = &shape->atoms[i];
		unsigned more = a->max - a->min, copies = a->min + (more <= LUA_OPTIONAL_MAX ? more : 1);
		for (unsigned n = 0; n < copies && !err; n++) {
			err = put_atom(out, a, put_lua_byte);
			if (n >= a->min)
				err = err ?: put(out, more <= LUA_OPTIONAL_MAX ? "?" : "*");
		}
	}
	return err;
}

int pattern_lua_value(struct buf *ret, const struct redaction *r) {
	int err = only_words(&r->value.atoms[0]) ? put(ret, "%f[%w_]") : 0;
	err = err ?: put_lua_shape(ret, &r->value);
	return err ? err : only_words(&r->value.atoms[r->value.len - 1]) ? put(ret, "%f[^%w_]") : 0;
}

int pattern_lua(struct buf *ret, const struct redaction *r) {
	int err = put(ret, r->words && r->keys ? "([%w_.\x80-\xff%-]+)" : "()");
	err = err ?: put_lua_shape(ret, &r->before);
	err = err ?: put(ret, "()");
	err = err ?: pattern_lua_value(ret, r);
	err = err ?: put(ret, "()");
	return err ?: put_lua_shape(ret, &r->after);
}

int pattern_lua_word(struct buf *ret, const char *word) {
	char normal[WORD_MAX];
	size_t len = key_normalize(normal, sizeof(normal), word, strlen(word));
	int err = put(ret, "%f[%w]");
	err = err ?: put_word(ret, normal, len, false, put_lua_byte);
	return err ?: put(ret, "%f[^%w]");
}
