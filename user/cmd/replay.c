/* SPDX-License-Identifier: MIT */
/* logspill replay: a recording, as if it came from the kernel now. Needs no rights. */
#include "cmd/cmd.h"

#include "cmd/watching.h"

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct options *o = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		options_pass(o, state, options_watching);
		return 0;
	case ARGP_KEY_ARG:
		if (o->watch.replay)
			argp_error(state, "one recording at a time");
		o->watch.replay = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->watch.replay)
			argp_error(state, "which recording? It is made by logspill record");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
    .parser = parse,
    .children = options_watching,
    .args_doc = "FILE",
    .doc = "Takes what `logspill record` kept through all that lies behind the kernel."
           "\vExit status: as of `logspill watch`.",
};

int cmd_replay(int argc, char **argv) {
	struct options options = {.watch.origins = ORIGINS_NEVER};
	_cleanup_(diags_release) struct diags diags = {0};
	_cleanup_(pipeline_freep) struct pipeline *p = NULL;
	struct outputs outputs;
	options_parse(&parser, argc, argv, 0, &options);
	int status = EXIT_ERROR;
	if (!outputs_for_watch(&outputs, &options.output, false, &diags) && !options_complete(&options, &diags) &&
	    !pipeline_new(&p, &options, outputs.items, outputs.len, &diags))
		status = watching_finish(p, &outputs, &options.output, argv, false, &diags);
	diags_print(&diags, stderr);
	options_release(&options);
	return status;
}
