/* SPDX-License-Identifier: MIT */
#include "find/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *spots[] = {(char *)"memfd: socket:/dev/log", (char *)"zero_copy: /var/log/a.log"};

struct verdict_case {
	struct summary summary;
	enum verdict want;
	double coverage;
	const char *reasons[4];
};

#define BOOKS(seen_b, seen_w, scanned_b, scanned_w)                                                                    \
	.seen_bytes = seen_b, .seen_writes = seen_w, .scanned_bytes = scanned_b, .scanned_writes = scanned_w,              \
	.scanned_records = scanned_w

static const struct verdict_case cases[] = {
    {{BOOKS(10240, 80, 10240, 80)},
     VERDICT_PASS,
     1,
     {"no findings in 80 records, all 10240 bytes written to logs were scanned"}},
    {{BOOKS(0, 0, 0, 0)}, VERDICT_PASS, 1, {"nothing was written to a log, so nothing leaked"}},
    {{BOOKS(10240, 80, 10240, 80), .findings = 2, .matches = 3}, VERDICT_FAIL, 1, {"2 findings (3 matches)"}},
    {{BOOKS(1, 1, 1, 1), .findings = 1, .matches = 1}, VERDICT_FAIL, 1, {"1 finding (1 match)"}},
    {{BOOKS(1, 1, 1, 1), .matches = 5}, VERDICT_FAIL, 1, {"0 findings (5 matches)"}},
    {{BOOKS(10240, 80, 6144, 48), .lost = {[WIRE_LOSS_RING_FULL] = {4096, 32}}},
     VERDICT_INCONCLUSIVE,
     0.6,
     {"lost 4,096 of 10,240 bytes, 32 of 80 writes (ring_full 4,096): use a larger --ring-size, or give the watcher "
      "more "
      "CPU"}},
    {{BOOKS(10000, 10, 9999, 10), .lost = {[WIRE_LOSS_TRUNCATED] = {1, 0}}},
     VERDICT_INCONCLUSIVE,
     0.9999,
     {"lost 1 of 10,000 bytes, 0 of 10 writes (truncated 1): log in writes of at most 1 MiB"}},
    {{BOOKS(100, 10, 100, 8), .lost = {[WIRE_LOSS_FAULT] = {0, 2}}},
     VERDICT_INCONCLUSIVE,
     1,
     {"lost 0 of 100 bytes, 2 of 10 writes (fault 2 writes): memory of the program could not be read: watch again"}},
    {{BOOKS(100, 10, 0, 0), .lost = {[WIRE_LOSS_BUDGET] = {60, 6}, [WIRE_LOSS_SAMPLED] = {40, 4}}},
     VERDICT_INCONCLUSIVE,
     0,
     {"lost 100 of 100 bytes, 10 of 10 writes (budget 60, sampled 40): raise --budget, "
      "--total-budget or --max-cpu, whichever was set; watch without --sample"}},
    {{BOOKS(100, 10, 90, 9), .lost = {[WIRE_LOSS_SCANNER] = {10, 1}}, .findings = 1, .matches = 1},
     VERDICT_FAIL,
     0.9,
     {"1 finding (1 match)", "lost 10 of 100 bytes, 1 of 10 writes (scanner 10): the scanner failed on what was "
                             "captured: give it more memory, and report it"}},
    {{BOOKS(100, 10, 99, 10)},
     VERDICT_INCONCLUSIVE,
     0.99,
     {"the books do not balance: seen 100 bytes in 10 writes, but scanned 99 in 10 and lost 0 in 0. This is a fault in "
      "the watcher: report it"}},
    {{BOOKS(100, 10, 100, 11)},
     VERDICT_INCONCLUSIVE,
     1,
     {"the books do not balance: seen 100 bytes in 10 writes, but scanned 100 in 11 and lost 0 in 0. This is a fault "
      "in the watcher: report it"}},
    {{BOOKS(100, 10, 101, 10)},
     VERDICT_INCONCLUSIVE,
     1,
     {"the books do not balance: seen 100 bytes in 10 writes, but scanned 101 in 10 and lost 0 in 0. This is a fault "
      "in the watcher: report it"}},
    {{BOOKS(100, 10, 100, 10), .blind_spots = spots, .blind_spots_len = 1},
     VERDICT_INCONCLUSIVE,
     1,
     {"1 blind spot: not all that was logged could be looked at"}},
    {{BOOKS(100, 10, 100, 10), .blind_spots = spots, .blind_spots_len = 2, .min_records = 11},
     VERDICT_INCONCLUSIVE,
     1,
     {"2 blind spots: not all that was logged could be looked at",
      "10 records scanned, at least 11 asked for: give the program more to do, or watch longer"}},
    {{BOOKS(100, 10, 100, 10), .min_records = 10},
     VERDICT_PASS,
     1,
     {"no findings in 10 records, all 100 bytes written to logs were scanned"}},
    {{BOOKS(0, 0, 0, 0), .min_records = 1},
     VERDICT_INCONCLUSIVE,
     1,
     {"0 records scanned, at least 1 asked for: give the program more to do, or watch longer"}},
};

static void a_verdict_says_why_in_numbers(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct summary s = cases[i].summary;
		assert_int_equal(summary_judge(&s), 0);
		assert_int_equal(s.verdict, cases[i].want);
		assert_float_equal(s.coverage, cases[i].coverage, 1e-12);
		size_t reasons = 0;
		for (; reasons < 4 && cases[i].reasons[reasons]; reasons++)
			assert_string_equal(s.reasons_len > reasons ? s.reasons[reasons] : "", cases[i].reasons[reasons]);
		assert_int_equal(s.reasons_len, reasons);
		s.blind_spots = NULL;
		s.blind_spots_len = 0;
		summary_release(&s);
	}
}

