/* SPDX-License-Identifier: MIT */
#include "emit/metrics.h"

#include "emit/metrics_writer.h"

#include <errno.h>
#include <string.h>

#define SECONDS(ns) ((double)(ns) / 1e9)

static void gauge(struct metrics_writer *w, const char *name, const char *help, double value) {
	metrics_family(w, name, METRIC_GAUGE, help);
	metrics_sample_real(w, METRIC_NO_LABELS, value);
}

static void counter(struct metrics_writer *w, const char *name, const char *help, uint64_t value) {
	metrics_family(w, name, METRIC_COUNTER, help);
	metrics_sample(w, METRIC_NO_LABELS, value);
}

static void write_self(struct metrics_writer *w, const struct snapshot *s) {
	metrics_family(w, "build_info", METRIC_GAUGE, "Version, and how the kernel side is hooked in.");
	metrics_sample(w, METRIC_LABELS({"version", s->version}, {"hook", s->hook}), 1);
	gauge(w, "ready", "1 while it watches.", s->ready);
	gauge(w, "start_time_seconds", "When the watch began, in seconds since 1970.", SECONDS(s->started_ns));
	gauge(w, "snapshot_time_seconds", "When these figures were taken, in seconds since 1970.", SECONDS(s->time_ns));
	gauge(w, "processes", "Live processes that are watched.", (double)s->processes);
	gauge(w, "ring_bytes", "Bytes in the capture ring that wait to be read.", (double)s->ring_bytes);
	gauge(w, "ring_size_bytes", "Size of the capture ring.", (double)s->ring_size);
	metrics_family(w, "cpu_seconds", METRIC_COUNTER, "CPU time of the agent, naming of stacks included.");
	metrics_sample_real(w, METRIC_NO_LABELS, SECONDS(s->cost.cpu_ns));
	gauge(w, "memory_bytes", "Resident memory of the agent.", (double)s->cost.memory_bytes);
	gauge(w, "memory_peak_bytes", "The most that it has been.", (double)s->cost.memory_peak_bytes);
	counter(w, "stacks", "User stacks that the kernel side copied.", s->cost.stacks);
	counter(w, "stacks_named", "Of these: became origins of findings.", s->cost.stacks_named);
	counter(w, "stacks_failed", "Of these: got no name in time.", s->cost.stacks_failed);
}

static void write_programs(struct metrics_writer *w, const struct snapshot_cost *c) {
	metrics_family(w, "bpf_measured_calls", METRIC_COUNTER,
	               "Calls of our kernel programs that were measured: those of a short share of the time.");
	for (size_t i = 0; i < c->programs_len; i++)
		metrics_sample(w, METRIC_LABELS({"program", c->programs[i].name}), c->programs[i].cost.calls);
	metrics_family(w, "bpf_measured_seconds", METRIC_COUNTER, "What these calls took.");
	for (size_t i = 0; i < c->programs_len; i++)
		metrics_sample_real(w, METRIC_LABELS({"program", c->programs[i].name}), SECONDS(c->programs[i].cost.ns));
}

/* A series for each target. */
struct target_metric {
	const char *name, *help;
	enum metric_type type;
	double (*value)(const struct snapshot_target *t);
};

#define VALUE(function, expression)                                                                                    \
	static double function(const struct snapshot_target *t) {                                                          \
		return (double)(expression);                                                                                   \
	}
VALUE(seen_bytes, t->totals.seen_bytes)
VALUE(seen_writes, t->totals.seen_writes)
VALUE(scanned_bytes, t->scanned.bytes)
VALUE(scanned_writes, t->scanned.writes)
VALUE(waiting_bytes, t->waiting.bytes)
VALUE(waiting_writes, t->waiting.writes)
VALUE(records, t->records)
VALUE(leaking_records, t->leaking_records)
VALUE(coverage, t->coverage)
VALUE(writers, t->writers)
VALUE(target_findings, t->findings)

