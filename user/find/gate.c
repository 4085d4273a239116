/* SPDX-License-Identifier: MIT */
#include "find/gate.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "find/risk.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define WINDOW_SLACK_NS NS_PER_S
#define NAMED_MAX 5 /* of what fails one check alike */

/* A result in the making, and what it is made from. */
struct judge {
	const struct gate_facts *facts;
	const struct gate_policy *policy;
	struct gate_result *result;
	int error;
};

const char *gate_relation_sign(enum gate_relation r) {
	static const char *const signs[] = {"<", "<=", ">", ">="};
	return signs[r];
}

bool gate_finding_fails(const struct finding *f, const struct gate_policy *policy) {
	return !f->waived && f->rule->severity >= policy->fail_on;
}

/* text is taken over; NULL: there was no memory for it. */
static void add(struct judge *j, enum gate_check_kind kind, enum verdict verdict, const char *name, char *text,
                const char *remedy) {
	struct gate_result *r = j->result;
	struct gate_check *checks = text ? reallocarray(r->checks, r->checks_len + 1, sizeof(*checks)) : NULL;
	if (checks)
		r->checks = checks;
	struct gate_check check = {kind, verdict, strdup(name), text, NULL};
	if (verdict != VERDICT_PASS)
		check.remedy = strdup(remedy);
	if (!checks || !check.name || (verdict != VERDICT_PASS && !check.remedy)) {
		free(check.name);
		free(check.text);
		free(check.remedy);
		j->error = -ENOMEM;
		return;
	}
	checks[r->checks_len++] = check;
}

/* "a, b, c and 3 more": names come one by one. */
struct list {
	struct buf text;
	size_t len;
	int error;
};

