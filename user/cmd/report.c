/* SPDX-License-Identifier: MIT */
/* logspill report: what an agent has found in a time, from its store, also while it runs. */
#include "cmd/cmd.h"

#include "app/outputs.h"
#include "app/store_report.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_NS (24 * 3600 * 1000000000ull)

enum { KEY_LAST = 0x900, KEY_FROM, KEY_TO, KEY_STORE, KEY_BASELINE_FROM, KEY_BASELINE_TO };

struct reporting {
	struct options options;
	struct strings stores;            /* none: the agent's of this host */
	uint64_t last_ns, from_ns, to_ns; /* 0: not said */
	uint64_t baseline_from_ns, baseline_to_ns;
};

static uint64_t parse_time(const char *arg, struct argp_state *state) {
	uint64_t ns = clock_parse_local(arg);
	if (!ns)
		argp_error(state, "a time is like '2026-11-22' or '2026-11-22 14:00', in the local zone, not '%s'", arg);
	return ns;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct reporting *r = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->options;
		return 0;
	case KEY_LAST:
		r->last_ns = clock_parse_duration(arg);
		if (!r->last_ns)
			argp_error(state, "--last takes a time such as 90m, 24h or 7d, not '%s'", arg);
		return 0;
	case KEY_FROM:
		r->from_ns = parse_time(arg, state);
		return 0;
	case KEY_TO:
		r->to_ns = parse_time(arg, state);
		return 0;
	case KEY_BASELINE_FROM:
		r->baseline_from_ns = parse_time(arg, state);
		return 0;
	case KEY_BASELINE_TO:
		r->baseline_to_ns = parse_time(arg, state);
		return 0;
	case KEY_STORE:
		return strings_add(&r->stores, arg) ? ENOMEM : 0;
	case ARGP_KEY_ARG:
		argp_error(state, "report takes no argument: '%s'", arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (r->last_ns && r->from_ns)
			argp_error(state, "--last or --from, not both");
		if (r->baseline_to_ns && !r->baseline_from_ns)
			argp_error(state, "--baseline-to goes with --baseline-from");
		if (r->baseline_from_ns && r->options.output.baseline)
			argp_error(state, "--baseline or --baseline-from, not both");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option report_options[] = {
    {"last", KEY_LAST, "TIME", 0, "the time before now, or before --to: 90m, 24h, 7d (default 24h)", 0},
    {"from", KEY_FROM, "DAY [HH:MM]", 0, "from this local time on: '2026-11-22 14:00'", 0},
    {"to", KEY_TO, "DAY [HH:MM]", 0, "up to this one (default: now)", 0},
    {"baseline-from", KEY_BASELINE_FROM, "DAY [HH:MM]", 0,
     "tell what is new, gone and still there against the time from then on", 0},
    {"baseline-to", KEY_BASELINE_TO, "DAY [HH:MM]", 0, "up to then (default: to where the report begins)", 0},
    {"store", KEY_STORE, "FILE", 0,
     "an agent's store (default: store.db in its state directory); repeated for several hosts: one report of all, if "
     "their agents have one key",
     0},
    {0},
};
static const struct argp_child children[] = {{&options_formats_argp, 0, "Output:", 1}, {0}};
static const struct argp parser = {
    .options = report_options,
    .parser = parse,
    .children = children,
    .doc =
        "Tells what an agent has found, from its store, also while it runs."
        "\vExit status: 0 clean; 1 personal data was logged; 2 error; 3 inconclusive: bytes were lost, or there were "
        "times without a watch.",
};

static int open_store(struct store **ret, const char *path, struct diags *diags) {
	_cleanup_free_ char *dir = path ? NULL : options_state_dir(), *file = NULL;
	if (!path && asprintf(&file, "%s/store.db", dir ?: ".") < 0)
		return -ENOMEM;
	int r = store_open_reading(ret, path ?: file, diags);
	if (r == -ENOENT && !diags_any(diags))
		diags_say(diags, "there is no store %s: is an agent running here? --store FILE names another", path ?: file);
	else if (r < 0 && !diags_any(diags))
		diags_say(diags, "cannot read %s: %s", path ?: file, strerror(-r));
	return r;
}

static int exit_status(const struct summary *s) {
	return s->verdict == VERDICT_FAIL ? EXIT_FINDINGS : s->verdict == VERDICT_PASS ? EXIT_CLEAN : EXIT_INCONCLUSIVE;
}

struct stores {
	struct store **items;
	size_t len;
};

static void stores_close(struct stores *s) {
	for (size_t i = 0; i < s->len; i++)
		store_close(s->items[i]);
	free(s->items);
}

static int open_stores(struct stores *ret, const struct strings *paths, struct diags *diags) {
	size_t len = paths->len ? paths->len : 1;
	int r = 0;
	ret->items = calloc(len, sizeof(struct store *));
	if (!ret->items)
		return -ENOMEM;
	while (ret->len < len && !r) {
		r = open_store(&ret->items[ret->len], paths->len ? paths->items[ret->len] : NULL, diags);
		ret->len += !r;
	}
	return r;
}

/* Against a file, or against another time of the same stores. 0 or -errno with a diagnostic. */
static int find_baseline(const struct reporting *r, const struct stores *stores, uint64_t from_ns,
                         struct baseline **ret, struct diags *diags) {
	const char *path = r->options.output.baseline;
	uint64_t to_ns = r->baseline_to_ns ? r->baseline_to_ns : from_ns;
	if (path)
		return baseline_open(ret, path, diags);
	if (!r->baseline_from_ns)
		return 0;
	if (r->baseline_from_ns >= to_ns) {
		diags_say(diags, "the time to compare with ends before it begins");
		return -EINVAL;
	}
	int failed = baseline_read_stores(ret, stores->items, stores->len, r->baseline_from_ns, to_ns);
	if (failed)
		diags_say(diags, "the store could not be read: %s", strerror(-failed));
	return failed;
}

static void say_unread(int error, struct diags *diags) {
	if (error == -EKEYREJECTED)
		diags_say(diags,
		          "the agents of these stores had different keys, or were too old to note theirs, so nobody can say "
		          "which values were found on several hosts: copy the file `key` from the state directory of one "
		          "agent into those of the others while they are stopped, and report of what comes then; or report "
		          "of each store by itself");
	else
		diags_say(diags, "the store could not be read: %s", strerror(-error));
}

static int tell(const struct reporting *r, struct diags *diags) {
	_cleanup_(stores_close) struct stores stores = {0};
	_cleanup_(baseline_freep) struct baseline *baseline = NULL;
	struct outputs outputs;
	struct store_report report;
	uint64_t to_ns = r->to_ns ? r->to_ns : clock_realtime_ns();
	struct store_report_request q = {
	    .from_ns = r->from_ns ? r->from_ns : to_ns - (r->last_ns ? r->last_ns : DEFAULT_NS),
	    .to_ns = to_ns,
	    .fail_on = r->options.output.fail_on,
	};
	if (q.from_ns >= q.to_ns) {
		diags_say(diags, "the period ends before it begins");
		return EXIT_ERROR;
	}
	if (outputs_for_report(&outputs, &r->options.output, diags) || open_stores(&stores, &r->stores, diags) ||
	    find_baseline(r, &stores, q.from_ns, &baseline, diags))
		return EXIT_ERROR;
	q.baseline = baseline;
	q.json = outputs_want_json(&outputs);
	int failed = store_report_init(&report, stores.items, stores.len, &q);
	if (failed < 0) {
		say_unread(failed, diags);
		return EXIT_ERROR;
	}
	failed = outputs_write_documents(&outputs, &report.report, diags);
	int status = failed < 0 ? EXIT_ERROR : exit_status(&report.summary);
	store_report_release(&report);
	return status;
}

int cmd_report(int argc, char **argv) {
	struct reporting r = {0};
	_cleanup_(diags_release) struct diags diags = {0};
	options_parse(&parser, argc, argv, 0, &r);
	int status = tell(&r, &diags);
	diags_print(&diags, stderr);
	free(r.stores.items);
	options_release(&r.options);
	return status;
}
