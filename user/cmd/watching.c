/* SPDX-License-Identifier: MIT */
#include "cmd/watching.h"

#include "app/watch_report.h"
#include "app/watcher.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/cmd.h"
#include "view/screen.h"

#include <errno.h>
#include <string.h>

error_t watching_parse(struct watching *w, int key, char *arg, struct argp_state *state) {
	switch (key) {
	case ARGP_KEY_INIT:
		targets_pass(&w->targets, &w->options, state);
		return 0;
	case ARGP_KEY_ARG:
		targets_refuse_argument(state, arg);
		return EINVAL;
	case ARGP_KEY_END:
		targets_require(&w->targets, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static bool is_done(void *arg) {
	struct watching *w = arg;
	uint64_t elapsed_ns = clock_monotonic_ns() - w->started_ns;
	if (w->progress)
		w->progress(w, elapsed_ns);
	return (w->duration_ns && elapsed_ns >= w->duration_ns) || targets_gone(&w->targets, w->pipeline);
}

int watching_report(const struct outputs *outputs, struct pipeline *p, const struct summary *s, char *const *argv,
                    struct diags *ret_diags) {
	struct watch_report report;
	if (!outputs->documents_len)
		return 0;
	int r = watch_report_init(&report, p, s, argv, outputs_want_json(outputs));
	if (r < 0) {
		diags_say(ret_diags, "cannot make the report: %s", strerror(-r));
		return r;
	}
	r = outputs_write_documents(outputs, &report.report, ret_diags);
	watch_report_release(&report);
	return r;
}

static int exit_status(const struct summary *s, bool failed) {
	if (s->verdict == VERDICT_FAIL)
		return EXIT_FINDINGS;
	if (failed)
		return EXIT_ERROR;
	return s->verdict == VERDICT_PASS ? EXIT_CLEAN : EXIT_INCONCLUSIVE;
}

int watching_finish(struct pipeline *p, const struct outputs *outputs, const struct output_options *o,
                    char *const *argv, bool failed, struct diags *ret_diags) {
	struct summary summary = {0};
	int r = pipeline_finish(p, &summary, ret_diags);
	outputs_say_summary(outputs, &summary, o);
	int reported = watching_report(outputs, p, &summary, argv, ret_diags);
	int status = exit_status(&summary, failed || r < 0 || reported < 0);
	summary_release(&summary);
	return status;
}

static int look(void *arg, const struct finding_query *wanted, struct snapshot **ret, char **ret_trouble) {
	struct watching *w = arg;
	(void)wanted;
	*ret_trouble = NULL;
	int r = pipeline_snapshot(w->pipeline, ret);
	if (!r)
		(*ret)->ready = true;
	return r == -ENOMEM ? 0 : r;
}

static int watch_targets(struct watching *w, const struct outputs *outputs, struct diags *diags) {
	const struct watcher_handler handler = {.arg = w, .done = is_done};
	_cleanup_(watcher_freep) struct watcher *watcher = NULL;
	if (targets_add(&w->targets, w->pipeline, diags) < 0)
		return EXIT_ERROR;
	int r = watcher_new(&watcher, w->pipeline, &handler);
	if (r < 0) {
		diags_say(diags, "cannot make an event loop: %s", strerror(-r));
		return EXIT_ERROR;
	}
	_cleanup_(screen_closep) struct screen *screen = NULL;
	if (w->screen)
		r = screen_open(&screen, &(struct screen_source){.arg = w, .fd = -1, .look = look}, watcher_event(watcher));
	if (r < 0) {
		diags_say(diags, "cannot show it on this terminal: %s. Lines instead: -f text", strerror(-r));
		return EXIT_ERROR;
	}
	if (!screen && !w->options.output.quiet)
		fprintf(stderr, "logspill: watching (%s hook); Ctrl-C ends with the summary\n",
		        capture_hook_name(pipeline_capture(w->pipeline)));
	w->started_ns = clock_monotonic_ns();
	r = watcher_loop(watcher);
	screen_close(take(screen));
	if (r < 0)
		diags_say(diags, "the watch broke off: %s", strerror(-r));
	if (w->finished)
		w->finished(w);
	return watching_finish(w->pipeline, outputs, &w->options.output, w->argv, r < 0, diags);
}

int watching_run(struct watching *w) {
	_cleanup_(diags_release) struct diags diags = {0};
	struct outputs outputs;
	w->screen = w->screen && outputs_want_screen(&w->options.output);
	int status = EXIT_ERROR, r = w->screen ? outputs_for_screen(&outputs, &w->options.output, &diags)
	                                       : outputs_for_watch(&outputs, &w->options.output, w->text, &diags);
	if (!r && !options_complete(&w->options, &diags) &&
	    !pipeline_new(&w->pipeline, &w->options, outputs.items, outputs.len, &diags))
		status = watch_targets(w, &outputs, &diags);
	diags_print(&diags, stderr);
	pipeline_free(w->pipeline);
	targets_release(&w->targets);
	options_release(&w->options);
	return status;
}
