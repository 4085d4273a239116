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
#include <unistd.h>

enum { KEY_CGROUP = 0x200, KEY_COMM, KEY_EXE, KEY_UNIT, KEY_CONTAINER };

struct watch {
	struct options options;
	struct strings cgroups;
	struct strings matches[CAPTURE_MATCH_CONTAINER + 1];
	size_t matches_len; /* of all kinds */
	pid_t pids[WIRE_TARGETS_MAX];
	size_t pids_len;
	struct pipeline *pipeline;
};

static error_t add_match(struct watch *watch, enum capture_match by, const char *what) {
	watch->matches_len++;
	return -strings_add(&watch->matches[by], what);
}

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
	case KEY_COMM:
		return add_match(watch, CAPTURE_MATCH_COMM, arg);
	case KEY_EXE:
		return add_match(watch, CAPTURE_MATCH_EXE, arg);
	case KEY_UNIT:
		return add_match(watch, CAPTURE_MATCH_UNIT, arg);
	case KEY_CONTAINER:
		return add_match(watch, CAPTURE_MATCH_CONTAINER, arg);
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is no option. To watch process %s: -p %s", arg, arg, arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (!watch->pids_len && !watch->cgroups.len && !watch->matches_len)
			argp_error(state, "name a target: -p PID (and its children), --unit, --container, --comm, --exe or "
			                  "--cgroup. To start a program under watch: logspill run -- CMD");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option target_options[] = {
    {"pid", 'p', "PID", 0, "this process, its present and its future children; may be repeated", 0},
    {"cgroup", KEY_CGROUP, "PATH", 0, "what is in this cgroup (v2) and below, now and later; may be repeated", 0},
    {"unit", KEY_UNIT, "NAME", 0,
     "what systemd runs as this unit (.service unless said), now and later; may be repeated", 0},
    {"container", KEY_CONTAINER, "ID", 0, "this container, by id or its first 8 digits or more; may be repeated", 0},
    {"comm", KEY_COMM, "NAME", 0, "processes of this name and their children, now and later; may be repeated", 0},
    {"exe", KEY_EXE, "PATH", 0, "processes that execute this file and their children, now and later; may be repeated",
     0},
    {0},
};
static const struct argp parser = {
    .options = target_options,
    .parser = parse,
    .children = options_watching,
    .doc = "Watches what runs already, until Ctrl-C, or until the watched processes have gone."
           "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive.",
};

/* Its units are cgroups, and where it does not run there are none. */
static int need_systemd(const struct strings *units, struct diags *diags) {
	if (!units->len || !access("/run/systemd/system", F_OK))
		return 0;
	diags_say(diags, "--unit %s: systemd does not run here. Name its processes with --comm, --exe, -p or --cgroup",
	          units->items[0]);
	return -ENOTSUP;
}

static int add_matches(struct watch *watch, struct diags *diags) {
	int r = need_systemd(&watch->matches[CAPTURE_MATCH_UNIT], diags);
	static const char *const kinds[] = {"comm", "exe", "unit", "container"};
	for (enum capture_match by = 0; by <= CAPTURE_MATCH_CONTAINER; by++) {
		for (size_t i = 0; r >= 0 && i < watch->matches[by].len; i++) {
			const char *what = watch->matches[by].items[i];
			r = capture_add_match(pipeline_capture(watch->pipeline), by, what, diags);
			if (r >= 0)
				r = pipeline_name_target(watch->pipeline, r, kinds[by], what);
		}
	}
	return r < 0 ? r : 0;
}

static int add_targets(struct watch *watch, struct diags *diags) {
	struct capture *capture = pipeline_capture(watch->pipeline);
	for (size_t i = 0; i < watch->pids_len; i++) {
		char pid[16];
		int r = capture_add_process(capture, watch->pids[i], diags);
		snprintf(pid, sizeof(pid), "%d", watch->pids[i]);
		if (r >= 0)
			r = pipeline_name_target(watch->pipeline, r, "pid", pid);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < watch->cgroups.len; i++) {
		int r = capture_add_cgroup(capture, watch->cgroups.items[i], diags);
		if (r >= 0)
			r = pipeline_name_target(watch->pipeline, r, "cgroup", watch->cgroups.items[i]);
		if (r < 0)
			return r;
	}
	return add_matches(watch, diags);
}

/* Processes come to an end; a cgroup may fill again, and what matches may be started. */
static bool all_gone(void *arg) {
	struct watch *watch = arg;
	return !watch->cgroups.len && !watch->matches_len && !capture_live_processes(pipeline_capture(watch->pipeline));
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
	for (size_t i = 0; i <= CAPTURE_MATCH_CONTAINER; i++)
		free(watch.matches[i].items);
	options_release(options);
	return status;
}
