/* SPDX-License-Identifier: MIT */
/* logspill watch: what runs already, until Ctrl-C or until it has gone. */
#include "cmd/cmd.h"

#include "app/outputs.h"
#include "app/screen.h"
#include "app/targets.h"
#include "app/watcher.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watch {
	struct options options;
	struct targets targets;
	struct pipeline *pipeline;
	bool on_screen;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct watch *watch = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		targets_pass(&watch->targets, &watch->options, state);
		return 0;
	case ARGP_KEY_ARG:
		targets_refuse_argument(state, arg);
		return EINVAL;
	case ARGP_KEY_END:
		targets_require(&watch->targets, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {
    .parser = parse,
    .children = targets_watching,
    .doc = "Watches what runs already, until Ctrl-C, or until the watched processes have gone: as a table on a "
           "terminal (h shows its keys), as lines elsewhere or with -f."
           "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive.",
};

static bool all_gone(void *arg) {
	const struct watch *watch = arg;
	return targets_gone(&watch->targets, watch->pipeline);
}

int cmd_watch_status(const struct summary *s, bool failed) {
	if (s->verdict == VERDICT_FAIL)
		return EXIT_FINDINGS;
	if (failed)
		return EXIT_ERROR;
	return s->verdict == VERDICT_PASS ? EXIT_CLEAN : EXIT_INCONCLUSIVE;
}

static int watch_targets(struct watch *watch, const struct outputs *outputs, struct diags *diags) {
	const struct watcher_handler handler = {.arg = watch, .done = all_gone};
	_cleanup_(watcher_freep) struct watcher *w = NULL;
	if (targets_add(&watch->targets, watch->pipeline, diags) < 0)
		return EXIT_ERROR;
	int r = watcher_new(&w, watch->pipeline, &handler);
	if (r < 0) {
		diags_say(diags, "cannot make an event loop: %s", strerror(-r));
		return EXIT_ERROR;
	}
	_cleanup_(screen_closep) struct screen *screen = NULL;
	if (watch->on_screen)
		r = screen_open(&screen, watch->pipeline, w);
	if (r < 0) {
		diags_say(diags, "cannot show it on this terminal: %s. Lines instead: -f text", strerror(-r));
		return EXIT_ERROR;
	}
	if (!screen && !watch->options.output.quiet)
		fprintf(stderr, "logspill: watching (%s hook); Ctrl-C ends with the summary\n",
		        capture_hook_name(pipeline_capture(watch->pipeline)));
	r = watcher_loop(w);
	screen_close(take(screen));
	if (r < 0)
		diags_say(diags, "the watch broke off: %s", strerror(-r));
	struct summary summary = {0};
	int finish = pipeline_finish(watch->pipeline, &summary, diags);
	outputs_say_summary(outputs, &summary, &watch->options.output);
	int status = cmd_watch_status(&summary, r < 0 || finish < 0);
	summary_release(&summary);
	return status;
}

int cmd_watch(int argc, char **argv) {
	struct watch watch = {0};
	struct options *options = &watch.options;
	_cleanup_(diags_release) struct diags diags = {0};
	struct outputs outputs;
	argp_parse(&parser, argc, argv, 0, NULL, &watch);
	watch.on_screen = outputs_want_screen(&options->output);
	if (watch.on_screen)
		outputs = (struct outputs){.words_after = !options->output.quiet};
	else
		outputs_for_watch(&outputs, &options->output);
	int status = EXIT_ERROR;
	if (!options_complete(options, &diags) &&
	    !pipeline_new(&watch.pipeline, options, outputs.items, outputs.len, &diags))
		status = watch_targets(&watch, &outputs, &diags);
	diags_print(&diags, stderr);
	pipeline_free(watch.pipeline);
	targets_release(&watch.targets);
	options_release(options);
	return status;
}
