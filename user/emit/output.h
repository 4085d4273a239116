/* SPDX-License-Identifier: MIT */
/*
 * Where an agent's events go. An output is one driver (one file, one line in the table of output.c) with a thread of
 * its own, so that none holds up another or the watch. Events wait in a journal that all outputs share until each has
 * taken them; with a journal on disk (emit/store.h) they do so over restarts. An output that fails tries again, ever
 * more rarely, and goes on where it was: at least once, in order. What it may have to give up is counted.
 */
#ifndef EMIT_OUTPUT_H
#define EMIT_OUTPUT_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "emit/snapshot.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTPUT_BATCH_MAX 64 /* events that a driver is handed at once */
#define OUTPUT_ERROR_SIZE 256

enum output_kind { OUTPUT_NEW, OUTPUT_UPDATE, OUTPUT_RESOLVED, OUTPUT_STATE, OUTPUT_KINDS };

const char *output_kind_name(enum output_kind kind); /* "new", "update", "resolved", "state" */

/* json: finding/v1, or for a state summary/v1, without a newline. Owned by the journal's reader. */
struct output_event {
	uint64_t seq; /* ascending by one */
	uint64_t time_ns;
	enum output_kind kind;
	char *finding_id, *json;
	json_t *fields; /* the json, read: for drivers */
};
/* Fills in the fields. 0, -ENOMEM, or -EBADMSG: it is damaged. */
int output_event_read(struct output_event *e);
void output_event_release(struct output_event *e);

/* Where events wait. Any thread. */
struct output_journal {
	void *arg;
	/* The first event behind both seq and what the output has acknowledged. 0, -ENOENT: there is none yet, or -errno.
	 */
	int (*next)(void *arg, const char *output, uint64_t seq, struct output_event *ret);
	/* The output has taken all up to seq. */
	int (*acknowledge)(void *arg, const char *output, uint64_t seq);
	/* What it had acknowledged last, in earlier runs too; 0: nothing, as far as is known. */
	uint64_t (*acknowledged)(void *arg, const char *output);
};

/* A journal in memory, of at most so many events: of more the oldest are given up. */
struct output_queue;
int output_queue_new(struct output_queue **ret, size_t max);
void output_queue_free(struct output_queue *q);
DEFINE_CLEANUP(struct output_queue *, output_queue_free)
int output_queue_add(struct output_queue *q, enum output_kind kind, uint64_t time_ns, const char *finding_id,
                     const char *json, uint64_t *ret_seq); /* 0 or -ENOMEM */
struct output_journal output_queue_journal(struct output_queue *q);

/* What a configuration says of an output. Strings are borrowed until output_new() has returned. NULL or 0: not said. */
struct output_settings {
	const char *name;                /* unique */
	const char *driver;              /* "file", "journal", "syslog", "webhook", "alertmanager", "otlp", "kafka" */
	const char *path;                /* file: where; journal: the socket, if another */
	const char *url;                 /* webhook, alertmanager, otlp; syslog: udp://, tcp:// or tls://HOST:PORT */
	const char *token;               /* bearer */
	const char *ca_file;             /* instead of the system's */
	const char *brokers, *topic;     /* kafka */
	const char *const *properties;   /* kafka: of librdkafka, "name=value", NULL-ended */
	const char *form;                /* file, webhook, kafka: "logspill", "ecs" or "ocsf" */
	enum rule_severity min_severity; /* what is less is not told here */
	uint32_t timeout_ms;
	uint64_t resolve_ns; /* alertmanager: an alert ends by itself if nothing is heard of it for so long */
};

/* What one attempt came to. */
struct output_result {
	size_t taken;                  /* of the events: this many, the first ones */
	size_t refused;                /* of these: for good, such as too large for the receiver */
	uint32_t wait_s;               /* before the next attempt, as the receiver wishes; 0: it says nothing */
	char error[OUTPUT_ERROR_SIZE]; /* why not all, or why some were refused; never bytes of an event */
};

/* All but open and stop are called by the output's thread; close by whoever frees one that was never started. */
struct output_driver {
	const char *name;
	/* Looks at the options and loads what it needs; connects to nobody. 0, or -errno with a diagnostic. */
	int (*open)(void **ret, const struct output_settings *o, struct diags *ret_diags);
	/* 0; or -errno: those taken have gone, the others are to be sent again. */
	int (*send)(void *handle, const struct output_event *events, size_t len, struct output_result *ret);
	/* Every second while there is nothing to send; may be NULL. 0 or -errno, with the error. */
	int (*tick)(void *handle, struct output_result *ret);
	void (*stop)(void *handle); /* from another thread: ends a send() that waits; may be NULL */
	void (*close)(void *handle);
};

bool output_driver_exists(const char *name);
const char *output_driver_names(void); /* "file, journal, ...": for messages */

struct output;

/* The journal must outlive it. 0; -EINVAL or -errno with a diagnostic. */
int output_new(struct output **ret, const struct output_settings *o, const struct output_journal *journal,
               struct diags *ret_diags);
/* Begins to send; once it does, nothing. 0 or -errno. */
int output_start(struct output *o);
/* There is something new in the journal, up to that event. */
void output_wake(struct output *o, uint64_t newest_seq);
/* Waits until the journal holds nothing more for it, for at most so long. False: it does. */
bool output_flush(struct output *o, uint64_t timeout_ns);
/* It sends no more; what it is sending may take a while, which this does not wait for. */
void output_end(struct output *o);
bool output_has_ended(struct output *o); /* output_free() will not wait */
void output_free(struct output *o);      /* what has not been sent stays in the journal */
DEFINE_CLEANUP(struct output *, output_free)
/* Its counters; name and last_error are malloc'ed. 0 or -ENOMEM. */
int output_fill(struct output *o, struct snapshot_output *ret);

#endif
