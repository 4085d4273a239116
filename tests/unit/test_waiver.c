/* SPDX-License-Identifier: MIT */
#include "find/waiver.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#define S 1000000000ull
#define NOW (1795392000ull * S) /* 2026-11-23T00:00:00Z */
#define ID "b62d5c0df27464775a7822c8bddb3d65"
#define OTHER_ID "00000000f27464775a7822c8bddb3d65"
#define END "    owner: o\n    reason: r\n    until: 2026-12-31\n"

struct folder {
	char path[32], file[64];
};

static int setup(void **state) {
	struct folder *f = calloc(1, sizeof(*f));
	strcpy(f->path, "/tmp/waiver-XXXXXX");
	*state = f;
	if (!mkdtemp(f->path))
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/w.yaml", f->path);
	return 0;
}

static int teardown(void **state) {
	struct folder *f = *state;
	unlink(f->file);
	int r = rmdir(f->path); /* fails when a temporary file was left behind */
	free(f);
	return r;
}

static void put(const struct folder *f, const char *text) {
	assert_int_equal(file_write_atomic(f->file, text, strlen(text), 0600), 0);
}

static struct waivers *load(const struct folder *f) {
	struct waivers *w = NULL;
	struct diags diags = {0};
	int r = waivers_load(&w, f->file, NOW, &diags);
	diags_print(&diags, stdout);
	diags_release(&diags);
	assert_int_equal(r, 0);
	return w;
}

static void an_end_is_a_day_in_utc_or_a_time_with_its_zone(void **state) {
	static const struct {
		const char *text;
		uint64_t s; /* 0: refused */
	} cases[] = {
	    {"2026-11-23", 1795478400},
	    {"2026-11-23T00:00:00Z", 1795392000},
	    {"2026-11-23T01:00:00+01:00", 1795392000},
	    {"2026-11-22T19:00:00-05:00", 1795392000},
	    {"2026-11-23T05:30:00+05:30", 1795392000},
	    {"2027-03-28T02:30:00+01:00", 1806197400}, /* the hour that central Europe's clocks leave out */
	    {"2026-10-25T02:30:00+02:00", 1792888200}, /* and the one they show twice: the zone says which */
	    {"2026-10-25T02:30:00+01:00", 1792891800},
	    {"2028-02-29", 1835481600},
	    {"2027-02-29", 0},
	    {"2026-11-31", 0},
	    {"2026-13-01", 0},
	    {"2026-1-1", 0},
	    {"26-11-2026", 0},
	    {"2026-11-23T00:00:00", 0}, /* of which zone? */
	    {"2026-11-23T00:00:00 Europe/Helsinki", 0},
	    {"2026-11-23T00:00:00+0100", 0},
	    {"2026-11-23T00:00:00+01:00x", 0},
	    {"2026-11-23T25:00:00Z", 0},
	    {"2026-11-23 ", 0},
	    {"tomorrow", 0},
	    {"", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t ns = 0;
		int r = waiver_parse_until(cases[i].text, &ns);
		if (r != (cases[i].s ? 0 : -EINVAL) || ns != cases[i].s * S)
			fail_msg("%s: %d, %lu s", cases[i].text, r, ns / S);
	}
}

static void the_zone_of_the_machine_changes_nothing(void **state) {
	static const char *const zones[] = {"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"};
	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		uint64_t ns = 0;
		setenv("TZ", zones[i], 1);
		tzset();
		assert_int_equal(waiver_parse_until("2027-03-28", &ns), 0);
		assert_int_equal(ns, 1806278400 * S);
	}
	unsetenv("TZ");
	tzset();
}

static void a_waiver_is_named_a_week_before_its_end_and_over_at_it(void **state) {
	(void)state;
	const struct waiver w = {.until_ns = NOW};
	assert_int_equal(waiver_state(&w, NOW - WAIVER_SOON_NS - 1), WAIVER_HOLDS);
	assert_int_equal(waiver_state(&w, NOW - WAIVER_SOON_NS), WAIVER_ENDS_SOON);
	assert_int_equal(waiver_state(&w, NOW - 1), WAIVER_ENDS_SOON);
	assert_int_equal(waiver_state(&w, NOW), WAIVER_EXPIRED);
}

static const struct rule email = {.id = (char *)"contact.email"}, phone = {.id = (char *)"contact.phone"};

static struct finding finding(const struct rule *rule, const char *id, const char *sink, const char *template_id) {
	struct finding f = {.rule = rule,
	                    .sink_name = (char *)sink,
	                    .process_name = (char *)"shop-worker",
	                    .executable = (char *)"/usr/bin/shop"};
	strcpy(f.id, id);
	strcpy(f.template_id, template_id);
	return f;
}

static bool waives(const struct waivers *w, struct finding f, uint64_t now_ns) {
	finding_waive(&f, w, now_ns);
	return f.waived;
}

