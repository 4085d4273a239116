/* SPDX-License-Identifier: MIT */
/* logspill gate: go or no-go over a window, with proof that the window was covered. */
#include "cmd/cmd.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "gate/gate.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#define SHORTEST_FLEET_NS (120 * 1000000000ull)
#define SHORTEST_RECORDED_NS (1800 * 1000000000ull)

enum {
	KEY_FOR = 0x700,
	KEY_GATE,
	KEY_MEMO,
	KEY_COVERAGE,
	KEY_FAIL_ON,
	KEY_SLOW,
	KEY_PROBE,
	KEY_WINDOW,
	KEY_STORE,
	KEY_PROMETHEUS,
	KEY_SELECTOR,
	KEY_RECORDED,
	KEY_UNTIL
};

struct gating {
	struct options options;
	struct targets targets;
	struct gate_config config;
	const char *file, *store, *prometheus, *selector;
	bool from_store;
	struct waivers *waivers; /* that a store is read with */
	/* Options that win over the file; 0 or NaN: not said. */
	uint64_t window_ns, until_ns;
	double min_coverage;
	int fail_on; /* -1: not said */
	bool no_fail_fast, probe_in_target, recorded;
	const struct gate_format *format;
	struct strings memos;
};

static void parse_coverage(struct gating *g, const char *arg, struct argp_state *state) {
	char *end;
	g->min_coverage = strtod(arg, &end);
	if (end == arg || *end || !(g->min_coverage >= 0 && g->min_coverage <= 100))
		argp_error(state, "--min-coverage takes a percentage, such as 99.9, not '%s'", arg);
}

static const struct gate_format *memo_format(const char *path) {
	const char *dot = strrchr(path, '.');
	return dot && (!strcmp(dot, ".md") || !strcmp(dot, ".html")) ? gate_format_find(dot + 1) : NULL;
}

static error_t parse_memo(struct gating *g, const char *arg, struct argp_state *state) {
	if (!memo_format(arg))
		argp_error(state, "--memo takes a file whose name ends in .md or .html, not '%s'", arg);
	return -strings_add(&g->memos, arg);
}

static void parse_format(struct gating *g, const char *arg, struct argp_state *state) {
	g->format = gate_format_find(arg);
	if (!g->format)
		argp_error(state, "-f takes text, json, md or html, not '%s'", arg);
}

static void parse_window(struct gating *g, const char *option, const char *arg, struct argp_state *state) {
	g->window_ns = clock_parse_duration(arg);
	if (!g->window_ns)
		argp_error(state, "%s takes a time with its unit, such as 90s, 60m or 2h, not '%s'", option, arg);
}

