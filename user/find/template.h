/* SPDX-License-Identifier: MIT */
/*
 * Which log statement a record came from: the words of the statement around a value, without anything variable. Only
 * words of the list in words.c count, so names, free text in another language, addresses and values leave no trace in
 * a template, and the same statement has the same one in every run, on every host, at its first record. Values of keys
 * (`key=value`, "key":value) are left out whole, but those that hold a message ("msg", "message", ...); so are keys,
 * but that of the value, since what else a record holds varies.
 */
#ifndef FIND_TEMPLATE_H
#define FIND_TEMPLATE_H

#include "find/find.h"

#define TEMPLATE_BEFORE_MAX 12 /* words before the value */
#define TEMPLATE_AFTER_MAX 4   /* words behind it */
#define TEMPLATE_WORDS_MAX (TEMPLATE_BEFORE_MAX + TEMPLATE_AFTER_MAX)
#define TEMPLATE_ITEMS_MAX 48

/* What stands in a template beside the numbers of words. */
enum template_item { TEMPLATE_VALUE = -3, TEMPLATE_NUMBER = -2, TEMPLATE_ANY = -1 };

struct template {
	int16_t items[TEMPLATE_ITEMS_MAX]; /* words by number, or enum template_item */
	size_t len;
};

/* What was read of a record before the value asked for last. All zero: nothing was. */
struct template_prefix {
	struct template items;
	size_t from, end; /* of what was read */
};

/* The statement around text[start..end). Any bytes. prefix: of the value before it in the same record, or all zero. */
void template_read(struct template *ret, struct template_prefix *prefix, const char *text, size_t len, size_t start,
                   size_t end);
/* The words of it, at most TEMPLATE_WORDS_MAX. */
size_t template_words(const struct template *t, int16_t ret[TEMPLATE_WORDS_MAX]);
/* For people: `signup failed for <email> after <num> ms`. The name of the value is put in lower case; cut to fit. */
void template_text(char ret[FIND_STATEMENT_SIZE], const struct template *t, const char *value_name);

#endif
