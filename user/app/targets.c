/* SPDX-License-Identifier: MIT */
#include "app/targets.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
static int need_systemd(const char *unit, struct diags *diags) {
	if (!access("/run/systemd/system", F_OK))
		return 0;
	diags_say(diags, "--unit %s: systemd does not run here. Name its processes with --comm, --exe, -p or --cgroup",
	          unit);
	return -ENOTSUP;
}

static const char *const match_kinds[] = {"comm", "exe", "unit", "container"};

static int add_by_kind(struct capture *c, const char *kind, const char *what, struct diags *diags) {
	int r = strcmp(kind, "unit") ? 0 : need_systemd(what, diags);
	if (r)
		return r;
	if (!strcmp(kind, "cgroup"))
		return capture_add_cgroup(c, what, diags);
	for (enum capture_match by = 0; by <= CAPTURE_MATCH_CONTAINER; by++)
		if (!strcmp(kind, match_kinds[by]))
			return capture_add_match(c, by, what, diags);
	return capture_add_host(c, diags);
}

int targets_add_one(struct pipeline *p, const char *kind, const char *what, struct diags *diags) {
	int number = pipeline_find_target(p, kind, what);
	if (number >= 0)
		capture_resume_target(pipeline_capture(p), (uint32_t)number);
	int r = add_by_kind(pipeline_capture(p), kind, what, diags);
	return r < 0 ? r : pipeline_name_target(p, r, kind, what);
}

static int add_all(const struct strings *names, const char *kind, struct pipeline *p, struct diags *diags) {
	int r = 0;
	for (size_t i = 0; !r && i < names->len; i++)
		r = targets_add_one(p, kind, names->items[i], diags);
	return r;
}

/* A number tells nobody what was watched. */
static int name_pid(struct pipeline *p, int target, pid_t pid) {
	char comm[16 + 1] = "";
	(void)process_comm(pid, comm);
	_cleanup_free_ char *program = text_visible(comm, strlen(comm));
	_cleanup_free_ char *name =
	    program ? text_format("%s%s%d%s", program, *comm ? " (pid " : "pid ", pid, *comm ? ")" : "") : NULL;
	return name ? pipeline_name_target(p, target, "", name) : -ENOMEM;
}

static int add_pids(const struct targets *t, struct pipeline *p, struct diags *diags) {
	int r = 0;
	for (size_t i = 0; r >= 0 && i < t->pids_len; i++) {
		r = capture_add_process(pipeline_capture(p), t->pids[i], diags);
		if (r >= 0)
			r = name_pid(p, r, t->pids[i]);
	}
	return r < 0 ? r : 0;
}

int targets_add(const struct targets *t, struct pipeline *p, struct diags *diags) {
	int r = add_pids(t, p, diags);
	if (!r)
		r = add_all(&t->cgroups, "cgroup", p, diags);
	for (enum capture_match by = 0; !r && by <= CAPTURE_MATCH_CONTAINER; by++)
		r = add_all(&t->matches[by], match_kinds[by], p, diags);
	return !r && t->host ? targets_add_one(p, "host", "all", diags) : r;
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
