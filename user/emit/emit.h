/* SPDX-License-Identifier: MIT */
/*
 * Where findings go while we run. An emitter is one output in one format; what it writes holds no raw value because
 * `struct finding` has none. Streams append whole lines. One thread.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "find/find.h"
#include "find/verdict.h"

struct emit_format {
	const char *name; /* as -f takes it */
	/* malloc'ed line(s) ended by newline, NULL without memory. */
	char *(*finding)(const struct finding *f, bool color);
	char *(*summary)(const struct summary *s, bool color);
};

const struct emit_format *emit_format_find(const char *name); /* "text", "jsonl"; NULL: no such format */

struct emitter;

/* path NULL: standard output. 0 or -errno. */
int emitter_open(struct emitter **ret, const struct emit_format *format, const char *path, bool color);
/* -errno of the first failure, also of an earlier write (full disk, closed pipe): the watch goes on. */
int emitter_close(struct emitter *e);
/* New findings at once, changed ones at most once a second; `last` forces the final state out. 0 or -errno. */
int emitter_finding(struct emitter *e, struct finding *f, uint64_t now_ns, bool last);
int emitter_summary(struct emitter *e, const struct summary *s);
int emitter_error(const struct emitter *e);

#endif
