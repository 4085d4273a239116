/* SPDX-License-Identifier: MIT */
/* logspill scan: the same detector on files and standard input. */
#include "cmd/cmd.h"

#include "app/outputs.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "scan/input.h"
#include "scan/output.h"
#include "scan/progress.h"
#include "scan/report.h"
#include "scan/scan.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { KEY_MATCHES = 0x300, KEY_TEXT, KEY_FAIL_ON, KEY_BASELINE, KEY_WAIVERS };

struct scanning {
	struct options options;
	struct strings names;
	const char *baseline_path, *waivers_path;
	enum rule_severity fail_on;
	const char *path; /* of the output; NULL: standard output */
	bool matches, binary, jsonl, color, format_said;
	const struct report_format *format; /* NULL: jsonl */
	struct input_list list;
	struct scan *scan;
	struct baseline *baseline;
	struct waivers *waivers;
	struct scan_output output;
	struct scan_progress progress;
	struct diags diags;
};

/* Set by Ctrl-C and SIGTERM: the scan ends, and tells what it has found so far. */
static volatile sig_atomic_t stopped;

static void parse_format(struct scanning *s, const char *arg, struct argp_state *state) {
	s->jsonl = !strcmp(arg, "jsonl");
	s->format = s->jsonl ? NULL : report_format_find(arg);
	s->format_said = true;
	if (!s->jsonl && !s->format)
		argp_error(state, "-f takes text, jsonl, md, html, json, sarif or junit, not '%s'", arg);
}

/* What the name of the output file ends with, when -f does not say. */
static void guess_format(struct scanning *s) {
	const char *dot = s->path && !s->format_said ? strrchr(s->path, '.') : NULL;
	s->jsonl |= dot && !strcmp(dot, ".jsonl");
	const struct report_format *format = dot ? report_format_of_file(s->path) : NULL;
	s->format = s->jsonl ? NULL : format ? format : s->format;
}