static const struct target_metric target_metrics[] = {
    {"seen_bytes", "Bytes written to logs. seen = scanned + lost + waiting.", METRIC_COUNTER, seen_bytes},
    {"seen_writes", "Writes to logs.", METRIC_COUNTER, seen_writes},
    {"scanned_bytes", "Bytes written to logs and scanned.", METRIC_COUNTER, scanned_bytes},
    {"scanned_writes", "Writes to logs of which something was scanned.", METRIC_COUNTER, scanned_writes},
    {"waiting_bytes", "Bytes on their way: in the ring, or of lines that have not ended.", METRIC_GAUGE, waiting_bytes},
    {"waiting_writes", "Writes on their way.", METRIC_GAUGE, waiting_writes},
    {"records", "Records scanned.", METRIC_COUNTER, records},
    {"leaking_records", "Records with a match.", METRIC_COUNTER, leaking_records},
    {"coverage_ratio", "Scanned share of the bytes that are not on their way.", METRIC_GAUGE, coverage},
    {"writers", "Live processes that have written to a log.", METRIC_GAUGE, writers},
    {"target_findings", "Findings first seen at this target.", METRIC_GAUGE, target_findings},
};

static void write_targets(struct metrics_writer *w, const struct snapshot *s) {
	for (size_t i = 0; i < sizeof(target_metrics) / sizeof(*target_metrics); i++) {
		const struct target_metric *m = &target_metrics[i];
		metrics_family(w, m->name, m->type, m->help);
		for (size_t k = 0; k < s->targets_len; k++)
			metrics_sample_real(w, METRIC_LABELS({"target", s->targets[k].name}), m->value(&s->targets[k]));
	}
}

static void write_losses(struct metrics_writer *w, const struct snapshot *s, bool bytes) {
	metrics_family(w, bytes ? "lost_bytes" : "lost_writes", METRIC_COUNTER,
	               bytes ? "Bytes written to logs and not scanned." : "Writes to logs of which nothing was scanned.");
	for (size_t i = 0; i < s->targets_len; i++) {
		for (enum wire_loss l = 0; l < WIRE_LOSS_COUNT; l++) {
			const struct capture_loss *lost = &s->targets[i].totals.lost[l];
			metrics_sample(w, METRIC_LABELS({"target", s->targets[i].name}, {"reason", loss_name(l)}),
			               bytes ? lost->bytes : lost->writes);
		}
	}
}

/* The most severe first, so that which rules have a series of their own does not change. */
static void rank_rules(const struct snapshot *s, size_t *ret) {
	size_t n = 0;
	for (int severity = RULE_CRITICAL; severity >= RULE_INFO; severity--)
		for (size_t i = 0; i < s->rules_len; i++)
			if ((int)s->rules[i].severity == severity)
				ret[n++] = i;
}

static void write_rule(struct metrics_writer *w, const struct snapshot_target *t, const char *rule,
                       const char *severity, uint64_t value) {
	const struct metric_label labels[] = {{"target", t ? t->name : ""}, {"rule", rule}, {"severity", severity}, {0}};
	metrics_sample(w, labels + !t, value);
}

/* The matches at a target, or, without one, the findings: of the first `own` rules, and of all others together. */
static void write_rules(struct metrics_writer *w, const struct snapshot *s, const struct snapshot_target *t,
                        const size_t *rules, size_t own) {
	uint64_t others = 0;
	for (size_t i = 0; i < s->rules_len; i++) {
		const struct snapshot_rule *rule = &s->rules[rules[i]];
		uint64_t value = t ? t->matches[rules[i]] : rule->findings;
		if (i < own)
			write_rule(w, t, rule->id, rule_severity_name(rule->severity), value);
		else
			others += value;
	}
	if (own < s->rules_len)
		write_rule(w, t, "other", "other", others);
}

static void write_matches(struct metrics_writer *w, const struct snapshot *s, const size_t *rules) {
	metrics_family(w, "matches", METRIC_COUNTER, "Places in records where a rule and its check agree.");
	for (size_t t = 0; t < s->targets_len; t++)
		write_rules(w, s, &s->targets[t], rules, METRICS_PAIRS_MAX / s->targets_len);
}

