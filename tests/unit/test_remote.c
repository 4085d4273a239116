/* SPDX-License-Identifier: MIT */
/* What an agent's API tells is what a view of it gets, field by field; whatever else answers, it is told, and harmless.
 */
#include "agent/remote.h"

#include "agent/remote_read.h"
#include "emit/http_server.h"
#include "test_snapshot.h"

#include <poll.h>

struct scene {
	struct snapshot_board *board;
	struct http_server *server;
	struct snapshot *shown;
	char url[64];
};

static int setup(void **state) {
	struct scene *s = calloc(1, sizeof(*s));
	struct diags diags = {0};
	assert_non_null(s);
	assert_int_equal(snapshot_board_new(&s->board), 0);
	assert_int_equal(
	    http_server_new(&s->server, &(struct http_server_options){.address = "127.0.0.1:0"}, s->board, &diags), 0);
	assert_int_equal(http_server_start(s->server, &diags), 0);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/", http_server_port(s->server));
	*state = s;
	return 0;
}

static int teardown(void **state) {
	struct scene *s = *state;
	http_server_free(s->server);
	snapshot_board_free(s->board);
	snapshot_drop(s->shown);
	free(s);
	return 0;
}

/* A hold stays with the test. */
static void publish(struct scene *s, struct snapshot *shown) {
	snapshot_drop(s->shown);
	s->shown = snapshot_hold(shown);
	snapshot_publish(s->board, shown);
}

static struct remote *attach(const struct scene *s) {
	struct remote *r = NULL;
	struct diags diags = {0};
	if (remote_open(&r, &(struct remote_options){.url = s->url}, &diags))
		fail_msg("%s", diags.items[0].text);
	return r;
}

/* The next one that comes. */
static struct snapshot *next(struct remote *r, char **ret_trouble) {
	struct pollfd news = {.fd = remote_fd(r), .events = POLLIN};
	assert_int_equal(poll(&news, 1, 20000), 1);
	return remote_newest(r, ret_trouble);
}

static void the_view_gets_what_the_agent_has(void **state) {
	struct scene *s = *state;
	publish(s, test_snapshot(2, 3, 5));
	s->shown->matches = 77, s->shown->processes = 4, s->shown->cost.memory_bytes = 12345;
	_cleanup_(remote_closep) struct remote *r = attach(s);
	_cleanup_free_ char *trouble = NULL;
	_cleanup_(snapshot_dropp) struct snapshot *got = next(r, &trouble);
	const struct snapshot_sums sums = snapshot_sum(got), were = snapshot_sum(s->shown);
	assert_null(trouble);
	assert_int_equal(got->started_ns, s->shown->started_ns);
	assert_memory_equal(&sums, &were, sizeof(sums));
	assert_int_equal(snapshot_verdict(got), snapshot_verdict(s->shown));
	assert_true(got->matches == 77 && got->processes == 4 && got->cost.memory_bytes == 12345 && got->ready);
	assert_int_equal(got->findings_len, 5);
	assert_int_equal(snapshot_findings(got), 5);
	assert_int_equal(snapshot_unwaived(got), 5);
	assert_string_equal(got->sinks[0].reason, "matches *.log");
	assert_true(got->sinks[0].kind == SINK_FILE && got->sinks[0].is_log);
	assert_string_equal(got->blind[0].text, "mapping: ...");
	assert_string_equal(got->targets[1].name, "unit shop.service");
}

static void a_finding_comes_whole(void **state) {
	struct scene *s = *state;
	char *frames[] = {TEXT("write"), TEXT("log_line+0x1f app.c:9"), TEXT("main app.c:20")};
	struct finding_origin origin = {.count = 4, .frames = frames, .frames_len = 3, .own = 1, .runtime = "jvm"};
	struct finding f = test_finding();
	struct snapshot *shown = test_snapshot(1, 1, 1);
	f.origins = &origin;
	f.origins_len = 1;
	snprintf(f.statement, sizeof(f.statement), "signup failed for <email>");
	finding_copy_drop(shown->findings[0]);
	assert_int_equal(finding_copy_new(&shown->findings[0], &f, NULL), 0);
	publish(s, shown);
	_cleanup_(remote_closep) struct remote *r = attach(s);
	_cleanup_free_ char *trouble = NULL;
	_cleanup_(snapshot_dropp) struct snapshot *got = next(r, &trouble);
	const struct finding *is = &got->findings[0]->finding, *was = &s->shown->findings[0]->finding;
	assert_string_equal(is->id, was->id);
	assert_string_equal(is->masked, was->masked);
	assert_string_equal(is->statement, was->statement);
	assert_string_equal(is->rule->id, was->rule->id);
	assert_string_equal(is->rule->remediation, was->rule->remediation);
	assert_int_equal(is->rule->severity, was->rule->severity);
	assert_int_equal(is->rule->impact, was->rule->impact);
	assert_string_equal(is->process_name, was->process_name);
	assert_true(is->count == was->count && is->distinct == was->distinct && is->pid == was->pid);
	assert_true(is->first_seen_ns == was->first_seen_ns && is->last_seen_ns == was->last_seen_ns);
	assert_int_equal(is->origins_len, 1);
	assert_true(is->origins[0].own == 1 && is->origins[0].count == 4 && is->origins[0].frames_len == 3);
	assert_string_equal(is->origins[0].frames[1], frames[1]);
	assert_string_equal(is->origins[0].runtime, "jvm");
}

