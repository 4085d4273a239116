/* SPDX-License-Identifier: MIT */
#include "cmd/watch_agent.h"

#include "app/screen.h"
#include "base/text.h"
#include "cmd/cmd.h"

#include <errno.h>
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

static int show(struct remote *remote, struct diags *diags) {
	const struct screen_source source = {.arg = remote, .fd = remote_fd(remote), .look = look};
	_cleanup_(sd_event_unrefp) sd_event *loop = NULL;
	_cleanup_(screen_closep) struct screen *screen = NULL;
	int r = sd_event_new(&loop);
	if (r >= 0)
		r = end_on_signals(loop);
	if (r >= 0)
		r = screen_open(&screen, &source, loop);
	if (r >= 0)
		r = sd_event_loop(loop);
	screen_close(take(screen));
	if (r < 0)
		diags_say(diags, "cannot show it on this terminal: %s", strerror(-r));
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

int watch_agent(const struct remote_options *o) {
	_cleanup_(diags_release) struct diags diags = {0};
	_cleanup_(remote_closep) struct remote *remote = NULL;
	int status = EXIT_ERROR;
	if (!screen_is_possible())
		diags_say(&diags,
		          "--agent shows a table, for which there is no terminal here. For programs: GET "
		          "%s/api/v1/findings, or logspill report -f jsonl on the agent's host",
		          o->url);
	else if (!remote_open(&remote, o, &diags) && !show(remote, &diags))
		status = say_state(remote, o->url);
	diags_print(&diags, stderr);
	return status;
}
