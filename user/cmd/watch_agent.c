/* SPDX-License-Identifier: MIT */
#include "cmd/watch_agent.h"

#include "app/outputs.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "emit/emit.h"
#include "view/screen.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>

static int look(void *arg, const struct finding_query *wanted, struct snapshot **ret, char **ret_trouble) {
	struct remote *r = arg;
	remote_want(r, wanted);
	*ret = remote_newest(r, ret_trouble);
	return 0;
}

static int end_on_signals(sd_event *loop) {
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;
	int r = 0;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals) && r >= 0; i++)
		r = sd_event_add_signal(loop, NULL, signals[i], NULL, NULL); /* ends the loop */
	return r < 0 ? r : 0;
}

/* Until a signal, or what is shown has come to an end. */
static int wait_for_end(sd_event *loop) {
	int r = end_on_signals(loop);
	return r < 0 ? r : sd_event_loop(loop);
}

static int show_table(struct remote *remote, sd_event *loop) {
	const struct screen_source source = {.arg = remote, .fd = remote_fd(remote), .look = look};
	_cleanup_(screen_closep) struct screen *screen = NULL;
	int r = screen_open(&screen, &source, loop);
	return r < 0 ? r : wait_for_end(loop);
}

struct lines {
	struct remote *remote;
	struct emitter *emitter;
	json_t *places;   /* a finding's id -> which one it is for the emitter */
	bool is_troubled; /* that has been told */
};

static int print_finding(struct lines *l, const struct finding *f, bool last) {
	struct finding placed = *f;
	json_t *place = json_object_get(l->places, f->id);
	placed.index = place ? (size_t)json_integer_value(place) : json_object_size(l->places);
	if (!place && json_object_set_new(l->places, f->id, json_integer((json_int_t)placed.index)))
		return -ENOMEM;
	return emitter_finding(l->emitter, &placed, clock_monotonic_ns(), last);
}

static int print_news(struct lines *l, bool last) {
	_cleanup_free_ char *trouble = NULL;
	_cleanup_(snapshot_dropp) struct snapshot *s = remote_newest(l->remote, &trouble);
	int r = 0;
	if (trouble && !l->is_troubled)
		fprintf(stderr, "logspill: not kept up: %s\n", trouble);
	l->is_troubled = trouble;
	for (size_t i = s->findings_len; i > 0 && !r; i--) /* what was seen last comes first */
		r = print_finding(l, &s->findings[i - 1]->finding, last);
	return r;
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *arg) {
	(void)fd, (void)events;
	int r = print_news(arg, false);
	return r < 0 ? sd_event_exit(sd_event_source_get_event(source), r) : 0;
}

static int print_lines(struct remote *remote, sd_event *loop, bool color) {
	static const struct finding_query latest = {
	    .order = FINDING_BY_LAST_SEEN, .descending = true, .limit = FINDING_LIST_MAX};
	json_auto_t *places = json_object();
	struct lines l = {.remote = remote, .places = places};
	signal(SIGPIPE, SIG_IGN);
	remote_want(remote, &latest);
	int r = places ? emitter_open_fd(&l.emitter, emit_format_find("text"), STDOUT_FILENO, color) : -ENOMEM;
	if (!r)
		r = sd_event_add_io(loop, NULL, remote_fd(remote), EPOLLIN, on_news, &l);
	if (r >= 0)
		r = wait_for_end(loop);
	if (r >= 0)
		r = print_news(&l, true);
	int failed = emitter_close(l.emitter);
	return r < 0 ? r : failed;
}

static int show(struct remote *remote, const struct remote_options *o, const struct output_options *output,
                struct diags *diags) {
	_cleanup_(sd_event_unrefp) sd_event *loop = NULL;
	bool table = outputs_want_screen(output);
	int r = sd_event_new(&loop);
	if (!table && !output->quiet)
		fprintf(stderr, "logspill: what the agent at %s sees; Ctrl-C ends with a summary, and the agent goes on\n",
		        o->url);
	if (r >= 0)
		r = table ? show_table(remote, loop) : print_lines(remote, loop, options_color(output, STDOUT_FILENO));
	if (r < 0)
		diags_say(diags, "cannot show it %s: %s", table ? "on this terminal. Lines instead: -f text" : "any more",
		          strerror(-r));
	return r < 0 ? r : 0;
}

/* As it was last known. */
static int say_state(struct remote *remote, const char *url) {
	static const int statuses[] = {EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCONCLUSIVE};
	_cleanup_free_ char *trouble = NULL;
	_cleanup_(snapshot_dropp) struct snapshot *s = remote_newest(remote, &trouble);
	enum verdict verdict = snapshot_verdict(s);
	char findings[TEXT_COUNT_SIZE], matches[TEXT_COUNT_SIZE], coverage[TEXT_PERCENT_SIZE];
	size_t unwaived = snapshot_unwaived(s);
	fprintf(stderr, "%s: %s %s (%s %s), coverage %s. The agent at %s goes on.\n", verdict_word(verdict),
	        text_count(findings, unwaived), text_plural(unwaived, "finding", "findings"),
	        text_count(matches, s->matches), text_plural(s->matches, "match", "matches"),
	        text_percent(coverage, snapshot_sum(s).coverage), url);
	if (trouble)
		fprintf(stderr, "logspill: that is not its present state: %s\n", trouble);
	return trouble ? EXIT_ERROR : statuses[verdict];
}

int watch_agent(const struct remote_options *o, const struct output_options *output) {
	_cleanup_(diags_release) struct diags diags = {0};
	_cleanup_(remote_closep) struct remote *remote = NULL;
	int status = EXIT_ERROR;
	if (!remote_open(&remote, o, &diags) && !show(remote, o, output, &diags))
		status = say_state(remote, o->url);
	diags_print(&diags, stderr);
	return status;
}