static void write_unwaived(struct metrics_writer *w, const struct snapshot *s) {
	metrics_family(w, "unwaived_matches", METRIC_COUNTER, "Matches that nobody had waived when they came.");
	for (size_t t = 0; t < s->targets_len; t++)
		for (enum rule_severity i = RULE_INFO; i <= RULE_CRITICAL; i++)
			metrics_sample(w, METRIC_LABELS({"target", s->targets[t].name}, {"severity", rule_severity_name(i)}),
			               s->targets[t].unwaived[i]);
}

static void write_findings(struct metrics_writer *w, const struct snapshot *s, const size_t *rules) {
	uint64_t waived = 0;
	metrics_family(w, "findings", METRIC_GAUGE, "Findings since the watch began.");
	write_rules(w, s, NULL, rules, METRICS_PAIRS_MAX);
	for (size_t i = 0; i < s->findings_len; i++)
		waived += s->findings[i]->finding.waived;
	gauge(w, "findings_waived", "Of these: accepted by an owner, for now.", (double)waived);
	gauge(w, "distinct_values", "Different values that were found.", (double)s->distinct);
}

static void write_latency(struct metrics_writer *w, const struct snapshot_latency *l) {
	uint64_t below = 0;
	metrics_family(w, "latency_seconds", METRIC_HISTOGRAM, "From a write to the end of the scan of its record.");
	for (size_t i = 0; i <= SNAPSHOT_LATENCY_BOUNDS; i++) {
		char bound[24] = "+Inf";
		if (i < SNAPSHOT_LATENCY_BOUNDS)
			snprintf(bound, sizeof(bound), "%g%s", snapshot_latency_bounds_s[i],
			         w->open && snapshot_latency_bounds_s[i] >= 1 ? ".0" : "");
		below += l->counts[i];
		metrics_part(w, "_bucket", METRIC_LABELS({"le", bound}), (double)below);
	}
	metrics_part(w, "_sum", METRIC_NO_LABELS, l->sum_s);
	metrics_part(w, "_count", METRIC_NO_LABELS, (double)below);
}

static void write_blind(struct metrics_writer *w, const struct snapshot *s) {
	metrics_family(w, "blind_events", METRIC_COUNTER, "Ways of writing that were met and cannot be looked at.");
	for (enum wire_blind kind = 0; kind < WIRE_BLIND_COUNT; kind++) {
		uint64_t events = 0;
		for (size_t i = 0; i < s->blind_len; i++)
			if (!strcmp(s->blind[i].kind, blind_spot_kind(kind)))
				events += s->blind[i].amount.events;
		metrics_sample(w, METRIC_LABELS({"kind", blind_spot_kind(kind)}), events);
	}
	metrics_family(w, "blind_spots_open", METRIC_GAUGE, "Of these, those that nobody has waived: places, or kinds.");
	for (enum wire_blind kind = 0; kind < WIRE_BLIND_COUNT; kind++) {
		uint64_t open = 0;
		for (size_t i = 0; i < s->blind_len; i++)
			open += !s->blind[i].waived && !strcmp(s->blind[i].kind, blind_spot_kind(kind));
		metrics_sample(w, METRIC_LABELS({"kind", blind_spot_kind(kind)}), open);
	}
}

static uint64_t output_sent(const struct snapshot_output *o) {
	return o->sent;
}
static uint64_t output_failed(const struct snapshot_output *o) {
	return o->failed;
}
static uint64_t output_dropped(const struct snapshot_output *o) {
	return o->dropped;
}
static uint64_t output_queued(const struct snapshot_output *o) {
	return o->queued;
}
static uint64_t output_works(const struct snapshot_output *o) {
	return !o->broken;
}

