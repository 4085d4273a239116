/* SPDX-License-Identifier: MIT */
/*
 * Streams: what one process writes to one sink, remembered only while a line of it is unfinished. A stream without
 * carry costs nothing: it is not there. Owned by one recorder.
 */
#ifndef RECORD_STREAMS_H
#define RECORD_STREAMS_H

#include "record/carry.h"
#include "record/frame.h"

#define STREAMS_BUCKETS 4096
#define STREAMS_SPARE 64
#define STREAMS_MAX 16384 /* of more, the oldest that only wait for more of their line are let go */

struct stream_link {
	struct stream_link *prev, *next;
};

struct stream {
	struct stream_link by_key, by_sink, by_process, by_age; /* each in a list of its own */
	struct sink *sink;
	struct process *process;
	uint64_t fed_ns;
	struct carry line;               /* unfinished line of the sink */
	struct carry parts[FRAME_PARTS]; /* framed sinks: unfinished message */
};

/* Fixed hash tables: the lists of 65,536 streams have 16 each, and growing cannot fail because nothing grows. */
struct streams {
	struct stream_link by_key[STREAMS_BUCKETS], by_sink[STREAMS_BUCKETS], by_process[STREAMS_BUCKETS];
	struct stream_link waiting; /* with bytes not accounted for, longest untouched first */
	struct stream_link settled; /* with overlap only, likewise */
	struct stream *spare[STREAMS_SPARE];
	size_t spare_len, len;
};

typedef void (*stream_fn)(void *arg, struct stream *s); /* may remove that stream */

void streams_init(struct streams *t);
void streams_release(struct streams *t);
/* NULL: there is none. */
struct stream *streams_find(struct streams *t, const struct sink *sink, const struct process *process);
/* Found or made; NULL without memory. */
struct stream *streams_get(struct streams *t, struct sink *sink, struct process *process);
/* To be called whenever the stream's carries have changed: puts it last in age, or removes it when it is empty. */
void streams_settle(struct streams *t, struct stream *s, uint64_t now_ns);
void streams_remove(struct streams *t, struct stream *s);

void streams_each(struct streams *t, stream_fn fn, void *arg);
void streams_each_of_sink(struct streams *t, const struct sink *sink, stream_fn fn, void *arg);
void streams_each_of_process(struct streams *t, const struct process *process, stream_fn fn, void *arg);
/* Streams not fed since then, which must leave their list in fn. */
void streams_each_waiting(struct streams *t, uint64_t since_ns, stream_fn fn, void *arg);
void streams_each_settled(struct streams *t, uint64_t since_ns, stream_fn fn, void *arg);
bool streams_any_waiting(const struct streams *t);
struct stream *streams_oldest_settled(const struct streams *t); /* NULL: there is none */

#endif
