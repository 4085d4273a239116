/* SPDX-License-Identifier: MIT */
/* What the table on a terminal shows, as text: snapshots and keys in, a page out. */
#include "view/view.h"

#include "base/cleanup.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The texts of these snapshots belong to the test: nobody frees or changes them. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

#define HOSTILE "a\033[2Jb\nc\xff\xe2\x80\xae"

static struct snapshot_target target = {
    .name = "pid 4711",
    .writers = 1,
    .totals = {.seen_bytes = 2048, .seen_writes = 20},
    .scanned = {.bytes = 2048, .writes = 20},
    .records = 20,
    .coverage = 1,
};
static struct snapshot_sink sinks[] = {
    {.kind = SINK_FILE,
     .is_log = true,
     .name = "/var/log/shop.log",
     .reason = "matches *.log",
     .totals = {.seen_bytes = 2000, .seen_writes = 19}},
    {.kind = SINK_PIPE, .name = "pipe:[7]", .reason = "application data"},
};
static struct snapshot_blind blind = {
    .kind = "mapping", .text = "a log is written through memory: --follow-mapped", .doubt = true};

/* Findings that differ in all that is shown. The arrays are the test's until it ends. */
struct fixture {
	struct finding_copy *copies, **list;
	struct snapshot snapshot;
	struct view view;
};

static void fill_finding(struct finding_copy *c, size_t i) {
	static const char *const entities[] = {"EMAIL", "CREDIT_CARD", "US_SSN"};
	static char names[3][16];
	snprintf(names[i % 3], sizeof(names[0]), "shop%zu", i % 3);
	static struct rule rules[3];
	rules[i % 3] = (struct rule){.id = "contact.email",
	                             .name = "E-mail address",
	                             .entity = entities[i % 3],
	                             .severity = (enum rule_severity)(RULE_LOW + i % 3),
	                             .impact = 3,
	                             .remediation = "Log the account's id."};
	c->finding = (struct finding){.rule = &rules[i % 3],
	                              .confidence = 0.9f,
	                              .count = i + 1,
	                              .distinct = 1,
	                              .sink_kind = "file",
	                              .sink_name = "/var/log/shop.log",
	                              .pid = 4711,
	                              .process_name = names[i % 3],
	                              .executable = "/usr/bin/shop"};
	snprintf(c->finding.id, sizeof(c->finding.id), "%032zx", i);
	snprintf(c->finding.masked, sizeof(c->finding.masked), "m%zu***", i);
	snprintf(c->finding.statement, sizeof(c->finding.statement), "signup failed for <email>");
}

static struct snapshot *make(struct fixture *f, size_t findings) {
	f->copies = calloc(findings + 1, sizeof(*f->copies));
	f->list = calloc(findings + 1, sizeof(struct finding_copy *));
	for (size_t i = 0; i < findings; i++) {
		fill_finding(&f->copies[i], i);
		f->list[i] = &f->copies[i];
	}
	f->snapshot = (struct snapshot){
	    .holders = 1000000, /* it stays the test's */
	    .duration_s = 61,
	    .ready = true,
	    .targets = &target,
	    .targets_len = 1,
	    .sinks = sinks,
	    .sinks_len = 2,
	    .findings = f->list,
	    .findings_len = findings,
	    .matches = findings,
	    .processes = 1,
	};
	return &f->snapshot;
}

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));
	view_init(&f->view);
	*state = f;
	return f ? 0 : -1;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	view_release(&f->view);
	free(f->copies);
	free(f->list);
	free(f);
	return 0;
}

/* The page as text, lines ended by newlines; the caller frees it. */
static char *page(const struct view *v, int rows, int cols) {
	struct canvas c;
	struct buf b = {0};
	assert_int_equal(view_draw(v, rows, cols, &c), 0);
	for (int i = 0; i < c.rows; i++) {
		assert_true(c.lines[i].width <= cols);
		assert_int_equal(buf_append(&b, c.lines[i].text.data, c.lines[i].text.len), 0);
		assert_int_equal(buf_append(&b, "\n", 1), 0);
	}
	assert_int_equal(buf_append(&b, "", 1), 0);
	canvas_release(&c);
	return b.data;
}

static void assert_shown(const struct view *v, const char *text, bool shown) {
	char *p = page(v, 24, 80);
	if (!strstr(p, text) == shown)
		fail_msg("'%s' is %s:\n%s", text, shown ? "not shown" : "shown", p);
	free(p);
}

static void assert_before(const struct view *v, const char *first, const char *second) {
	char *p = page(v, 24, 80), *a = strstr(p, first), *b = strstr(p, second);
	if (!a || !b || a > b)
		fail_msg("'%s' does not stand before '%s':\n%s", first, second, p);
	free(p);
}

