/* SPDX-License-Identifier: MIT */
/* logspill watch: what runs already, until Ctrl-C or until it has gone. */
#include "cmd/cmd.h"

#include "cmd/watching.h"

static error_t parse(int key, char *arg, struct argp_state *state) {
	return watching_parse(state->input, key, arg, state);
}

static const struct argp parser = {
    .parser = parse,
    .children = targets_watching,
    .doc = "Watches what runs already, until Ctrl-C, or until the watched processes have gone: as a table on a "
           "terminal (h shows its keys), as lines elsewhere or with -f."
           "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive.",
};

int cmd_watch(int argc, char **argv) {
	struct watching w = {.argv = argv, .screen = true};
	argp_parse(&parser, argc, argv, 0, NULL, &w);
	return watching_run(&w);
}
