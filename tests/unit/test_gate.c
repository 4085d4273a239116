/* SPDX-License-Identifier: MIT */
/* The truth table of the gate: every combination of what may have happened in a window, and its verdict. */
#include "find/gate.h"

#include "find/risk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIN (60 * 1000000000ull)

enum leak { NO_LEAK, LEAK, WAIVED, EXPIRED, EXPIRING, LESS_SEVERE, LEAKS };
enum agent { ALIVE, KILLED, STALLED, LATE, AGENTS };
enum loss { LOST_NOTHING, LOST_LITTLE, LOST_MUCH, UNBALANCED, LOSSES };
enum blind { SEES, BLIND, BLINDS };
enum traffic { TRAFFIC, SILENT_TARGET, NO_TARGET, TRAFFICS };
enum jump { NO_JUMP, FORWARD, BACK, JUMPS };
enum probes { PROBED, ONE_WAY_DEAD, UNPROBED, PROBES };
enum change { UNCHANGED, CHANGED, CHANGES };
enum metric { NO_METRIC, HOLDS, BROKEN, NOT_A_NUMBER, NO_ANSWER, METRICS };

static const char *const leak_names[] = {"no leak", "leak", "waived", "expired", "expiring", "less severe"};
static const char *const agent_names[] = {"alive", "killed", "stalled", "late"};
static const char *const loss_names[] = {"no loss", "0.05 % lost", "1 % lost", "unbalanced"};
static const char *const blind_names[] = {"sees", "blind spot"};
static const char *const traffic_names[] = {"traffic", "one silent", "no target"};
static const char *const jump_names[] = {"clock", "clock +1h", "clock -1h"};
static const char *const probe_names[] = {"probed", "one way dead", "unprobed"};
static const char *const change_names[] = {"same rules", "rules changed"};
static const char *const metric_names[] = {"no metric", "metric holds", "metric broken", "metric NaN", "no answer"};

struct row {
	enum leak leak;
	enum agent agent;
	enum loss loss;
	enum blind blind;
	enum traffic traffic;
	enum jump jump;
	enum probes probes;
	enum change change;
	enum metric metric;
};

static const struct gate_policy policy = {.min_records = 100, .min_coverage = 0.999, .fail_on = RULE_MEDIUM};

static struct rule email = {.id = (char *)"contact.email",
                            .name = (char *)"E-mail address",
                            .entity = (char *)"EMAIL",
                            .severity = RULE_MEDIUM,
                            .impact = 3};
static struct rule address = {
    .id = (char *)"network.ip", .name = (char *)"Address", .entity = (char *)"IP", .severity = RULE_LOW, .impact = 1};

static void add_leak(struct gate_facts *f, enum leak leak) {
	struct finding finding = {.rule = leak == LESS_SEVERE ? &address : &email,
	                          .count = 5,
	                          .sink_kind = (char *)"file",
	                          .sink_name = (char *)"/var/log/a.log",
	                          .process_name = (char *)"shop",
	                          .executable = (char *)"/usr/bin/shop",
	                          .waived = leak == WAIVED || leak == EXPIRING};
	struct finding_copy *copy;
	assert_int_equal(finding_copy_new(&copy, &finding, NULL), 0);
	assert_int_equal(gate_add_finding(f, copy), 0);
	finding_copy_drop(copy);
}

static void add_targets(struct gate_facts *f, const struct row *row) {
	for (int i = 0; i < 2 && row->traffic != NO_TARGET; i++) {
		struct gate_target *t;
		bool silent = row->traffic == SILENT_TARGET && i;
		assert_int_equal(gate_add_target(f, i ? "unit pay.service" : "unit shop.service", &t), 0);
		if (silent)
			continue;
		t->seen.bytes = t->scanned.bytes = 1000000;
		t->seen.writes = t->scanned.writes = t->records = 10000;
		t->leaking_records = !i && row->leak != NO_LEAK ? 5 : 0;
		uint64_t lost = i ? 0 : row->loss == LOST_LITTLE ? 500 : row->loss == LOST_MUCH ? 10000 : 0;
		t->scanned.bytes -= lost;
		t->lost[WIRE_LOSS_RING_FULL].bytes = lost;
		t->seen.bytes += !i && row->loss == UNBALANCED;
	}
}

static void add_agent(struct gate_facts *f, enum agent agent) {
	f->asked_ns = f->covered_ns = 60 * MIN;
	if (agent == LATE)
		f->covered_ns = 59 * MIN;
	if (agent == KILLED)
		assert_int_equal(gate_add_gap(f, f->from_ns + 30 * MIN, f->to_ns, "no agent ran"), 0);
	if (agent == STALLED)
		assert_int_equal(gate_add_gap(f, f->from_ns + 30 * MIN, f->from_ns + 31 * MIN, "the agent stalled"), 0);
}

