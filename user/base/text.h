/* SPDX-License-Identifier: MIT */
/* Bytes that may hold anything, made fit to be printed. Results are malloc'ed, NULL without memory. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

#define TEXT_COUNT_SIZE 32
#define TEXT_PERCENT_SIZE 16

/* *ret is a copy of from, or NULL as that is. 0 or -ENOMEM. */
int text_copy(char **ret, const char *from);
/* Valid UTF-8 in every case: invalid sequences and NUL become U+FFFD, one for each bad byte. */
char *text_utf8(const void *p, size_t len);
/* For terminals and one-line messages: text_utf8(), then C0, C1, DEL and bidi controls as \xNN or \u{N}. */
char *text_visible(const void *p, size_t len);
/* At most max characters of valid UTF-8 (3 or more): the middle of what is longer makes way for "...", as one
 * character. */
char *text_shorten(const char *utf8, size_t max);
/* Of valid UTF-8. */
size_t text_characters(const char *utf8);
/* As a parameter of an address or a field of a form: all but letters and digits percent-encoded. */
char *text_parameter(const char *s);
/* As printf() would print it. */
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *text_vformat(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
/* The word for so many. */
const char *text_plural(unsigned long long n, const char *one, const char *many);
/* 10240 -> "10.0 KiB". ret_buf is returned. */
char *text_bytes(char *ret_buf, size_t size, unsigned long long bytes);
/* 0.99999 -> "99.99 %": rounded down, so that 100 % is all of it. Returns ret_buf. */
char *text_percent(char ret_buf[TEXT_PERCENT_SIZE], double share);
/* 12288 -> "12,288". Returns ret_buf. */
char *text_count(char ret_buf[TEXT_COUNT_SIZE], unsigned long long n);
/* Same, in a buffer that lives as long as the block around it: for the arguments of a printf(). */
#define TEXT_COUNT(n) text_count((char[TEXT_COUNT_SIZE]){0}, n)

#endif
