/* SPDX-License-Identifier: MIT */
/* The decision memo: one page whatever happened, nothing in it that a program put there as markup. */
#include "report/gate.h"

#include "base/file.h"
#include "report/gate_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOSTILE "<script>alert(1)</script>|`*_\"'&\n\x1b[31m\xff\xe2\x80\xae"

static const struct gate_policy policy = {.min_records = 1, .min_coverage = 0.999};
static const struct gate_memo memo = {.title = (char *)"Autumn campaign, release 4.2 " HOSTILE,
                                      .context =
                                          (char *)"Canary at 5 % of traffic, two days before the campaign. " HOSTILE,
                                      .owner = (char *)HOSTILE};
static char long_text[4096];

static struct rule rule = {.id = (char *)"contact.email",
                           .name = (char *)"E-mail address",
                           .entity = (char *)"EMAIL",
                           .severity = RULE_HIGH,
                           .impact = 4,
                           .remediation = long_text};

static void add_finding(struct gate_facts *f, uint64_t count, bool waived) {
	struct finding finding = {.rule = &rule,
	                          .count = count,
	                          .masked = "m***@k***.fi",
	                          .waived = waived,
	                          .sink_kind = (char *)"file",
	                          .sink_name = long_text,
	                          .process_name = (char *)HOSTILE,
	                          .executable = (char *)""};
	struct finding_copy *copy;
	assert_int_equal(finding_copy_new(&copy, &finding, NULL), 0);
	assert_int_equal(gate_add_finding(f, copy), 0);
	finding_copy_drop(copy);
}

/* All that can be wrong, many times over, in long words. */
static struct gate_facts worst(void) {
	struct gate_facts f = {.source = "live",
	                       .from_ns = 1795392000000000000ull,
	                       .asked_ns = 3600000000000ull,
	                       .covered_ns = 1800000000000ull,
	                       .clock_jump_ns = -7200000000000};
	f.to_ns = f.from_ns + f.asked_ns;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 10; i < sizeof(long_text) - 1; i += 11)
		long_text[i] = ' ';
	for (size_t i = 0; i < 40; i++) {
		struct gate_target *t;
		assert_int_equal(gate_add_target(&f, long_text, &t), 0);
		t->seen.bytes = 1000000;
		t->scanned.bytes = 900000;
		t->doubt = strdup(long_text);
		t->records = 1000000;
		t->leaking_records = 1000;
		add_finding(&f, 1000 + i, i % 2);
		assert_int_equal(gate_add_gap(&f, f.from_ns, f.to_ns, long_text), 0);
		assert_int_equal(gate_add_text(&f.blind_spots, "%s", long_text), 0);
		assert_int_equal(gate_add_text(&f.waivers, "%s", long_text), 0);
		assert_int_equal(gate_add_text(&f.unknown, "%s", long_text), 0);
		assert_int_equal(gate_add_text(&f.changes, "%s", long_text), 0);
		const struct gate_condition c = {.name = long_text, .query = (char *)"up", .problem = long_text};
		assert_int_equal(gate_add_condition(&f, &c), 0);
	}
	return f;
}

static char *write_memo(const struct gate_facts *f, const char *format) {
	struct gate_result result;
	assert_int_equal(gate_judge(&result, f, &policy), 0);
	const struct gate_report report = {.facts = f,
	                                   .policy = &policy,
	                                   .result = &result,
	                                   .memo = &memo,
	                                   .made_ns = 1795395600000000000ull,
	                                   .host = "host-1",
	                                   .version = "1"};
	char *text = gate_format_find(format)->write(&report);
	assert_non_null(text);
	gate_result_release(&result);
	return text;
}

static void what_came_from_outside_is_no_markup(void **state) {
	(void)state;
	static const char *const formats[] = {"html", "md", "text", "json"};
	struct gate_facts f = worst();
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		char *text = write_memo(&f, formats[i]);
		assert_null(strstr(text, "\x1b"));
		assert_null(strstr(text, "\xff"));
		if (strcmp(formats[i], "json") != 0)
			assert_null(strstr(text, "\xe2\x80\xae"));
		if (i < 2)
			assert_null(strstr(text, "<script>"));
		free(text);
	}
	gate_facts_release(&f);
}

static void every_part_is_there(void **state) {
	(void)state;
	static const char *const parts[] = {
	    "Options",    "ship as is", "mitigate and canary",           "hold",  "Criteria", "Coverage",
	    "Findings",   "Waivers",    "What would change the verdict", "Owner", "Deadline", "R = P x I",
	    "Recommended"};
	struct gate_facts f = worst();
	char *html = write_memo(&f, "html"), *markdown = write_memo(&f, "md");
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!strstr(html, parts[i]) || !strstr(markdown, parts[i]))
			fail_msg("%s is missing", parts[i]);
	free(html);
	free(markdown);
	gate_facts_release(&f);
}

