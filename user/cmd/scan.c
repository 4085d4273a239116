/* SPDX-License-Identifier: MIT */
/* logspill scan: the same detector on files and standard input. */
#include "cmd/cmd.h"

#include "app/input.h"
#include "app/scan.h"
#include "app/scan_output.h"
#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { KEY_MATCHES = 0x300, KEY_TEXT };

struct scanning {
	struct options options;
	struct strings names;
	bool matches, binary, json;
	struct input_list list;
	struct scan *scan;
	struct scan_output output;
	struct diags diags;
	uint64_t real;
};

static volatile sig_atomic_t stopped;

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct scanning *s = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &s->options;
		return 0;
	case KEY_MATCHES:
		s->matches = true;
		return 0;
	case KEY_TEXT:
		s->binary = true;
		return 0;
	case ARGP_KEY_ARG:
		return -strings_add(&s->names, arg);
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which files? logspill scan FILE|DIR|-... ('-' is standard input)");
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option scan_options[] = {
    {"matches", KEY_MATCHES, 0, 0, "a line for each match, of every class, instead of findings", 0},
    {"text", KEY_TEXT, 0, 0, "scan binary files too", 0},
    {0},
};
static const struct argp_child children[] = {
    {&options_rules_argp, 0, "Rules:", 2},
    {&options_output_argp, 0, "Output:", 3},
    {0},
};
static const struct argp parser = {
    .options = scan_options,
    .parser = parse,
    .children = children,
    .args_doc = "FILE|DIR|-...",
    .doc = "Scans files, all files below directories, and standard input ('-'); gzip, zstd and UTF-16 are decoded."
           "\vExit status: 0 clean; 1 personal data was found; 2 error; 3 something was not scanned.",
};

static void on_signal(int signal) {
	(void)signal;
	stopped = 1;
}

static void on_match(void *arg, const struct scan_match *m) {
	struct scanning *s = arg;
	if (m->class == CHECK_REAL)
		s->real++;
	if (s->json)
		scan_output_put_match_json(&s->output, m);
	else
		scan_output_put_match_text(&s->output, m, options_color(&s->options.output, s->output.fd));
}

static bool go_on(void *arg, uint64_t bytes) {
	(void)arg;
	(void)bytes;
	return !stopped;
}

static void on_missing(void *arg, const char *path, int error) {
	struct scanning *s = arg;
	scan_miss(s->scan, path, 0, WIRE_LOSS_FAULT, input_strerror(error));
}

static int scan_all(struct scanning *s) {
	for (size_t i = 0; i < s->names.len; i++)
		if (input_list_add(&s->list, s->names.items[i], on_missing, s) < 0)
			return -ENOMEM;
	int r = 0;
	for (size_t i = 0; i < s->list.len && !r; i++)
		r = scan_file(s->scan, &s->list.items[i], s->binary);
	return r;
}

int cmd_scan(int argc, char **argv) {
	struct scanning s = {0};
	argp_parse(&parser, argc, argv, 0, NULL, &s);
	const struct scan_handler handler = {.arg = &s, .match = s.matches ? on_match : NULL, .go_on = go_on};
	int status = EXIT_ERROR;
	sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
	signal(SIGPIPE, SIG_IGN);
	s.json = s.options.output.format ? !strcmp(s.options.output.format->name, "jsonl") : !isatty(1);
	struct summary books = {0};
	int r = scan_output_open(&s.output, s.options.output.path);
	if (r)
		diags_say(&s.diags, "cannot write to %s: %s", s.options.output.path, strerror(-r));
	if (!r && !options_complete(&s.options, &s.diags) && !scan_new(&s.scan, &s.options, &handler, &s.diags)) {
		r = scan_all(&s);
		int failed = scan_output_close(&s.output);
		if (failed)
			diags_say(&s.diags, "writing failed: %s", strerror(-failed));
		scan_books(s.scan, &books);
		for (size_t i = 0; i < books.blind_spots_len; i++)
			diags_say(&s.diags, "not scanned: %s", books.blind_spots[i]);
		bool leaks = findings_matches(scan_findings(s.scan));
		status = failed || r == -ENOMEM  ? EXIT_ERROR
		         : leaks                 ? EXIT_FINDINGS
		         : books.blind_spots_len ? (scan_files(s.scan) ? EXIT_INCONCLUSIVE : EXIT_ERROR)
		                                 : EXIT_CLEAN;
	}
	diags_print(&s.diags, stderr);
	diags_release(&s.diags);
	summary_release(&books);
	scan_free(s.scan);
	input_list_release(&s.list);
	free(s.names.items);
	options_release(&s.options);
	return status;
}