static void list_add(struct list *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void list_add(struct list *l, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	_cleanup_free_ char *item = l->len < NAMED_MAX ? text_vformat(fmt, ap) : NULL;
	va_end(ap);
	if (item && !l->error)
		l->error = buf_printf(&l->text, "%s%s", l->len ? "; " : "", item);
	else if (!item && l->len < NAMED_MAX)
		l->error = -ENOMEM;
	l->len++;
}

static char *list_take(struct list *l) {
	if (l->len > NAMED_MAX && !l->error)
		l->error = buf_printf(&l->text, "; and %zu more", l->len - NAMED_MAX);
	return l->error ? NULL : take(l->text.data);
}

static void list_release(struct list *l) {
	buf_release(&l->text);
}

static const char *duration(char *ret, size_t size, uint64_t ns) {
	uint64_t s = ns / NS_PER_S; /* rounded down: what was watched is not all of it before it is */
	if (ns && ns < 10 * NS_PER_S)
		snprintf(ret, size, "%.1f s", (double)ns / 1e9);
	else if (s < 120)
		snprintf(ret, size, "%lu s", s);
	else if (s % 60)
		snprintf(ret, size, "%lu min %lu s", s / 60, s % 60);
	else
		snprintf(ret, size, "%lu min", s / 60);
	return ret;
}

/* Only what runs by itself can be waited for. */
static const char *window_remedy(const struct gate_facts *f) {
	return strcmp(f->source, "live") ? "keep the agent running, and wait until a window without a gap has gone by"
	                                 : "let it watch for the whole window";
}

struct gate_target gate_sum(const struct gate_facts *f) {
	struct gate_target sum = {0};
	for (size_t i = 0; i < f->targets_len; i++) {
		const struct gate_target *t = &f->targets[i];
		sum.seen.bytes += t->seen.bytes;
		sum.seen.writes += t->seen.writes;
		sum.scanned.bytes += t->scanned.bytes;
		sum.scanned.writes += t->scanned.writes;
		sum.records += t->records;
		sum.leaking_records += t->leaking_records;
		sum.matches += t->matches;
		for (size_t l = 0; l < WIRE_LOSS_COUNT; l++) {
			sum.lost[l].bytes += t->lost[l].bytes;
			sum.lost[l].writes += t->lost[l].writes;
		}
	}
	return sum;
}

/* Those that fail, the most severe ones first. */
static void list_leaks(const struct judge *j, struct list *ret) {
	for (int severity = RULE_CRITICAL; severity >= RULE_INFO; severity--) {
		for (size_t i = 0; i < j->facts->findings_len; i++) {
			const struct finding *f = &j->facts->findings[i]->finding;
			if ((int)f->rule->severity == severity && gate_finding_fails(f, j->policy))
				list_add(ret, "%s %s by %s in %s", rule_severity_name(f->rule->severity), f->rule->entity,
				         f->process_name, f->sink_name);
		}
	}
}

static void judge_findings(struct judge *j) {
	const struct gate_facts *f = j->facts;
	_cleanup_(list_release) struct list leaks = {0};
	uint64_t matches = f->unplaced_matches, waived = 0, below = 0, listed = 0;
	const struct gate_target sum = gate_sum(f);
	for (size_t i = 0; i < f->findings_len; i++) {
		const struct finding *finding = &f->findings[i]->finding;
		listed += finding->count;
		waived += finding->waived;
		bool fails = gate_finding_fails(finding, j->policy);
		below += !finding->waived && !fails;
		matches += fails ? finding->count : 0;
	}
	list_leaks(j, &leaks);
	if (sum.matches > listed) /* of a fleet only numbers are known */
		matches += sum.matches - listed;
	if (matches || leaks.len) {
		_cleanup_free_ char *named = leaks.len ? list_take(&leaks) : strdup("which ones, the hosts tell");
		add(j, GATE_FINDINGS, VERDICT_FAIL, "findings",
		    named
		        ? text_format("%s not waived (%s %s%s): %s", TEXT_COUNT(leaks.len), TEXT_COUNT(matches),
		                      text_plural(matches, "match", "matches"), f->counts_all_time ? " of all time" : "", named)
		        : NULL,
		    "take the values out of these log statements, then watch again");
		return;
	}
	char aside[96] = "";
	if (waived || below)
		snprintf(aside, sizeof(aside), " but %lu waived and %lu less severe than asked for", waived, below);
	add(j, GATE_FINDINGS, VERDICT_PASS, "findings",
	    text_format("none%s in %s %s", aside, TEXT_COUNT(sum.records), text_plural(sum.records, "record", "records")),
	    NULL);
}

static bool holds(const struct gate_condition *c) {
	switch (c->relation) {
	case GATE_LESS:
		return c->value < c->limit;
	case GATE_AT_MOST:
		return c->value <= c->limit;
	case GATE_MORE:
		return c->value > c->limit;
	case GATE_AT_LEAST:
		return c->value >= c->limit;
	}
	return false;
}

static void judge_conditions(struct judge *j) {
	for (size_t i = 0; i < j->facts->conditions_len; i++) {
		const struct gate_condition *c = &j->facts->conditions[i];
		const char *sign = gate_relation_sign(c->relation);
		if (c->problem || !isfinite(c->value))
			add(j, GATE_CONDITION, VERDICT_INCONCLUSIVE, c->name,
			    text_format("%s; asked for: %s %g", c->problem ? c->problem : "the value is no number", sign, c->limit),
			    "see that the query gives one number over the window");
		else
			add(j, GATE_CONDITION, holds(c) ? VERDICT_PASS : VERDICT_FAIL, c->name,
			    text_format("%g, asked for: %s %g", c->value, sign, c->limit),
			    "bring it within the limit, then watch again");
	}
}

static void judge_texts(struct judge *j, enum gate_check_kind kind, const char *name, const struct gate_texts *texts,
                        const char *none, const char *remedy) {
	_cleanup_(list_release) struct list found = {0};
	for (size_t i = 0; i < texts->len; i++)
		list_add(&found, "%s", texts->items[i]);
	if (found.len)
		add(j, kind, VERDICT_INCONCLUSIVE, name, list_take(&found), remedy);
	else if (none)
		add(j, kind, VERDICT_PASS, name, strdup(none), NULL);
}

static void judge_window(struct judge *j) {
	const struct gate_facts *f = j->facts;
	_cleanup_(list_release) struct list gaps = {0};
	char covered[32], asked[32], time[CLOCK_TEXT_SIZE], length[32];
	duration(covered, sizeof(covered), f->covered_ns);
	duration(asked, sizeof(asked), f->asked_ns);
	for (size_t i = 0; i < f->gaps_len; i++)
		list_add(&gaps, "%s from %s: %s", duration(length, sizeof(length), f->gaps[i].until_ns - f->gaps[i].from_ns),
		         clock_local(time, sizeof(time), f->gaps[i].from_ns), f->gaps[i].why);
	bool is_short = f->covered_ns + WINDOW_SLACK_NS < f->asked_ns;
	if (gaps.len) {
		_cleanup_free_ char *named = list_take(&gaps);
		add(j, GATE_WINDOW, VERDICT_INCONCLUSIVE, "window",
		    named ? text_format("watched %s of %s; not watched: %s", covered, asked, named) : NULL, window_remedy(f));
	} else if (is_short || !f->covered_ns) {
		add(j, GATE_WINDOW, VERDICT_INCONCLUSIVE, "window", text_format("watched %s of %s", covered, asked),
		    window_remedy(f));
	} else {
		add(j, GATE_WINDOW, VERDICT_PASS, "window", text_format("watched %s of %s, without a gap", covered, asked),
		    NULL);
	}
}

static void judge_targets(struct judge *j) {
	const struct gate_facts *f = j->facts;
	_cleanup_(list_release) struct list doubts = {0}, names = {0};
	for (size_t i = 0; i < f->targets_len; i++) {
		list_add(&names, "%s", f->targets[i].name);
		if (f->targets[i].doubt)
			list_add(&doubts, "%s: %s", f->targets[i].name, f->targets[i].doubt);
	}
	_cleanup_free_ char *named = list_take(&names);
	if (!f->targets_len)
		add(j, GATE_TARGETS, VERDICT_INCONCLUSIVE, "targets", strdup("none was watched"),
		    "name what is to be watched, and see that it runs");
	else if (doubts.len)
		add(j, GATE_TARGETS, VERDICT_INCONCLUSIVE, "targets", list_take(&doubts),
		    "see that each of them is there for the whole window");
	else
		add(j, GATE_TARGETS, VERDICT_PASS, "targets",
		    named ? text_format("%zu, there all the while: %s", f->targets_len, named) : NULL, NULL);
}

static void judge_probe(struct judge *j) {
	const struct gate_facts *f = j->facts;
	_cleanup_(list_release) struct list lost = {0};
	_cleanup_free_ char *without = sink_kinds_text(f->unprobed);
	uint64_t came = 0;
	for (size_t i = 0; i < f->probe_ways_len; i++) {
		came += f->probe_ways[i].came;
		if (f->probe_ways[i].came < f->probes_planted)
			list_add(&lost, "%lu of %lu through a %s", f->probe_ways[i].came, f->probes_planted, f->probe_ways[i].name);
	}
	if (!f->probe_known || !f->probes_planted || !f->probe_ways_len)
		add(j, GATE_PROBE, VERDICT_INCONCLUSIVE, "probe", strdup("no probe record was written"),
		    "let the agent plant probe records: without one nothing shows that it can see");
	else if (lost.len)
		add(j, GATE_PROBE, VERDICT_INCONCLUSIVE, "probe", list_take(&lost),
		    "the watch does not see what it should: logspill doctor tells more");
	else
		add(j, GATE_PROBE, VERDICT_PASS, "probe",
		    without ? text_format("%s of %s came out%s%s", TEXT_COUNT(came),
		                          TEXT_COUNT(f->probes_planted * f->probe_ways_len),
		                          f->unprobed ? "; none can go to: " : "", without)
		            : NULL,
		    NULL);
}

static double coverage_of(const struct gate_target *t) {
	return t->seen.bytes ? (double)t->scanned.bytes / (double)t->seen.bytes : 1;
}

static bool is_balanced(const struct gate_target *t) {
	uint64_t bytes = t->scanned.bytes, writes = t->scanned.writes;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++) {
		bytes += t->lost[i].bytes;
		writes += t->lost[i].writes;
	}
	return bytes == t->seen.bytes && writes == t->seen.writes;
}

