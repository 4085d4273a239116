/* SPDX-License-Identifier: MIT */
/*
 * Keys and values as logs write them: key=value, "key": value, key: value, 'key' => value, <key>value</key>, escaped
 * JSON in JSON, URL-encoded pairs, fields of Java and Python objects, SQL column lists. Pure; any thread.
 * All functions look at s[0 .. len) only.
 */
#ifndef DETECT_KEY_H
#define DETECT_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define KEY_LEN_MAX 96

struct key {
	size_t start, end; /* quotes are not in it */
};

/* The key that ends at the separator (`=`, `:`, `>` or `%`) at `at`; *ret_after: the byte behind the separator. */
bool key_of_separator(const char *s, size_t len, size_t at, struct key *ret, size_t *ret_after);
/* The key whose value begins at `value`. */
bool key_before(const char *s, size_t len, size_t value, struct key *ret);
/* The key of the object in which the key stands: `"customer":{"name":`, `Customer{name=`. */
bool key_parent(const char *s, size_t len, const struct key *key, struct key *ret);

/* The key that the pair before it tells: `name="password" value="x"`, `{"key": "password", "value": "x"}`. */
bool key_named_beside(const char *s, size_t len, const struct key *key, struct key *ret);

/* Words right before a key that is not in quotes: `first name: x`. */
bool key_words_before(const char *s, const struct key *key, struct key *ret);

struct key_value {
	size_t start, end;
	size_t wide_end; /* as far as a bare value of several words goes; else end */
	bool quoted;
	bool prose; /* a bare word behind a colon, with more words after it */
};

/* The value that begins behind a separator. False: none, or an object. */
bool key_value(const char *s, size_t len, size_t after, struct key_value *ret);
/* Is it a stand-in for a value: empty, null, a redaction mark, a template variable, a function call, ...? */
bool key_value_is_placeholder(const char *value, size_t value_len, const char *rest, size_t rest_len);

/* One column of an INSERT, or of a constraint in `Key (a, b)=(1, 2)`, and its value. */
struct key_column {
	struct key key;
	size_t start, end; /* the value */
	size_t after;      /* where the value with its quotes begins */
};

/* `at`: behind the parenthesis of `VALUES (`, or of `)=(`. The number of columns written, at most max. */
size_t key_columns(const char *s, size_t len, size_t at, struct key_column *ret, size_t max);

#endif
