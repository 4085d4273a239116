/* SPDX-License-Identifier: MIT */
/* The formats of streams: one file and one line in the table of emitter.c each. */
#ifndef EMIT_FORMAT_H
#define EMIT_FORMAT_H

#include "base/buf.h"
#include "emit/emit.h"

extern const struct emit_format emit_text, emit_jsonl;

/* The part of emit_text that has a file of its own. */
char *text_summary(const struct summary *s, const struct emit_context *context);

/* "log_signup app.c:88 < handle app.c:120 < main app.c:9", fit for a terminal: the innermost functions that are not of
 * the C library, of the most frequent origin. "" appended when there is none. 0 or -ENOMEM. */
int text_origin(struct buf *out, const struct finding *f);

#endif
