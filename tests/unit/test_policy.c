/* SPDX-License-Identifier: MIT */
#include "test_emit.h"

#include "emit/policy.h"

#include <errno.h>

#define SECOND_NS 1000000000ull

/* One finding whose count the test moves, and what was told of it. */
struct scene {
	struct policy *policy;
	struct finding finding;
	char told[64]; /* n, u, r: one letter an event */
	uint64_t count;
	int fail;
};

static int on_event(void *arg, enum output_kind kind, struct finding_copy *finding) {
	struct scene *s = arg;
	if (s->fail)
		return s->fail;
	s->told[strlen(s->told)] = output_kind_name(kind)[0];
	s->count = finding->finding.count;
	return 0;
}

static int step_at(struct scene *s, uint64_t seconds) {
	struct finding_copy *copy;
	assert_int_equal(finding_copy_new(&copy, &s->finding, NULL), 0);
	const struct snapshot snapshot = {.findings = &copy, .findings_len = 1};
	int r = policy_step(s->policy, &snapshot, (1000 + seconds) * SECOND_NS, on_event, s);
	finding_copy_drop(copy);
	return r;
}

static struct scene begin(void) {
	struct scene s = {.finding = test_finding()};
	const struct policy_options options = {
	    .repeat_ns = 10 * SECOND_NS, .quiet_ns = 60 * SECOND_NS, .updates_per_minute = 60};
	assert_int_equal(policy_new(&s.policy, &options), 0);
	return s;
}

static void first_sight_is_told_at_once_and_repeats_are_grouped(void **state) {
	(void)state;
	struct scene s = begin();
	step_at(&s, 0);
	assert_string_equal(s.told, "n");
	for (uint64_t at = 1; at < 10; at++) {
		s.finding.count += 5;
		step_at(&s, at);
	}
	assert_string_equal(s.told, "n");
	step_at(&s, 10);
	assert_string_equal(s.told, "nu");
	assert_int_equal(s.count, s.finding.count);
	step_at(&s, 25);
	assert_string_equal(s.told, "nu");
	policy_free(s.policy);
}

static void a_finding_that_is_quiet_is_resolved_and_new_when_it_comes_back(void **state) {
	(void)state;
	struct scene s = begin();
	step_at(&s, 0);
	step_at(&s, 59);
	assert_string_equal(s.told, "n");
	step_at(&s, 60);
	assert_string_equal(s.told, "nr");
	step_at(&s, 200);
	assert_string_equal(s.told, "nr");
	s.finding.count++;
	step_at(&s, 201);
	assert_string_equal(s.told, "nrn");
	policy_free(s.policy);
}

static void what_could_not_be_told_comes_again(void **state) {
	(void)state;
	struct scene s = begin();
	s.fail = -ENOMEM;
	assert_int_equal(step_at(&s, 0), -ENOMEM);
	s.fail = 0;
	step_at(&s, 1);
	assert_string_equal(s.told, "n");
	policy_free(s.policy);
}

static void counts_of_a_watch_that_begins_anew_are_told(void **state) {
	(void)state;
	struct scene s = begin();
	s.finding.count = 100;
	step_at(&s, 0);
	s.finding.count = 1;
	step_at(&s, 20);
	assert_string_equal(s.told, "nu");
	assert_int_equal(s.count, 1);
	policy_free(s.policy);
}

static void a_finding_of_an_earlier_run_is_resolved_in_its_time(void **state) {
	(void)state;
	struct scene s = begin();
	struct finding_copy *copy;
	const struct snapshot nothing = {0};
	assert_int_equal(finding_copy_new(&copy, &s.finding, NULL), 0);
	assert_int_equal(policy_restore(s.policy, copy, 50 * SECOND_NS, 1000 * SECOND_NS), 0);
	finding_copy_drop(copy);
	policy_step(s.policy, &nothing, 1009 * SECOND_NS, on_event, &s);
	assert_string_equal(s.told, "");
	policy_step(s.policy, &nothing, 1010 * SECOND_NS, on_event, &s);
	policy_step(s.policy, &nothing, 1011 * SECOND_NS, on_event, &s);
	assert_string_equal(s.told, "r");
	policy_free(s.policy);
}

static int count_events(void *arg, enum output_kind kind, struct finding_copy *finding) {
	(void)finding;
	((size_t *)arg)[kind]++;
	return 0;
}

/* As a flood of findings is seen: every one of them at once, updates no faster than the rate. */
static void updates_have_a_rate_and_new_findings_have_none(void **state) {
	(void)state;
	enum { FINDINGS = 2000 };
	struct finding f = test_finding();
	struct finding_copy **copies = calloc(FINDINGS, sizeof(struct finding_copy *));
	size_t told[OUTPUT_KINDS] = {0};
	struct policy *policy;
	const struct policy_options options = {.repeat_ns = 1, .quiet_ns = 1000 * SECOND_NS, .updates_per_minute = 60};
	assert_int_equal(policy_new(&policy, &options), 0);
	for (uint64_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < FINDINGS; i++) {
			snprintf(f.id, sizeof(f.id), "%032llx", i * 0x9e3779b97f4a7c15ull);
			f.count = round + 1;
			finding_copy_drop(copies[i]);
			assert_int_equal(finding_copy_new(&copies[i], &f, NULL), 0);
		}
		const struct snapshot s = {.findings = copies, .findings_len = FINDINGS};
		policy_step(policy, &s, (1 + round * 60) * SECOND_NS, count_events, told);
	}
	assert_int_equal(told[OUTPUT_NEW], FINDINGS);
	assert_int_equal(told[OUTPUT_UPDATE], 120);
	struct policy_counters counters;
	policy_counters(policy, &counters);
	assert_int_equal(counters.open, FINDINGS);
	assert_int_equal(counters.held_back, 2 * FINDINGS - 120);
	for (size_t i = 0; i < FINDINGS; i++)
		finding_copy_drop(copies[i]);
	free(copies);
	policy_free(policy);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_sight_is_told_at_once_and_repeats_are_grouped),
	    cmocka_unit_test(a_finding_that_is_quiet_is_resolved_and_new_when_it_comes_back),
	    cmocka_unit_test(what_could_not_be_told_comes_again),
	    cmocka_unit_test(counts_of_a_watch_that_begins_anew_are_told),
	    cmocka_unit_test(a_finding_of_an_earlier_run_is_resolved_in_its_time),
	    cmocka_unit_test(updates_have_a_rate_and_new_findings_have_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