static void check_options(struct scanning *s, struct argp_state *state) {
	const struct strings *paths = &s->options.output.paths;
	if (paths->len > 1)
		argp_error(state, "a scan has one output: -o %s or -o %s", paths->items[0], paths->items[1]);
	s->path = paths->len ? paths->items[0] : NULL;
	guess_format(s);
	if (!s->names.len)
		argp_error(state, "which files? logspill scan FILE|DIR|-... ('-' is standard input)");
	if (s->matches && s->format && s->format->whole)
		argp_error(state, "--matches goes with -f text and -f jsonl, not with %s", s->format->name);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct scanning *s = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &s->options;
		return 0;
	case 'f':
		parse_format(s, arg, state);
		return 0;
	case KEY_MATCHES:
		s->matches = true;
		return 0;
	case KEY_TEXT:
		s->binary = true;
		return 0;
	case KEY_FAIL_ON:
		s->fail_on = options_parse_severity(state, "--fail-on", arg);
		return 0;
	case KEY_BASELINE:
		s->baseline_path = arg;
		return 0;
	case KEY_WAIVERS:
		s->waivers_path = arg;
		return 0;
	case ARGP_KEY_ARG:
		return -strings_add(&s->names, arg);
	case ARGP_KEY_END:
		check_options(s, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option scan_options[] = {
    {"matches", KEY_MATCHES, 0, 0, "a line for each match, of every class, instead of findings", 0},
    {"format", 'f', "FORMAT", 0,
     "text, jsonl, md, html, json, sarif or junit (default: what the name of the output file ends with, or text)", 0},
    {"fail-on", KEY_FAIL_ON, "SEVERITY", 0, "less severe findings do not count (default info: all count)", 0},
    {"baseline", KEY_BASELINE, "FILE", 0, "findings in this earlier jsonl or sarif output do not count", 0},
    {"waivers", KEY_WAIVERS, "FILE", 0, "findings that this file waives do not count", 0},
    {"text", KEY_TEXT, 0, 0, "scan binary files too", 0},
    {0},
};

static void parse_command_line(struct scanning *s, int argc, char **argv) {
	const struct argp_child children[] = {
	    {&options_rules_argp, 0, "Rules:", 2},
	    {&options_output_argp, 0, "Output:", 3},
	    {0},
	};
	const struct argp parser = {
	    .options = scan_options,
	    .parser = parse,
	    .children = children,
	    .args_doc = "FILE|DIR|-...",
	    .doc = "Scans files, all files below directories, and standard input ('-'). gzip, zstd and UTF-16 are decoded."
	           "\vExit status: 0 clean; 1 personal data was found; 2 error; 3 something was not scanned.",
	};
	s->format = report_format_find("text");
	options_parse(&parser, argc, argv, 0, s);
}

static void on_signal(int signal) {
	(void)signal;
	stopped = 1;
}

/*
 * Without SA_RESTART: a read that waits for more of standard input ends. The second signal ends the program at once. A
 * closed pipe is an error to report.
 */
static void catch_signals(void) {
	const struct sigaction once = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGINT, &once, NULL);
	sigaction(SIGTERM, &once, NULL);
	sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
}

static void on_match(void *arg, const struct scan_match *m) {
	struct scanning *s = arg;
	if (s->jsonl)
		scan_output_put_match_json(&s->output, m);
	else
		scan_output_put_match_text(&s->output, m, s->color);
}

/* Called between blocks. Matches of what has come so far are shown before more is waited for. */
static bool go_on(void *arg, uint64_t bytes) {
	struct scanning *s = arg;
	scan_output_flush(&s->output);
	scan_progress_show(&s->progress, bytes);
	return !stopped && !s->output.error;
}

static void on_missing(void *arg, const char *path, int error) {
	struct scanning *s = arg;
	scan_miss(s->scan, path, 0, WIRE_LOSS_FAULT, input_strerror(error));
}

static int scan_all(struct scanning *s) {
	int r = 0;
	for (size_t i = 0; i < s->names.len && !r; i++)
		r = input_list_add(&s->list, s->names.items[i], on_missing, s);
	scan_progress_init(&s->progress, STDERR_FILENO, s->list.bytes);
	s->progress.off |= s->options.output.quiet || (s->matches && isatty(s->output.fd));
	size_t done = 0;
	for (; done < s->list.len && !r; done++) {
		r = scan_file(s->scan, &s->list.items[done], s->binary);
		scan_progress_file_done(&s->progress, s->list.items[done].bytes);
	}
	scan_progress_clear(&s->progress);
	for (; done < s->list.len; done++)
		scan_miss(s->scan, s->list.items[done].path, s->list.items[done].bytes, WIRE_LOSS_BUDGET,
		          "the scan was interrupted");
	return r == -EINTR ? 0 : r;
}

static void put_findings(struct scanning *s, const struct scan_report *r) {
	for (size_t i = 0; i < r->report.len; i++) {
		_cleanup_free_ char *line = scan_report_json_item(&r->items[i]);
		scan_output_put(&s->output, line);
	}
	_cleanup_free_ char *summary = emit_format_find("jsonl")->summary(&r->summary, &(struct emit_context){0});
	scan_output_put(&s->output, summary);
}

/* Findings go where data go; where data are lines for programs, a person is told on standard error. */
static void tell(struct scanning *s, struct scan_report *r) {
	const struct output_options *o = &s->options.output;
	const struct report_format *words = report_format_find("text");
	bool told = s->format == words && !s->matches && !s->path;
	if (!s->matches && s->format) {
		r->report.color = s->color;
		_cleanup_free_ char *text = s->format->write(&r->report);
		scan_output_put(&s->output, text);
	} else if (!s->matches) {
		put_findings(s, r);
	}
	if (!s->matches && outputs_in_github()) {
		_cleanup_free_ char *annotations = report_format_find("github")->write(&r->report);
		fputs(annotations ? annotations : "", stderr);
	}
	/* A line for each match is for programs: they have said it all, unless something is missing. */
	if (!told && o->quiet)
		outputs_say_doubts(&r->summary);
	if (told || o->quiet || (s->matches && !r->summary.blind_spots_len))
		return;
	r->report.color = options_color(o, STDERR_FILENO);
	r->report.len = 0; /* the findings are where they were asked for */
	_cleanup_free_ char *text = words->write(&r->report);
	fputs(text ? text : "", stderr);
}

static int exit_status(const struct scanning *s, const struct summary *summary) {
	if (summary->verdict == VERDICT_FAIL)
		return EXIT_FINDINGS;
	if (summary->verdict == VERDICT_PASS)
		return EXIT_CLEAN;
	return scan_files(s->scan) || stopped ? EXIT_INCONCLUSIVE : EXIT_ERROR;
}

static int judge(struct scanning *s, int failed) {
	struct scan_report report;
	const struct scan_policy policy = {.fail_on = s->fail_on, .baseline = s->baseline, .waivers = s->waivers};
	int r = scan_report_init(&report, s->scan, &policy);
	report.report.specials = s->list.specials;
	if (!r && s->format && s->format->wants_json)
		r = scan_report_add_json(&report);
	tell(s, &report);
	if (r < 0 || failed < 0)
		diags_say(&s->diags, "out of memory: what was told is incomplete");
	int status = r < 0 || failed < 0 ? EXIT_ERROR : exit_status(s, &report.summary);
	scan_report_release(&report);
	return status;
}

static int scan_named(struct scanning *s) {
	const struct scan_handler handler = {.arg = s, .match = s->matches ? on_match : NULL, .go_on = go_on};
	const struct output_options *o = &s->options.output;
	if (options_complete(&s->options, &s->diags))
		return EXIT_ERROR;
	if (s->baseline_path && baseline_open(&s->baseline, s->baseline_path, &s->diags))
		return EXIT_ERROR;
	if (s->waivers_path && waivers_load(&s->waivers, s->waivers_path, clock_realtime_ns(), &s->diags))
		return EXIT_ERROR;
	if (scan_new(&s->scan, &s->options, &handler, &s->diags))
		return EXIT_ERROR;
	int r = scan_output_open(&s->output, s->path, s->format && s->format->whole);
	if (r) {
		diags_say(&s->diags, "cannot write to %s: %s", s->path, strerror(-r));
		return EXIT_ERROR;
	}
	s->color = s->path ? s->options.output.color == COLOR_ALWAYS : options_color(o, STDOUT_FILENO);
	catch_signals();
	int status = judge(s, scan_all(s));
	r = scan_output_close(&s->output);
	if (r) {
		diags_say(&s->diags, "writing to %s failed: %s. What is there is incomplete",
		          s->path ? s->path : "standard output", strerror(-r));
		status = EXIT_ERROR;
	}
	return status;
}

int cmd_scan(int argc, char **argv) {
	struct scanning s = {0};
	parse_command_line(&s, argc, argv);
	int status = scan_named(&s);
	diags_print(&s.diags, stderr);
	diags_release(&s.diags);
	scan_free(s.scan);
	baseline_free(s.baseline);
	waivers_free(s.waivers);
	input_list_release(&s.list);
	free(s.names.items);
	options_release(&s.options);
	return status;
}
