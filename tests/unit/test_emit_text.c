/* SPDX-License-Identifier: MIT */
#include "test_emit.h"

#include "emit/emit.h"

#include <ctype.h>

static const struct emit_context first, again = {.again = true}, color = {.color = true};

static const struct emit_format *text(void) {
	return emit_format_find("text");
}

static void a_finding_says_what_where_and_how_to_fix_it(void **state) {
	(void)state;
	const struct finding f = test_finding();
	_cleanup_free_ char *lines = text()->finding(&f, &first);
	assert_golden("finding.txt", lines);
}

static void a_finding_seen_before_takes_one_line(void **state) {
	(void)state;
	const struct finding f = test_finding();
	_cleanup_free_ char *line = text()->finding(&f, &again);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_non_null(strstr(line, "3 matches, 2 values"));
}

static void color_changes_nothing_but_color(void **state) {
	(void)state;
	const struct finding f = test_finding();
	_cleanup_free_ char *plain = text()->finding(&f, &first), *colored = text()->finding(&f, &color);
	assert_null(strchr(plain, '\033'));
	assert_non_null(strchr(colored, '\033'));
	char *to = colored;
	for (const char *from = colored; *from; from++) {
		if (*from == '\033')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	}
	*to = 0;
	assert_string_equal(colored, plain);
}

static void assert_harmless(const char *s) {
	for (; *s; s++)
		assert_true(*s == '\n' || (unsigned char)*s >= 0x80 || isprint((unsigned char)*s));
}

/* A file name must not draw on the terminal, nor look like a line of ours. */
static void names_from_outside_cannot_forge_lines(void **state) {
	(void)state;
	struct finding f = test_finding();
	f.sink_name = TEXT("/tmp/a\nPASS: no findings\r\033]0;x\007\xc2\x9b.log");
	f.process_name = TEXT("sh\033[2Jop\xe2\x80\xae");
	_cleanup_free_ char *lines = text()->finding(&f, &again);
	assert_harmless(lines);
	assert_null(strstr(lines, "\xc2\x9b"));
	assert_null(strstr(lines, "\xe2\x80\xae"));
	assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1);
}

static void where_it_runs_is_told_at_first(void **state) {
	(void)state;
	struct finding_writer writer = {
	    .workload = {
	        .container_id = TEXT("0a1b"), .pod_uid = TEXT("uid-1"), .namespace = TEXT("sh\nop"), .pod = TEXT("web-0")}};
	struct finding f = test_finding();
	f.writer = &writer;
	_cleanup_free_ char *lines = text()->finding(&f, &first);
	assert_non_null(strstr(lines, "\n         pod web-0 namespace sh"));
	assert_null(strstr(lines, "sh\nop"));
	assert_non_null(strstr(lines, " container 0a1b\n"));
}

struct world {
	struct find_key *key;
	struct findings *findings;
};

static int make_world(void **state) {
	struct world *w = calloc(1, sizeof(*w));
	bool ephemeral;
	*state = w;
	return find_key_open(&w->key, NULL, &ephemeral) || findings_new(&w->findings, w->key);
}

static int free_world(void **state) {
	struct world *w = *state;
	findings_free(w->findings);
	find_key_free(w->key);
	free(w);
	return 0;
}

static void add(struct findings *f, const struct rule *rule, const char *value, const char *sink) {
	const struct find_match m = {
	    .rule = rule,
	    .confidence = 0.9f,
	    .text = value,
	    .text_len = strlen(value),
	    .end = strlen(value),
	    .sink_kind = "file",
	    .sink_name = sink,
	    .pid = 4711,
	    .process_name = "shop",
	    .executable = "/usr/bin/shop",
	    .wall_ns = EARLIER_NS,
	};
	assert_true(findings_add(f, &m, NULL) >= 0);
}

static void a_failed_summary_lists_findings_losses_and_what_to_do(void **state) {
	struct world *w = *state;
	_cleanup_(test_summary_release) struct summary s = test_summary();
	add(w->findings, &test_email, "john@example.org", "/var/log/shop/app.log");
	add(w->findings, &test_email, "jane@example.org", "/var/log/shop/app.log");
	add(w->findings, &test_email, "john@example.org", "/var/log/shop/app.log");
	add(w->findings, &test_card, "4929123456789015", "stdout");
	s.found = w->findings;
	_cleanup_free_ char *lines = text()->summary(&s, &first);
	assert_golden("summary-fail.txt", lines);
}

static void a_passed_summary_shows_the_balance(void **state) {
	(void)state;
	struct summary s = {.seen_bytes = 10240,
	                    .seen_writes = 80,
	                    .scanned_bytes = 10240,
	                    .scanned_writes = 80,
	                    .scanned_records = 80,
	                    .leaks_counted = true,
	                    .duration_s = 1.9};
	assert_int_equal(summary_judge(&s), 0);
	_cleanup_free_ char *lines = text()->summary(&s, &first);
	assert_golden("summary-pass.txt", lines);
	summary_release(&s);
}

static void an_inconclusive_summary_says_what_is_missing(void **state) {
	(void)state;
	struct summary s = {
	    .seen_bytes = 10000000, .seen_writes = 80, .scanned_bytes = 9999999, .scanned_writes = 79, .min_records = 10};
	assert_int_equal(summary_judge(&s), 0);
	_cleanup_free_ char *lines = text()->summary(&s, &first);
	assert_golden("summary-inconclusive.txt", lines);
	summary_release(&s);
}

static void a_silent_watch_says_how_to_name_a_log(void **state) {
	(void)state;
	struct summary s = {0};
	assert_int_equal(summary_judge(&s), 0);
	_cleanup_free_ char *lines = text()->summary(&s, &first);
	assert_non_null(strstr(lines, "--sink GLOB"));
	summary_release(&s);
}

static void of_very_many_findings_the_worst_are_listed_and_the_rest_counted(void **state) {
	struct world *w = *state;
	char sink[32];
	for (int i = 0; i < 60; i++) {
		snprintf(sink, sizeof(sink), "/var/log/%d.log", i);
		add(w->findings, &test_email, "john@example.org", sink);
	}
	add(w->findings, &test_card, "4929123456789015", "/var/log/card.log");
	struct summary s = {.findings = 61, .matches = 61, .found = w->findings};
	assert_int_equal(summary_judge(&s), 0);
	_cleanup_free_ char *lines = text()->summary(&s, &first);
	assert_non_null(strstr(lines, "and 11 more"));
	assert_true(strstr(lines, "/var/log/card.log") < strstr(lines, "/var/log/0.log"));
	summary_release(&s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(where_it_runs_is_told_at_first),
	    cmocka_unit_test(a_finding_says_what_where_and_how_to_fix_it),
	    cmocka_unit_test(a_finding_seen_before_takes_one_line),
	    cmocka_unit_test(color_changes_nothing_but_color),
	    cmocka_unit_test(names_from_outside_cannot_forge_lines),
	    cmocka_unit_test_setup_teardown(a_failed_summary_lists_findings_losses_and_what_to_do, make_world, free_world),
	    cmocka_unit_test(a_passed_summary_shows_the_balance),
	    cmocka_unit_test(an_inconclusive_summary_says_what_is_missing),
	    cmocka_unit_test(a_silent_watch_says_how_to_name_a_log),
	    cmocka_unit_test_setup_teardown(of_very_many_findings_the_worst_are_listed_and_the_rest_counted, make_world,
	                                    free_world),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
