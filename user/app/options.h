/* SPDX-License-Identifier: MIT */
/*
 * Options that several commands share, as argp children, and where things are when nobody says. Strings are borrowed
 * from argv or owned by the options; one thread.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "app/origins.h"
#include "base/diag.h"
#include "capture/capture.h"
#include "emit/emit.h"
#include "report/report.h"

#include <argp.h>

struct strings {
	const char **items;
	size_t len;
};

/* Which rules are in force, and where compiled ones are kept. */
struct rule_options {
	struct strings dirs, only, except;
	struct strings watchlists; /* files of values */
	float min_confidence;      /* 0: default */
	char *cache_dir;
	const int *compiler_fd; /* of a process that compiles for us: see agent/compiler.h; NULL: none does */
};

/* What goes out, and where. */
struct output_options {
	const struct emit_format *format;     /* -f: a stream of lines; NULL: not said */
	const struct report_format *document; /* -f: a report, written at the end; NULL: not said */
	struct strings paths;                 /* -o */
	struct strings junit_paths;           /* --junit */
	enum rule_severity fail_on;           /* less severe findings do not count */
	const char *baseline;                 /* file: findings in it do not count; NULL: none */
	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	bool quiet, verbose;
};

#define OPTIONS_WORKERS_MAX 64

/* How targets are watched. */
struct watch_options {
	enum capture_hook hook;
	size_t ring_bytes;
	unsigned int workers; /* threads that scan; 0: one */
	struct strings sinks, no_sinks;
	struct strings collectors;
	bool no_collectors, list_sinks;
	bool follow_mapped;
	uint64_t min_records;
	const char *waivers;         /* file; NULL: none */
	const char *record, *replay; /* of struct capture_config */
	struct capture_shedding shedding;
	const char *sample_key; /* NULL: another one in each watch */
	enum origins_when origins;
	char *state_dir;
};

struct options {
	struct rule_options rules;
	struct output_options output;
	struct watch_options watch;
};

/* Of the commands that watch, with a file: to keep what comes through the ring. Not for everyday use. */
#define OPTIONS_RECORD "i-know-this-stores-raw-data"

/* argp_parse(3) that ends the program as a mistake on the command line does, also when it fails otherwise. */
void options_parse(const struct argp *parser, int argc, char **argv, unsigned int flags, void *input);

/* Children for a command's parser: `input` of each is the struct options, which options_pass() hands them. */
extern const struct argp options_rules_argp, options_output_argp, options_watch_argp;
/* options_output_argp and what a report of a watch may be like. */
extern const struct argp options_formats_argp;
/* All three: of the commands that watch. */
extern const struct argp_child options_watching[];
/* To be called at ARGP_KEY_INIT with the parser's children. */
void options_pass(struct options *o, struct argp_state *state, const struct argp_child *children);

/* Fills in directories that were not named: 0, or -ENOMEM, or -ENOENT with a diagnostic (no rules to be found). */
int options_complete(struct options *o, struct diags *ret_diags);
/* Where fingerprint keys and the store are when nobody says; malloc'ed, NULL: there is no such place. */
char *options_state_dir(void);
void options_release(struct options *o);
int strings_add(struct strings *s, const char *item); /* 0 or -ENOMEM */
/* Ends the program with a message when it is none; option: "--fail-on". */
enum rule_severity options_parse_severity(struct argp_state *state, const char *option, const char *arg);
bool options_color(const struct output_options *o, int fd);

#endif
