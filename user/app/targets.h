/* SPDX-License-Identifier: MIT */
/* What a command line says is to be watched. Strings are borrowed from argv; one thread. */
#ifndef APP_TARGETS_H
#define APP_TARGETS_H

#include "app/options.h"
#include "app/pipeline.h"

struct targets {
	struct strings cgroups;
	struct strings matches[CAPTURE_MATCH_CONTAINER + 1];
	size_t matches_len; /* of all kinds */
	pid_t pids[WIRE_TARGETS_MAX];
	size_t pids_len;
	bool host;
};

/* Children for a command's parser: targets, and what all commands that watch can be told. */
extern const struct argp_child targets_watching[];
/* To be called at ARGP_KEY_INIT of a parser with exactly these children. */
void targets_pass(struct targets *t, struct options *o, struct argp_state *state);

bool targets_any(const struct targets *t);
/* To be called at ARGP_KEY_ARG and ARGP_KEY_END: what is no option is no target; without one, how to name one. */
void targets_refuse_argument(struct argp_state *state, const char *arg);
void targets_require(const struct targets *t, struct argp_state *state);

/* Watches them from here on, each under its name. 0, or -errno with a diagnostic. */
int targets_add(const struct targets *t, struct pipeline *p, struct diags *ret_diags);
/* One more of a kind: "comm", "exe", "unit", "container", "cgroup", "host". One that had ended counts on. 0, or -errno
 * with a diagnostic. */
int targets_add_one(struct pipeline *p, const char *kind, const char *what, struct diags *ret_diags);
/* None of them is left, or will come: processes come to an end; a cgroup may fill again, what matches be started. */
bool targets_gone(const struct targets *t, const struct pipeline *p);
void targets_release(struct targets *t);

#endif
