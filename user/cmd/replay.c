/* SPDX-License-Identifier: MIT */
/* logspill replay: a recording, as if it came from the kernel now. Needs no rights. */
#include "cmd/cmd.h"

#include "app/outputs.h"
#include "app/pipeline.h"

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
	struct summary summary = {0};
	struct outputs outputs;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	outputs_for_watch(&outputs, &options.output);
	int status = EXIT_ERROR;
	if (!options_complete(&options, &diags) && !pipeline_new(&p, &options, outputs.items, outputs.len, &diags)) {
		int finish = pipeline_finish(p, &summary, &diags);
		outputs_say_summary(&outputs, &summary, &options.output);
		status = cmd_watch_status(&summary, finish < 0);
		summary_release(&summary);
	}
	diags_print(&diags, stderr);
	options_release(&options);
	return status;
}