static void add_metric(struct gate_facts *f, enum metric metric) {
	const struct gate_condition c = {.name = (char *)"error rate",
	                                 .query = (char *)"sum(rate(errors[1h]))",
	                                 .relation = GATE_LESS,
	                                 .limit = 0.001,
	                                 .value = metric == BROKEN         ? 0.002
	                                          : metric == NOT_A_NUMBER ? NAN
	                                                                   : 0.0005,
	                                 .problem = metric == NO_ANSWER ? (char *)"no answer" : NULL};
	if (metric != NO_METRIC)
		assert_int_equal(gate_add_condition(f, &c), 0);
}

static struct gate_facts facts_of(const struct row *row) {
	struct gate_facts f = {
	    .source = "live", .from_ns = 1000 * MIN, .to_ns = 1060 * MIN, .books_final = true, .probe_known = true};
	add_agent(&f, row->agent);
	add_targets(&f, row);
	if (row->leak != NO_LEAK)
		add_leak(&f, row->leak);
	if (row->blind)
		assert_int_equal(gate_add_text(&f.blind_spots, "mapping: /var/log/b.log"), 0);
	if (row->change)
		assert_int_equal(gate_add_text(&f.changes, "rules were loaded anew"), 0);
	f.clock_jump_ns = row->jump == FORWARD ? 60 * (int64_t)MIN : row->jump == BACK ? -60 * (int64_t)MIN : 0;
	f.probes_planted = row->probes == UNPROBED ? 0 : 360;
	f.probe_ways[f.probe_ways_len++] = (struct gate_probe_way){"file", f.probes_planted};
	f.probe_ways[f.probe_ways_len++] =
	    (struct gate_probe_way){"pipe", row->probes == ONE_WAY_DEAD ? 359 : f.probes_planted};
	add_metric(&f, row->metric);
	return f;
}

/* By hand, without looking at how the gate does it. */
static enum verdict expected(const struct row *r) {
	if (r->leak == LEAK || r->leak == EXPIRED || r->metric == BROKEN)
		return VERDICT_FAIL;
	bool doubt = r->agent != ALIVE || r->blind || r->traffic != TRAFFIC || r->jump || r->probes || r->change ||
	             r->metric == NOT_A_NUMBER || r->metric == NO_ANSWER;
	/* No target has no losses. */
	doubt |= r->traffic != NO_TARGET && (r->loss == LOST_MUCH || r->loss == UNBALANCED);
	return doubt ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
}

static enum verdict judge(const struct row *row) {
	struct gate_facts f = facts_of(row);
	struct gate_result result;
	assert_int_equal(gate_judge(&result, &f, &policy), 0);
	enum verdict verdict = result.verdict;
	for (size_t i = 0; i < result.checks_len; i++) {
		assert_non_null(result.checks[i].text);
		assert_true((result.checks[i].verdict == VERDICT_PASS) == !result.checks[i].remedy);
	}
	gate_result_release(&result);
	gate_facts_release(&f);
	return verdict;
}

static void check_row(const struct row *r, uint64_t counts[3]) {
	enum verdict got = judge(r), want = expected(r);
	counts[got]++;
	printf("%-12s  %s | %s | %s | %s | %s | %s | %s | %s | %s\n", verdict_name(got), leak_names[r->leak],
	       agent_names[r->agent], loss_names[r->loss], blind_names[r->blind], traffic_names[r->traffic],
	       jump_names[r->jump], probe_names[r->probes], change_names[r->change], metric_names[r->metric]);
	if (got != want)
		fail_msg("this row says %s, not %s", verdict_name(got), verdict_name(want));
}

static void every_row_has_its_verdict_and_none_with_doubt_passes(void **state) {
	static const int sizes[] = {LEAKS, AGENTS, LOSSES, BLINDS, TRAFFICS, JUMPS, PROBES, CHANGES, METRICS};
	uint64_t counts[3] = {0}, rows = 1;
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		rows *= (uint64_t)sizes[i];
	for (uint64_t n = 0; n < rows; n++) {
		uint64_t rest = n;
		int values[9];
		for (size_t i = 0; i < 9; i++) {
			values[i] = (int)(rest % (uint64_t)sizes[i]);
			rest /= (uint64_t)sizes[i];
		}
		const struct row row = {(enum leak)values[0],   (enum agent)values[1],   (enum loss)values[2],
		                        (enum blind)values[3],  (enum traffic)values[4], (enum jump)values[5],
		                        (enum probes)values[6], (enum change)values[7],  (enum metric)values[8]};
		check_row(&row, counts);
	}
	printf("NOTE: %lu rows: %lu pass, %lu fail, %lu inconclusive\n", rows, counts[VERDICT_PASS], counts[VERDICT_FAIL],
	       counts[VERDICT_INCONCLUSIVE]);
}

