/* SPDX-License-Identifier: MIT */
/* logspill waive: a finding accepted by its owner, until a day, written down. */
#include "cmd/cmd.h"

#include "app/options.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/waiver.h"

#include <argp.h>
#include <errno.h>

#define FILE_DEFAULT "/etc/logspill/waivers.yaml"

enum { KEY_OWNER = 0x600, KEY_REASON, KEY_UNTIL, KEY_FILE };

struct waiving {
	const char *finding, *owner, *reason, *until, *file;
};

static void check(const struct waiving *w, struct argp_state *state) {
	if (!w->finding)
		argp_error(state, "which finding? logspill waive FINDING_ID --owner WHO --reason WHY --until DAY");
	if (!w->owner || !w->reason || !w->until)
		argp_error(state, "%s is missing: a waiver has an owner, a reason and an end",
		           !w->owner    ? "--owner"
		           : !w->reason ? "--reason"
		                        : "--until");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct waiving *w = state->input;
	switch (key) {
	case KEY_OWNER:
		w->owner = arg;
		return 0;
	case KEY_REASON:
		w->reason = arg;
		return 0;
	case KEY_UNTIL:
		w->until = arg;
		return 0;
	case KEY_FILE:
		w->file = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (w->finding)
			argp_error(state, "one finding at a time; '%s' is the second", arg);
		w->finding = arg;
		return 0;
	case ARGP_KEY_END:
		check(w, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option waive_options[] = {
    {"owner", KEY_OWNER, "WHO", 0, "who answers for it", 0},
    {"reason", KEY_REASON, "WHY", 0, "why it may stay", 0},
    {"until", KEY_UNTIL, "DAY", 0,
     "last day, in UTC (2026-12-31), or a time with its zone (2026-12-31T18:00:00+01:00); at most a year ahead", 0},
    {"file", KEY_FILE, "FILE", 0, "where it is written (default " FILE_DEFAULT ")", 0},
    {0},
};
static const struct argp parser = {
    .options = waive_options,
    .parser = parse,
    .args_doc = "FINDING_ID",
    .doc = "Adds a waiver to a file of waivers, which is made if need be. --waivers FILE of run, watch, scan and gate "
           "reads it.\vExit status: 0 written; 2 error.",
};

int cmd_waive(int argc, char **argv) {
	struct waiving w = {.file = FILE_DEFAULT};
	_cleanup_(diags_release) struct diags diags = {0};
	options_parse(&parser, argc, argv, 0, &w);
	const struct waiver waiver = {
	    .finding = (char *)w.finding,
	    .owner = (char *)w.owner,
	    .reason = (char *)w.reason,
	    .until = (char *)w.until,
	};
	int r = waivers_append(w.file, &waiver, clock_realtime_ns(), &diags);
	if (!r)
		fprintf(stderr, "logspill: finding %s is waived until %s in %s\n", w.finding, w.until, w.file);
	diags_print(&diags, stderr);
	return r ? EXIT_ERROR : EXIT_CLEAN;
}