/* A write of which nothing could be read has no bytes that are missing, but is missing. */
static uint64_t lost_writes(const struct gate_target *t) {
	uint64_t writes = 0;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++)
		writes += t->lost[i].writes;
	return writes;
}

static double write_coverage_of(const struct gate_target *t) {
	uint64_t lost = lost_writes(t);
	return t->seen.writes ? 1 - (double)lost / (double)t->seen.writes : 1;
}

static void judge_coverage(struct judge *j) {
	const struct gate_facts *f = j->facts;
	_cleanup_(list_release) struct list low = {0};
	double least = 1;
	for (size_t i = 0; i < f->targets_len; i++) {
		const struct gate_target *t = &f->targets[i];
		double coverage = fmin(fmin(coverage_of(t), write_coverage_of(t)), 1 - t->uncovered);
		least = fmin(least, coverage);
		if (f->books_final && !is_balanced(t))
			list_add(&low, "%s: the books do not balance, a fault in the watcher", t->name);
		else if (!(coverage >= j->policy->min_coverage) || t->scanned.bytes > t->seen.bytes)
			list_add(&low, "%s: %.4f %%", t->name, floor(coverage * 1e6) / 1e4);
	}
	if (low.len) {
		_cleanup_free_ char *named = list_take(&low);
		add(j, GATE_COVERAGE, VERDICT_INCONCLUSIVE, "coverage",
		    named ? text_format("%s; asked for: at least %g %%", named, j->policy->min_coverage * 100) : NULL,
		    "remove the cause of the losses (a larger --ring-size, more CPU, no --sample), then watch again");
	} else {
		add(j, GATE_COVERAGE, VERDICT_PASS, "coverage",
		    text_format("%.4f %% of what was logged was scanned, at least %g %% asked for", floor(least * 1e6) / 1e4,
		                j->policy->min_coverage * 100),
		    NULL);
	}
}

