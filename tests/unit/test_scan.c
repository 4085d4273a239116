/* SPDX-License-Identifier: MIT */
/* Files in, matches, findings and books out; with a rule of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/file.h"
#include "scan/lines.h"
#include "scan/output.h"
#include "scan/report.h"

static const char rules[] = "rules:\n"
                            "  - id: test.ticket\n"
                            "    name: Ticket number\n"
                            "    entity: TICKET\n"
                            "    category: custom\n"
                            "    region: global\n"
                            "    severity: low\n"
                            "    impact: 1\n"
                            "    confidence: {base: 0.9}\n"
                            "    remediation: Log no ticket.\n"
                            "    mask: {style: stars, first: 4, last: 1}\n"
                            "    find:\n"
                            "      shapes: ['TKT-\\d{6,250}']\n"
                            "    context: {need: optional, keywords: [ticket]}\n"
                            "    examples:\n"
                            "      - 'opened «TKT-123456»'\n"
                            "    counter_examples:\n"
                            "      - {text: 'opened TKT-12', why: too short}\n";

static char dir[] = "/tmp/logspill-test-XXXXXX";

static int enter_dir(void **state) {
	(void)state;
	if (!mkdtemp(dir) || chdir(dir) || file_mkdirs("rules", 0700))
		return -1;
	return file_write_atomic("rules/test.yaml", rules, strlen(rules), 0600);
}

static int remove_dir(void **state) {
	(void)state;
	_cleanup_free_ char *command = NULL;
	return chdir("/") || asprintf(&command, "rm -r %s", dir) < 0 || system(command) ? -1 : 0;
}

#define MATCHES_MAX 64

struct seen {
	struct scan_match items[MATCHES_MAX];
	size_t len;
	bool stop;
};

static void on_match(void *arg, const struct scan_match *m) {
	struct seen *s = arg;
	assert_true(s->len < MATCHES_MAX);
	s->items[s->len++] = *m;
}

static bool go_on(void *arg, uint64_t bytes) {
	(void)bytes;
	return !((struct seen *)arg)->stop;
}

static struct scan *start(struct seen *seen) {
	struct options options = {0};
	struct diags diags = {0};
	struct scan *s = NULL;
	const struct scan_handler handler = {.arg = seen, .match = on_match, .go_on = go_on};
	assert_int_equal(strings_add(&options.rules.dirs, "rules"), 0);
	int r = scan_new(&s, &options, &handler, &diags);
	diags_print(&diags, stderr);
	diags_release(&diags);
	options_release(&options);
	assert_int_equal(r, 0);
	return s;
}

static void scan_text(struct scan *s, const char *name, const void *text, size_t len) {
	assert_int_equal(file_write_atomic(name, text, len, 0600), 0);
	const struct input_file file = {.path = (char *)name, .bytes = len, .named = true};
	assert_int_equal(scan_file(s, &file, false), 0);
}

static void matches_have_line_and_offsets(void **state) {
	(void)state;
	static const char text[] = "nothing\n\nTKT-111111 and a TKT-222222\r\n\xff\xfe TKT-333333";
	static const struct { uint64_t line, start, end; } want[] = {{3, 0, 10}, {3, 17, 27}, {4, 3, 13}};
	struct seen seen = {0};
	_cleanup_(scan_freep) struct scan *s = start(&seen);
	scan_text(s, "offsets.log", text, strlen(text));
	assert_int_equal(seen.len, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen.items[i].line, want[i].line);
		assert_int_equal(seen.items[i].start, want[i].start);
		assert_int_equal(seen.items[i].end, want[i].end);
		assert_string_equal(seen.items[i].rule->id, "test.ticket");
		assert_null(strstr(seen.items[i].masked, "111111"));
	}
}

/* Each place around the borders of pieces, for a value shorter than their overlap: once, whole, where it is. */
static void a_value_in_a_long_line_is_found_once_wherever_it_is(void **state) {
	(void)state;
	const size_t step = SCAN_BLOCK_BYTES - SCAN_OVERLAP_BYTES, value_len = 254;
	const size_t borders[] = {step, SCAN_BLOCK_BYTES, step * 2, SCAN_BLOCK_BYTES + step};
	size_t len = 3 * SCAN_BLOCK_BYTES;
	_cleanup_free_ char *text = malloc(len);
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(borders) / sizeof(*borders); i++) {
		for (int around = -320; around <= 16; around += around > -310 && around < -10 ? 37 : 1) {
			struct seen seen = {0};
			_cleanup_(scan_freep) struct scan *s = start(&seen);
			size_t at = borders[i] + (size_t)(ptrdiff_t)around;
			memset(text, ' ', len);
			memset(text + at, '7', value_len);
			memcpy(text + at, "TKT-", 4);
			scan_text(s, "long.log", text, len);
			assert_int_equal(seen.len, 1);
			assert_int_equal(seen.items[0].start, at);
			assert_int_equal(seen.items[0].end, at + value_len);
			assert_int_equal(seen.items[0].line, 1);
			assert_int_equal(findings_matches(scan_findings(s)), 1);
		}
	}
}