static void test_says_that_it_gets_ready_before_there_is_anything(void **state) {
	struct fixture *f = *state;
	assert_shown(&f->view, "getting ready", true);
	assert_true(view_key(&f->view, VIEW_KEY_ENTER));
	assert_true(view_key(&f->view, VIEW_KEY_DOWN));
	assert_false(view_key(&f->view, 'q'));
}

static void test_a_clean_watch_says_so_and_a_leak_says_so(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 0));
	assert_shown(&f->view, "PASS so far", true);
	assert_shown(&f->view, "no personal data was seen", true);
	free(f->copies), free(f->list);
	view_update(&f->view, make(f, 2));
	assert_shown(&f->view, "FAIL", true);
	assert_shown(&f->view, "2 findings", true);
}

static void test_clean_is_not_claimed_when_something_was_not_seen(void **state) {
	struct fixture *f = *state;
	struct snapshot *s = make(f, 0);
	s->blind = &blind;
	s->blind_len = 1;
	view_update(&f->view, s);
	assert_shown(&f->view, "INCONCLUSIVE so far", true);
	struct snapshot_target lossy = target;
	lossy.scanned.bytes = 1024;
	s->blind_len = 0;
	s->targets = &lossy;
	assert_shown(&f->view, "INCONCLUSIVE so far", true);
	assert_shown(&f->view, "coverage 50.00 %", true);
}

static void test_waived_findings_are_listed_and_do_not_make_a_leak(void **state) {
	struct fixture *f = *state;
	static const struct waiver waiver = {.owner = "shop team", .reason = "test tenant", .until = "2027-01-01"};
	struct snapshot *s = make(f, 1);
	f->copies[0].finding.waiver = &waiver;
	f->copies[0].finding.waived = true;
	view_update(&f->view, s);
	assert_shown(&f->view, "FAIL", false);
	assert_shown(&f->view, "(1 waived)", true);
	view_key(&f->view, VIEW_KEY_ENTER);
	assert_shown(&f->view, "until 2027-01-01 by shop team: test tenant", true);
}

static void test_each_tab_shows_its_table(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 1));
	view_key(&f->view, '2');
	assert_shown(&f->view, "pid 4711", true);
	view_key(&f->view, '\t');
	assert_shown(&f->view, "/var/log/shop.log", true);
	assert_shown(&f->view, "application data", true);
	view_key(&f->view, VIEW_KEY_RIGHT);
	assert_shown(&f->view, "none", true);
	view_key(&f->view, VIEW_KEY_RIGHT);
	assert_shown(&f->view, "EMAIL", true);
}

static void test_sorts_by_any_column_either_way(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 3));
	assert_before(&f->view, "US_SSN", "CREDIT_CARD"); /* the most severe first */
	view_key(&f->view, 'S');
	assert_before(&f->view, "CREDIT_CARD", "US_SSN");
	view_key(&f->view, 's'); /* by entity */
	assert_before(&f->view, "CREDIT_CARD", "EMAIL");
}

static void test_the_filter_keeps_lines_that_hold_the_text(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 3));
	for (const char *p = "/us_s"; *p; p++)
		view_key(&f->view, *p);
	assert_shown(&f->view, "US_SSN", true);
	assert_shown(&f->view, "EMAIL", false);
	assert_true(view_key(&f->view, 'q')); /* typed, not the end */
	assert_shown(&f->view, "no line holds that text", true);
	view_key(&f->view, VIEW_KEY_BACKSPACE);
	view_key(&f->view, VIEW_KEY_ENTER);
	assert_shown(&f->view, "US_SSN", true);
	view_key(&f->view, VIEW_KEY_ESCAPE);
	assert_shown(&f->view, "EMAIL", true);
}

static void test_details_tell_all_of_the_selected_finding(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 3));
	view_key(&f->view, VIEW_KEY_END);
	view_key(&f->view, VIEW_KEY_ENTER);
	assert_shown(&f->view, "signup failed for <email>", true);
	assert_shown(&f->view, "Log the account's id.", true);
	assert_shown(&f->view, "00000000000000000000000000000000", true);
	view_key(&f->view, VIEW_KEY_ESCAPE);
	assert_shown(&f->view, "SEVERITY", true);
}

static void test_a_pause_holds_what_is_shown(void **state) {
	struct fixture *f = *state, later = {0};
	view_update(&f->view, make(f, 1));
	view_key(&f->view, 'p');
	view_update(&f->view, make(&later, 3));
	assert_shown(&f->view, "PAUSED", true);
	assert_shown(&f->view, "1 finding,", true);
	view_key(&f->view, 'p');
	view_update(&f->view, &later.snapshot);
	assert_shown(&f->view, "3 findings", true);
	view_update(&f->view, &f->snapshot);
	free(later.copies), free(later.list);
}

