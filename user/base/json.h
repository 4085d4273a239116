/* SPDX-License-Identifier: MIT */
/* JSON as text. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

/* As json_dumps(), whose text may lack what found no memory: a key, with 2.14. NULL: no memory. The caller frees it. */
char *json_encode(const json_t *value, size_t flags);

#endif
