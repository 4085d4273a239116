/* SPDX-License-Identifier: MIT */
/* What the files of the agent share. */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include "agent/agent.h"
#include "agent/compiler.h"
#include "app/pipeline.h"
#include "app/probe.h"
#include "app/targets.h"
#include "app/watcher.h"
#include "emit/http_server.h"
#include "emit/store_writer.h"

#include <systemd/sd-event.h>

/* Files that are read again, as snapshots tell of them. */
struct agent_source {
	char *path, *hash, *last_error;
	uint64_t loaded_ns, loads, failures;
};

struct agent_reload;
struct agent_outputs;

/* Up to where it was noted what the watch could see. */
struct agent_proof {
	uint64_t time_ns; /* CLOCK_MONOTONIC; 0: not yet */
	uint64_t wall_ns, planted, seen;
	uint64_t open_spots; /* a hash of which; 0: none */
};

struct agent {
	struct config *config;       /* in force */
	struct config *watch_config; /* the one the watch was made with: what of it is of the watch is in force */
	struct options options;      /* of the watch: borrows from it */
	struct compiler *compiler;
	struct probe *probe;
	struct pipeline *pipeline;
	struct watcher *watcher;
	struct store *store;
	struct store_writer *writer;
	struct agent_outputs *outputs;
	struct snapshot_board *board;
	struct http_server *http, *http_local; /* port, socket; NULL: none is wanted */
	struct agent_reload *reload;
	struct agent_source config_source, rule_source;
	sd_event_source *tick, *plant;
	uint64_t last_tick_ns;             /* CLOCK_MONOTONIC */
	uint64_t dropped, dropped_said_ns; /* events that outputs have given up, as of the last word of it; likewise */
	struct agent_proof proof;
	bool ready, sick, store_fails;
};

/* agent_log.c: a line on standard error; for the journal with its level. */
enum agent_level { AGENT_ERROR = 3, AGENT_WARNING = 4, AGENT_NOTICE = 5 };
void agent_log(enum agent_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Each a line, without the source text that it points to. */
void agent_log_diags(enum agent_level level, const struct diags *diags);

/* agent_source.c */
void agent_source_loaded(struct agent_source *s, const char *path, const char *hash);
void agent_source_failed(struct agent_source *s, const struct diags *diags, const char *why);
int agent_source_fill(const struct agent_source *s, struct snapshot_source *ret); /* 0 or -ENOMEM */
void agent_source_release(struct agent_source *s);
/* Of what decides which rules are in force. */
void agent_rules_hash(const struct rules *rules, const struct rule_options *options, char ret[CONFIG_HASH_SIZE]);

/* agent_targets.c: those of the configuration from now on; `was` is the one in force, or NULL. 0, or -errno with a
 * diagnostic: then those that were watched still are, and no others. */
int agent_targets_set(struct agent *a, const struct config *was, const struct config *c, struct diags *diags);

/* agent_outputs.c. Made before rights are given up, since it opens files; started after, since threads come last. */
int agent_outputs_new(struct agent_outputs **ret, struct store *s, const struct config *c, struct diags *diags);
/* Those of another configuration from now on; `was` is the one in force, of which what is the same goes on. What is
 * new must be started. 0, or -errno with a diagnostic: then nothing has changed. */
int agent_outputs_set(struct agent_outputs *o, const struct config *was, const struct config *c, struct diags *diags);
int agent_outputs_start(struct agent_outputs *o);                     /* those that are not yet */
void agent_outputs_step(struct agent_outputs *o, struct snapshot *s); /* by the store's thread */
void agent_outputs_flush(struct agent_outputs *o);
void agent_outputs_free(struct agent_outputs *o);
DEFINE_CLEANUP(struct agent_outputs *, agent_outputs_free)
int agent_outputs_fill(struct agent_outputs *o, struct snapshot *ret); /* 0 or -ENOMEM */

/* agent_rights.c: of the whole process, once all is open. 0 or -errno with a diagnostic. */
int agent_drop_rights(struct agent *a, struct diags *diags);

/* agent_tick.c: every second, and every time that a probe record is due. 0 or -errno. */
int agent_tick_new(struct agent *a);
void agent_tick_free(struct agent *a);
void agent_publish(struct agent *a); /* a snapshot, now */

/* agent_proof.c: to be called with each snapshot; twice a minute it notes what a gate will ask for. */
void agent_prove(struct agent *a, const struct snapshot *s);

/* http.c: port and socket, as configured; making the socket, with rights; and their listening, which starts threads. 0
 * or -errno with a diagnostic. */
int agent_http_new(struct agent *a, struct diags *diags);
int agent_http_bind(struct agent *a, struct diags *diags);
int agent_http_start(struct agent *a, struct diags *diags);

/* agent_reload.c: reads the files again when they change, or when it is told to. */
int agent_reload_new(struct agent_reload **ret, struct agent *a);
void agent_reload_free(struct agent_reload *r);
void agent_reload_now(struct agent_reload *r);

#endif
