/* SPDX-License-Identifier: MIT */
/*
 * The sinks met so far. Logs stay until release; of those that are none only the latest are remembered. One thread.
 */
#ifndef CAPTURE_SINKS_H
#define CAPTURE_SINKS_H

#include "capture/judge.h"
#include "capture/sink.h"
#include "capture/table.h"

#include <sys/queue.h>

#define SINKS_OTHERS_MAX 1024

/* One that is no log: first the kernel still counts in its entry, since a program may be holding it. */
enum sink_standing { STANDING_LOG, STANDING_REFUSED, STANDING_FORGOTTEN };

struct sink_entry {
	struct sink sink; /* first: a struct sink of ours is one of these */
	uint64_t gaps;    /* as of the last data */
	enum sink_standing standing;
	uint64_t refused_ns;
	TAILQ_ENTRY(sink_entry) link; /* in refused or forgotten */
};

TAILQ_HEAD(sink_list, sink_entry);

struct sinks {
	struct table by_key;
	struct sink_list refused, forgotten; /* oldest first */
	size_t forgotten_len;
	uint32_t next_id;
};

void sinks_init(struct sinks *s);
void sinks_release(struct sinks *s);
struct sink_entry *sinks_find(const struct sinks *s, const struct wire_sink_key *key);
/* Finds or makes the entry that an announcement is about, and judges it. 0 or -ENOMEM. */
int sinks_meet(struct sinks *s, const struct wire_sink *w, const struct judge_config *config,
               const struct judge_facts *facts, uint64_t now_ns, struct sink_entry **ret);
/* The next one refused before before_ns, whose kernel entry can go now; NULL: none. */
struct sink_entry *sinks_forget_next(struct sinks *s, uint64_t before_ns);

#endif