static void the_worst_stands_first_and_tells_what_to_do(void **state) {
	(void)state;
	const struct row row = {.leak = LEAK, .agent = KILLED, .blind = BLIND, .metric = NO_ANSWER};
	struct gate_facts f = facts_of(&row);
	struct gate_result result;
	assert_int_equal(gate_judge(&result, &f, &policy), 0);
	assert_int_equal(result.checks[0].kind, GATE_FINDINGS);
	assert_string_equal(result.checks[0].text, "1 not waived (5 matches): medium EMAIL by shop in /var/log/a.log");
	assert_int_equal(result.checks[1].kind, GATE_CONDITION);
	assert_int_equal(result.checks[2].kind, GATE_WINDOW);
	assert_non_null(strstr(result.checks[2].text, "30 min from"));
	assert_non_null(strstr(result.checks[2].text, "no agent ran"));
	assert_int_equal(result.checks[3].kind, GATE_BLIND_SPOTS);
	for (size_t i = 4; i < result.checks_len; i++)
		assert_int_equal(result.checks[i].verdict, VERDICT_PASS);
	gate_result_release(&result);
	gate_facts_release(&f);
}

static void matches_that_are_in_no_finding_fail(void **state) {
	(void)state;
	const struct row row = {0};
	struct gate_facts f = facts_of(&row);
	struct gate_result result;
	f.unplaced_matches = 1;
	assert_int_equal(gate_judge(&result, &f, &policy), 0);
	assert_int_equal(result.verdict, VERDICT_FAIL);
	gate_result_release(&result);
	f.unplaced_matches = 0;
	f.targets[1].matches = 1; /* of a host, which tells no findings */
	assert_int_equal(gate_judge(&result, &f, &policy), 0);
	assert_int_equal(result.verdict, VERDICT_FAIL);
	gate_result_release(&result);
	gate_facts_release(&f);
}

static void one_target_that_loses_is_not_hidden_by_the_others(void **state) {
	(void)state;
	const struct row row = {0};
	struct gate_facts f = facts_of(&row);
	struct gate_result result;
	f.targets[1].seen.bytes = f.targets[1].seen.writes = 2;
	f.targets[1].scanned.bytes = f.targets[1].scanned.writes = 1;
	f.targets[1].lost[WIRE_LOSS_FAULT] = (struct capture_loss){1, 1};
	assert_int_equal(gate_judge(&result, &f, &policy), 0);
	assert_int_equal(result.verdict, VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(result.checks[0].text, "unit pay.service: 50.0000 %"));
	gate_result_release(&result);
	gate_facts_release(&f);
}

/* Risk never falls when more leaks, when what leaks is worse, or when less was looked at. */
static void risk_is_monotone(void **state) {
	(void)state;
	static const uint64_t trials[] = {1, 10, 100, 5000, 1000000};
	for (size_t t = 0; t < sizeof(trials) / sizeof(*trials); t++) {
		struct gate_target target = {
		    .name = (char *)"a", .seen.bytes = 1000, .scanned.bytes = 1000, .records = trials[t]};
		struct gate_facts f = {.targets = &target, .targets_len = 1};
		double before = 0;
		for (uint64_t hits = 0; hits <= trials[t]; hits += 1 + trials[t] / 97) {
			double share = gate_share_upper(&f, hits);
			assert_true(share >= before && share >= (double)hits / (double)trials[t] && share <= 1);
			before = share;
		}
		double covered = 0;
		for (uint64_t scanned = 1000; scanned > 0; scanned--) {
			target.scanned.bytes = scanned;
			double share = gate_share_upper(&f, 0);
			assert_true(share >= covered && share <= 1);
			covered = share;
		}
		target.scanned.bytes = 1000;
		double by_impact = 0;
		for (uint8_t impact = 1; impact <= 5; impact++) {
			struct rule rule = {.impact = impact};
			const struct finding finding = {.rule = &rule, .count = 1};
			double risk = gate_finding_risk(&f, &finding);
			assert_true(risk > by_impact);
			by_impact = risk;
		}
	}
	struct gate_target nothing = {.name = (char *)"a"};
	assert_true(gate_share_upper(&(struct gate_facts){.targets = &nothing, .targets_len = 1}, 0) == 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_has_its_verdict_and_none_with_doubt_passes),
	    cmocka_unit_test(the_worst_stands_first_and_tells_what_to_do),
	    cmocka_unit_test(matches_that_are_in_no_finding_fail),
	    cmocka_unit_test(one_target_that_loses_is_not_hidden_by_the_others),
	    cmocka_unit_test(risk_is_monotone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
