/* SPDX-License-Identifier: MIT */
/*
 * The words of which log statements are made. What a program writes between them, names and values, is none of them,
 * so a statement can be told from another, and shown, by these alone.
 */
#ifndef FIND_WORDS_H
#define FIND_WORDS_H

#include <stddef.h>

#define WORD_LEN_MAX 16 /* of the longest one */

/* Lower-case ASCII -> its number, the same within one build only; -1: no such word. */
int word_find(const char *text, size_t len);
const char *word_at(size_t i); /* NULL behind the last one */

#endif