static void of_many_those_come_that_are_wanted(void **state) {
	struct scene *s = *state;
	publish(s, test_snapshot(1, 1, 3000));
	_cleanup_(remote_closep) struct remote *r = attach(s);
	_cleanup_(snapshot_dropp) struct snapshot *got = NULL;
	remote_want(r, &(struct finding_query){.text = "00000bb7", .order = FINDING_BY_ENTITY});
	for (size_t i = 0; !got || got->findings_asked_for != 1; i++) {
		_cleanup_free_ char *trouble = NULL;
		assert_true(i < 10);
		snapshot_drop(got);
		got = next(r, &trouble);
	}
	assert_int_equal(got->findings_len, 1);
	assert_string_equal(got->findings[0]->finding.id, "00000000000000000000000000000bb7");
	assert_int_equal(snapshot_findings(got), 3000);
}

static void an_agent_that_goes_is_told_and_what_was_known_stays(void **state) {
	struct scene *s = *state;
	publish(s, test_snapshot(1, 1, 2));
	_cleanup_(remote_closep) struct remote *r = attach(s);
	_cleanup_free_ char *trouble = NULL;
	http_server_free(take(s->server));
	for (size_t i = 0; !trouble; i++) {
		assert_true(i < 10);
		_cleanup_(snapshot_dropp) struct snapshot *got = next(r, &trouble);
		assert_int_equal(got->findings_len, 2);
	}
	assert_non_null(strstr(trouble, "no answer"));
}

static void what_is_no_agent_is_an_error(void **state) {
	struct scene *s = *state; /* has no snapshot: not ready */
	struct remote *r = NULL;
	static const char *const urls[] = {"http://127.0.0.1:1", "gopher://127.0.0.1", ""};
	for (size_t i = 0; i <= sizeof(urls) / sizeof(*urls); i++) {
		_cleanup_(diags_release) struct diags diags = {0};
		const char *url = i < sizeof(urls) / sizeof(*urls) ? urls[i] : s->url;
		assert_true(remote_open(&r, &(struct remote_options){.url = url}, &diags) < 0);
		assert_true(diags_any(&diags));
	}
}

/* Whatever JSON it is. */
static void answers_of_other_kinds_are_empty(void **state) {
	(void)state;
	static const char *const bad[] = {
	    "{}",
	    "{\"findings\":3,\"targets\":\"x\",\"sinks\":{},\"blind_spots\":null,\"time\":7,\"cost\":[]}",
	    "{\"findings\":[3,null,{},{\"logspill\":[],\"rule\":{\"severity\":9}}],\"targets\":[1,{}],\"sinks\":[{\"kind\":"
	    "\"?\"}],\"blind_spots\":[\"text\"]}",
	    "{\"findings\":[{\"logspill\":{\"count\":-1,\"origins\":[{\"frames\":[1,\"a\"]},7]}}],\"total\":-5}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		_cleanup_(snapshot_dropp) struct snapshot *s = test_array(1, sizeof(*s));
		json_auto_t *json = json_loads(bad[i], 0, NULL);
		assert_non_null(json);
		s->holders = 1;
		assert_int_equal(remote_read_status(s, json), 0);
		assert_int_equal(remote_read_targets(s, json), 0);
		assert_int_equal(remote_read_coverage(s, json), 0);
		assert_int_equal(remote_read_findings(s, json), 0);
		assert_int_equal(snapshot_sum(s).totals.seen_bytes, 0);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_view_gets_what_the_agent_has, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_finding_comes_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(of_many_those_come_that_are_wanted, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_agent_that_goes_is_told_and_what_was_known_stays, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_no_agent_is_an_error, setup, teardown),
	    cmocka_unit_test(answers_of_other_kinds_are_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
