/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "report/report.h"

#define HOSTILE "</td><script>alert(1)</script>\033[2J\u202e|`*[x](y)"

static struct rule email = {
    .id = (char[]){"contact.email"},
    .name = (char[]){"E-mail address"},
    .entity = (char[]){"EMAIL"},
    .severity = RULE_MEDIUM,
    .impact = 3,
    .remediation = (char[]){"Log the account's id, or a <keyed> hash."},
};
static struct rule card = {
    .id = (char[]){"payment.card"},
    .name = (char[]){"Payment card number"},
    .entity = (char[]){"CREDIT_CARD"},
    .severity = RULE_HIGH,
    .impact = 5,
};

static struct finding findings[] = {
    {.id = "00000000000000000000000000000001",
     .rule = &email,
     .confidence = 0.9f,
     .count = 1200,
     .distinct = 700,
     .masked = "j***@e***.org",
     .statement = "signup failed for <email> after <num> ms",
     .sink_name = (char[]){"/var/log/shop/app.log"},
     .process_name = (char[]){"shop"},
     .executable = (char[]){"/usr/bin/shop"},
     .origins =
         (struct finding_origin[]){
             {.count = 3, .frames_len = 1, .frames = (char *[]){(char[]){"log_signup+0x1f app.c:88"}}}},
     .origins_len = 1,
     .first_seen_ns = 1795355342000000000,
     .last_seen_ns = 1795355352000000000},
    {.id = "00000000000000000000000000000002",
     .rule = &card,
     .confidence = 0.95f,
     .count = 2,
     .distinct = 1,
     .masked = "4***1111",
     .sink_name = (char[]){HOSTILE},
     .process_name = (char[]){HOSTILE},
     .executable = (char[]){""}},
    {.id = "00000000000000000000000000000003",
     .rule = &card,
     .count = 9,
     .distinct = 9,
     .masked = "5***4444",
     .sink_name = (char[]){"stdout"},
     .process_name = (char[]){""},
     .executable = (char[]){"/usr/bin/old"}},
};
static const struct report_item items[] = {
    {.finding = &findings[0]},
    {.finding = &findings[1]},
    {.finding = &findings[2], .standing = REPORT_KNOWN},
};
static struct sink log_sink = {
    .kind = SINK_FILE, .is_log = true, .name = (char[]){"/var/log/shop/app.log"}, .reason = (char[]){"matches *.log"}};
static struct sink pipe_sink = {.kind = SINK_PIPE, .name = (char[]){HOSTILE}, .reason = (char[]){"application data"}};
static struct sink_use uses[] = {
    {.sink = &log_sink, .is_counted = true},
    {.sink = &pipe_sink},
};
static struct timeline timeline = {.counts = {5, 0, 1197}, .len = 3, .width = 3};
static const struct report_watch watch = {
    .subject = "unit " HOSTILE,
    .command = "logspill audit --unit 'shop.service' -o \"report.html\"",
    .host = "web-1",
    .kernel = "6.12.0",
    .version = "0.4",
    .hook = "tracepoint",
    .rules_len = 147,
    .started_ns = 1795355342000000000,
    .ended_ns = 1795355942000000000,
    .timeline = &timeline,
};

static struct summary summary(enum verdict verdict) {
	static char spot[] = "mapping: " HOSTILE ": written through a memory mapping", *spots[] = {spot};
	static char reason[] = "2 findings (1202 matches)";
	return (struct summary){
	    .verdict = verdict,
	    .reasons = {reason},
	    .reasons_len = 1,
	    .blind_spots = spots,
	    .blind_spots_len = 1,
	    .seen_bytes = 1234567,
	    .seen_writes = 4000,
	    .scanned_bytes = 1230471,
	    .scanned_writes = 3999,
	    .scanned_records = 3999,
	    .lost = {[WIRE_LOSS_RING_FULL] = {4096, 1}},
	    .coverage = 0.9967,
	    .findings = 2,
	    .matches = 1202,
	    .distinct = 701,
	    .leaking_records = 1202,
	    .leaks_counted = true,
	    .duration_s = 600,
	    .cost = {.kernel_calls = 10, .kernel_ns = 6120, .cpu_s = 3, .memory_peak_bytes = 40 << 20},
	    .sinks = uses,
	    .sinks_len = 2,
	};
}

static char *write_report(const char *format, size_t len, const struct summary *s) {
	const struct report r = {.items = items, .len = len, .summary = s, .watch = &watch};
	char *text = report_format_find(format)->write(&r);
	assert_non_null(text);
	return text;
}

static void has(const char *text, const char *what) {
	if (!strstr(text, what))
		print_error("not there: %s\n", what);
	assert_non_null(strstr(text, what));
}