static void judge_records(struct judge *j) {
	const struct gate_facts *f = j->facts;
	_cleanup_(list_release) struct list few = {0};
	uint64_t least = UINT64_MAX, min = j->policy->min_records ? j->policy->min_records : 1;
	for (size_t i = 0; i < f->targets_len; i++) {
		const struct gate_target *t = &f->targets[i];
		uint64_t records = t->has_least ? t->least_records : t->records;
		least = records < least ? records : least;
		if (records < min)
			list_add(&few, "%s: %s", t->name, TEXT_COUNT(records));
	}
	if (!f->targets_len)
		return;
	if (few.len) {
		_cleanup_free_ char *named = list_take(&few);
		add(j, GATE_RECORDS, VERDICT_INCONCLUSIVE, "records",
		    named ? text_format("%s; asked for: at least %s of each target", named, TEXT_COUNT(min)) : NULL,
		    "give it traffic: silence is no proof");
	} else {
		add(j, GATE_RECORDS, VERDICT_PASS, "records",
		    text_format("%s or more of each target, at least %s asked for", TEXT_COUNT(least), TEXT_COUNT(min)), NULL);
	}
}

static void judge_clock(struct judge *j) {
	int64_t jump = j->facts->clock_jump_ns;
	uint64_t size = jump < 0 ? -(uint64_t)jump : (uint64_t)jump;
	if (size > GATE_CLOCK_SLACK_NS)
		add(j, GATE_CLOCK, VERDICT_INCONCLUSIVE, "clock",
		    text_format("was set %s by %.1f s", jump < 0 ? "back" : "forward", (double)size / 1e9),
		    "keep the clock in step (NTP), then watch again: nobody can say which hour this was");
	else
		add(j, GATE_CLOCK, VERDICT_PASS, "clock", strdup("in step"), NULL);
}

static int compare_checks(const void *a, const void *b) {
	static const int badness[] = {[VERDICT_FAIL] = 0, [VERDICT_INCONCLUSIVE] = 1, [VERDICT_PASS] = 2};
	const struct gate_check *x = a, *y = b;
	if (x->verdict != y->verdict)
		return badness[x->verdict] - badness[y->verdict];
	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->name, y->name);
}

int gate_judge(struct gate_result *ret, const struct gate_facts *facts, const struct gate_policy *policy) {
	_cleanup_(gate_result_release) struct gate_result result = {0};
	struct judge j = {.facts = facts, .policy = policy, .result = &result};
	judge_findings(&j);
	judge_conditions(&j);
	judge_texts(&j, GATE_UNKNOWN, "evidence", &facts->unknown, NULL, "make it available, then ask again");
	judge_window(&j);
	judge_targets(&j);
	judge_probe(&j);
	judge_coverage(&j);
	judge_texts(&j, GATE_BLIND_SPOTS, "blind spots", &facts->blind_spots, "none is open",
	            "do what each of them says, or have its owner waive it");
	judge_records(&j);
	judge_texts(&j, GATE_CHANGES, "rules and configuration", &facts->changes, "unchanged in the window",
	            "wait until a window without a change has gone by");
	judge_clock(&j);
	if (j.error)
		return j.error;
	qsort(result.checks, result.checks_len, sizeof(*result.checks), compare_checks);
	result.verdict = result.checks[0].verdict;
	*ret = result;
	result = (struct gate_result){0};
	return 0;
}

void gate_result_release(struct gate_result *r) {
	for (size_t i = 0; i < r->checks_len; i++) {
		free(r->checks[i].name);
		free(r->checks[i].text);
		free(r->checks[i].remedy);
	}
	free(r->checks);
	*r = (struct gate_result){0};
}
