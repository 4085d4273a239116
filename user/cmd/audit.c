/* SPDX-License-Identifier: MIT */
/* logspill audit: watches for a time, tells how it goes, and writes a report. */
#include "cmd/cmd.h"

#include "base/clock.h"
#include "base/text.h"
#include "cmd/watching.h"

#include <errno.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define DEFAULT_NS (600 * NS_PER_S)
#define TERMINAL_NS NS_PER_S     /* between two lines of progress: one that is written over, ... */
#define LINES_NS (60 * NS_PER_S) /* ... or one below the other */

struct audit {
	struct watching watching; /* first */
	uint64_t shown_ns;
	size_t findings; /* as last told */
	bool terminal, shown;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct audit *a = state->input;
	if (key != 'd')
		return watching_parse(&a->watching, key, arg, state);
	a->watching.duration_ns = clock_parse_duration(arg);
	if (!a->watching.duration_ns)
		argp_error(state, "--duration takes a time such as 90s, 10m or 2h, not '%s'", arg);
	return 0;
}

static const struct argp_option audit_options[] = {
    {"duration", 'd', "TIME", 0, "how long to watch: 90s, 10m, 2h (default 10m); Ctrl-C ends it earlier", 0},
    {0},
};
static const struct argp parser = {
    .options = audit_options,
    .parser = parse,
    .children = targets_watching,
    .doc =
        "Watches what runs already for a time, and reports: what leaks, from which code, when, where to, how much was "
        "not seen, and what it cost."
        "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive.",
};

/* "9:58" */
static void tell_time(char *ret, size_t size, uint64_t ns) {
	uint64_t s = ns / NS_PER_S;
	if (s >= 3600)
		snprintf(ret, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(ret, size, "%lu:%02lu", s / 60, s % 60);
}

static void tell(struct audit *a, uint64_t elapsed_ns, const struct snapshot *s) {
	const struct watching *w = &a->watching;
	const struct snapshot_sums sums = snapshot_sum(s);
	uint64_t left_ns = w->duration_ns > elapsed_ns ? w->duration_ns - elapsed_ns : 0;
	char left[32], count[TEXT_COUNT_SIZE], findings[TEXT_COUNT_SIZE], matches[TEXT_COUNT_SIZE];
	char coverage[TEXT_PERCENT_SIZE];
	tell_time(left, sizeof(left), left_ns);
	fprintf(stderr, "%slogspill: %s left; %s %s (%s %s) in %s %s; coverage %s%s", a->terminal ? "\r\033[K" : "", left,
	        text_count(findings, s->findings_len), text_plural(s->findings_len, "finding", "findings"),
	        text_count(matches, s->matches), text_plural(s->matches, "match", "matches"),
	        text_count(count, sums.records), text_plural(sums.records, "record", "records"),
	        text_percent(coverage, sums.coverage), a->terminal ? "" : "\n");
	a->findings = s->findings_len;
	a->shown = true;
}

/* On a terminal every second; else every minute, and when there are new findings, ten seconds apart at least. */
static void progress(struct watching *w, uint64_t elapsed_ns) {
	struct audit *a = (struct audit *)w;
	_cleanup_(snapshot_dropp) struct snapshot *s = NULL;
	uint64_t since_ns = elapsed_ns - a->shown_ns;
	if (w->options.output.quiet || since_ns < (a->terminal ? TERMINAL_NS : LINES_NS / 6))
		return;
	if (pipeline_snapshot(w->pipeline, &s) < 0)
		return;
	if (!a->terminal && since_ns < LINES_NS && s->findings_len == a->findings)
		return;
	a->shown_ns = elapsed_ns;
	tell(a, elapsed_ns, s);
}

static void finished(struct watching *w) {
	struct audit *a = (struct audit *)w;
	if (a->terminal && a->shown)
		fputs("\r\033[K", stderr);
}

int cmd_audit(int argc, char **argv) {
	struct audit a = {
	    .watching = {.argv = argv, .text = true, .duration_ns = DEFAULT_NS, .progress = progress, .finished = finished},
	    .terminal = isatty(STDERR_FILENO),
	};
	a.watching.options.watch.list_sinks = true;
	options_parse(&parser, argc, argv, 0, &a);
	return watching_run(&a.watching);
}
