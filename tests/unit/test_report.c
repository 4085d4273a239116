/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "report/report.h"

static struct rule email = {
    .id = (char[]){"contact.email"},
    .name = (char[]){"E-mail address"},
    .entity = (char[]){"EMAIL"},
    .severity = RULE_MEDIUM,
    .remediation = (char[]){"Log the account's id."},
    .references = {(char *[]){(char[]){"https://www.rfc-editor.org/rfc/rfc5321"}}, 1},
};
static struct rule card = {
    .id = (char[]){"payment.card"},
    .name = (char[]){"Payment card number"},
    .entity = (char[]){"CREDIT_CARD"},
    .severity = RULE_HIGH,
    .remediation = (char[]){"Log the last four digits only."},
};

static struct finding findings[] = {
    {.id = "00000000000000000000000000000001",
     .rule = &card,
     .confidence = 0.95f,
     .count = 1,
     .distinct = 1,
     .masked = "4***1111",
     .fingerprint = "0123456789abcdef0123456789abcdef",
     .sink_name = (char[]){"/srv/shop/logs/app 1.log"}},
    {.id = "00000000000000000000000000000002",
     .rule = &email,
     .confidence = 0.9f,
     .count = 3,
     .distinct = 2,
     .masked = "j***@e***.org",
     .sink_name = (char[]){"/srv/shop/logs/app 1.log"}},
    {.id = "00000000000000000000000000000003",
     .rule = &email,
     .confidence = 0.9f,
     .count = 1,
     .distinct = 1,
     .masked = "k***@e***.org",
     .sink_name = (char[]){"/var/log/<evil>\033[2J&\".log"}},
};
static const struct report_item items[] = {
    {&findings[0], 12, 5, 21, REPORT_COUNTS, NULL, NULL},
    {&findings[1], 3, 1, 15, REPORT_COUNTS, NULL, NULL},
    {&findings[2], 0, 0, 0, REPORT_KNOWN, NULL, NULL},
};
static char reason[] = "2 findings (4 matches)";
static char spot[] = "logs/old.gz: it ends early";

static struct summary summary(void) {
	static char *spots[] = {spot};
	return (struct summary){
	    .verdict = VERDICT_FAIL,
	    .reasons = {reason},
	    .reasons_len = 1,
	    .blind_spots = spots,
	    .blind_spots_len = 1,
	    .findings = 2,
	    .matches = 4,
	    .scanned_bytes = 2048,
	    .scanned_writes = 2,
	    .scanned_records = 40,
	    .duration_s = 0.25,
	};
}

static char *write_report(const char *format, size_t len, const struct summary *s, bool color) {
	const struct report r = {
	    .items = items,
	    .len = len,
	    .summary = s,
	    .directory = "/srv/shop",
	    .binaries = 1,
	    .baseline = true,
	    .color = color,
	};
	char *text = report_format_find(format)->write(&r);
	assert_non_null(text);
	return text;
}

static void text_lists_findings_below_their_file(void **state) {
	(void)state;
	const struct summary s = summary();
	_cleanup_free_ char *text = write_report("text", 3, &s, false);
	assert_string_equal(text,
	                    "/srv/shop/logs/app 1.log\n"
	                    "  high      CREDIT_CARD  4***1111       1 match, 1 distinct value     line 12  payment.card\n"
	                    "  medium    EMAIL        j***@e***.org  3 matches, 2 distinct values  line 3   contact.email\n"
	                    "\n"
	                    "/var/log/<evil>\\x1b[2J&\".log\n"
	                    "  medium    EMAIL        k***@e***.org  1 match, 1 distinct value              contact.email  "
	                    "known\n"
	                    "\n"
	                    "FAIL: 2 findings (4 matches)\n"
	                    "scanned 2.0 KiB in 2 files, 40 lines, in 0.2 s\n"
	                    "skipped 1 binary file (--text scans them too)\n"
	                    "not scanned: logs/old.gz: it ends early\n"
	                    "fix payment.card: Log the last four digits only.\n"
	                    "fix contact.email: Log the account's id.\n");
}

static void colours_come_only_when_asked_for(void **state) {
	(void)state;
	const struct summary s = summary();
	_cleanup_free_ char *plain = write_report("text", 3, &s, false), *color = write_report("text", 3, &s, true);
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(color, "\033[1;31mFAIL\033[0m"));
	assert_null(strstr(color, "\033[2J"));
}