static void the_first_place_of_a_finding_is_in_characters(void **state) {
	(void)state;
	static const char text[] = "x\n\xc3\xa4\xc3\xb6 TKT-111111\nTKT-222222\n";
	struct seen seen = {0};
	_cleanup_(scan_freep) struct scan *s = start(&seen);
	scan_text(s, "place.log", text, strlen(text));
	assert_int_equal(findings_len(scan_findings(s)), 1);
	const struct scan_place place = scan_place(s, findings_at(scan_findings(s), 0));
	assert_int_equal(place.line, 2);
	assert_int_equal(place.column, 4);
	assert_int_equal(place.end_column, 14);
}

static void assert_balanced(const struct summary *s) {
	uint64_t bytes = s->scanned_bytes, files = s->scanned_writes;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++) {
		bytes += s->lost[i].bytes;
		files += s->lost[i].writes;
	}
	assert_int_equal(s->seen_bytes, bytes);
	assert_int_equal(s->seen_writes, files);
}

static enum verdict judge(struct scan *s, const struct scan_policy *policy, struct scan_report *ret) {
	assert_int_equal(scan_report_init(ret, s, policy), 0);
	assert_balanced(&ret->summary);
	assert_true(ret->summary.reasons_len > 0);
	return ret->summary.verdict;
}

static void a_clean_file_passes_and_each_byte_is_in_the_books(void **state) {
	(void)state;
	struct seen seen = {0};
	struct scan_report r;
	_cleanup_(scan_freep) struct scan *s = start(&seen);
	scan_text(s, "clean.log", "a\nb\n\nc", 6);
	assert_int_equal(judge(s, &(struct scan_policy){0}, &r), VERDICT_PASS);
	assert_int_equal(r.summary.scanned_bytes, 6);
	assert_int_equal(r.summary.scanned_records, 4);
	assert_int_equal(r.summary.scanned_writes, 1);
	scan_report_release(&r);
}

