/* SPDX-License-Identifier: MIT */
/* logspill agent: the daemon. */
#include "cmd/cmd.h"

#include "agent/agent.h"

#include "base/text.h"

#include <argp.h>
#include <errno.h>

enum { KEY_CONFIG = 0x100, KEY_CHECK };

struct agent_arguments {
	const char *config;
	bool check;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct agent_arguments *a = state->input;
	switch (key) {
	case KEY_CONFIG:
		a->config = arg;
		return 0;
	case KEY_CHECK:
		a->check = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is no option", arg);
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option agent_options[] = {
    {"config", KEY_CONFIG, "FILE", 0, "its configuration, with conf.d/*.yaml beside it (default: " CONFIG_PATH ")", 0},
    {"check-config", KEY_CHECK, 0, 0, "say what is wrong with it and the files it names, and end: 0 if nothing is", 0},
    {0},
};
static const struct argp parser = {
    .options = agent_options,
    .parser = parse,
    .doc = "Watches what its configuration names, remembers what it finds, and reads the files again when they change "
           "or on SIGHUP."
           "\vExit status: 0 when it was told to end; 2 error.",
};

static int check_config(const char *path) {
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(diags_release) struct diags diags = {0};
	int r = config_load_sound(&c, path, &diags), more = c ? agent_check(c, &diags) : 0;
	diags_print(&diags, stderr);
	if (r || more)
		return EXIT_ERROR;
	printf("%s: no mistake in %zu %s\n", path, c->files.len, text_plural(c->files.len, "file", "files"));
	return EXIT_CLEAN;
}

int cmd_agent(int argc, char **argv) {
	struct agent_arguments a = {.config = CONFIG_PATH};
	options_parse(&parser, argc, argv, 0, &a);
	if (a.check)
		return check_config(a.config);
	return agent_run(a.config) < 0 ? EXIT_ERROR : EXIT_CLEAN;
}
