/* SPDX-License-Identifier: MIT */
#include "app/options.h"

#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <xxhash.h>

enum {
	KEY_ONLY = 0x100,
	KEY_EXCEPT,
	KEY_CONFIDENCE,
	KEY_CACHE,
	KEY_COLOR,
	KEY_JUNIT,
	KEY_FAIL_ON,
	KEY_BASELINE,
	KEY_HOOK,
	KEY_SINK,
	KEY_FOLLOW,
	KEY_NO_SINK,
	KEY_COLLECTOR,
	KEY_NO_COLLECTORS,
	KEY_LIST_SINKS,
	KEY_RING,
	KEY_WORKERS,
	KEY_ORIGIN,
	KEY_RECORDS,
	KEY_SAMPLE,
	KEY_SAMPLE_KEY,
	KEY_BUDGET,
	KEY_TOTAL_BUDGET,
	KEY_MAX_CPU,
	KEY_STATE,
	KEY_RECORD,
	KEY_WAIVERS,
	KEY_RULES,
	KEY_WATCHLIST
};

int strings_add(struct strings *s, const char *item) {
	const char **items = realloc(s->items, (s->len + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	s->items = items;
	s->items[s->len++] = item;
	return 0;
}

static void add_or_fail(struct argp_state *state, struct strings *s, const char *item) {
	if (strings_add(s, item))
		argp_failure(state, argp_err_exit_status, ENOMEM, "options");
}

static error_t parse_rules(int key, char *arg, struct argp_state *state) {
	struct rule_options *o = &((struct options *)state->input)->rules;
	char *end;
	switch (key) {
	case KEY_RULES:
		add_or_fail(state, &o->dirs, arg);
		return 0;
	case KEY_ONLY:
		add_or_fail(state, &o->only, arg);
		return 0;
	case KEY_EXCEPT:
		add_or_fail(state, &o->except, arg);
		return 0;
	case KEY_WATCHLIST:
		add_or_fail(state, &o->watchlists, arg);
		return 0;
	case KEY_CONFIDENCE:
		o->min_confidence = strtof(arg, &end);
		if (end == arg || *end || !(o->min_confidence > 0) || o->min_confidence > 1)
			argp_error(state, "--min-confidence takes a number above 0 and up to 1, not '%s'", arg);
		return 0;
	case KEY_CACHE:
		free(o->cache_dir);
		o->cache_dir = strdup(arg);
		return o->cache_dir ? 0 : ENOMEM;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_output(int key, char *arg, struct argp_state *state) {
	struct output_options *o = &((struct options *)state->input)->output;
	switch (key) {
	case 'o':
		add_or_fail(state, &o->paths, arg);
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case KEY_COLOR:
		if (!strcmp(arg, "auto") || !strcmp(arg, "always") || !strcmp(arg, "never"))
			o->color = *arg == 'n' ? COLOR_NEVER : arg[1] == 'l' ? COLOR_ALWAYS : COLOR_AUTO;
		else
			argp_error(state, "--color takes auto, always or never, not '%s'", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

enum rule_severity options_parse_severity(struct argp_state *state, const char *option, const char *arg) {
	enum rule_severity severity = RULE_INFO;
	if (!rule_severity_parse(arg, &severity))
		argp_error(state, "%s takes info, low, medium, high or critical, not '%s'", option, arg);
	return severity;
}

static error_t parse_formats(int key, char *arg, struct argp_state *state) {
	struct output_options *o = &((struct options *)state->input)->output;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case 'f':
		o->format = emit_format_find(arg);
		o->document = o->format ? NULL : report_format_find(arg);
		if (!o->format && !o->document)
			argp_error(state, "-f takes text, jsonl, ecs, ocsf, md, html, json, junit or sarif, not '%s'", arg);
		return 0;
	case KEY_FAIL_ON:
		o->fail_on = options_parse_severity(state, "--fail-on", arg);
		return 0;
	case KEY_BASELINE:
		o->baseline = arg;
		return 0;
	case KEY_JUNIT:
		add_or_fail(state, &o->junit_paths, arg);
		return 0;
	case ARGP_KEY_END:
		if (o->paths.len > 1 && (o->format || o->document))
			argp_error(state, "-f goes with one -o. Of several the names tell: .txt, .jsonl, .md, .html, .json, "
			                  ".sarif, .xml");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* "16M" -> bytes, at most `most`; 0 when it is no size. */
static uint64_t parse_size(const char *arg, uint64_t most) {
	char *end;
	errno = 0;
	unsigned long long n = strtoull(arg, &end, 10);
	if (end == arg || errno || *arg == '-')
		return 0;
	int shift = !strcasecmp(end, "k") ? 10 : !strcasecmp(end, "m") ? 20 : !strcasecmp(end, "g") ? 30 : *end ? -1 : 0;
	return shift < 0 || n > most >> shift ? 0 : n << shift;
}

/* A power of two from 64 KiB to 1 GiB; 0 when it is not. */
static size_t parse_ring(const char *arg) {
	uint64_t n = parse_size(arg, 1ull << 30);
	return n >= 64 * 1024 && !(n & (n - 1)) ? (size_t)n : 0;
}

/* 0 when it is no such number. */
static unsigned int parse_workers(const char *arg) {
	char *end;
	unsigned long n = strtoul(arg, &end, 10);
	return end > arg && !*end && *arg != '-' && n <= OPTIONS_WORKERS_MAX ? (unsigned int)n : 0;
}

static uint64_t parse_budget(struct argp_state *state, const char *option, const char *arg) {
	uint64_t n = parse_size(arg, 1ull << 40);
	if (!n)
		argp_error(state, "%s takes bytes a second, such as 500K or 2M, not '%s'", option, arg);
	return n;
}

/* "1/100" -> 100; 0 when it is not of that form. */
static uint64_t parse_sample(const char *arg) {
	char *end;
	errno = 0;
	if (strncmp(arg, "1/", 2) || arg[2] < '0' || arg[2] > '9')
		return 0;
	unsigned long long n = strtoull(arg + 2, &end, 10);
	return *end || errno ? 0 : n;
}

static error_t parse_shedding(int key, char *arg, struct argp_state *state) {
	struct watch_options *o = &((struct options *)state->input)->watch;
	char *end;
	switch (key) {
	case KEY_SAMPLE:
		o->shedding.sample_of = parse_sample(arg);
		if (!o->shedding.sample_of)
			argp_error(state, "--sample takes 1/N, such as 1/100, not '%s'", arg);
		return 0;
	case KEY_SAMPLE_KEY:
		o->sample_key = arg;
		return 0;
	case KEY_BUDGET:
		o->shedding.sink_bytes_per_s = parse_budget(state, "--budget", arg);
		return 0;
	case KEY_TOTAL_BUDGET:
		o->shedding.total_bytes_per_s = parse_budget(state, "--total-budget", arg);
		return 0;
	case KEY_MAX_CPU:
		o->shedding.max_cpu = strtod(arg, &end) / 100;
		if (end == arg || *end || !(o->shedding.max_cpu > 0) || o->shedding.max_cpu > 1)
			argp_error(state, "--max-cpu takes a percentage of one core, above 0 and up to 100, not '%s'", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_watch(int key, char *arg, struct argp_state *state) {
	struct watch_options *o = &((struct options *)state->input)->watch;
	char *end;
	switch (key) {
	case KEY_HOOK:
		if (strcmp(arg, "auto") && strcmp(arg, "tracepoint") && strcmp(arg, "raw"))
			argp_error(state, "--hook takes auto, tracepoint or raw, not '%s'", arg);
		o->hook = *arg == 't' ? CAPTURE_HOOK_TRACEPOINT : *arg == 'r' ? CAPTURE_HOOK_RAW : CAPTURE_HOOK_AUTO;
		return 0;
	case KEY_SINK:
		add_or_fail(state, &o->sinks, arg);
		return 0;
	case KEY_ORIGIN:
		if (strcmp(arg, "always") && strcmp(arg, "leaking") && strcmp(arg, "never"))
			argp_error(state, "--origin takes always, leaking or never, not '%s'", arg);
		o->origins = *arg == 'a' ? ORIGINS_ALWAYS : *arg == 'n' ? ORIGINS_NEVER : ORIGINS_LEAKING;
		return 0;
	case KEY_NO_SINK:
		add_or_fail(state, &o->no_sinks, arg);
		return 0;
	case KEY_COLLECTOR:
		add_or_fail(state, &o->collectors, arg);
		return 0;
	case KEY_NO_COLLECTORS:
		o->no_collectors = true;
		return 0;
	case KEY_LIST_SINKS:
		o->list_sinks = true;
		return 0;
	case KEY_RING:
		o->ring_bytes = parse_ring(arg);
		if (!o->ring_bytes)
			argp_error(state, "--ring-size takes a power of two from 64K to 1G, such as 16M, not '%s'", arg);
		return 0;
	case KEY_WORKERS:
		o->workers = parse_workers(arg);
		if (!o->workers)
			argp_error(state, "--workers takes a number of threads from 1 to %d, not '%s'", OPTIONS_WORKERS_MAX, arg);
		return 0;
	case KEY_FOLLOW:
		o->follow_mapped = true;
		return 0;
	case KEY_RECORDS:
		errno = 0;
		o->min_records = strtoull(arg, &end, 10);
		if (end == arg || *end || errno || *arg == '-')
			argp_error(state, "--min-records takes a number, not '%s'", arg);
		return 0;
	case KEY_RECORD:
		o->record = arg;
		return 0;
	case KEY_WAIVERS:
		o->waivers = arg;
		return 0;
	case KEY_STATE:
		free(o->state_dir);
		o->state_dir = strdup(arg);
		return o->state_dir ? 0 : ENOMEM;
	}
	return parse_shedding(key, arg, state);
}

static const struct argp_option rules_options[] = {
    {"rules", KEY_RULES, "DIR", 0,
     "rules of your own: they add to those that came with logspill, or replace them by id; may be repeated", 0},
    {"only", KEY_ONLY, "ID", 0, "only this rule, or all rules below a prefix such as 'payment'; may be repeated", 0},
    {"except", KEY_EXCEPT, "ID", 0, "not this rule or prefix; may be repeated", 0},
    {"watchlist", KEY_WATCHLIST, "FILE", 0,
     "find these values too: one a line, 5 to 255 bytes, # begins a comment; may be repeated", 0},
    {"min-confidence", KEY_CONFIDENCE, "N", 0,
     "ignore matches below this confidence (0..1; default 0.6, for files 0.5)", 0},
    {"cache-dir", KEY_CACHE, "DIR", 0, "where compiled rules are kept", 0},
    {0},
};
static const struct argp_option output_options[] = {
    {"output", 'o', "FILE", 0, "append lines to FILE, or write the report to it at the end", 0},
    {"color", KEY_COLOR, "WHEN", 0, "auto, always or never (NO_COLOR is respected)", 0},
    {"quiet", 'q', 0, 0, "on standard error nothing but errors and what was not looked at", 0},
    {"verbose", 'v', 0, 0, "more words: what the kernel objected to, what a rule costs", 0},
    {0},
};
static const struct argp_option format_options[] = {
    {"format", 'f', "FORMAT", 0,
     "text, jsonl, ecs, ocsf, md, html, json, junit or sarif (default: what the name of FILE ends with); ecs and ocsf "
     "are "
     "jsonl in the names of those schemata; -o may be repeated",
     0},
    {"fail-on", KEY_FAIL_ON, "SEVERITY", 0,
     "findings less severe (info, low, medium, high, critical) are listed, but fail nothing", 0},
    {"baseline", KEY_BASELINE, "FILE", 0, "findings in this earlier output (jsonl, json, sarif) fail nothing", 0},
    {"junit", KEY_JUNIT, "FILE", 0, "write a report as JUnit XML, for CI services", 0},
    {0},
};
static const struct argp_option watch_options[] = {
    {"sink", KEY_SINK, "GLOB", 0,
     "a log outside the default globs; udp:ADDR:PORT and tcp:ADDR:PORT are sockets; may be repeated", 0},
    {"follow-mapped", KEY_FOLLOW, NULL, 0, "read logs that are written through a memory mapping, as they grow", 0},
    {"no-sink", KEY_NO_SINK, "GLOB", 0, "no log, even if --sink or a default glob names it; may be repeated", 0},
    {"sinks", KEY_LIST_SINKS, 0, 0, "with the summary, list where was written to, and why it is a log or not", 0},
    {"collector", KEY_COLLECTOR, "NAME", 0,
     "a program that writes on what others logged, as tee and rsyslogd, which are known; may be repeated", 0},
    {"no-collectors", KEY_NO_COLLECTORS, 0, 0, "know none but those that --collector names", 0},
    {"hook", KEY_HOOK, "HOOK", 0, "auto, tracepoint (cheap for others) or raw (fewer privileges)", 0},
    {"origin", KEY_ORIGIN, "WHEN", 0,
     "which code wrote: take user stacks at logs that are leaking (default), always, or never", 0},
    {"ring-size", KEY_RING, "SIZE", 0,
     "memory for what the agent has not read yet: a power of two from 64K to 1G (default 16M)", 0},
    {"workers", KEY_WORKERS, "N", 0, "scan with N threads (default 1): for logs that one core cannot keep up with", 0},
    {"min-records", KEY_RECORDS, "N", 0, "fewer records than this are inconclusive", 0},
    {"waivers", KEY_WAIVERS, "FILE", 0, "findings that this file waives are listed, but fail nothing", 0},
    {"sample", KEY_SAMPLE, "1/N", 0, "look at one write in N, chosen at random", 0},
    {"sample-key", KEY_SAMPLE_KEY, "TEXT", 0, "choose the same writes in each watch (default: others each time)", 0},
    {"budget", KEY_BUDGET, "BYTES", 0, "of each log, look at so many bytes a second (500K, 2M)", 0},
    {"total-budget", KEY_TOTAL_BUDGET, "BYTES", 0,
     "of all logs together; those that write little are not cut, the others get the same", 0},
    {"max-cpu", KEY_MAX_CPU, "PERCENT", 0, "look at as much as takes the agent this share of one core", 0},
    {"state-dir", KEY_STATE, "DIR", 0, "where the fingerprint key is kept", 0},
    {OPTIONS_RECORD, KEY_RECORD, "FILE", OPTION_HIDDEN, "", 0}, /* as `logspill record` calls it */
    {0},
};

const struct argp options_rules_argp = {.options = rules_options, .parser = parse_rules};
const struct argp options_output_argp = {.options = output_options, .parser = parse_output};
const struct argp options_formats_argp = {
    .options = format_options,
    .parser = parse_formats,
    .children = (const struct argp_child[]){{&options_output_argp, 0, NULL, 0}, {0}},
};
const struct argp options_watch_argp = {.options = watch_options, .parser = parse_watch};

const struct argp_child options_watching[] = {
    {&options_watch_argp, 0, "Watching:", 1},
    {&options_rules_argp, 0, "Rules:", 2},
    {&options_formats_argp, 0, "Output:", 3},
    {0},
};

void options_parse(const struct argp *parser, int argc, char **argv, unsigned int flags, void *input) {
	int r = argp_parse(parser, argc, argv, flags, NULL, input);
	if (r)
		argp_failure(NULL, argp_err_exit_status, r, "cannot read the command line");
}

void options_pass(struct options *o, struct argp_state *state, const struct argp_child *children) {
	for (size_t i = 0; children[i].argp; i++)
		state->child_inputs[i] = o;
}

/* The first of: what systemd gives a service, the system's place for root, the user's place; NULL: none. */
static char *default_dir(const char *service_variable, const char *system, const char *xdg_variable,
                         const char *home_default) {
	const char *service = getenv(service_variable), *xdg = getenv(xdg_variable), *home = getenv("HOME");
	char *dir = NULL;
	if (service && *service)
		return strndup(service, strcspn(service, ":"));
	if (geteuid() == 0)
		return strdup(system);
	if (xdg && *xdg == '/')
		return asprintf(&dir, "%s/logspill", xdg) < 0 ? NULL : dir;
	if (home && *home == '/')
		return asprintf(&dir, "%s/%s/logspill", home, home_default) < 0 ? NULL : dir;
	return NULL;
}

/* Beside the program in a build tree, or where `make install` puts them. Kept until the process ends. */
static const char *default_rules(void) {
	static char path[PATH_MAX];
	char program[PATH_MAX - 64];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (len <= 0)
		return NULL;
	program[len] = 0;
	char *slash = strrchr(program, '/');
	*slash = 0;
	static const char *const places[] = {"../share/logspill/rules", "../rules"};
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), "%s/%s", program, places[i]);
		if (access(path, R_OK | X_OK) == 0)
			return path;
	}
	return NULL;
}

/* Before the user's own, which replace rules of the same id. */
static int add_default_rules(struct strings *dirs, struct diags *ret_diags) {
	const char *named = getenv("LOGSPILL_RULES"), *dir = named && *named ? named : default_rules();
	if (!dir) {
		diags_say(ret_diags, "no rules: there is no ../share/logspill/rules or ../rules beside this program. Name "
		                     "the directory of the rules that came with it: LOGSPILL_RULES=DIR");
		return -ENOENT;
	}
	if (strings_add(dirs, dir))
		return -ENOMEM;
	memmove(dirs->items + 1, dirs->items, (dirs->len - 1) * sizeof(*dirs->items));
	dirs->items[0] = dir;
	return 0;
}

char *options_state_dir(void) {
	return default_dir("STATE_DIRECTORY", "/var/lib/logspill", "XDG_STATE_HOME", ".local/state");
}

int options_complete(struct options *o, struct diags *ret_diags) {
	int r = add_default_rules(&o->rules.dirs, ret_diags);
	if (r < 0)
		return r;
	const char *key = o->watch.sample_key;
	if (key)
		o->watch.shedding.key = XXH3_64bits(key, strlen(key));
	else if (getrandom(&o->watch.shedding.key, sizeof(o->watch.shedding.key), 0) < 0)
		return -errno;
	if (!o->rules.cache_dir)
		o->rules.cache_dir = default_dir("CACHE_DIRECTORY", "/var/cache/logspill", "XDG_CACHE_HOME", ".cache");
	if (!o->watch.state_dir)
		o->watch.state_dir = options_state_dir();
	return 0;
}

void options_release(struct options *o) {
	free(o->rules.dirs.items);
	free(o->rules.only.items);
	free(o->rules.except.items);
	free(o->rules.watchlists.items);
	free(o->rules.cache_dir);
	free(o->output.paths.items);
	free(o->output.junit_paths.items);
	free(o->watch.sinks.items);
	free(o->watch.no_sinks.items);
	free(o->watch.collectors.items);
	free(o->watch.state_dir);
	*o = (struct options){0};
}

bool options_color(const struct output_options *o, int fd) {
	const char *no_color = getenv("NO_COLOR");
	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(fd) && !(no_color && *no_color);
}