static void a_waiver_fits_its_finding_and_no_other_of_the_same_record(void **state) {
	put(*state, "waivers:\n"
	            "  - finding: " ID "\n" END
	            "  - {rule: contact.phone, program: shop, sink: /var/log/a.log, template: 3b698c4d320442c7,\n"
	            "     owner: o, reason: r, until: 2026-12-31}\n");
	struct waivers *w = load(*state);
	assert_true(waives(w, finding(&email, ID, "/var/log/a.log", "1111111111111111"), NOW));
	assert_false(waives(w, finding(&email, OTHER_ID, "/var/log/a.log", "3b698c4d320442c7"), NOW));
	assert_true(waives(w, finding(&phone, OTHER_ID, "/var/log/a.log", "3b698c4d320442c7"), NOW));
	assert_false(waives(w, finding(&phone, OTHER_ID, "/var/log/b.log", "3b698c4d320442c7"), NOW));
	assert_false(waives(w, finding(&phone, OTHER_ID, "/var/log/a.log", "1111111111111111"), NOW));
	struct finding by_other = finding(&phone, OTHER_ID, "/var/log/a.log", "3b698c4d320442c7");
	by_other.executable = (char *)"/usr/bin/shopper";
	assert_false(waives(w, by_other, NOW));
	assert_false(waives(NULL, finding(&email, ID, "/var/log/a.log", "1111111111111111"), NOW));
	waivers_free(w);
}

static void an_expired_waiver_is_known_and_waives_nothing(void **state) {
	put(*state, "waivers:\n  - {finding: " ID ", owner: o, reason: r, until: 2026-11-22}\n");
	struct waivers *w = load(*state);
	struct finding f = finding(&email, ID, "a", "b");
	finding_waive(&f, w, NOW - 1);
	assert_true(f.waived);
	finding_waive(&f, w, NOW);
	assert_false(f.waived);
	assert_ptr_equal(f.waiver, &w->items[0]);
	waivers_free(w);
}

static void of_two_waivers_the_one_that_ends_last_counts(void **state) {
	put(*state, "waivers:\n"
	            "  - {finding: " ID ", owner: new, reason: r, until: 2026-12-31}\n"
	            "  - {finding: " ID ", owner: old, reason: r, until: 2026-11-22}\n");
	struct waivers *w = load(*state);
	struct finding f = finding(&email, ID, "a", "b");
	finding_waive(&f, w, NOW);
	assert_true(f.waived);
	assert_string_equal(f.waiver->owner, "new");
	waivers_free(w);
}

static void a_blind_spot_is_waived_by_kind_and_sink(void **state) {
	put(*state, "waivers:\n"
	            "  - {blind_spot: mapping, sink: /var/log/a.log, owner: o, reason: r, until: 2026-12-31}\n"
	            "  - {blind_spot: memfd, owner: o, reason: r, until: 2026-12-31}\n");
	struct waivers *w = load(*state);
	assert_non_null(waivers_find_blind_spot(w, "mapping", "/var/log/a.log"));
	assert_null(waivers_find_blind_spot(w, "mapping", "/var/log/b.log"));
	assert_null(waivers_find_blind_spot(w, "mapping", NULL));
	assert_non_null(waivers_find_blind_spot(w, "memfd", "socket:/dev/log"));
	assert_non_null(waivers_find_blind_spot(w, "memfd", NULL));
	waivers_free(w);
}

static void an_empty_list_is_a_file_of_waivers(void **state) {
	put(*state, "# none yet\nwaivers:\n");
	struct waivers *w = load(*state);
	assert_int_equal(w->len, 0);
	waivers_free(w);
}

static void every_mistake_is_told_with_its_line(void **state) {
	put(*state, "waivers:\n"
	            "  - owner: o\n"
	            "    finding: b62d\n"
	            "    reason: ''\n    until: 2026-12-31\n"
	            "  - owner: o\n    until: 2026-02-30\n"
	            "  - rule: a\n    program: b\n    owner: o\n    until: 2028-12-31\n    reason: r\n");
	struct waivers *w = NULL;
	struct diags diags = {0};
	assert_int_equal(waivers_load(&w, ((struct folder *)*state)->file, NOW, &diags), -EINVAL);
	assert_null(w);
	static const char *const texts[] = {"32 digits",         "reason must not be empty", "what is waived",
	                                    "reason is missing", "until is a day",           "belong together",
	                                    "a year at most"};
	static const int lines[] = {3, 4, 6, 6, 7, 8, 11};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		bool found = false;
		for (size_t j = 0; j < diags.len; j++)
			found |= strstr(diags.items[j].text, texts[i]) && diags.items[j].line == lines[i] && diags.items[j].col;
		if (!found) {
			diags_print(&diags, stdout);
			fail_msg("not told at line %d: %s", lines[i], texts[i]);
		}
	}
	assert_int_equal(diags.len, sizeof(texts) / sizeof(*texts));
	diags_release(&diags);
}

