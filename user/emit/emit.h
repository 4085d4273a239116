/* SPDX-License-Identifier: MIT */
/*
 * Where findings go while we run. An emitter is one output in one format; what it writes holds no raw value because
 * `struct finding` has none. Streams append whole lines. One thread.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "find/find.h"
#include "find/verdict.h"

#include <stdbool.h>

struct emit_context {
	bool color;
	bool again;            /* this finding was shown before */
	const char *host_name; /* NULL or "": unknown */
	const char *action;    /* of an event: "new", "update", "resolved"; NULL: not said */
	bool rule_too;         /* for readers who have not our rules: what the rule says to do, and how bad it is */
};

struct emit_format {
	const char *name; /* as -f takes it */
	/* malloc'ed line(s) ended by newline, NULL without memory. */
	char *(*finding)(const struct finding *f, const struct emit_context *context);
	char *(*summary)(const struct summary *s, const struct emit_context *context);
};

const struct emit_format *emit_format_find(const char *name); /* "text", "jsonl"; NULL: no such format */

struct emitter;

/* Appends to a file, made 0600 if need be; a symbolic link is refused (-ELOOP). 0 or -errno. */
int emitter_open(struct emitter **ret, const struct emit_format *format, const char *path, bool color);
/* Same for a descriptor, which is borrowed. SIGPIPE must be ignored, so that a closed pipe is an error to report. */
int emitter_open_fd(struct emitter **ret, const struct emit_format *format, int fd, bool color);
/* -errno of the first failure, also of an earlier write (full disk, closed pipe). NULL: 0. */
int emitter_close(struct emitter *e);
/*
 * Writes new findings at once and changed ones at most once a second (now_ns: any clock that runs forward); `last`
 * forces the final state out. 0 or -errno. After a failed write nothing more is written, and each call says so
 * again: the watch goes on.
 */
int emitter_finding(struct emitter *e, const struct finding *f, uint64_t now_ns, bool last);
int emitter_summary(struct emitter *e, const struct summary *s);

#endif
