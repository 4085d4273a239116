/* SPDX-License-Identifier: MIT */
#include "test_snapshot.h"

#include "emit/metrics.h"

static char *write_all(const struct snapshot *s, bool open) {
	struct buf out = {0};
	assert_int_equal(metrics_write(&out, s, open), 0);
	assert_int_equal(buf_append(&out, "", 1), 0);
	return out.data;
}

static size_t count(const char *text, const char *what) {
	size_t n = 0;
	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void every_target_and_rule_has_a_series_from_the_start(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(3, 7, 0);
	memset(s->targets[1].matches, 0, 7 * sizeof(uint64_t));
	_cleanup_free_ char *text = write_all(s, false);
	assert_int_equal(count(text, "\nlogspill_matches_total{"), 21);
	assert_non_null(strstr(text, "\nlogspill_matches_total{target=\"unit shop.service\",rule=\"test.rule3\","
	                             "severity=\"high\"} 0\n"));
	assert_int_equal(count(text, "\nlogspill_lost_bytes_total{"), 3 * WIRE_LOSS_COUNT);
	assert_int_equal(count(text, "\nlogspill_blind_events_total{"), WIRE_BLIND_COUNT);
	assert_int_equal(count(text, "\nlogspill_blind_spots_open{"), WIRE_BLIND_COUNT);
}

/* What all series of that name add up to. */
static unsigned long sum_of(const char *text, const char *series) {
	unsigned long sum = 0, value;
	for (const char *at = text; (at = strstr(at, series));) {
		at = strchr(at + 1, '\n');
		const char *number = at;
		while (number[-1] != ' ')
			number--;
		assert_int_equal(sscanf(number, "%lu", &value), 1);
		sum += value;
	}
	return sum;
}

static void beyond_the_cap_the_least_severe_are_one_and_nothing_is_lost(void **state) {
	(void)state;
	enum { TARGETS = 40, RULES = 500 };
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(TARGETS, RULES, 0);
	_cleanup_free_ char *text = write_all(s, false);
	size_t pairs = count(text, "\nlogspill_matches_total{");
	assert_int_equal(pairs, METRICS_PAIRS_MAX + TARGETS);
	assert_int_equal(count(text, "rule=\"other\""), TARGETS);
	assert_int_equal(sum_of(text, "\nlogspill_matches_total{"), TARGETS * (RULES * (RULES + 1) / 2));
	assert_int_equal(count(text, "severity=\"critical\"} "), TARGETS * RULES / 5 + RULES / 5 + TARGETS);
}

static void rules_of_ones_own_do_not_make_series_without_end(void **state) {
	(void)state;
	enum { RULES = METRICS_PAIRS_MAX + 2000, FOUND = 7 };
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, RULES, 0);
	for (size_t i = 0; i < RULES; i++)
		s->rules[i].findings = FOUND;
	_cleanup_free_ char *text = write_all(s, false);
	assert_int_equal(count(text, "\nlogspill_findings{"), METRICS_PAIRS_MAX + 1);
	assert_int_equal(count(text, "\nlogspill_findings{rule=\"other\",severity=\"other\"} 14000\n"), 1);
	assert_int_equal(sum_of(text, "\nlogspill_findings{"), RULES * FOUND);
}

/* A line is a comment, or a name, labels in braces and a number. */
static void assert_well_formed(const char *text) {
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		assert_non_null(end);
		if (*line != '#') {
			assert_int_equal(strncmp(line, "logspill_", 9), 0);
			const char *last = end;
			while (last[-1] != ' ')
				last--;
			assert_true(last[-2] == '}' || (last[-2] >= 'a' && last[-2] <= 'z'));
			assert_in_range(*last, '0', '9');
		}
		line = end + 1;
	}
}

static void names_that_programs_choose_stay_inside_their_quotes(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(2, 5, 2);
	for (int open = 0; open < 2; open++) {
		_cleanup_free_ char *text = write_all(s, open);
		assert_well_formed(text);
		assert_int_equal(count(text, "\n# EOF"), open);
		assert_non_null(strstr(text, "target=\"a\\\"b\\\\c\\\\x0ad{e}\xef\xbf\xbd\\\\x1b[31m,f=\\\"g\\\" # EOF\""));
	}
}

static void buckets_add_up(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 1, 0);
	_cleanup_free_ char *text = write_all(s, false), *open = write_all(s, true);
	assert_non_null(strstr(text, "logspill_latency_seconds_bucket{le=\"0.005\"} 0\n"));
	assert_non_null(strstr(text, "logspill_latency_seconds_bucket{le=\"10\"} 5\n"));
	assert_non_null(strstr(open, "logspill_latency_seconds_bucket{le=\"10.0\"} 5\n"));
	assert_non_null(strstr(text, "logspill_latency_seconds_bucket{le=\"+Inf\"} 6\n"));
	assert_non_null(strstr(text, "logspill_latency_seconds_count 6\n"));
}

/* tests/cli/test_dashboard.sh looks up there which metrics there are. */
static void the_text_is_the_contract(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 1);
	s->time_ns = LATER_NS;
	s->started_ns = EARLIER_NS;
	_cleanup_free_ char *text = write_all(s, false);
	assert_golden("metrics.txt", text);
}

static void promtool_has_nothing_to_say(void **state) {
	(void)state;
	if (system("command -v promtool >/dev/null"))
		skip(); /* no promtool here */
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(2, 5, 2);
	_cleanup_free_ char *text = write_all(s, false);
	FILE *promtool = popen("promtool check metrics", "w");
	assert_non_null(promtool);
	fputs(text, promtool);
	assert_int_equal(pclose(promtool), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_target_and_rule_has_a_series_from_the_start),
	    cmocka_unit_test(beyond_the_cap_the_least_severe_are_one_and_nothing_is_lost),
	    cmocka_unit_test(rules_of_ones_own_do_not_make_series_without_end),
	    cmocka_unit_test(names_that_programs_choose_stay_inside_their_quotes),
	    cmocka_unit_test(buckets_add_up),
	    cmocka_unit_test(the_text_is_the_contract),
	    cmocka_unit_test(promtool_has_nothing_to_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