static const char *string_at(const json_t *json, const char *a, const char *b) {
	const json_t *inner = json_object_get(json, a);
	return json_string_value(b ? json_object_get(inner, b) : inner);
}

static void sarif_tells_services_what_they_ask_for(void **state) {
	(void)state;
	const struct summary s = summary();
	_cleanup_free_ char *text = write_report("sarif", 3, &s, false);
	json_auto_t *log = json_loads(text, 0, NULL);
	const json_t *run = json_array_get(json_object_get(log, "runs"), 0);
	const json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
	const json_t *rules = json_object_get(driver, "rules"), *rule = json_array_get(rules, 0);
	const json_t *results = json_object_get(run, "results"), *result = json_array_get(results, 0);
	assert_string_equal(string_at(log, "version", NULL), "2.1.0");
	assert_int_equal(json_array_size(rules), 2);
	assert_string_equal(string_at(rule, "id", NULL), "payment.card");
	assert_string_equal(string_at(rule, "properties", "security-severity"), "8.0");
	const json_t *tags = json_object_get(json_object_get(rule, "properties"), "tags");
	assert_string_equal(json_string_value(json_array_get(tags, 2)), "external/cwe/cwe-532");
	assert_int_equal(json_array_size(results), 3);
	assert_string_equal(string_at(result, "ruleId", NULL), "payment.card");
	assert_string_equal(string_at(result, "level", NULL), "error");
	assert_string_equal(string_at(result, "partialFingerprints", "logspillFindingId/v1"), findings[0].id);
	for (size_t i = 0; i < 3; i++) {
		result = json_array_get(results, i);
		const json_t *place =
		    json_object_get(json_array_get(json_object_get(result, "locations"), 0), "physicalLocation");
		assert_string_equal(string_at(place, "artifactLocation", "uri"),
		                    i == 2 ? "file:///var/log/%3Cevil%3E%1B%5B2J%26%22.log" : "logs/app%201.log");
		assert_int_equal(json_object_get(place, "region") == NULL, i == 2);
		assert_string_equal(string_at(result, "baselineState", NULL), i == 2 ? "unchanged" : "new");
		assert_int_equal(json_integer_value(json_object_get(result, "ruleIndex")), i > 0);
	}
	assert_null(strstr(text, "snippet"));
}

static void junit_counts_its_cases(void **state) {
	(void)state;
	const struct summary s = summary();
	_cleanup_free_ char *text = write_report("junit", 3, &s, false);
	assert_non_null(strstr(text, "tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"1\" time=\"0.250\""));
	assert_non_null(strstr(text, "name=\"payment.card (line 12, finding 00000000000000000000000000000001)\""));
	assert_non_null(strstr(text, "&lt;evil&gt;\\x1b[2J&amp;&quot;.log"));
	assert_null(strchr(text, '\033'));
}

static void a_clean_scan_is_a_passed_case(void **state) {
	(void)state;
	const struct summary s = {.verdict = VERDICT_PASS, .scanned_writes = 2};
	_cleanup_free_ char *junit = write_report("junit", 0, &s, false), *sarif = write_report("sarif", 0, &s, false);
	assert_non_null(strstr(junit, "tests=\"1\" failures=\"0\" errors=\"0\""));
	assert_non_null(strstr(junit, "no personal data in 2 files"));
	json_auto_t *log = json_loads(sarif, 0, NULL);
	const json_t *run = json_array_get(json_object_get(log, "runs"), 0);
	assert_int_equal(json_array_size(json_object_get(run, "results")), 0);
	assert_true(json_is_array(json_object_get(run, "results")));
}

static void formats_are_found_by_name(void **state) {
	(void)state;
	assert_non_null(report_format_find("text"));
	assert_true(report_format_find("sarif")->whole);
	assert_true(report_format_find("junit")->whole);
	assert_null(report_format_find("sari"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_lists_findings_below_their_file),   cmocka_unit_test(colours_come_only_when_asked_for),
	    cmocka_unit_test(sarif_tells_services_what_they_ask_for), cmocka_unit_test(junit_counts_its_cases),
	    cmocka_unit_test(a_clean_scan_is_a_passed_case),          cmocka_unit_test(formats_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