static void write_outputs(struct metrics_writer *w, const struct snapshot *s) {
	static const struct {
		const char *name, *help;
		enum metric_type type;
		uint64_t (*value)(const struct snapshot_output *o);
	} metrics[] = {
	    {"output_sent", "Events that the output has taken.", METRIC_COUNTER, output_sent},
	    {"output_failed", "Attempts that failed; they are repeated.", METRIC_COUNTER, output_failed},
	    {"output_dropped", "Events that were given up.", METRIC_COUNTER, output_dropped},
	    {"output_queued", "Events that the output has still to take.", METRIC_GAUGE, output_queued},
	    {"output_works", "0: the last attempt failed.", METRIC_GAUGE, output_works},
	};
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
		metrics_family(w, metrics[i].name, metrics[i].type, metrics[i].help);
		for (size_t k = 0; k < s->outputs_len; k++)
			metrics_sample(w, METRIC_LABELS({"output", s->outputs[k].name}, {"driver", s->outputs[k].driver}),
			               metrics[i].value(&s->outputs[k]));
	}
}

static void write_store(struct metrics_writer *w, const struct snapshot_store *s) {
	counter(w, "store_writes", "Attempts to write to the store.", s->writes);
	counter(w, "store_failures", "Of these: failed. What they held comes with the next.", s->failures);
	counter(w, "store_dropped", "Events that were dropped before every output had them: too many waited.", s->dropped);
	gauge(w, "store_bytes", "Size of the store.", (double)s->bytes);
}

static void write_sources(struct metrics_writer *w, const struct snapshot *s) {
	const struct {
		const char *name;
		const struct snapshot_source *source;
	} all[] = {{"config", &s->config}, {"rules", &s->rule_source}};
	enum { LEN = sizeof(all) / sizeof(*all) };
	metrics_family(w, "config_current", METRIC_GAUGE, "0: the newest is faulty, and the one before is in force.");
	for (size_t i = 0; i < LEN; i++)
		metrics_sample(w, METRIC_LABELS({"file", all[i].name}), !all[i].source->last_error);
	metrics_family(w, "config_info", METRIC_GAUGE, "Hash of what is in force.");
	for (size_t i = 0; i < LEN; i++)
		metrics_sample(w, METRIC_LABELS({"file", all[i].name}, {"hash", all[i].source->hash ?: ""}), 1);
	metrics_family(w, "config_loaded_time_seconds", METRIC_GAUGE, "When that was loaded, in seconds since 1970.");
	for (size_t i = 0; i < LEN; i++)
		metrics_sample_real(w, METRIC_LABELS({"file", all[i].name}), SECONDS(all[i].source->loaded_ns));
	metrics_family(w, "config_loads", METRIC_COUNTER, "Times that it was loaded.");
	for (size_t i = 0; i < LEN; i++)
		metrics_sample(w, METRIC_LABELS({"file", all[i].name}), all[i].source->loads);
	metrics_family(w, "config_failures", METRIC_COUNTER, "Times that it was faulty.");
	for (size_t i = 0; i < LEN; i++)
		metrics_sample(w, METRIC_LABELS({"file", all[i].name}), all[i].source->failures);
}

static void write_probe(struct metrics_writer *w, const struct snapshot_probe *p) {
	gauge(w, "probe_enabled", "1: records are planted that must come out.", p->enabled);
	gauge(w, "probe_healthy", "0: one did not come out in time.", p->healthy);
	gauge(w, "probe_age_seconds", "Since the last one came out.", p->age_s);
	counter(w, "probe_planted", "Planted so far, without those on their way.", p->planted);
	counter(w, "probe_seen", "Of these: came out.", p->seen);
}

int metrics_write(struct buf *out, const struct snapshot *s, bool open) {
	struct metrics_writer w = {.out = out, .open = open};
	_cleanup_free_ size_t *rules = calloc(s->rules_len + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	rank_rules(s, rules);
	write_self(&w, s);
	write_programs(&w, &s->cost);
	write_targets(&w, s);
	write_losses(&w, s, true);
	write_losses(&w, s, false);
	write_matches(&w, s, rules);
	write_unwaived(&w, s);
	write_findings(&w, s, rules);
	write_latency(&w, &s->latency);
	write_blind(&w, s);
	write_outputs(&w, s);
	write_store(&w, &s->store);
	write_sources(&w, s);
	write_probe(&w, &s->probe);
	metrics_end(&w);
	return w.error;
}
