/* SPDX-License-Identifier: MIT */
/*
 * Is a sink a log? By what the kernel saw of it: path, kind, whether it is somebody's standard output. Pure functions
 * but for what judge_facts carries. One thread.
 */
#ifndef CAPTURE_JUDGE_H
#define CAPTURE_JUDGE_H

#include "bpf/wire.h"
#include "capture/sink.h"

struct judge_config {
	const char *const *sink_globs; /* the user's, beside the default ones */
	size_t sink_globs_len;
	const char *const *no_sink_globs; /* what is no log, whatever else says so */
	size_t no_sink_globs_len;
	uint32_t host; /* the target that is all there is, and 1 more; 0: there is none */
};

/* Who reads a pipe that the target writes to? */
enum pipe_reader {
	PIPE_READ_OUTSIDE,
	PIPE_READ_INSIDE,    /* a process of the target: what they tell each other */
	PIPE_READ_COLLECTED, /* a collector of the target */
	PIPE_READ_UNKNOWN,   /* the target's own pipe; a collector may come yet */
};

/* What only the running system can tell. Asked when it matters. */
struct judge_facts {
	void *arg;
	enum pipe_reader (*pipe_reader)(void *arg, const struct wire_sink_key *pipe);
	/* Was this file standard output or error of the target when its watch began? */
	bool (*was_stdio)(void *arg, const struct wire_sink_key *file);
};

/* Sockets that are logs by name, NULL-ended. */
extern const char *const judge_log_sockets[];

/* Fills kind, framing, is_log, name, label and reason (owned by s); key, id and user stay. 0 or -ENOMEM. */
int judge(struct sink *s, const struct wire_sink *w, const struct judge_config *config,
          const struct judge_facts *facts);

/* Would a file of that path be one by its name? */
bool judge_is_log_name(const struct judge_config *config, const char *path);

/* Can it match a socket of the network only: "udp:ADDRESS:PORT" or "tcp:..."? */
bool judge_is_net_glob(const char *glob);

/* "/a/b" from the names of a wire record, leaf first. At most size - 1 bytes, always NUL-ended. */
void judge_path(const struct wire_sink *w, char *ret, size_t size);

#endif
