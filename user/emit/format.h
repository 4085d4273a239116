/* SPDX-License-Identifier: MIT */
/* The formats of streams: one file and one line in the table of emitter.c each. */
#ifndef EMIT_FORMAT_H
#define EMIT_FORMAT_H

#include "base/buf.h"
#include "emit/emit.h"

#include <jansson.h>

extern const struct emit_format emit_text, emit_jsonl, emit_ecs, emit_ocsf;

/* A finding/v1 in other schemata; what is none is copied. A new reference; NULL without memory. */
json_t *form_ecs(const json_t *event);
json_t *form_ocsf(const json_t *event);

/* The parts of emit_text that have a file of their own. */
char *text_summary(const struct summary *s, const struct emit_context *context);
int text_append_sinks(struct buf *out, const struct summary *s, bool color); /* 0 or -ENOMEM */
/* What came from outside, made fit for a terminal; padded by characters, two spaces to the next column. */
int text_append_visible(struct buf *out, const char *s);
int text_append_cell(struct buf *out, const char *s, size_t width);

#endif
