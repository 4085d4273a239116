/* SPDX-License-Identifier: MIT */
/* A gate: what it asks for, and where it finds out what was so. One thread. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "app/targets.h"
#include "emit/http_server.h"
#include "find/gate.h"
#include "find/waiver.h"
#include "report/gate.h"

#define GATE_WINDOW_DEFAULT_NS (3600 * 1000000000ull)

struct gate_query {
	char *name, *query;
	unsigned int relation; /* enum gate_relation */
	double limit;
};

/* A gate file. */
struct gate_config {
	uint64_t window_ns;
	uint64_t min_records;
	double min_coverage; /* percent */
	unsigned int fail_on;
	char *waivers; /* file; NULL: none */
	char *prometheus, *selector;
	bool recorded;
	struct gate_query *conditions;
	size_t conditions_len;
	struct gate_memo memo;
};

/* What is asked for unless a file or an option says otherwise. */
void gate_config_init(struct gate_config *c);
/* On top of that. Every mistake goes to ret_diags: -EINVAL; -ENOMEM. */
int gate_config_load(struct gate_config *c, const char *file, struct diags *ret_diags);
void gate_config_release(struct gate_config *c);
struct gate_policy gate_config_policy(const struct gate_config *c);

struct gate_live {
	struct options *options; /* the probe's sinks are added */
	const struct targets *targets;
	uint64_t window_ns;
	struct gate_policy policy;
	bool fail_fast, probe_in_target; /* the latter: of the first pid, which there has to be */
};

/* Watches for the whole window, or until it cannot pass any more. 0, or -errno with diagnostics: nothing was watched.
 */
int gate_watch(const struct gate_live *live, struct gate_facts *ret, struct diags *ret_diags);

struct store;

struct gate_store {
	const char *path;
	struct store *own;             /* instead of the path: the one that this process writes. NULL: the path */
	uint64_t window_ns, until_ns;  /* wall clock: when the window ends */
	const struct waivers *waivers; /* instead of what the agent knew; must outlive the facts. NULL: that */
	uint64_t now_ns;               /* as of when they hold */
};

struct gate_fleet {
	const char *url, *selector; /* selector: {job="logspill"}; NULL: all */
	bool recorded;              /* by the recording rules of deploy/, not by each target's series */
	uint64_t window_ns, until_ns;
	enum rule_severity fail_on;
	const struct gate_query *conditions;
	size_t conditions_len;
};

/* From the metrics of all agents; a host is a target. 0, also when nothing could be found out; -errno: with
 * diagnostics. */
int gate_ask_fleet(const struct gate_fleet *asked, struct gate_facts *ret, struct diags *ret_diags);
/* Adds the conditions to whatever is known already. */
int gate_ask_conditions(const struct gate_fleet *asked, struct gate_facts *facts, struct diags *ret_diags);

/* At the agent's port; ?window=60m&until=TIME&min_records=N&min_coverage=PERCENT&fail_on=SEVERITY. The server's
 * paths_arg: the store. */
extern const struct http_path gate_paths[];

/* From what the agent remembers. 0; -errno with diagnostics: there is no store to be read. */
int gate_read_store(const struct gate_store *asked, struct gate_facts *ret, struct diags *ret_diags);

#endif
