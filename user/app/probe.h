/* SPDX-License-Identifier: MIT */
/*
 * Proof that the whole path is alive: a process of ours, which is watched like any other, writes harmless records into
 * sinks of ours, and they must come out of the scanner. It has to be made before threads are, and before rights are
 * given up. One thread.
 */
#ifndef APP_PROBE_H
#define APP_PROBE_H

#include "app/options.h"
#include "base/cleanup.h"
#include "capture/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum probe_way { PROBE_FILE, PROBE_PIPE, PROBE_TERMINAL, PROBE_SOCKET, PROBE_JOURNAL, PROBE_WAYS };

#define PROBE_RULE                                                                                                     \
	"contact.email" /* if it is in force, a probe record must be a match of it: of class documentation                 \
	                 */

struct probe;

struct probe_counters {
	uint64_t planted;                      /* rounds: a record in each way */
	uint64_t came[PROBE_WAYS], came_least; /* least: in the way in which least came */
	uint64_t settled; /* rounds that are not on their way any more: a later one came, in each way; what has not come of
	                   * them is lost */
	uint64_t last_came_ns; /* CLOCK_MONOTONIC: when the latest round had come in each way; 0: never */
	uint64_t waiting_ns;   /* since when nothing has come that was planted after; 0: the latest round came */
};

struct probe_options {
	bool may_join; /* probe_join() may be called: the writer keeps its rights. Else it gives up all of them at once */
	const char *user; /* whom it becomes then: see app/privileges.h */
};

/* Starts the writer. dir: where a folder for its sinks is made. 0 or -errno. */
int probe_new(struct probe **ret, const char *dir, const struct probe_options *o);
/* Ends the writer, removes its sinks. */
void probe_free(struct probe *p);
DEFINE_CLEANUP(struct probe *, probe_free)

pid_t probe_pid(const struct probe *p);
/* Names what has to be a log, borrowed from the probe. 0 or -ENOMEM. */
int probe_add_sinks(const struct probe *p, struct strings *sinks);
/* There may be no terminals here. */
bool probe_has_way(const struct probe *p, enum probe_way way);
/* Kinds of sinks that its records stand for: bits by enum sink_kind. Into the kernel's log and other devices none can
 * go: they are no sinks of ours. */
unsigned int probe_kinds(const struct probe *p);

/* One more round. 0, or -errno: the writer has gone, which counts as a round that does not come. */
int probe_plant(struct probe *p, uint64_t now_ns);
/* A record of the writer has been scanned; matched: a rule found what it should in it. */
void probe_take(struct probe *p, const char *text, size_t len, bool matched, uint64_t now_ns);
/* Whether a match is needed as well. */
void probe_expect_match(struct probe *p, bool needed);
void probe_counters(const struct probe *p, struct probe_counters *ret);
const char *probe_way_name(enum probe_way way);
/*
 * The writer joins the cgroup and the mount namespace of a process, so that its records go the way that those of the
 * process go. 0 or -errno.
 */
int probe_join(struct probe *p, pid_t pid);

#endif
