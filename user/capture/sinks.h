/* SPDX-License-Identifier: MIT */
/*
 * The sinks met so far. Of logs as many are kept as have room, the longest unused make way for new ones; of those that
 * are none, the latest. One thread.
 */
#ifndef CAPTURE_SINKS_H
#define CAPTURE_SINKS_H

#include "base/table.h"
#include "capture/held.h"
#include "capture/judge.h"
#include "capture/places.h"
#include "capture/sink.h"

#include <sys/queue.h>

/* The rest are places for new ones, and for those that leave: room for twice as many in a burst. */
#define SINKS_LOGS_MAX (WIRE_SINKS_MAX / 10 * 3)
#define SINKS_OTHERS_MAX 1024
#define SINKS_LOOK_NS (1000 * 1000 * 1000ull)
#define SINKS_IDLE_NS (100 * 1000 * 1000ull) /* a log in use does not leave */

enum sink_standing {
	STANDING_LOG,     /* or a second hop: in logs */
	STANDING_LEAVING, /* has had to make way; what programs had still in hand may come */
	STANDING_REFUSED, /* no log, in refused: a program that has not yet seen so may be about to count */
	STANDING_PARTING, /* no log; likewise leaving */
	STANDING_OTHER,   /* no log, and nothing of it comes any more: in others */
};

struct sink_entry {
	struct sink sink; /* first: a struct sink of ours is one of these */
	uint32_t place;
	enum sink_standing standing;
	uint64_t gaps;       /* as of the last data */
	uint64_t used_ns;    /* the last data, or the announcement */
	uint64_t seen_bytes; /* at that place, when budgets were last shared out */
	pid_t writer;        /* as of the announcement, and its descriptor: where /proc has the file's name */
	int fd;
	TAILQ_ENTRY(sink_entry) link;
	struct held held; /* while it is pending */
	TAILQ_ENTRY(sink_entry) pending_link;
};

TAILQ_HEAD(sink_list, sink_entry);

/* Whose counters are at a place. */
struct sink_owner {
	struct sink_entry *entry; /* NULL: not announced */
	bool is_other;            /* was no log when it was announced at this place */
};

struct sinks {
	struct table by_key;
	struct sink_owner *by_place;
	struct sink_list logs; /* longest unused first */
	struct sink_list refused;
	struct sink_list others;                   /* longest not looked at first */
	size_t logs_len, others_len, appended_len; /* the last: of those that struct sink calls so */
	uint64_t changes;                          /* any came, went, or was judged */
	uint32_t next_id;
};

int sinks_init(struct sinks *s); /* 0 or -ENOMEM */
void sinks_release(struct sinks *s);
struct sink_entry *sinks_find(struct sinks *s, const struct wire_sink_key *key);
/* Finds or makes the entry that an announcement is about, and judges it. 0 or -ENOMEM. */
int sinks_meet(struct sinks *s, const struct wire_sink *w, const struct judge_config *config,
               const struct judge_facts *facts, uint64_t now_ns, struct sink_entry **ret);
/* It was taken for a log, and is none. */
void sinks_refuse(struct sinks *s, struct sink_entry *e, uint64_t now_ns);
/* Data came. */
void sinks_use(struct sinks *s, struct sink_entry *e, uint64_t now_ns);
/* The next log that is to make way, and is leaving from here on; NULL: none. What was written before come_ns has come
 * up. */
struct sink_entry *sinks_leave_next(struct sinks *s, uint64_t come_ns);
/* The next one that is no log and that all programs have seen to be none; NULL: none. */
struct sink_entry *sinks_part_next(struct sinks *s, uint64_t come_ns);
/* The next one that is no log, and for a while has not been looked at again; NULL: none. */
struct sink_entry *sinks_look_next(struct sinks *s, uint64_t now_ns);
uint64_t sinks_look_ns(const struct sinks *s); /* when there will be one; UINT64_MAX: not as things are */
/* Nothing of the owner comes from this place any more. The entry if it is to be ended and discarded; NULL: it stays. */
struct sink_entry *sinks_clear_place(struct sinks *s, uint32_t place);
void sinks_discard(struct sinks *s, struct sink_entry *e);

#endif