static void check_sources(const struct gating *g, struct argp_state *state) {
	if (g->from_store && targets_any(&g->targets))
		argp_error(state, "--window asks the agent's store, which has its own targets: leave -p and its like out");
	if (g->until_ns && targets_any(&g->targets))
		argp_error(state, "--until is of --window; a watch begins now");
	if (g->probe_in_target && !g->targets.pids_len)
		argp_error(state, "--probe-in-target goes with -p PID: it joins that process");
	if (g->store && g->prometheus)
		argp_error(state, "--store is of one host, --prometheus of many: name one of them");
	if (!g->from_store && !g->prometheus && !g->file)
		targets_require(&g->targets, state);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct gating *g = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		targets_pass(&g->targets, &g->options, state);
		return 0;
	case 'f':
		parse_format(g, arg, state);
		return 0;
	case KEY_FOR:
		parse_window(g, "--for", arg, state);
		return 0;
	case KEY_WINDOW:
		parse_window(g, "--window", arg, state);
		g->from_store = true;
		return 0;
	case KEY_UNTIL:
		if (!strchr(arg, 'T') || waiver_parse_until(arg, &g->until_ns))
			argp_error(state, "--until takes a time with its zone, such as 2026-11-22T18:00:00Z, not '%s'", arg);
		return 0;
	case KEY_PROMETHEUS:
		g->prometheus = arg;
		return 0;
	case KEY_SELECTOR:
		g->selector = arg;
		return 0;
	case KEY_RECORDED:
		g->recorded = true;
		return 0;
	case KEY_STORE:
		g->store = arg;
		return 0;
	case KEY_GATE:
		g->file = arg;
		return 0;
	case KEY_MEMO:
		return parse_memo(g, arg, state);
	case KEY_COVERAGE:
		parse_coverage(g, arg, state);
		return 0;
	case KEY_FAIL_ON:
		g->fail_on = (int)options_parse_severity(state, "--fail-on", arg);
		return 0;
	case KEY_SLOW:
		g->no_fail_fast = true;
		return 0;
	case KEY_PROBE:
		g->probe_in_target = true;
		return 0;
	case ARGP_KEY_ARG:
		targets_refuse_argument(state, arg);
		return EINVAL;
	case ARGP_KEY_END:
		check_sources(g, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option gate_options_list[] = {
    {"for", KEY_FOR, "TIME", 0, "watch the targets for so long: 90s, 60m (default), 2h", 0},
    {"window", KEY_WINDOW, "TIME", 0, "instead: ask the agent's store about the last so many minutes", 0},
    {"store", KEY_STORE, "FILE", 0, "that store (default: store.db in the state directory)", 0},
    {"prometheus", KEY_PROMETHEUS, "URL", 0,
     "instead: ask a Prometheus (or Thanos, Mimir, VictoriaMetrics) about all hosts over --window", 0},
    {"until", KEY_UNTIL, "TIME", 0, "with --window: when it ended, as 2026-11-22T18:00:00Z (default now)", 0},
    {"selector", KEY_SELECTOR, "{...}", 0, "which hosts, as label matchers: {job=\"logspill\"}", 0},
    {"recorded", KEY_RECORDED, 0, 0,
     "by the recording rules of deploy/prometheus/logspill.gate.rules.yml: for hundreds of hosts and more, over 30m at "
     "least",
     0},
    {"gate", KEY_GATE, "FILE", 0, "what is asked for, as YAML; options win over it", 0},
    {"memo", KEY_MEMO, "FILE", 0, "write the decision memo, one page: FILE.md or FILE.html; may be repeated", 0},
    {"format", 'f', "FORMAT", 0, "text, json, md or html", 0},
    {"min-coverage", KEY_COVERAGE, "PERCENT", 0,
     "less of a target's log scanned than this is inconclusive (default 99.9)", 0},
    {"fail-on", KEY_FAIL_ON, "SEVERITY", 0, "less severe findings do not fail (default info: all do)", 0},
    {"no-fail-fast", KEY_SLOW, 0, 0, "watch on after the first leak, to the end of the window", 0},
    {"probe-in-target", KEY_PROBE, 0, 0,
     "let the writer of probe records join the cgroup and mount namespace of -p PID", 0},
    {0},
};

static void parse_command_line(struct gating *g, int argc, char **argv) {
	struct argp_child children[8];
	size_t n = 0;
	for (; targets_watching[n].argp; n++) {
		children[n] = targets_watching[n];
		if (children[n].argp == &options_formats_argp)
			children[n].argp = &options_output_argp;
	}
	children[n] = (struct argp_child){0};
	const struct argp parser = {
	    .options = gate_options_list,
	    .parser = parse,
	    .children = children,
	    .doc = "Go or no-go: watches the targets for a window, and passes only if nothing leaked and it is proven that "
	           "the whole window was looked at."
	           "\vExit status: 0 pass; 1 fail: a leak, or a condition that is not met; 2 error; 3 inconclusive: "
	           "something is not proven.",
	};
	options_parse(&parser, argc, argv, 0, g);
}

static char *replace_text(char *old, const char *text) {
	free(old);
	return strdup(text);
}

static int complete(struct gating *g, struct diags *diags) {
	gate_config_init(&g->config);
	int r = g->file ? gate_config_load(&g->config, g->file, diags) : 0;
	if (r)
		return r;
	if (g->window_ns)
		g->config.window_ns = g->window_ns;
	if (!isnan(g->min_coverage))
		g->config.min_coverage = g->min_coverage;
	if (g->fail_on >= 0)
		g->config.fail_on = (unsigned int)g->fail_on;
	if (g->options.watch.min_records)
		g->config.min_records = g->options.watch.min_records;
	if (g->prometheus && !(g->config.prometheus = replace_text(g->config.prometheus, g->prometheus)))
		return -ENOMEM;
	if (g->selector && !(g->config.selector = replace_text(g->config.selector, g->selector)))
		return -ENOMEM;
	g->config.recorded |= g->recorded;
	if (!g->options.watch.waivers)
		g->options.watch.waivers = g->config.waivers;
	return options_complete(&g->options, diags);
}

static int put(const struct gate_report *report, const struct gate_format *format, const char *path,
               struct diags *diags) {
	_cleanup_free_ char *text = format->write(report);
	int r = !text  ? -ENOMEM
	        : path ? file_write_document(path, text, strlen(text), 0644)
	               : file_write_all(STDOUT_FILENO, text, strlen(text));
	if (r)
		diags_say(diags, "writing to %s failed: %s", path ? path : "standard output", strerror(-r));
	return r;
}

static int tell(const struct gating *g, const struct gate_facts *facts, struct diags *diags) {
	_cleanup_(gate_result_release) struct gate_result result = {0};
	const struct gate_policy policy = gate_config_policy(&g->config);
	const struct output_options *o = &g->options.output;
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	if (gate_judge(&result, facts, &policy)) {
		diags_say(diags, "out of memory: there is no verdict");
		return EXIT_ERROR;
	}
	const struct gate_report report = {
	    .facts = facts,
	    .policy = &policy,
	    .result = &result,
	    .memo = &g->config.memo,
	    .made_ns = clock_realtime_ns(),
	    .host = host,
	    .version = LOGSPILL_VERSION,
	    .color = o->paths.len ? o->color == COLOR_ALWAYS : options_color(o, STDOUT_FILENO),
	};
	int r = o->paths.len ? 0 : put(&report, g->format, NULL, diags);
	for (size_t i = 0; !r && i < o->paths.len; i++)
		r = put(&report, g->format, o->paths.items[i], diags);
	for (size_t i = 0; !r && i < g->memos.len; i++)
		r = put(&report, memo_format(g->memos.items[i]), g->memos.items[i], diags);
	if (result.verdict == VERDICT_FAIL)
		return EXIT_FINDINGS;
	return r ? EXIT_ERROR : result.verdict == VERDICT_PASS ? EXIT_CLEAN : EXIT_INCONCLUSIVE;
}

static int watch(struct gating *g, struct gate_facts *ret, struct diags *diags) {
	const struct gate_live live = {
	    .options = &g->options,
	    .targets = &g->targets,
	    .window_ns = g->config.window_ns,
	    .policy = gate_config_policy(&g->config),
	    .fail_fast = !g->no_fail_fast,
	    .probe_in_target = g->probe_in_target,
	};
	return gate_watch(&live, ret, diags);
}

static uint64_t end_of_window_ns(const struct gating *g) {
	return g->until_ns ? g->until_ns : clock_realtime_ns();
}

static int read_store(struct gating *g, struct gate_facts *ret, struct diags *diags) {
	_cleanup_free_ char *path = NULL;
	const char *waivers = g->options.watch.waivers;
	uint64_t now_ns = clock_realtime_ns();
	if (!g->store && asprintf(&path, "%s/store.db", g->options.watch.state_dir) < 0)
		return -ENOMEM;
	int r = waivers ? waivers_load(&g->waivers, waivers, now_ns, diags) : 0;
	const struct gate_store store = {
	    .path = g->store ? g->store : path,
	    .window_ns = g->config.window_ns,
	    .until_ns = end_of_window_ns(g),
	    .waivers = g->waivers,
	    .now_ns = now_ns,
	};
	return r ? r : gate_read_store(&store, ret, diags);
}

static struct gate_fleet fleet_of(const struct gating *g) {
	return (struct gate_fleet){.url = g->config.prometheus,
	                           .selector = g->config.selector,
	                           .recorded = g->config.recorded,
	                           .window_ns = g->config.window_ns,
	                           .until_ns = end_of_window_ns(g),
	                           .fail_on = (enum rule_severity)g->config.fail_on,
	                           .conditions = g->config.conditions,
	                           .conditions_len = g->config.conditions_len};
}

/* Before a watch that takes an hour. */
static int check_asked(const struct gating *g, bool fleet, struct diags *diags) {
	if (fleet && g->config.window_ns < SHORTEST_FLEET_NS) {
		diags_say(diags, "over many hosts a window has two minutes at least: they are asked once in a while only");
		return -EINVAL;
	}
	if (fleet && g->config.recorded && g->config.window_ns < SHORTEST_RECORDED_NS) {
		diags_say(
		    diags,
		    "with recorded series a window has half an hour at least, since they tell of ten minutes at a time: ask "
		    "without --recorded about a shorter one");
		return -EINVAL;
	}
	if (!fleet && !g->from_store && !targets_any(&g->targets)) {
		diags_say(diags, "what is to be watched? -p PID or its like, --window, or --prometheus URL");
		return -EINVAL;
	}
	if (g->config.conditions_len && !g->config.prometheus) {
		diags_say(diags, "conditions are asked of a Prometheus: name it, with `prometheus:` or --prometheus");
		return -EINVAL;
	}
	return 0;
}

static int find_facts(struct gating *g, struct gate_facts *ret, struct diags *diags) {
	bool fleet = g->config.prometheus && !targets_any(&g->targets) && !g->store;
	int r = check_asked(g, fleet, diags);
	if (r)
		return r;
	const struct gate_fleet asked = fleet_of(g);
	r = fleet ? gate_ask_fleet(&asked, ret, diags) : g->from_store ? read_store(g, ret, diags) : watch(g, ret, diags);
	if (r || !g->config.conditions_len)
		return r;
	const struct gate_fleet now = fleet_of(g); /* a watch takes its time */
	return gate_ask_conditions(fleet ? &asked : &now, ret, diags);
}

static int gate(struct gating *g, struct diags *diags) {
	_cleanup_(gate_facts_release) struct gate_facts facts = {0};
	int r = complete(g, diags);
	if (!r)
		r = find_facts(g, &facts, diags);
	return r ? EXIT_ERROR : tell(g, &facts, diags);
}

int cmd_gate(int argc, char **argv) {
	struct gating g = {.min_coverage = NAN, .fail_on = -1, .format = gate_format_find("text")};
	_cleanup_(diags_release) struct diags diags = {0};
	parse_command_line(&g, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	int status = gate(&g, &diags);
	diags_print(&diags, stderr);
	targets_release(&g.targets);
	options_release(&g.options);
	free(g.memos.items);
	gate_config_release(&g.config);
	waivers_free(g.waivers);
	return status;
}
