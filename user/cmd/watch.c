/* SPDX-License-Identifier: MIT */
/* logspill watch: what runs already, until Ctrl-C or until it has gone. */
#include "cmd/cmd.h"

#include "app/outputs.h"
#include "app/pipeline.h"
#include "app/watcher.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_CGROUP = 0x200 };

struct watch {
	struct options options;
	struct strings cgroups;
	pid_t pids[WIRE_TARGETS_MAX];
	size_t pids_len;
	struct pipeline *pipeline;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct watch *watch = state->input;
	char *end;
	long pid;
	switch (key) {
	case ARGP_KEY_INIT:
		options_pass(&watch->options, state, options_watching);
		return 0;
	case 'p':
		pid = strtol(arg, &end, 10);
		if (end == arg || *end || pid <= 0 || pid > 4194304)
			argp_error(state, "-p takes a process id, not '%s'", arg);
		if (watch->pids_len == WIRE_TARGETS_MAX)
			argp_error(state, "at most %d targets at once", WIRE_TARGETS_MAX);
		watch->pids[watch->pids_len++] = (pid_t)pid;
		return 0;
	case KEY_CGROUP:
		return -strings_add(&watch->cgroups, arg);
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is no option. To watch process %s: -p %s", arg, arg, arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (!watch->pids_len && !watch->cgroups.len)
			argp_error(state, "name a target: -p PID (and its children) or --cgroup PATH. "
			                  "To start a program under watch: logspill run -- CMD");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option target_options[] = {
    {"pid", 'p', "PID", 0, "this process, its present and its future children; may be repeated", 0},
    {"cgroup", KEY_CGROUP, "PATH", 0, "what is in this cgroup (v2) and below, now and later; may be repeated", 0},
    {0},
};
static const struct argp parser = {
    .options = target_options,
    .parser = parse,
    .children = options_watching,
    .doc = "Watches what runs already, until Ctrl-C, or until the watched processes have gone."
           "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive.",
};

static int add_targets(struct watch *watch, struct diags *diags) {
	struct capture *capture = pipeline_capture(watch->pipeline);
	for (size_t i = 0; i < watch->pids_len; i++) {
		int r = capture_add_process(capture, watch->pids[i], diags);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < watch->cgroups.len; i++) {
		int r = capture_add_cgroup(capture, watch->cgroups.items[i], diags);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Processes come to an end; a cgroup may fill again. */
static bool all_gone(void *arg) {
	struct watch *watch = arg;
	return !watch->cgroups.len && !capture_live_processes(pipeline_capture(watch->pipeline));
}

static int exit_status(const struct summary *s, int failed) {
	if (s->verdict == VERDICT_FAIL)
		return EXIT_FINDINGS;
	if (failed)
		return EXIT_ERROR;
	return s->verdict == VERDICT_PASS ? EXIT_CLEAN : EXIT_INCONCLUSIVE;
}

static int watch_targets(struct watch *watch, const struct outputs *outputs, struct diags *diags) {
	const struct watcher_handler handler = {.arg = watch, .done = all_gone};
	_cleanup_(watcher_freep) struct watcher *w = NULL;
	if (add_targets(watch, diags) < 0)
		return EXIT_ERROR;
	int r = watcher_new(&w, watch->pipeline, &handler);
	if (r < 0) {
		diags_say(diags, "cannot make an event loop: %s", strerror(-r));
		return EXIT_ERROR;
	}
	if (!watch->options.output.quiet)
		fprintf(stderr, "logspill: watching (%s hook); Ctrl-C ends with the summary\n",
		        capture_hook_name(pipeline_capture(watch->pipeline)));
	r = watcher_loop(w);
	if (r < 0)
		diags_say(diags, "the watch broke off: %s", strerror(-r));
	struct summary summary = {0};
	int finish = pipeline_finish(watch->pipeline, &summary, diags);
	outputs_say_summary(outputs, &summary, &watch->options.output);
	int status = exit_status(&summary, r < 0 || finish < 0);
	summary_release(&summary);
	return status;
}

int cmd_watch(int argc, char **argv) {
	struct watch watch = {0};
	struct options *options = &watch.options;
	_cleanup_(diags_release) struct diags diags = {0};
	struct outputs outputs;
	argp_parse(&parser, argc, argv, 0, NULL, &watch);
	outputs_for_watch(&outputs, &options->output);
	int status = EXIT_ERROR;
	if (!options_complete(options, &diags) &&
	    !pipeline_new(&watch.pipeline, options, outputs.items, outputs.len, &diags))
		status = watch_targets(&watch, &outputs, &diags);
	diags_print(&diags, stderr);
	pipeline_free(watch.pipeline);
	free(watch.cgroups.items);
	options_release(options);
	return status;
}