/* -1: it cannot be printed here. */
static int pages(const char *html) {
	char dir[] = "/tmp/memo-XXXXXX", command[512], path[64];
	int n = -1;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/memo.html", dir);
	assert_int_equal(file_write_atomic(path, html, strlen(html), 0600), 0);
	snprintf(command, sizeof(command),
	         "cd %s && HOME=%s timeout 60 chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer "
	         "--print-to-pdf=memo.pdf file://%s >/dev/null 2>&1 && grep -ac '/Type */Page\\b' memo.pdf",
	         dir, dir, path);
	FILE *out = popen(command, "r");
	if (fscanf(out, "%d", &n) != 1)
		n = -1;
	pclose(out);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	return n;
}

static void the_worst_memo_prints_on_one_page(void **state) {
	(void)state;
	if (system("command -v chromium >/dev/null 2>&1")) {
		printf("SKIP: chromium is not installed\n");
		skip();
	}
	struct gate_facts f = worst();
	char *html = write_memo(&f, "html");
	const char *keep = getenv("KEEP_MEMO");
	if (keep)
		assert_int_equal(file_write_atomic(keep, html, strlen(html), 0600), 0);
	int n = pages(html);
	free(html);
	gate_facts_release(&f);
	assert_int_equal(n, 1);
	char many[8192] = "<!DOCTYPE html>";
	for (int i = 0; i < 200; i++)
		strcat(many, "<p>a paragraph</p>");
	assert_true(pages(many) > 1); /* the count can tell */
}

/* Worst first: whatever is said first was ranked so. */
static void an_option_is_recommended_by_verdict_first_and_risk_second(void **state) {
	(void)state;
	struct gate_option options[GATE_OPTIONS] = {{.risk = 0.01}, {.risk = 0.01}, {.risk = 0}};
	assert_int_equal(gate_recommended(options, VERDICT_PASS), 0);
	assert_int_equal(gate_recommended(options, VERDICT_FAIL), 1);
	assert_int_equal(gate_recommended(options, VERDICT_INCONCLUSIVE), 2);
	options[0].risk = options[1].risk = 2;
	assert_int_equal(gate_recommended(options, VERDICT_PASS), 2);
	assert_int_equal(gate_recommended(options, VERDICT_FAIL), 2);
}

static void assert_recommended(const struct gate_facts *f, enum verdict verdict, enum gate_check_kind worst,
                               const char *want) {
	char text[MEMO_SIZE];
	struct gate_check check = {.kind = worst, .verdict = verdict};
	struct gate_result result = {.verdict = verdict, .checks = &check, .checks_len = 1};
	assert_string_equal(memo_recommendation(text, &(struct gate_report){.facts = f, .result = &result}), want);
}

static void a_recommendation_claims_no_more_than_was_so(void **state) {
	(void)state;
	struct gate_target target = {.records = 1000, .seen.bytes = 1, .scanned.bytes = 1};
	struct gate_facts f = {.targets = &target, .targets_len = 1};
	assert_recommended(&f, VERDICT_PASS, GATE_FINDINGS,
	                   "ship as is: the window was covered from end to end, and nothing leaked.");
	add_finding(&f, 1, true);
	assert_recommended(&f, VERDICT_PASS, GATE_FINDINGS,
	                   "ship as is: the window was covered from end to end, and nothing leaked but what is waived, or "
	                   "less severe than asked for.");
	assert_recommended(&f, VERDICT_FAIL, GATE_FINDINGS, "mitigate and canary: personal data reaches a log.");
	assert_recommended(&f, VERDICT_FAIL, GATE_CONDITION, "mitigate and canary: a condition is not met.");
	assert_recommended(&f, VERDICT_INCONCLUSIVE, GATE_WINDOW,
	                   "hold: no leak counts against it, but it is not proven that all was looked at.");
	target.records = 1;
	assert_recommended(&f, VERDICT_FAIL, GATE_FINDINGS,
	                   "hold: personal data reaches a log, and too few records were seen to say what a repair brings: "
	                   "watch longer.");
	f.targets = NULL;
	f.targets_len = 0;
	gate_facts_release(&f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_came_from_outside_is_no_markup),
	    cmocka_unit_test(every_part_is_there),
	    cmocka_unit_test(the_worst_memo_prints_on_one_page),
	    cmocka_unit_test(an_option_is_recommended_by_verdict_first_and_risk_second),
	    cmocka_unit_test(a_recommendation_claims_no_more_than_was_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