static void what_is_not_scanned_is_never_a_pass(void **state) {
	(void)state;
	static const char cut[] = "\x1f\x8b\x08\0\0\0\0\0\0\3\x4b";
	static const char binary[] = "\x7f"
	                             "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0";
	static const struct {
		const char *text;
		size_t len;
		enum wire_loss reason;
	} cases[] = {
	    {cut, sizeof(cut) - 1, WIRE_LOSS_TRUNCATED},
	    {binary, sizeof(binary) - 1, WIRE_LOSS_UNSUPPORTED},
	    {"BZh91AY", 7, WIRE_LOSS_UNSUPPORTED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct seen seen = {0};
		struct scan_report r;
		_cleanup_(scan_freep) struct scan *s = start(&seen);
		scan_text(s, "odd", cases[i].text, cases[i].len);
		assert_int_equal(judge(s, &(struct scan_policy){0}, &r), VERDICT_INCONCLUSIVE);
		assert_true(r.summary.lost[cases[i].reason].bytes > 0);
		assert_int_equal(r.summary.blind_spots_len, 1);
		assert_ptr_equal(strstr(r.summary.blind_spots[0], "odd: "), r.summary.blind_spots[0]);
		scan_report_release(&r);
	}
}

static void a_scan_that_is_stopped_is_inconclusive(void **state) {
	(void)state;
	struct seen seen = {.stop = true};
	struct scan_report r;
	_cleanup_(scan_freep) struct scan *s = start(&seen);
	assert_int_equal(file_write_atomic("stop.log", "a\n", 2, 0600), 0);
	assert_int_equal(scan_file(s, &(struct input_file){.path = (char[]){"stop.log"}}, false), -EINTR);
	assert_int_equal(judge(s, &(struct scan_policy){0}, &r), VERDICT_INCONCLUSIVE);
	scan_report_release(&r);
}

static void findings_below_the_severity_asked_for_do_not_count(void **state) {
	(void)state;
	for (enum rule_severity fail_on = RULE_INFO; fail_on <= RULE_CRITICAL; fail_on++) {
		struct seen seen = {0};
		struct scan_report r;
		_cleanup_(scan_freep) struct scan *s = start(&seen);
		bool counts = fail_on <= RULE_LOW;
		scan_text(s, "low.log", "TKT-123456\n", 11);
		assert_int_equal(judge(s, &(struct scan_policy){.fail_on = fail_on}, &r), counts ? VERDICT_FAIL : VERDICT_PASS);
		assert_int_equal(r.summary.findings, counts);
		assert_int_equal(r.report.len, 1);
		assert_int_equal(r.items[0].standing, counts ? REPORT_COUNTS : REPORT_BELOW);
		scan_report_release(&r);
	}
}

/* Both forms of what an earlier scan wrote. */
static void findings_of_a_baseline_are_known(void **state) {
	(void)state;
	for (int sarif = 0; sarif < 2; sarif++) {
		struct seen seen = {0};
		struct scan_report r;
		struct diags diags = {0};
		_cleanup_(baseline_freep) struct baseline *baseline = NULL;
		_cleanup_(scan_freep) struct scan *before = start(&seen), *after = start(&seen);
		scan_text(before, "old.log", "TKT-123456\n", 11);
		assert_int_equal(judge(before, &(struct scan_policy){0}, &r), VERDICT_FAIL);
		_cleanup_free_ char *text =
		    sarif ? report_format_find("sarif")->write(&r.report) : scan_report_json_item(&r.items[0]);
		assert_non_null(text);
		scan_report_release(&r);
		assert_int_equal(file_write_atomic("baseline", text, strlen(text), 0600), 0);
		assert_int_equal(baseline_open(&baseline, "baseline", &diags), 0);
		scan_text(after, "old.log", "TKT-654321\n", 11);
		assert_int_equal(judge(after, &(struct scan_policy){.baseline = baseline}, &r), VERDICT_PASS);
		assert_int_equal(r.items[0].standing, REPORT_KNOWN);
		scan_report_release(&r);
		scan_text(after, "new.log", "TKT-654321\n", 11);
		assert_int_equal(judge(after, &(struct scan_policy){.baseline = baseline}, &r), VERDICT_FAIL);
		assert_int_equal(r.summary.findings, 1);
		assert_int_equal(r.report.len, 2);
		scan_report_release(&r);
	}
}

static void a_baseline_that_is_none_is_refused(void **state) {
	(void)state;
	static const char *const texts[] = {"not json\n", "{\"a\":1}\n", "<xml/>\n",
	                                    "{\"schema\":\"logspill.summary/v1\"}\nrubbish\n"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct diags diags = {0};
		struct baseline *b = NULL;
		assert_int_equal(file_write_atomic("baseline", texts[i], strlen(texts[i]), 0600), 0);
		assert_int_equal(baseline_open(&b, "baseline", &diags), -EINVAL);
		assert_null(b);
		assert_int_equal(diags.len, 1);
		assert_int_equal(diags.items[0].line, i == 3 ? 2 : 1);
		diags_release(&diags);
	}
	struct diags diags = {0};
	struct baseline *b = NULL;
	assert_int_equal(baseline_open(&b, "no-such-file", &diags), -ENOENT);
	assert_int_equal(diags.len, 1);
	diags_release(&diags);
	assert_false(baseline_has(NULL, "00000000000000000000000000000000"));
}

static void a_match_is_one_line_of_json(void **state) {
	(void)state;
	struct seen seen = {0};
	struct scan_output out;
	struct buf written = {0};
	_cleanup_(scan_freep) struct scan *s = start(&seen);
	scan_text(s, "a \"b\"\n\xff.log", "see TKT-123456\n", 15);
	assert_int_equal(seen.len, 1);
	assert_int_equal(scan_output_open(&out, "matches", false), 0);
	scan_output_put_match_json(&out, &seen.items[0]);
	scan_output_put_match_text(&out, &seen.items[0], false);
	assert_int_equal(scan_output_close(&out), 0);
	assert_int_equal(file_read("matches", 65536, &written), 0);
	assert_int_equal(buf_append(&written, "", 1), 0);
	assert_string_equal(
	    written.data,
	    "{\"file\":\"a \\\"b\\\"\\n\xef\xbf\xbd.log\",\"line\":1,\"start\":4,\"end\":14,\"entity\":\"TICKET\","
	    "\"class\":\"real\",\"rule\":\"test.ticket\",\"severity\":\"low\",\"confidence\":0.9,"
	    "\"masked\":\"TKT-***6\"}\n"
	    "a \"b\"\\x0a\xef\xbf\xbd.log:1:4-14: low      TICKET TKT-***6  test.ticket 0.90\n");
	buf_release(&written);
}

static void an_output_that_fails_says_so(void **state) {
	(void)state;
	struct scan_output out;
	assert_int_equal(scan_output_open(&out, "/dev/full", false), 0);
	scan_output_put(&out, "data\n");
	assert_int_equal(scan_output_close(&out), -ENOSPC);
	assert_int_equal(scan_output_open(&out, "/nonexistent/file", false), -ENOENT);
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(scan_output_open(&out, "link", false), -ELOOP);
}

static void a_document_is_written_whole_or_not_at_all(void **state) {
	(void)state;
	struct scan_output out;
	struct buf written = {0};
	assert_int_equal(file_write_atomic("document", "old", 3, 0600), 0);
	assert_int_equal(scan_output_open(&out, "document", true), 0);
	scan_output_put(&out, "new");
	scan_output_flush(&out);
	assert_int_equal(file_read("document", 100, &written), 0);
	assert_memory_equal(written.data, "old", 3);
	buf_wipe(&written);
	assert_int_equal(scan_output_close(&out), 0);
	assert_int_equal(file_read("document", 100, &written), 0);
	assert_memory_equal(written.data, "new", 3);
	buf_release(&written);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matches_have_line_and_offsets),
	    cmocka_unit_test(a_value_in_a_long_line_is_found_once_wherever_it_is),
	    cmocka_unit_test(the_first_place_of_a_finding_is_in_characters),
	    cmocka_unit_test(a_clean_file_passes_and_each_byte_is_in_the_books),
	    cmocka_unit_test(what_is_not_scanned_is_never_a_pass),
	    cmocka_unit_test(a_scan_that_is_stopped_is_inconclusive),
	    cmocka_unit_test(findings_below_the_severity_asked_for_do_not_count),
	    cmocka_unit_test(findings_of_a_baseline_are_known),
	    cmocka_unit_test(a_baseline_that_is_none_is_refused),
	    cmocka_unit_test(a_match_is_one_line_of_json),
	    cmocka_unit_test(an_output_that_fails_says_so),
	    cmocka_unit_test(a_document_is_written_whole_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, enter_dir, remove_dir);
}