static void one_byte_of_many_keeps_coverage_below_one(void **state) {
	(void)state;
	struct summary s = {BOOKS(UINT64_MAX, 2, UINT64_MAX - 1, 2), .lost = {[WIRE_LOSS_FAULT] = {1, 0}}};
	assert_int_equal(summary_judge(&s), 0);
	assert_int_equal(s.verdict, VERDICT_INCONCLUSIVE);
	assert_true(s.coverage < 1);
	summary_release(&s);
}

static void judging_again_replaces_the_reasons(void **state) {
	(void)state;
	struct summary s = {BOOKS(10, 1, 10, 1), .findings = 1, .matches = 1};
	for (int i = 0; i < VERDICT_REASONS_MAX + 1; i++) {
		assert_int_equal(summary_judge(&s), 0);
		assert_int_equal(s.reasons_len, 1);
	}
	s.findings = s.matches = 0;
	assert_int_equal(summary_judge(&s), 0);
	assert_int_equal(s.verdict, VERDICT_PASS);
	summary_release(&s);
}

static void everything_wrong_at_once_fits(void **state) {
	(void)state;
	struct summary s = {BOOKS(1, 1, 0, 0), .findings = 1, .matches = 1, .min_records = 5};
	s.blind_spots = calloc(1, sizeof(*s.blind_spots));
	s.blind_spots[0] = strdup("a log that is mapped");
	s.blind_spots_len = 1;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++)
		s.lost[i] = (struct capture_loss){1, 1};
	assert_int_equal(summary_judge(&s), 0);
	assert_int_equal(s.reasons_len, 5);
	assert_int_equal(s.verdict, VERDICT_FAIL);
	summary_release(&s);
	assert_null(s.blind_spots);
}

static void a_blind_spot_says_what_where_how_much_and_what_to_do(void **state) {
	(void)state;
	char name[] = "/var/log/a.log";
	struct summary s = {0};
	const struct blind_spot named = {WIRE_BLIND_ZERO_COPY, name, {2, 4096}};
	const struct blind_spot nameless = {WIRE_BLIND_PROCESSES, NULL, {1, 0}};
	assert_int_equal(summary_add_blind_spot(&s, &named, NULL, 0), 0);
	assert_int_equal(summary_add_blind_spot(&s, &nameless, NULL, 0), 0);
	assert_int_equal(s.blind_spots_len, 2);
	assert_string_equal(s.blind_spots[0], "zero_copy: /var/log/a.log: filled by splice, sendfile or copy_file_range, "
	                                      "which show no bytes (2 calls, 4096 bytes): log through plain writes");
	assert_string_equal(s.blind_spots[1], "processes: not followed, the process table being full (1 process): watch a "
	                                      "part of them");
	summary_release(&s);
}

static void every_kind_of_blind_spot_has_words(void **state) {
	(void)state;
	struct summary s = {0};
	for (enum wire_blind kind = 0; kind < WIRE_BLIND_COUNT; kind++) {
		const struct blind_spot spot = {kind, NULL, {2, 0}};
		assert_int_equal(summary_add_blind_spot(&s, &spot, NULL, 0), 0);
		assert_null(strstr(kind < s.blind_spots_len ? s.blind_spots[kind] : s.unread[0], "(null)"));
	}
	assert_int_equal(s.blind_spots_len + s.unread_len, WIRE_BLIND_COUNT);
	summary_release(&s);
}

/* A person says what such a file is, by an option or a waiver. */
static void a_file_that_may_be_a_log_is_told_and_leaves_the_verdict(void **state) {
	(void)state;
	struct summary s = {BOOKS(100, 10, 100, 10)};
	const struct blind_spot spot = {WIRE_BLIND_UNNAMED, (char *)"/srv/shop/notes", {1, 0}};
	assert_int_equal(summary_add_blind_spot(&s, &spot, NULL, 0), 0);
	assert_int_equal(summary_judge(&s), 0);
	assert_int_equal(s.verdict, VERDICT_PASS);
	assert_int_equal(s.blind_spots_len, 0);
	assert_string_equal(s.unread[0], "unnamed: /srv/shop/notes: appended to as logs are, but not named like one (1 "
	                                 "file): --sink reads it, --no-sink says that it is no log");
	summary_release(&s);
}

static void verdicts_have_names(void **state) {
	(void)state;
	assert_string_equal(verdict_name(VERDICT_PASS), "pass");
	assert_string_equal(verdict_name(VERDICT_FAIL), "fail");
	assert_string_equal(verdict_name(VERDICT_INCONCLUSIVE), "inconclusive");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_verdict_says_why_in_numbers),
	    cmocka_unit_test(one_byte_of_many_keeps_coverage_below_one),
	    cmocka_unit_test(judging_again_replaces_the_reasons),
	    cmocka_unit_test(everything_wrong_at_once_fits),
	    cmocka_unit_test(a_blind_spot_says_what_where_how_much_and_what_to_do),
	    cmocka_unit_test(every_kind_of_blind_spot_has_words),
	    cmocka_unit_test(a_file_that_may_be_a_log_is_told_and_leaves_the_verdict),
	    cmocka_unit_test(verdicts_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
