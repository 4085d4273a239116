/* SPDX-License-Identifier: MIT */
/* logspill run: a program from its first instruction on, its own output untouched. */
#include "cmd/cmd.h"

#include "app/outputs.h"
#include "app/pipeline.h"
#include "app/watcher.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/watching.h"
#include "process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { RUN_LEAK = 99, RUN_FAILED = 125, RUN_CANNOT_EXECUTE = 126, RUN_NOT_FOUND = 127 };

#define SAME_REQUEST_NS (1000 * 1000 * 1000ull)

struct run {
	struct options options;
	char **argv, **command; /* NULL-ended */
	pid_t pid;
	int status; /* of the command, as waitpid() tells it */
	bool ended;
	uint64_t asked_to_end_ns; /* 0: not asked */
};

static error_t parse(int key, char *arg, struct argp_state *state) {
	(void)arg;
	struct run *run = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		options_pass(&run->options, state, options_watching);
		return 0;
	case ARGP_KEY_ARGS:
		run->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which program? logspill run [OPTION...] -- CMD [ARG...]");
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
    .parser = parse,
    .children = options_watching,
    .args_doc = "-- CMD [ARG...]",
    .doc = "Starts CMD and watches it and all its children from the first instruction. Its standard output and error "
           "stay its own.\vExit status: 99 personal data was logged; 125 logspill failed, or bytes were lost "
           "(inconclusive); 126 CMD cannot be executed; 127 there is no CMD; 128+N a signal ended CMD; else CMD's.",
};

/* Why the child did not become CMD. */
struct start_failure {
	int error;
	bool watch; /* it could not be made a target; otherwise exec failed */
};

static void become(struct run *run, struct pipeline *p, const struct watcher *w, int report) {
	struct start_failure failure = {.watch = true};
	watcher_child_signals(w);
	failure.error = -capture_add_self(pipeline_capture(p));
	if (failure.error <= 0) {
		execvp(run->command[0], run->command);
		failure = (struct start_failure){.error = errno};
	}
	(void)!write(report, &failure, sizeof(failure));
	_exit(RUN_NOT_FOUND);
}

/* 0, or the exit status with the reason said. */
static int start(struct run *run, struct pipeline *p, const struct watcher *w) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0) {
		fprintf(stderr, "logspill: cannot start a program: %s\n", strerror(errno));
		return RUN_FAILED;
	}
	_cleanup_close_ int report = ends[0];
	run->pid = fork();
	if (run->pid == 0)
		become(run, p, w, ends[1]);
	int fork_error = errno;
	close(ends[1]);
	struct start_failure failure = {0};
	if (run->pid < 0)
		failure = (struct start_failure){.error = fork_error, .watch = true};
	else if (read(report, &failure, sizeof(failure)) != (ssize_t)sizeof(failure))
		return 0; /* the pipe closed at exec: CMD runs */
	else
		waitpid(run->pid, NULL, 0);
	_cleanup_free_ char *name = text_visible(run->command[0], strlen(run->command[0]));
	fprintf(stderr, "logspill: cannot %s '%s': %s\n", failure.watch ? "watch" : "run", name ? name : "?",
	        strerror(failure.error));
	return failure.watch ? RUN_FAILED : failure.error == ENOENT ? RUN_NOT_FOUND : RUN_CANNOT_EXECUTE;
}

/* A signal meant for us alone is passed on; the terminal sends Ctrl-C to CMD as well. The second one ends the watch,
 * unless it comes at once: timeout(1) and servers that end their process group ask twice, and mean it once. */
static bool on_signal(void *arg, const struct signalfd_siginfo *info) {
	struct run *run = arg;
	uint64_t now_ns = clock_monotonic_ns();
	if (run->asked_to_end_ns)
		return now_ns - run->asked_to_end_ns >= SAME_REQUEST_NS;
	run->asked_to_end_ns = now_ns;
	if (info->ssi_code != SI_KERNEL)
		kill(run->pid, (int)info->ssi_signo);
	return false;
}

static void on_child(void *arg, int status) {
	struct run *run = arg;
	run->status = status;
	run->ended = true;
}

static int exit_status(const struct run *run, const struct summary *s, int failed) {
	if (s->verdict == VERDICT_FAIL)
		return RUN_LEAK;
	if (failed || s->verdict == VERDICT_INCONCLUSIVE || !run->ended)
		return RUN_FAILED;
	return WIFEXITED(run->status) ? WEXITSTATUS(run->status) : 128 + WTERMSIG(run->status);
}

static int watch_command(struct run *run, struct pipeline *p, const struct outputs *outputs, struct diags *diags) {
	const struct watcher_handler handler = {.arg = run, .signal = on_signal, .child = on_child};
	_cleanup_(watcher_freep) struct watcher *w = NULL;
	int r = watcher_new(&w, p, &handler);
	if (r < 0) {
		diags_say(diags, "cannot make an event loop: %s", strerror(-r));
		return RUN_FAILED;
	}
	int status = start(run, p, w);
	if (status)
		return status;
	r = pipeline_name_target(p, 0, "", run->command[0]);
	if (!r)
		r = watcher_add_child(w, run->pid);
	if (!r)
		r = watcher_loop(w);
	if (r < 0)
		diags_say(diags, "the watch broke off: %s", strerror(-r));
	if (!run->ended)
		diags_say(diags, "the program (pid %d) was still running when the watch ended", run->pid);
	struct summary summary = {0};
	int finish = pipeline_finish(p, &summary, diags);
	outputs_say_summary(outputs, &summary, &run->options.output);
	status = exit_status(run, &summary, r < 0 || finish < 0);
	if (watching_report(outputs, p, &summary, run->argv, diags) < 0 && status != RUN_LEAK)
		status = RUN_FAILED;
	summary_release(&summary);
	return status;
}

int cmd_run(int argc, char **argv) {
	struct run run = {.argv = argv};
	struct options *options = &run.options;
	_cleanup_(diags_release) struct diags diags = {0};
	struct pipeline *p = NULL;
	struct outputs outputs;
	options_parse(&parser, argc, argv, ARGP_IN_ORDER, &run);
	int status = RUN_FAILED;
	if (options->watch.hook == CAPTURE_HOOK_AUTO && program_command_is_32_bit(run.command[0]))
		options->watch.hook = CAPTURE_HOOK_RAW;
	if (!outputs_for_run(&outputs, &options->output, &diags) && !options_complete(options, &diags) &&
	    !pipeline_new(&p, options, outputs.items, outputs.len, &diags))
		status = watch_command(&run, p, &outputs, &diags);
	diags_print(&diags, stderr);
	pipeline_free(p);
	options_release(options);
	return status;
}
