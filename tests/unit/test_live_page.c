/* SPDX-License-Identifier: MIT */
/*
 * The agent's page: all text escaped, complete without script, and events that bring only what has changed. A browser
 * looks at it in tests/cli/test_page.sh, to which this program serves it: test_live_page --serve FINDINGS PORT_FILE.
 */
#include "agent/live_page.h"

#include "test_snapshot.h"

#include <poll.h>

/* Names a program could choose to break out of the page. */
#define HOSTILE_MARKUP                                                                                                 \
	"</td><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\xe2\x80\xae"

static char *page_asked(const struct snapshot *s, const struct finding_query *q) {
	struct buf out = {0};
	assert_int_equal(live_page()->page(&out, s, q), 0);
	assert_int_equal(buf_append(&out, "", 1), 0);
	return out.data;
}

static char *page_of(const struct snapshot *s) {
	return page_asked(
	    s, &(struct finding_query){.order = FINDING_BY_SEVERITY, .descending = true, .limit = FINDING_LIST_LEN});
}

static char *events_of(const struct snapshot *now, const struct snapshot *before) {
	struct buf out = {0};
	assert_int_equal(live_page()->events(&out, now, before), 0);
	assert_int_equal(buf_append(&out, "", 1), 0);
	return out.data;
}

static void assert_has(const char *page, const char *text, bool has) {
	if (!strstr(page, text) == has)
		fail_msg("'%s' is %s", text, has ? "missing" : "there");
}

static size_t occurrences(const char *page, const char *text) {
	size_t n = 0;
	for (const char *at = page; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void a_page_before_there_is_anything_says_so(void **state) {
	(void)state;
	_cleanup_free_ char *page = page_of(NULL);
	assert_has(page, "Getting ready", true);
	assert_has(page, "http-equiv=\"refresh\"", true);
}

static void a_leak_is_a_verdict_and_a_row(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 3);
	_cleanup_free_ char *page = page_of(s);
	assert_has(page, "FAIL: personal data leaks", true);
	assert_has(page, "id=\"f-00000000000000000000000000000002\"", true);
	assert_int_equal(occurrences(page, "<tr id=\"f-"), 3);
	assert_has(page, "mapping: ...", true);
}

static void nothing_found_is_told_apart_from_nothing_proven(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 0);
	_cleanup_free_ char *doubtful = page_of(s);
	assert_has(doubtful, "INCONCLUSIVE so far: no proof either way", true);
	free(s->blind[0].kind), free(s->blind[0].text);
	s->blind_len = 0;
	s->targets[0].scanned.bytes = 900;
	_cleanup_free_ char *clean = page_of(s);
	assert_has(clean, "PASS so far: no leaks", true);
	s->probe.enabled = true;
	_cleanup_free_ char *late = page_of(s);
	assert_has(late, "INCONCLUSIVE so far: no proof either way", true);
}

static void what_programs_chose_is_text_on_the_page(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 1);
	struct finding *f = &s->findings[0]->finding;
	free(f->sink_name), free(f->process_name), free(s->targets[0].name), free(s->blind[0].text);
	f->sink_name = test_copy(HOSTILE_MARKUP);
	f->process_name = test_copy(HOSTILE_MARKUP);
	s->targets[0].name = test_copy(HOSTILE_MARKUP);
	s->blind[0].text = test_copy(HOSTILE_MARKUP);
	_cleanup_free_ char *page = page_of(s), *events = events_of(s, NULL);
	assert_int_equal(occurrences(page, "<script>"), 1);
	assert_has(page, "<img", false);
	assert_has(page, "\xe2\x80\xae", false);
	assert_has(events, "<script>", false);
	assert_has(events, "<img", false);
}

static void events_tell_whether_findings_have_changed(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *before = test_snapshot(1, 2, 3), *now = test_snapshot(1, 2, 3);
	_cleanup_free_ char *all = events_of(before, NULL), *changed = events_of(now, before), *same = events_of(now, now);
	assert_has(all, "event: findings", true);
	assert_has(changed, "event: findings", true);
	assert_has(same, "event: findings", false);
	assert_has(same, "event: state", true);
}

/* A line that is none of an event's would end it or be taken for another one. */
static void events_are_well_formed(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(2, 5, 20);
	_cleanup_free_ char *events = events_of(s, NULL);
	for (char *save = NULL, *line = strtok_r(events, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "data: ", 6) != 0 && strncmp(line, "event: ", 7) != 0)
			fail_msg("not a line of an event: %.80s", line);
}

static void of_many_findings_the_worst_come_first_and_the_rest_by_links(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 10000);
	_cleanup_free_ char *page = page_of(s);
	assert_int_equal(occurrences(page, "<tr id=\"f-"), 100);
	assert_int_equal(occurrences(page, "severity critical"), 100); /* of which there are 5,000 */
	assert_has(page, "1 to 100 of 10,000", true);
	assert_has(page, "href=\"?sort=-severity&amp;offset=100\">next<", true);
	assert_has(page, "href=\"?sort=-severity&amp;offset=9900\">last<", true);
	assert_has(page, ">previous<", false);
}

