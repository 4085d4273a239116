/* SPDX-License-Identifier: MIT */
/* A gate over many hosts, by what their agents' metrics say to a Prometheus. */
#include "gate/gate.h"

#include "base/buf.h"
#include "base/text.h"
#include "gate/promql.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define BEFORE_SLOTS_S 660
#define LAG_MAX_S 60 /* of what an agent tells behind the time at which it was asked */

struct host {
	size_t target;  /* in the facts */
	uint64_t known; /* which queries told of it: bits by their place */
};

struct fleet {
	const struct gate_fleet *asked;
	struct gate_facts *facts;
	struct promql *promql;
	json_t *hosts; /* name -> place in the array */
	struct host *items;
	uint64_t from_s, to_s, minutes;
};

static struct gate_target *target_of(struct fleet *f, const struct host *h) {
	return &f->facts->targets[h->target];
}

static int add_host(struct fleet *f, const char *name, struct host **ret) {
	struct gate_target *t;
	struct host *items = reallocarray(f->items, f->facts->targets_len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	f->items = items;
	int r = gate_add_target(f->facts, name, &t);
	if (r)
		return r;
	size_t place = f->facts->targets_len - 1;
	items[place] = (struct host){.target = place};
	*ret = &items[place];
	return json_object_set_new(f->hosts, name, json_integer((json_int_t)place)) ? -ENOMEM : 0;
}

static int find_host(struct fleet *f, const struct promql_sample *s, struct host **ret) {
	const char *name = json_string_value(json_object_get(s->labels, "instance"));
	json_t *place = json_object_get(f->hosts, name ? name : "(no instance)");
	if (!place)
		return add_host(f, name ? name : "(no instance)", ret);
	*ret = &f->items[json_integer_value(place)];
	return 0;
}

static int doubt(struct gate_target *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int doubt(struct gate_target *t, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	_cleanup_free_ char *text = text_vformat(fmt, ap);
	va_end(ap);
	char *all = text ? text_format("%s%s%s", t->doubt ? t->doubt : "", t->doubt ? ", " : "", text) : NULL;
	if (!all)
		return -ENOMEM;
	free(t->doubt);
	t->doubt = all;
	return 0;
}

typedef int (*take_fn)(struct fleet *f, struct host *h, const struct promql_sample *s);

static int take_up(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value >= 1 ? 0 : doubt(target_of(f, h), "could not be reached at some time");
}
static int take_ready(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value >= 1 ? 0 : doubt(target_of(f, h), "was not watching at some time");
}
static int take_series(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value <= 1 ? 0 : doubt(target_of(f, h), "%g series say that they are this host", s->value);
}
static int take_minutes(struct fleet *f, struct host *h, const struct promql_sample *s) {
	if (s->value + 1 >= (double)f->minutes)
		return 0;
	return doubt(target_of(f, h), "told something in %g of %lu minutes", s->value, f->minutes);
}
static int take_last(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value <= 2 * LAG_MAX_S ? 0 : doubt(target_of(f, h), "vanished %.0f min ago", s->value / 60);
}
static int take_start(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value <= (double)f->from_s ? 0 : doubt(target_of(f, h), "began to watch within the window");
}
static int take_lag(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value <= LAG_MAX_S ? 0 : doubt(target_of(f, h), "lagged, or its clock was wrong, by %.0f s", s->value);
}
static int take_probe(struct fleet *f, struct host *h, const struct promql_sample *s) {
	if (!(s->value > 0))
		return doubt(target_of(f, h), "its probe records did not come out");
	f->facts->probe_ways[0].came++;
	return 0;
}
static int take_probe_lost(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value > 0 ? doubt(target_of(f, h), "%g of its probe records were lost", s->value) : 0;
}
static int take_resets(struct fleet *f, struct host *h, const struct promql_sample *s) {
	return s->value > 0 ? doubt(target_of(f, h), "its counters began anew") : 0;
}
static int take_changes(struct fleet *f, struct host *h, const struct promql_sample *s) {
	if (!(s->value > 0))
		return 0;
	return gate_add_text(&f->facts->changes, "%s loaded rules or configuration anew", target_of(f, h)->name);
}
static int take_blind(struct fleet *f, struct host *h, const struct promql_sample *s) {
	const char *kind = json_string_value(json_object_get(s->labels, "kind"));
	return s->value > 0 ? gate_add_text(&f->facts->blind_spots, "%s: %s", target_of(f, h)->name, kind ? kind : "?") : 0;
}
static int take_seen(struct fleet *f, struct host *h, const struct promql_sample *s) {
	target_of(f, h)->seen.bytes = target_of(f, h)->scanned.bytes = (uint64_t)ceil(s->value);
	return 0;
}
/* Asked for after what was seen. */
static int take_lost(struct fleet *f, struct host *h, const struct promql_sample *s) {
	struct gate_target *t = target_of(f, h);
	uint64_t lost = (uint64_t)ceil(s->value);
	t->scanned.bytes = t->seen.bytes > lost ? t->seen.bytes - lost : 0;
	if (lost > t->seen.bytes)
		t->seen.bytes = lost;
	return 0;
}
static int take_uncovered(struct fleet *f, struct host *h, const struct promql_sample *s) {
	target_of(f, h)->uncovered = s->value;
	return 0;
}
static int take_records(struct fleet *f, struct host *h, const struct promql_sample *s) {
	target_of(f, h)->records = (uint64_t)s->value;
	return 0;
}
static int take_least_records(struct fleet *f, struct host *h, const struct promql_sample *s) {
	struct gate_target *t = target_of(f, h);
	t->has_least = true;
	t->least_records = (uint64_t)floor(s->value + 0.5);
	return 0;
}
static int take_leaking(struct fleet *f, struct host *h, const struct promql_sample *s) {
	target_of(f, h)->leaking_records = (uint64_t)ceil(s->value);
	return 0;
}
static int take_matches(struct fleet *f, struct host *h, const struct promql_sample *s) {
	target_of(f, h)->matches = (uint64_t)ceil(s->value);
	return 0;
}

/* Hosts are told apart by the label instance. $selector has no braces, but a comma behind it if there is one, so that
 * what follows may narrow it; $slots is the window without its first eleven minutes: each ten minutes that end in it
 * lie in the window, and what was recorded may be a minute old. */
static const struct fleet_query {
	const char *query, *recorded; /* of raw series; of those of deploy/prometheus/logspill.gate.rules.yml */
	take_fn read;
	bool optional; /* a host of which it tells nothing is not in doubt for that */
} queries[] = {
    {"min by (instance) (min_over_time(up{$selector}[$window]))",
     "min by (instance) (min_over_time(up{$selector}[$window]))", take_up, true},
    {"min by (instance) (min_over_time(logspill_ready{$selector}[$window]))",
     "min by (instance) (min_over_time(instance:logspill_ready:min1m{$selector}[$window]))", take_ready, false},
    {"count by (instance) (logspill_ready{$selector})",
     "count by (instance) (instance:logspill_ready:min1m{$selector})", take_series, false},
    {"min by (instance) (count_over_time((count_over_time(logspill_ready{$selector}[1m]) > 0)[$window:1m]))",
     "min by (instance) (count_over_time(instance:logspill_ready:min1m{$selector}[$window]))", take_minutes, false},
    {"min by (instance) (time() - max_over_time(timestamp(logspill_ready{$selector})[$window:1m]))",
     "min by (instance) (time() - max_over_time(instance:logspill_told:seconds{$selector}[$window]))", take_last,
     false},
    {"max by (instance) (max_over_time(logspill_start_time_seconds{$selector}[$window]))",
     "max by (instance) (max_over_time(instance:logspill_start_time:seconds{$selector}[$window]))", take_start, false},
    {"max by (instance) (max_over_time(abs(timestamp(logspill_snapshot_time_seconds{$selector}) - "
     "logspill_snapshot_time_seconds{$selector})[$window:1m]))",
     "max by (instance) (max_over_time(instance:logspill_lag:seconds{$selector}[$window]))", take_lag, false},
    {"min by (instance) (min_over_time(logspill_probe_healthy{$selector}[$window]) * "
     "(increase(logspill_probe_seen_total{$selector}[$window]) > bool 0))",
     "min by (instance) (min_over_time(instance:logspill_probe_healthy:min1m{$selector}[$window]) * "
     "(increase(instance:logspill_probe_seen:total{$selector}[$window]) > bool 0))",
     take_probe, false},
    {"max by (instance) ((logspill_probe_planted_total{$selector} - logspill_probe_seen_total{$selector}) - "
     "((logspill_probe_planted_total{$selector} offset $window - logspill_probe_seen_total{$selector} offset $window) "
     "or "
     "logspill_probe_seen_total{$selector} * 0))",
     "max by (instance) (instance:logspill_probe_lost:total{$selector} - "
     "(instance:logspill_probe_lost:total{$selector} offset $window or "
     "instance:logspill_probe_lost:total{$selector} * 0))",
     take_probe_lost, false},
    {"max by (instance) (resets(logspill_seen_bytes_total{$selector}[$window]))",
     "max by (instance) (resets(instance:logspill_seen_bytes:total{$selector}[$window]))", take_resets, false},
    {"sum by (instance) (changes(logspill_config_loaded_time_seconds{$selector}[$window]))",
     "sum by (instance) (changes(instance:logspill_config_loaded:seconds{$selector}[$window]))", take_changes, false},
    {"sum by (instance, kind) (last_over_time(logspill_blind_spots_open{$selector}[$window])) > 0",
     "sum by (instance, kind) (last_over_time(instance:logspill_blind_spots:open{$selector}[$window])) > 0", take_blind,
     true},
    {"sum by (instance) (increase(logspill_seen_bytes_total{$selector}[$window]))",
     "sum by (instance) (increase(instance:logspill_seen_bytes:total{$selector}[$window]))", take_seen, false},
    {"sum by (instance) (increase(logspill_lost_bytes_total{$selector}[$window]))",
     "sum by (instance) (increase(instance:logspill_lost_bytes:total{$selector}[$window]))", take_lost, false},
    {"max by (instance) (sum without (reason) (increase(logspill_lost_bytes_total{$selector}[$window])) / "
     "(increase(logspill_seen_bytes_total{$selector}[$window]) > 0))",
     "max by (instance) (max_over_time(instance:logspill_uncovered:max10m{$selector}[$window]))", take_uncovered, true},
    {"sum by (instance) (increase(logspill_records_total{$selector}[$window]))",
     "sum by (instance) (increase(instance:logspill_records:total{$selector}[$window]))", take_records, false},
    {"min by (instance) (increase(logspill_records_total{$selector}[$window]))",
     "min by (instance) (sum_over_time(instance:logspill_records:min10m{$selector}[$slots:10m]))", take_least_records,
     false},
    {"sum by (instance) (increase(logspill_leaking_records_total{$selector}[$window]))",
     "sum by (instance) (increase(instance:logspill_leaking_records:total{$selector}[$window]))", take_leaking, false},
    {"sum by (instance) (increase(logspill_unwaived_matches_total{$selector severity=~\"$severities\"}[$window]))",
     "sum by (instance) (increase(instance:logspill_unwaived_matches:total{$selector at_least=\"$fail_on\"}[$window]))",
     take_matches, false},
};

/* "{job=\"a\"}" or job="a" -> job="a", */
static char *inner_selector(const char *selector) {
	char *inner;
	size_t len = selector ? strlen(selector) : 0, start = len && selector[0] == '{';
	if (start && selector[len - 1] == '}')
		len--;
	return asprintf(&inner, "%.*s%s", (int)(len - start), selector ? selector + start : "", len > start ? "," : "") < 0
	           ? NULL
	           : inner;
}

/* The severities that fail, for a matcher. */
static const char *failing(const struct fleet *f) {
	const char *from = "info|low|medium|high|critical";
	for (enum rule_severity s = RULE_INFO; s < f->asked->fail_on; s++)
		from = strchr(from, '|') + 1;
	return from;
}

/* With what stands for the variables; other dollars stay. */
static char *expand(const struct fleet *f, const char *query) {
	_cleanup_free_ char *selector = inner_selector(f->asked->selector);
	const uint64_t window_s = f->to_s - f->from_s;
	char window[32], slots[32];
	snprintf(window, sizeof(window), "%lus", window_s);
	snprintf(slots, sizeof(slots), "%lus", window_s > BEFORE_SLOTS_S ? window_s - BEFORE_SLOTS_S : window_s);
	const struct {
		const char *name, *value;
	} variables[] = {{"$window", window},
	                 {"$slots", slots},
	                 {"$selector", selector},
	                 {"$severities", failing(f)},
	                 {"$fail_on", rule_severity_name(f->asked->fail_on)}};
	_cleanup_(buf_release) struct buf out = {0};
	int r = selector ? 0 : -ENOMEM;
	for (const char *c = query; *c && !r;) {
		const char *text = c;
		size_t len = 1, used = 1;
		for (size_t i = 0; *c == '$' && i < sizeof(variables) / sizeof(*variables); i++)
			if (!strncmp(c, variables[i].name, strlen(variables[i].name))) {
				text = variables[i].value;
				len = strlen(text);
				used = strlen(variables[i].name);
			}
		r = buf_append(&out, text, len);
		c += used;
	}
	if (!r)
		r = buf_append(&out, "", 1);
	return r ? NULL : take(out.data);
}

static int take_sample(struct fleet *f, const struct fleet_query *q, const struct promql_sample *s) {
	struct host *h;
	int r = find_host(f, s, &h);
	if (r)
		return r;
	h->known |= 1ull << (q - queries);
	/* NaN: a stale series, or nothing divided by nothing; no counter falls. */
	if (!isfinite(s->value) || (s->value < 0 && q->read != take_probe_lost))
		return doubt(target_of(f, h), "one of its figures is %g", s->value);
	return q->read(f, h, s);
}

static int ask(struct fleet *f, const struct fleet_query *q) {
	_cleanup_free_ char *query = expand(f, f->asked->recorded ? q->recorded : q->query);
	_cleanup_(promql_answer_release) struct promql_answer answer = {0};
	int r = query ? promql_ask(f->promql, query, &answer) : -ENOMEM;
	if (!r && answer.problem)
		r = gate_add_text(&f->facts->unknown, "%s", answer.problem);
	for (size_t i = 0; i < answer.len && !r; i++)
		r = take_sample(f, q, &answer.samples[i]);
	return r ? r : answer.problem ? 1 : 0;
}

static int judge_hosts(struct fleet *f) {
	uint64_t needed = 0;
	int r = 0;
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		needed |= (uint64_t)!queries[i].optional << i;
	for (size_t i = 0; i < f->facts->targets_len && !r; i++)
		if ((f->items[i].known & needed) != needed)
			r = doubt(&f->facts->targets[i],
			          f->items[i].known & needed ? "does not tell all that is needed" : "tells nothing");
	return r;
}

static int ask_condition(struct fleet *f, const struct gate_query *q) {
	_cleanup_free_ char *query = expand(f, q->query), *problem = NULL;
	_cleanup_(promql_answer_release) struct promql_answer answer = {0};
	int r = query ? promql_ask(f->promql, query, &answer) : -ENOMEM;
	if (r)
		return r;
	if (answer.problem)
		problem = strdup(answer.problem);
	else if (!answer.len)
		problem = strdup("the query gives nothing");
	else if (answer.len > 1 && asprintf(&problem, "the query gives %zu values, not one", answer.len) < 0)
		problem = NULL;
	if (!problem && (answer.problem || answer.len != 1))
		return -ENOMEM;
	const struct gate_condition c = {.name = q->name,
	                                 .query = q->query,
	                                 .relation = (enum gate_relation)q->relation,
	                                 .limit = q->limit,
	                                 .value = answer.len ? answer.samples[0].value : NAN,
	                                 .problem = problem};
	return gate_add_condition(f->facts, &c);
}

/* One engine that does not answer is asked once, not for everything. */
static int ask_all(struct fleet *f) {
	int r = 0;
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries) && !r; i++)
		r = ask(f, &queries[i]);
	if (!r)
		r = judge_hosts(f);
	return r < 0 ? r : 0;
}

