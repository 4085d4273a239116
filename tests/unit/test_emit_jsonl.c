/* SPDX-License-Identifier: MIT */
#include "test_emit.h"

#include "emit/emit.h"

#include <jansson.h>

static const struct emit_context context = {.host_name = "host-1"};

static const struct emit_format *jsonl(void) {
	return emit_format_find("jsonl");
}

/* One line, valid JSON, newline last and nowhere else. */
static json_t *parse(const char *line) {
	json_error_t error;
	assert_non_null(line);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(json);
	return json;
}

static const char *string_at(const json_t *json, const char *outer, const char *inner) {
	return json_string_value(json_object_get(json_object_get(json, outer), inner));
}

static void a_finding_is_one_line_of_the_contract(void **state) {
	(void)state;
	const struct finding f = test_finding();
	_cleanup_free_ char *line = jsonl()->finding(&f, &context);
	json_auto_t *json = parse(line);
	assert_string_equal(string_at(json, "rule", "severity"), "medium");
	assert_string_equal(string_at(json, "host", "name"), "host-1");
	assert_golden("finding.jsonl", line);
}

static void a_summary_is_one_line_of_the_contract(void **state) {
	(void)state;
	_cleanup_(test_summary_release) struct summary s = test_summary();
	_cleanup_free_ char *line = jsonl()->summary(&s, &context);
	json_auto_t *json = parse(line);
	const json_t *lost = json_object_get(json, "lost");
	json_int_t bytes = 0;
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++)
		bytes += json_integer_value(json_object_get(json_object_get(lost, loss_name(i)), "bytes"));
	assert_int_equal(json_object_size(lost), WIRE_LOSS_COUNT);
	assert_int_equal(bytes, 4096);
	assert_golden("summary.jsonl", line);
}

static void what_is_not_known_is_left_out(void **state) {
	(void)state;
	struct finding f = test_finding();
	f.executable = TEXT("");
	_cleanup_free_ char *line = jsonl()->finding(&f, &(struct emit_context){0});
	json_auto_t *json = parse(line);
	assert_null(json_object_get(json, "host"));
	assert_null(json_object_get(json, "container"));
	assert_null(json_object_get(json, "service"));
	assert_null(json_object_get(json, "orchestrator"));
	assert_null(json_object_get(json_object_get(json, "process"), "executable"));
	assert_null(json_object_get(json_object_get(json, "process"), "user"));
	assert_int_equal(json_array_size(json_object_get(json_object_get(json, "logspill"), "origin")), 0);
}

static const char *string_in(const json_t *json, const char *path) {
	char copy[64], *rest = NULL;
	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, ".", &rest); key; key = strtok_r(NULL, ".", &rest))
		json = json_object_get(json, key);
	return json_string_value(json);
}

static void who_wrote_has_the_names_of_ecs(void **state) {
	(void)state;
	struct finding_writer writer = {
	    .uid = 1000,
	    .cgroup = TEXT("/kubepods/pod1/2"),
	    .command_line = TEXT("shop --token ***"),
	    .workload = {TEXT("app.service"), TEXT("0a1b"), TEXT("uid-1"), TEXT("shop"), TEXT("web-0"), TEXT("app")},
	};
	struct finding f = test_finding();
	f.writer = &writer;
	_cleanup_free_ char *line = jsonl()->finding(&f, &context);
	json_auto_t *json = parse(line);
	assert_string_equal(string_in(json, "process.user.id"), "1000");
	assert_string_equal(string_in(json, "process.command_line"), "shop --token ***");
	assert_string_equal(string_in(json, "logspill.cgroup"), "/kubepods/pod1/2");
	assert_string_equal(string_in(json, "service.name"), "app.service");
	assert_string_equal(string_in(json, "container.id"), "0a1b");
	assert_string_equal(string_in(json, "container.name"), "app");
	assert_string_equal(string_in(json, "orchestrator.type"), "kubernetes");
	assert_string_equal(string_in(json, "orchestrator.namespace"), "shop");
	assert_string_equal(string_in(json, "orchestrator.resource.type"), "pod");
	assert_string_equal(string_in(json, "orchestrator.resource.id"), "uid-1");
	assert_string_equal(string_in(json, "orchestrator.resource.name"), "web-0");
}

static void a_log_that_the_host_has_elsewhere_is_named_by_both_paths(void **state) {
	(void)state;
	struct finding f = test_finding();
	_cleanup_free_ char *line = jsonl()->finding(&f, &context);
	f.sink_host_path = TEXT("/srv/volumes/shop/app.log");
	_cleanup_free_ char *both = jsonl()->finding(&f, &context);
	json_auto_t *json = parse(line), *json_both = parse(both);
	assert_null(string_in(json, "logspill.sink.host_path"));
	assert_string_equal(string_in(json_both, "logspill.sink.path"), "/var/log/shop/app.log");
	assert_string_equal(string_in(json_both, "logspill.sink.host_path"), "/srv/volumes/shop/app.log");
}

static void names_from_outside_cannot_break_out(void **state) {
	(void)state;
	struct finding f = test_finding();
	f.sink_name = TEXT("/tmp/a\"},\n{\"schema\":\"x\xff\x01.log");
	f.process_name = TEXT("sh\nop\xc3");
	f.executable = TEXT("/bin/\\\"\t\xed\xa0\x80");
	_cleanup_free_ char *line = jsonl()->finding(&f, &(struct emit_context){.host_name = "h\"\xfe"});
	json_auto_t *json = parse(line);
	const json_t *sink = json_object_get(json_object_get(json, "logspill"), "sink");
	assert_string_equal(json_string_value(json_object_get(sink, "path")),
	                    "/tmp/a\"},\n{\"schema\":\"x\xef\xbf\xbd\x01.log");
	assert_string_equal(string_at(json, "process", "name"), "sh\nop\xef\xbf\xbd");
	assert_string_equal(string_at(json, "host", "name"), "h\"\xef\xbf\xbd");
}

static void coverage_is_one_only_when_all_was_scanned(void **state) {
	(void)state;
	struct summary s = {.seen_bytes = 1ull << 60, .scanned_bytes = (1ull << 60) - 1, .lost = {{1, 0}}};
	assert_int_equal(summary_judge(&s), 0);
	_cleanup_free_ char *line = jsonl()->summary(&s, &context);
	json_auto_t *json = parse(line);
	assert_true(json_real_value(json_object_get(json, "coverage")) < 1);
	summary_release(&s);
}

static void large_numbers_stay_exact(void **state) {
	(void)state;
	struct finding f = test_finding();
	f.count = (1ull << 53) + 1;
	_cleanup_free_ char *line = jsonl()->finding(&f, &context);
	assert_non_null(strstr(line, "\"count\":9007199254740993,"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_finding_is_one_line_of_the_contract),
	    cmocka_unit_test(a_summary_is_one_line_of_the_contract),
	    cmocka_unit_test(what_is_not_known_is_left_out),
	    cmocka_unit_test(who_wrote_has_the_names_of_ecs),
	    cmocka_unit_test(a_log_that_the_host_has_elsewhere_is_named_by_both_paths),
	    cmocka_unit_test(names_from_outside_cannot_break_out),
	    cmocka_unit_test(coverage_is_one_only_when_all_was_scanned),
	    cmocka_unit_test(large_numbers_stay_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
