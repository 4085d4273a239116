/* SPDX-License-Identifier: MIT */
/* logspill watch: what runs already, until Ctrl-C or until it has gone; or what an agent watches. */
#include "cmd/cmd.h"

#include "cmd/watch_agent.h"
#include "cmd/watching.h"

#include <string.h>

enum { KEY_AGENT = 0xb00, KEY_TOKEN, KEY_CA };

struct watch {
	struct watching watching; /* first: its children's parser asks for it */
	struct remote_options agent;
};

static void check_outputs(const struct output_options *o, struct argp_state *state) {
	if (o->paths.len || o->document || o->junit_paths.len || (o->format && strcmp(o->format->name, "text") != 0))
		argp_error(state,
		           "--agent shows a table, or prints text on standard output. For programs: GET URL/api/v1/findings, "
		           "or logspill report on the agent's host");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct watch *w = state->input;
	switch (key) {
	case KEY_AGENT:
		w->agent.url = arg ? arg : WATCH_AGENT_URL;
		return 0;
	case KEY_TOKEN:
		w->agent.token_file = arg;
		return 0;
	case KEY_CA:
		w->agent.ca_file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!w->agent.url && (w->agent.token_file || w->agent.ca_file))
			argp_error(state, "--token-file and --ca-file are for --agent");
		if (w->agent.url && targets_any(&w->watching.targets))
			argp_error(state, "--agent shows what that agent watches: no target beside it");
		if (w->agent.url)
			check_outputs(&w->watching.options.output, state);
		if (w->agent.url)
			return 0;
	}
	return watching_parse(&w->watching, key, arg, state);
}

static const struct argp_option watch_options[] = {
    {"agent", KEY_AGENT, "URL", OPTION_ARG_OPTIONAL,
     "show what a running agent sees, as it says at its port (default " WATCH_AGENT_URL
     ", needs no root) or its socket, "
     "unix:PATH",
     0},
    {"token-file", KEY_TOKEN, "FILE", 0, "for an agent that wants a token: its first line", 0},
    {"ca-file", KEY_CA, "FILE", 0, "for an agent with TLS: who may have signed its certificate", 0},
    {0},
};
static const struct argp parser = {
    .options = watch_options,
    .parser = parse,
    .children = targets_watching,
    .doc = "Watches what runs already, until Ctrl-C, or until the watched processes have gone: as a table on a "
           "terminal (h shows its keys), as lines elsewhere or with -f."
           "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive.",
};

int cmd_watch(int argc, char **argv) {
	struct watch w = {.watching = {.argv = argv, .screen = true}};
	options_parse(&parser, argc, argv, 0, &w);
	if (!w.agent.url)
		return watching_run(&w.watching);
	int status = watch_agent(&w.agent, &w.watching.options.output);
	targets_release(&w.watching.targets);
	options_release(&w.watching.options);
	return status;
}