static void the_first_screen_tells_verdict_coverage_and_cost(void **state) {
	(void)state;
	const struct summary s = summary(VERDICT_FAIL);
	_cleanup_free_ char *html = write_report("html", 3, &s), *md = write_report("md", 3, &s);
	const char *const texts[] = {html, md};
	for (size_t i = 0; i < 2; i++) {
		const char *findings_at = strstr(texts[i], i ? "## Findings" : "id=\"findings\"");
		static const char *const first[] = {"FAIL",
		                                    "99.67\u00a0%",
		                                    "1,234,567 bytes",
		                                    "612 ns a call in the kernel",
		                                    "4,096 bytes",
		                                    "1,202 of 3,999 scanned leak"};
		assert_non_null(findings_at);
		for (size_t j = 0; j < sizeof(first) / sizeof(*first); j++) {
			has(texts[i], first[j]);
			assert_true(strstr(texts[i], first[j]) < findings_at);
		}
	}
}

static void findings_come_worst_first_with_evidence_code_and_remedy(void **state) {
	(void)state;
	const struct summary s = summary(VERDICT_FAIL);
	_cleanup_free_ char *html = write_report("html", 3, &s), *md = write_report("md", 3, &s);
	static const char *const both[] = {
	    "signup failed for",     "log_signup app.c:88", "00000000000000000000000000000001", "or a ", "ring_full", "147",
	    "known: in the baseline"};
	for (size_t i = 0; i < sizeof(both) / sizeof(*both); i++) {
		has(html, both[i]);
		has(md, both[i]);
	}
	has(html, "j***@e***.org");
	has(html, "Log the account&#39;s id, or a &lt;keyed&gt; hash.");
	has(html, "4***1111");
	assert_true(strstr(html, "4***1111") < strstr(html, "j***@e***.org"));
	assert_true(strstr(html, "j***@e***.org") < strstr(html, "5***4444"));
	has(html, "logspill audit --unit &#39;shop.service&#39; -o &quot;report.html&quot;");
}

static size_t count(const char *text, const char *what) {
	size_t n = 0;
	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void names_from_outside_are_no_markup(void **state) {
	(void)state;
	const struct summary s = summary(VERDICT_FAIL);
	_cleanup_free_ char *html = write_report("html", 3, &s), *md = write_report("md", 3, &s);
	static const char *const never[] = {"<script", "\033", "\u202e"};
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++) {
		assert_null(strstr(html, never[i]));
		assert_null(strstr(md, never[i]));
	}
	assert_null(strstr(md, "](y)"));
	assert_null(strstr(md, "@"));
	has(html, "&lt;/td&gt;&lt;script&gt;");
	static const char *const tags[] = {"table", "section", "details", "dl", "ul", "svg", "code", "div"};
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		char open[16], close[16];
		snprintf(open, sizeof(open), "<%s", tags[i]);
		snprintf(close, sizeof(close), "</%s>", tags[i]);
		assert_int_equal(count(html, open), count(html, close));
	}
}

static void no_findings_read_as_such(void **state) {
	(void)state;
	static const struct {
		enum verdict verdict;
		const char *word, *none;
	} cases[] = {
	    {VERDICT_PASS, "PASS", "<p>None.</p>"},
	    {VERDICT_INCONCLUSIVE, "INCONCLUSIVE", "<p>None in what was looked at, which is not all.</p>"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct summary s = summary(cases[i].verdict);
		s.findings = s.matches = 0;
		_cleanup_free_ char *html = write_report("html", 0, &s), *md = write_report("md", 0, &s);
		has(html, cases[i].word);
		has(html, cases[i].none);
		has(md, cases[i].word);
	}
}

/* 10,000 leaks in logs with names of their own stay below 2 MB; 100,000 do not grow it further. */
static void a_large_report_stays_small(void **state) {
	(void)state;
	enum { MANY = 100000, NAME = 64 };
	struct finding *many = calloc(MANY, sizeof(*many));
	struct report_item *all = calloc(MANY, sizeof(*all));
	char(*names)[NAME] = calloc(MANY, NAME);
	const struct summary s = summary(VERDICT_FAIL);
	assert_true(many && all && names);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = findings[0];
		snprintf(names[i], NAME, "/var/log/containers/shop-frontend-%zu_default_shop.log", i);
		many[i].sink_name = names[i];
		many[i].count = i + 1;
		all[i].finding = &many[i];
	}
	for (size_t len = 10000; len <= MANY; len *= 10) {
		const struct report r = {.items = all, .len = len, .summary = &s, .watch = &watch};
		_cleanup_free_ char *html = report_format_find("html")->write(&r);
		assert_non_null(html);
		assert_true(strlen(html) < 2 * 1000 * 1000);
		if (len == MANY)
			has(html, "and 90,000 more");
	}
	free(many);
	free(all);
	free(names);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_screen_tells_verdict_coverage_and_cost),
	    cmocka_unit_test(findings_come_worst_first_with_evidence_code_and_remedy),
	    cmocka_unit_test(names_from_outside_are_no_markup),
	    cmocka_unit_test(no_findings_read_as_such),
	    cmocka_unit_test(a_large_report_stays_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