/* One for each host: a number of its own it does not tell. */
static void take_probes(struct gate_facts *facts) {
	facts->probe_known = true;
	facts->probes_planted = facts->targets_len;
	facts->probe_ways[0].name = "host";
	facts->probe_ways_len = 1;
}

int gate_ask_conditions(const struct gate_fleet *asked, struct gate_facts *facts, struct diags *ret_diags) {
	struct fleet f = {.asked = asked, .facts = facts, .to_s = asked->until_ns / NS_PER_S};
	f.from_s = f.to_s - asked->window_ns / NS_PER_S;
	int r = promql_open(&f.promql, asked->url, asked->until_ns, ret_diags);
	for (size_t i = 0; i < asked->conditions_len && !r; i++)
		r = ask_condition(&f, &asked->conditions[i]);
	promql_close(f.promql);
	return r;
}

int gate_ask_fleet(const struct gate_fleet *asked, struct gate_facts *ret, struct diags *ret_diags) {
	*ret = (struct gate_facts){
	    .source = "fleet",
	    .from_ns = asked->until_ns - asked->window_ns,
	    .to_ns = asked->until_ns,
	    .asked_ns = asked->window_ns,
	    .covered_ns = asked->window_ns, /* of each host: by its doubts */
	};
	struct fleet f = {.asked = asked, .facts = ret, .hosts = json_object(), .to_s = asked->until_ns / NS_PER_S};
	f.from_s = f.to_s - asked->window_ns / NS_PER_S;
	f.minutes = asked->window_ns / NS_PER_S / 60;
	int r = f.hosts ? promql_open(&f.promql, asked->url, asked->until_ns, ret_diags) : -ENOMEM;
	if (!r)
		r = ask_all(&f);
	take_probes(ret);
	promql_close(f.promql);
	json_decref(f.hosts);
	free(f.items);
	if (r) {
		if (!diags_any(ret_diags))
			diags_say(ret_diags, "the fleet cannot be asked: %s", strerror(-r));
		gate_facts_release(ret);
	}
	return r;
}
