/* SPDX-License-Identifier: MIT */
/* The formats of streams: one file and one line in the table of emitter.c each. */
#ifndef EMIT_FORMAT_H
#define EMIT_FORMAT_H

#include "emit/emit.h"

extern const struct emit_format emit_text, emit_jsonl;

/* The part of emit_text that has a file of its own. */
char *text_summary(const struct summary *s, const struct emit_context *context);

#endif
