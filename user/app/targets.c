/* SPDX-License-Identifier: MIT */
#include "app/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEY_CGROUP = 0x200, KEY_COMM, KEY_EXE, KEY_UNIT, KEY_CONTAINER, KEY_HOST };

static error_t add_match(struct targets *t, enum capture_match by, const char *what) {
	t->matches_len++;
	return -strings_add(&t->matches[by], what);
}

static void add_pid(struct targets *t, const char *arg, struct argp_state *state) {
	char *end;
	long pid = strtol(arg, &end, 10);
	if (end == arg || *end || pid <= 0 || pid > 4194304)
		argp_error(state, "-p takes a process id, not '%s'", arg);
	if (t->pids_len == WIRE_TARGETS_MAX)
		argp_error(state, "at most %d targets at once", WIRE_TARGETS_MAX);
	t->pids[t->pids_len++] = (pid_t)pid;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct targets *t = state->input;
	switch (key) {
	case 'p':
		add_pid(t, arg, state);
		return 0;
	case KEY_CGROUP:
		return -strings_add(&t->cgroups, arg);
	case KEY_COMM:
		return add_match(t, CAPTURE_MATCH_COMM, arg);
	case KEY_EXE:
		return add_match(t, CAPTURE_MATCH_EXE, arg);
	case KEY_UNIT:
		return add_match(t, CAPTURE_MATCH_UNIT, arg);
	case KEY_CONTAINER:
		return add_match(t, CAPTURE_MATCH_CONTAINER, arg);
	case KEY_HOST:
		t->host = true;
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
    {"host", KEY_HOST, NULL, 0,
     "all processes of this machine but logspill; of their standard output what a log collector reads", 0},
    {0},
};
static const struct argp targets_argp = {.options = target_options, .parser = parse};

const struct argp_child targets_watching[] = {
    {&targets_argp, 0, "Targets:", 0},
    {&options_watch_argp, 0, "Watching:", 1},
    {&options_rules_argp, 0, "Rules:", 2},
    {&options_formats_argp, 0, "Output:", 3},
    {0},
};

void targets_pass(struct targets *t, struct options *o, struct argp_state *state) {
	options_pass(o, state, targets_watching);
	state->child_inputs[0] = t;
}

bool targets_any(const struct targets *t) {
	return t->pids_len || t->cgroups.len || t->matches_len || t->host;
}

void targets_refuse_argument(struct argp_state *state, const char *arg) {
	argp_error(state, "'%s' is no option. To watch process %s: -p %s", arg, arg, arg);
}

void targets_require(const struct targets *t, struct argp_state *state) {
	if (!targets_any(t))
		argp_error(state, "name a target: -p PID (and its children), --unit, --container, --comm, --exe, "
		                  "--cgroup or --host. To start a program under watch: logspill run -- CMD");
}

/* Its units are cgroups, and where it does not run there are none. */
static int need_systemd(const struct strings *units, struct diags *diags) {
	if (!units->len || !access("/run/systemd/system", F_OK))
		return 0;
	diags_say(diags, "--unit %s: systemd does not run here. Name its processes with --comm, --exe, -p or --cgroup",
	          units->items[0]);
	return -ENOTSUP;
}

static int add_matches(const struct targets *t, struct pipeline *p, struct diags *diags) {
	int r = need_systemd(&t->matches[CAPTURE_MATCH_UNIT], diags);
	static const char *const kinds[] = {"comm", "exe", "unit", "container"};
	for (enum capture_match by = 0; by <= CAPTURE_MATCH_CONTAINER; by++) {
		for (size_t i = 0; r >= 0 && i < t->matches[by].len; i++) {
			const char *what = t->matches[by].items[i];
			r = capture_add_match(pipeline_capture(p), by, what, diags);
			if (r >= 0)
				r = pipeline_name_target(p, r, kinds[by], what);
		}
	}
	return r < 0 ? r : 0;
}

static int add_host(struct pipeline *p, struct diags *diags) {
	int r = capture_add_host(pipeline_capture(p), diags);
	return r < 0 ? r : pipeline_name_target(p, r, "host", "all");
}

int targets_add(const struct targets *t, struct pipeline *p, struct diags *diags) {
	struct capture *capture = pipeline_capture(p);
	for (size_t i = 0; i < t->pids_len; i++) {
		char pid[16];
		int r = capture_add_process(capture, t->pids[i], diags);
		snprintf(pid, sizeof(pid), "%d", t->pids[i]);
		if (r >= 0)
			r = pipeline_name_target(p, r, "pid", pid);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < t->cgroups.len; i++) {
		int r = capture_add_cgroup(capture, t->cgroups.items[i], diags);
		if (r >= 0)
			r = pipeline_name_target(p, r, "cgroup", t->cgroups.items[i]);
		if (r < 0)
			return r;
	}
	int r = add_matches(t, p, diags);
	return !r && t->host ? add_host(p, diags) : r;
}

bool targets_gone(const struct targets *t, const struct pipeline *p) {
	return !t->cgroups.len && !t->matches_len && !t->host && !pipeline_live_processes(p);
}

void targets_release(struct targets *t) {
	free(t->cgroups.items);
	for (size_t i = 0; i <= CAPTURE_MATCH_CONTAINER; i++)
		free(t->matches[i].items);
	*t = (struct targets){0};
}
