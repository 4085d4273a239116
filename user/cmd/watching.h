/* SPDX-License-Identifier: MIT */
/* What `watch` and `audit` have in common: from the command line to the exit status. One thread. */
#ifndef CMD_WATCHING_H
#define CMD_WATCHING_H

#include "app/outputs.h"
#include "app/targets.h"

struct watching {
	struct options options;
	struct targets targets;
	char *const *argv;
	bool screen;          /* on a terminal it is shown as a table, unless something else is asked for */
	bool text;            /* lines on standard output are for people even when it is no terminal */
	uint64_t duration_ns; /* 0: until Ctrl-C, or until the targets have gone */
	/* Called now and then; NULL: not. */
	void (*progress)(struct watching *w, uint64_t elapsed_ns);
	void (*finished)(struct watching *w); /* before anything is said at the end */

	struct pipeline *pipeline;
	uint64_t started_ns;
};

/* Of ARGP_KEY_INIT, ARGP_KEY_ARG and ARGP_KEY_END, with the children targets_watching. */
error_t watching_parse(struct watching *w, int key, char *arg, struct argp_state *state);
/* Returns the exit status. Releases all but the struct itself. */
int watching_run(struct watching *w);

/* Ends the watch; says the summary, writes the reports. Returns the exit status. */
int watching_finish(struct pipeline *p, const struct outputs *outputs, const struct output_options *o,
                    char *const *argv, bool failed, struct diags *ret_diags);
/* The reports of a watch that is over. 0 or -errno with a diagnostic. */
int watching_report(const struct outputs *outputs, struct pipeline *p, const struct summary *s, char *const *argv,
                    struct diags *ret_diags);

#endif