static void what_is_asked_for_stays_in_the_links(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 300);
	const struct finding_query q = {
	    .text = "/var & \"<", .waived = "false", .order = FINDING_BY_MATCHES, .limit = FINDING_LIST_LEN, .offset = 100};
	_cleanup_free_ char *none = page_asked(s, &q);
	assert_has(none, "No finding holds that text.", true);
	assert_has(none, "value=\"/var &amp; &quot;&lt;\"", true);
	_cleanup_free_ char *some = page_asked(s, &(struct finding_query){.text = "/var", .limit = 50, .offset = 100});
	assert_has(some, "?sort=first_seen&amp;q=%2Fvar&amp;limit=50&amp;offset=150\">next<", true);
	assert_has(some, "?sort=first_seen&amp;q=%2Fvar&amp;limit=50&amp;offset=50\">previous<", true);
	assert_has(some, "<th scope=\"col\" class=\"n\"><a id=\"by-matches\" href=\"?sort=-matches&amp;q=%2Fvar", true);
}

static void a_page_behind_the_end_is_the_last_one(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 130);
	_cleanup_free_ char *page = page_asked(s, &(struct finding_query){.limit = 100, .offset = 5000});
	assert_has(page, "101 to 130 of 130", true);
}

static void the_policy_lets_nothing_in_but_the_page_itself(void **state) {
	(void)state;
	const char *policy = live_page()->policy;
	assert_has(policy, "default-src 'none'", true);
	assert_has(policy, "script-src 'sha256-", true);
	assert_has(policy, "style-src 'sha256-", true);
	assert_has(policy, "unsafe", false);
	assert_has(policy, "*", false);
}

static void change(struct snapshot *s, size_t round) {
	struct finding f = test_finding();
	memset(f.id, 'e', sizeof(f.id) - 1);
	f.rule = &test_card;
	f.count = round;
	finding_copy_drop(s->findings[0]);
	assert_int_equal(finding_copy_new(&s->findings[0], &f, NULL), 0);
}

/* Those that have not changed are the same copies, as in a watch. */
static void keep_copies(struct snapshot *s, const struct snapshot *before) {
	for (size_t i = 1; before && i < s->findings_len; i++) {
		finding_copy_drop(s->findings[i]);
		s->findings[i] = finding_copy_hold(before->findings[i]);
	}
}

/* For the browser: a finding changes each second, until standard input ends. A port that the file names is taken again.
 */
static int serve(size_t findings, const char *port_file) {
	struct snapshot_board *board = NULL;
	struct http_server *server = NULL;
	struct diags diags = {0};
	char port[16] = "0", address[32];
	FILE *known = fopen(port_file, "r");
	if (known && (!fgets(port, sizeof(port), known) || fclose(known)))
		return 1;
	snprintf(address, sizeof(address), "127.0.0.1:%d", atoi(port));
	const struct http_server_options options = {.address = address, .page = live_page()};
	if (snapshot_board_new(&board) || http_server_new(&server, &options, board, &diags) ||
	    http_server_start(server, &diags))
		return 1;
	snprintf(port, sizeof(port), "%u\n", http_server_port(server));
	FILE *out = fopen(port_file, "w");
	if (!out || fputs(port, out) < 0 || fclose(out))
		return 1;
	struct pollfd end = {.fd = 0, .events = POLLIN};
	struct snapshot *before = NULL;
	for (size_t round = 1; poll(&end, 1, 1000) == 0 && round < 600; round++) {
		struct snapshot *s = test_snapshot(2, 5, findings);
		struct finding *hostile = &s->findings[findings - 1]->finding;
		free(hostile->sink_name);
		hostile->sink_name = test_copy(HOSTILE_MARKUP);
		s->matches = round;
		s->timeline.len = 30;
		s->timeline.counts[round % 30] = round;
		change(s, round);
		keep_copies(s, before);
		snapshot_drop(before);
		before = snapshot_hold(s);
		snapshot_publish(board, s);
		http_server_tick(server);
	}
	snapshot_drop(before);
	http_server_free(server);
	snapshot_board_free(board);
	return 0;
}

int main(int argc, char **argv) {
	if (argc == 4 && !strcmp(argv[1], "--serve"))
		return serve(strtoul(argv[2], NULL, 10), argv[3]);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_before_there_is_anything_says_so),
	    cmocka_unit_test(a_leak_is_a_verdict_and_a_row),
	    cmocka_unit_test(nothing_found_is_told_apart_from_nothing_proven),
	    cmocka_unit_test(what_programs_chose_is_text_on_the_page),
	    cmocka_unit_test(events_tell_whether_findings_have_changed),
	    cmocka_unit_test(events_are_well_formed),
	    cmocka_unit_test(of_many_findings_the_worst_come_first_and_the_rest_by_links),
	    cmocka_unit_test(what_is_asked_for_stays_in_the_links),
	    cmocka_unit_test(a_page_behind_the_end_is_the_last_one),
	    cmocka_unit_test(the_policy_lets_nothing_in_but_the_page_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
