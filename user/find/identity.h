/* SPDX-License-Identifier: MIT */
/* What is the same: when two values are one value, two places in a log one statement, two findings one finding. */
#ifndef FIND_IDENTITY_H
#define FIND_IDENTITY_H

#include "find/find.h"

/*
 * The form of a value in which it is compared, so that a card in two groupings counts once. By how the rule finds it:
 * by shape, its own or that of a key's value, and anything that begins with '+': without [ -./()] and in lower case;
 * by anchor (addresses, tokens): in lower case; by key alone (passwords, names): as it is. Values longer than size
 * stay as they are. Returns a pointer to the result, in ret or value, and its length.
 */
const char *identity_value(char *ret, size_t size, const struct rule *rule, const char *value, size_t *len);

/* The longest of the rule's keys and keywords that the key ends with, normalised; NULL: none. Owned by the rule. */
const char *identity_word(const struct rule *rule, const char *key, size_t len);

/* word: identity_word(); words: template_words(). Hashed as identity_finding() does: rule, word, each of the words. */
void identity_template(char ret[FIND_TEMPLATE_SIZE], const struct rule *rule, const char *word, const int16_t *words,
                       size_t words_len);

/* The last component of a path; all of it when there is no slash. Points into path. */
const char *identity_base_name(const char *path);
/* What findings call a program: the base name of its executable, or its process name if that is not known. */
const char *identity_program(const char *executable, const char *process_name);

/* Unkeyed BLAKE2b-128 of rule, program, sink and template, each led by its length (64 bits, little-endian). */
void identity_finding(char ret[FIND_ID_SIZE], const struct rule *rule, const char *program, const char *sink,
                      const char *template_id);

#endif
