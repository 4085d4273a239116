/* SPDX-License-Identifier: MIT */
/* JSON as text, and text as JSON. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

/* As json_dumps(), whose text may lack what found no memory: a key, with 2.14. NULL: no memory. The caller frees it. */
char *json_encode(const json_t *value, size_t flags);
/* As json_loadb(), which writes beyond its memory when it finds no more. 0; -EBADMSG: no JSON; -ENOMEM. */
int json_decode(const char *text, size_t len, size_t flags, json_t **ret);

/* Text of any bytes, as valid UTF-8; NULL: "". NULL without memory. */
json_t *json_text(const char *s);
/* A list of such. NULL without memory. */
json_t *json_texts(char *const *texts, size_t len);

#endif