static void what_is_no_file_of_waivers_is_refused(void **state) {
	static const char *const texts[] = {
	    "",
	    "waivers: 3\n",
	    "- finding: " ID "\n",
	    "waivers: []\nrules: []\n",
	    "waivers:\n  - 7\n",
	    "waivers:\n  - finding: " ID "\n    owners: o\n" END,
	    "waivers:\n  - finding: " ID "\n    owner: p\n" END,
	    "waivers:\n  - finding: " ID "\n    sink: a\n" END,
	    "waivers:\n  - finding: " ID "\n    blind_spot: memfd\n" END,
	    "waivers:\n  - sink: a\n" END,
	    "waivers:\n  - finding: [" ID "]\n" END,
	    "waivers: [\n",
	    "waivers: []\n---\nwaivers: []\n",
	    "waivers:\n  - finding: \xff\n" END,
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct waivers *w = NULL;
		struct diags diags = {0};
		put(*state, texts[i]);
		int r = waivers_load(&w, ((struct folder *)*state)->file, NOW, &diags);
		if (r != -EINVAL || w || !diags.len)
			fail_msg("taken: %s", texts[i]);
		diags_release(&diags);
	}
}

static int append(const struct folder *f, const char *id, const char *reason, const char *until) {
	const struct waiver w = {
	    .finding = (char *)id, .owner = (char *)"team \"a\": \\ b", .reason = (char *)reason, .until = (char *)until};
	struct diags diags = {0};
	int r = waivers_append(f->file, &w, NOW, &diags);
	assert_int_equal(r == 0, diags.len == 0);
	diags_release(&diags);
	return r;
}

static void one_more_waiver_leaves_the_rest_as_it_was(void **state) {
	static const char before[] = "# ours\nwaivers:\n- finding: " OTHER_ID " # why\n  owner: o\n  reason: r\n"
	                             "  until: 2026-12-31"; /* no newline */
	struct folder *f = *state;
	_cleanup_(buf_release) struct buf text = {0};
	put(f, before);
	assert_int_equal(append(f, ID, "line\none\ttwo # no comment", "2026-12-31"), 0);
	assert_int_equal(file_read(f->file, 1 << 20, &text), 0);
	assert_memory_equal(text.data, before, strlen(before));
	struct waivers *w = load(f);
	assert_int_equal(w->len, 2);
	assert_string_equal(w->items[1].finding, ID);
	assert_string_equal(w->items[1].owner, "team \"a\": \\ b");
	assert_string_equal(w->items[1].reason, "line\none\ttwo # no comment");
	waivers_free(w);
}

static void an_empty_list_takes_a_waiver(void **state) {
	static const char *const texts[] = {"waivers: []\n", "# none: []\nwaivers: [] # yet", "waivers:\n", "waivers:", ""};
	struct folder *f = *state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put(f, texts[i]);
		assert_int_equal(append(f, ID, "r", "2026-12-31"), 0);
		struct waivers *w = load(f);
		assert_int_equal(w->len, 1);
		waivers_free(w);
	}
}

static void what_would_be_no_waiver_is_not_written(void **state) {
	struct folder *f = *state;
	assert_int_equal(append(f, ID, "r", "2026-11-31"), -EINVAL);
	assert_int_equal(append(f, ID, "r", "2029-11-30"), -EINVAL);
	assert_int_equal(append(f, "b6", "r", "2026-12-31"), -EINVAL);
	assert_int_equal(append(f, ID, "", "2026-12-31"), -EINVAL);
	assert_int_equal(append(f, ID, "\xff", "2026-12-31"), -EINVAL);
	assert_int_equal(access(f->file, F_OK), -1);
	static const char flow[] = "waivers: [{finding: " ID ", owner: o, reason: r, until: 2026-12-31}]\n";
	_cleanup_(buf_release) struct buf text = {0};
	put(f, flow);
	assert_int_equal(append(f, ID, "r", "2026-12-31"), -EINVAL);
	assert_int_equal(file_read(f->file, 1 << 20, &text), 0);
	assert_int_equal(text.len, strlen(flow));
}

static void of_many_writers_none_is_lost(void **state) {
	struct folder *f = *state;
	pid_t pids[8];
	for (size_t i = 0; i < 8; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(append(f, ID, "r", "2026-12-31") != 0 || append(f, ID, "r", "2026-12-31") != 0);
	}
	for (size_t i = 0; i < 8; i++) {
		int status = -1;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	struct waivers *w = load(f);
	assert_int_equal(w->len, 16);
	waivers_free(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_end_is_a_day_in_utc_or_a_time_with_its_zone),
	    cmocka_unit_test(the_zone_of_the_machine_changes_nothing),
	    cmocka_unit_test(a_waiver_is_named_a_week_before_its_end_and_over_at_it),
	    cmocka_unit_test_setup_teardown(a_waiver_fits_its_finding_and_no_other_of_the_same_record, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_expired_waiver_is_known_and_waives_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(of_two_waivers_the_one_that_ends_last_counts, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_blind_spot_is_waived_by_kind_and_sink, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_empty_list_is_a_file_of_waivers, setup, teardown),
	    cmocka_unit_test_setup_teardown(every_mistake_is_told_with_its_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_no_file_of_waivers_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_more_waiver_leaves_the_rest_as_it_was, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_empty_list_takes_a_waiver, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_would_be_no_waiver_is_not_written, setup, teardown),
	    cmocka_unit_test_setup_teardown(of_many_writers_none_is_lost, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