static void test_any_size_of_terminal_holds_a_page(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 40));
	static const int sizes[][2] = {{1, 1}, {2, 3}, {5, 20}, {24, 80}, {50, 300}};
	for (int key = 0; key < 3; key++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			free(page(&f->view, sizes[i][0], sizes[i][1]));
		view_key(&f->view, key ? 'h' : VIEW_KEY_ENTER);
	}
}

static void test_what_programs_chose_cannot_reach_the_terminal(void **state) {
	struct fixture *f = *state;
	struct snapshot *s = make(f, 1);
	f->copies[0].finding.process_name = HOSTILE;
	f->copies[0].finding.sink_name = HOSTILE;
	view_update(&f->view, s);
	for (int details = 0; details < 2; details++) {
		char *p = page(&f->view, 24, 80);
		assert_null(strchr(p, '\033'));
		assert_null(strstr(p, "\xff"));
		assert_null(strstr(p, "\xe2\x80\xae"));
		assert_non_null(strstr(p, "a\\x1b"));
		free(p);
		view_key(&f->view, VIEW_KEY_ENTER);
	}
}

static void test_what_has_room_is_not_cut(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 1));
	for (int cols = 80; cols <= 120; cols++) {
		char *p = page(&f->view, 24, cols);
		if (strstr(p, "/var/log/shop.log…"))
			fail_msg("cut at %d columns:\n%s", cols, p);
		free(p);
	}
}

static void test_wide_characters_stay_in_their_columns(void **state) {
	struct fixture *f = *state;
	struct snapshot *s = make(f, 1);
	f->copies[0].finding.process_name =
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5";
	view_update(&f->view, s);
	assert_shown(&f->view, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe2\x80\xa6   \xe2\x80\xa6log/shop.log", true);
}

static void test_ten_thousand_findings_are_one_page(void **state) {
	struct fixture *f = *state;
	view_update(&f->view, make(f, 10000));
	view_key(&f->view, VIEW_KEY_END);
	view_key(&f->view, VIEW_KEY_PAGE_UP);
	assert_shown(&f->view, "10,000 findings", true);
}

static void assert_titles(struct view *v, int cols, const struct view_tab *tab) {
	_cleanup_free_ char *text = page(v, 24, cols);
	for (size_t i = 0; i < tab->columns_len; i++)
		if (tab->columns[i].from_cols <= cols && !strstr(text, tab->columns[i].title))
			fail_msg("%s of %s is cut at %d columns:\n%s", tab->columns[i].title, tab->title, cols, text);
}

/* Whichever it is sorted by: the title of that one has an arrow, too. */
static void test_every_column_fits(void **state) {
	static const int widths[] = {60, 70, 80, 100, 200};
	struct fixture *f = *state;
	view_update(&f->view, make(f, 3));
	for (int tab = 0; tab < VIEW_TABS; tab++) {
		view_key(&f->view, '1' + tab);
		for (size_t by = 0; by < view_tabs[tab].columns_len; by++) {
			for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++)
				assert_titles(&f->view, widths[i], &view_tabs[tab]);
			view_key(&f->view, 's');
		}
	}
	view_key(&f->view, '1');
	_cleanup_free_ char *narrow = page(&f->view, 24, 60);
	assert_non_null(strstr(narrow, "shop.log"));
}

int main(void) {
	setlocale(LC_CTYPE, "C.UTF-8");
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_says_that_it_gets_ready_before_there_is_anything),
	    TEST(test_a_clean_watch_says_so_and_a_leak_says_so),
	    TEST(test_clean_is_not_claimed_when_something_was_not_seen),
	    TEST(test_waived_findings_are_listed_and_do_not_make_a_leak),
	    TEST(test_each_tab_shows_its_table),
	    TEST(test_sorts_by_any_column_either_way),
	    TEST(test_the_filter_keeps_lines_that_hold_the_text),
	    TEST(test_details_tell_all_of_the_selected_finding),
	    TEST(test_a_pause_holds_what_is_shown),
	    TEST(test_any_size_of_terminal_holds_a_page),
	    TEST(test_what_programs_chose_cannot_reach_the_terminal),
	    TEST(test_what_has_room_is_not_cut),
	    TEST(test_wide_characters_stay_in_their_columns),
	    TEST(test_ten_thousand_findings_are_one_page),
	    TEST(test_every_column_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
