/* SPDX-License-Identifier: MIT */
/* Drivers against receivers of the test. Real ones are met in tests/cli/test_receivers.sh. */
#include "test_output.h"
#include "test_server.h"

#include "base/clock.h"

#include <sys/un.h>

#define HOSTILE "\n[\"x\\]=\"y\" \x1b[31m \xff\xfe\r\nPRIORITY=0\n"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

static void a_receiver_that_is_down_gets_all_when_it_is_up(void **state) {
	(void)state;
	struct setting s = {0};
	struct test_server server;
	test_server_start(&server, "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	const struct output_settings o = {.name = "w", .driver = "webhook", .url = server.url};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	wait_for_failure(&s);
	add(&s, OUTPUT_UPDATE);
	assert_int_equal(counters(&s).sent, 0);
	__atomic_store_n(&server.answer, OK, __ATOMIC_SEQ_CST);
	assert_true(output_flush(s.output, 20 * SECOND_NS));
	assert_int_equal(counters(&s).sent, 2);
	assert_int_equal(counters(&s).dropped, 0);
	assert_true(test_server_got(&server, "\"action\":\"update\""));
	end(&s);
	test_server_stop(&server);
}

static void what_a_receiver_refuses_for_good_is_counted_and_does_not_block(void **state) {
	(void)state;
	struct setting s = {0};
	struct test_server server;
	test_server_start(&server, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	const struct output_settings o = {.name = "w", .driver = "webhook", .url = server.url};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	const struct snapshot_output c = counters(&s);
	assert_int_equal(c.sent, 0);
	assert_int_equal(c.dropped, 1);
	end(&s);
	test_server_stop(&server);
}

static void an_output_that_waits_for_a_silent_server_ends_at_once(void **state) {
	(void)state;
	struct setting s = {0};
	struct test_server server;
	test_server_start(&server, NULL);
	const struct output_settings o = {.name = "w", .driver = "webhook", .url = server.url, .timeout_ms = 60000};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	while (!test_server_got(&server, "POST"))
		usleep(1000);
	uint64_t start = clock_monotonic_ns();
	end(&s);
	assert_in_range(clock_monotonic_ns() - start, 0, 20 * SECOND_NS);
	test_server_stop(&server);
}

static int bind_loopback(int type, int *ret_port) {
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void an_output_is_told_to_end_without_waiting_for_it(void **state) {
	(void)state;
	struct setting s = {0};
	char url[64];
	int port;
	_cleanup_close_ int fd = bind_loopback(SOCK_STREAM, &port);
	assert_int_equal(listen(fd, 1), 0);
	snprintf(url, sizeof(url), "tls://127.0.0.1:%d", port);
	const struct output_settings o = {.name = "s", .driver = "syslog", .url = url};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	_cleanup_close_ int client = accept(fd, NULL, NULL); /* it waits for our side of the handshake now */
	output_end(s.output);
	assert_false(output_has_ended(s.output));
	closep(&client);
	client = -1;
	while (!output_has_ended(s.output))
		usleep(1000);
	assert_int_equal(counters(&s).sent, 0);
	end(&s);
}

static void alertmanager_is_told_of_the_end_and_of_nothing_that_is_waived(void **state) {
	(void)state;
	struct setting s = {0};
	struct test_server server;
	test_server_start(&server, OK);
	const struct output_settings o = {
	    .name = "a", .driver = "alertmanager", .url = server.url, .resolve_ns = SECOND_NS};
	begin(&s, &o);
	struct finding f = test_finding();
	add_finding(&s, &f, OUTPUT_NEW);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	assert_true(test_server_got(&server, "POST /api/v2/alerts HTTP/1.1\r\n"));
	assert_true(test_server_got(&server, "\"alertname\":\"PersonalDataInLog\""));
	assert_true(test_server_got(&server, "\"startsAt\":\"2026-11-22T13:49:02.123456789Z\""));
	while (test_server_count(&server, "\"endsAt\":") < 2) /* it forgets what it is not told again */
		usleep(1000);
	assert_in_range(test_server_count(&server, "\"alertname\":\"PersonalDataInLog\""), 2, SIZE_MAX);
	struct finding waived = test_finding();
	snprintf(waived.id, sizeof(waived.id), "%032d", 7);
	waived.waived = true;
	add_finding(&s, &waived, OUTPUT_NEW);
	add_finding(&s, &f, OUTPUT_RESOLVED);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	assert_false(test_server_got(&server, waived.id));
	assert_int_equal(counters(&s).sent, 3);
	end(&s);
	test_server_stop(&server);
}

/* Event by event, and what is due beside it; the number of alerts that were sent. */
static size_t fire(struct test_server *server, uint64_t resolve_ns, size_t events) {
	const struct output_settings o = {
	    .name = "a", .driver = "alertmanager", .url = server->url, .resolve_ns = resolve_ns};
	struct diags diags = {0};
	void *handle;
	assert_int_equal(output_alertmanager.open(&handle, &o, &diags), 0);
	for (size_t i = 0; i < events; i++) {
		struct finding f = test_finding();
		snprintf(f.id, sizeof(f.id), "%032zu", i);
		struct output_event e = {.kind = OUTPUT_NEW, .finding_id = f.id, .json = policy_json(&f, OUTPUT_NEW, "h")};
		struct output_result result = {0};
		assert_int_equal(output_event_read(&e), 0);
		assert_int_equal(output_alertmanager.send(handle, &e, 1, &result), 0);
		assert_int_equal(output_alertmanager.tick(handle, &result), 0);
		json_decref(e.fields);
		free(e.json);
	}
	output_alertmanager.close(handle);
	return test_server_count(server, "\"endsAt\":");
}

static void alertmanager_is_sent_an_alert_again_when_it_is_due_and_not_before(void **state) {
	(void)state;
	struct test_server server;
	test_server_start(&server, OK);
	assert_int_equal(fire(&server, 3600 * SECOND_NS, 3), 3);
	assert_int_equal(fire(&server, 5, 3) - 3, 1 + 2 + 3 + 3);
	test_server_stop(&server);
}

static int listen_unix(const char *path, int type) {
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	memcpy(at.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* The value of a field of journald's native protocol; fails if the message is not well formed. */
static void take_fields(const char *p, size_t len, char *message, char *priority) {
	size_t fields = 0;
	for (const char *end = p + len; p < end; fields++) {
		const char *name_end = memchr(p, '\n', (size_t)(end - p));
		uint64_t n;
		assert_non_null(name_end);
		for (const char *c = p; c < name_end; c++)
			assert_true((*c >= 'A' && *c <= 'Z') || *c == '_');
		memcpy(&n, name_end + 1, sizeof(n));
		const char *value = name_end + 1 + sizeof(n);
		assert_true(n < (uint64_t)(end - value));
		assert_int_equal(value[n], '\n');
		char *ret = !strncmp(p, "MESSAGE\n", 8) ? message : !strncmp(p, "PRIORITY\n", 9) ? priority : NULL;
		if (ret)
			snprintf(ret, 256, "%.*s", (int)n, value);
		p = value + n + 1;
	}
	assert_in_range(fields, 8, 16);
}

static void nothing_a_program_writes_can_begin_a_field_of_the_journal(void **state) {
	(void)state;
	struct setting s = {0};
	char path[96], datagram[8192], message[256] = "", priority[256] = "";
	make_dir(&s);
	snprintf(path, sizeof(path), "%s/socket", s.dir);
	const struct output_settings o = {.name = "j", .driver = "journal", .path = path};
	begin(&s, &o);
	struct finding f = test_finding();
	f.sink_name = TEXT("/tmp/" HOSTILE);
	add_finding(&s, &f, OUTPUT_NEW);
	wait_for_failure(&s); /* nobody is there yet: that is noticed */
	_cleanup_close_ int fd = listen_unix(path, SOCK_DGRAM);
	assert_true(output_flush(s.output, 20 * SECOND_NS));
	ssize_t n = recv(fd, datagram, sizeof(datagram), 0);
	assert_true(n > 0);
	take_fields(datagram, (size_t)n, message, priority);
	assert_string_equal(priority, "4");
	assert_non_null(strstr(message, "E-mail address"));
	unlink(path);
	rmdir(s.dir);
	end(&s);
}

static void syslog_escapes_what_would_end_a_value(void **state) {
	(void)state;
	struct setting s = {0};
	char url[64], message[8192];
	int port;
	_cleanup_close_ int fd = bind_loopback(SOCK_DGRAM, &port);
	snprintf(url, sizeof(url), "udp://127.0.0.1:%d", port);
	const struct output_settings o = {.name = "s", .driver = "syslog", .url = url};
	begin(&s, &o);
	struct finding f = test_finding();
	f.sink_name = TEXT("/tmp/" HOSTILE);
	add_finding(&s, &f, OUTPUT_NEW);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	ssize_t n = recv(fd, message, sizeof(message) - 1, 0);
	assert_true(n > 0);
	message[n] = 0;
	assert_int_equal(strncmp(message, "<84>1 2026-11-22T13:49:04.023456Z ", 34), 0);
	assert_null(memchr(message, '\n', (size_t)n));
	assert_null(memchr(message, '\x1b', (size_t)n));
	assert_non_null(strstr(message, " sink=\"/tmp/\\\\x0a[\\\"x\\\\\\]=\\\"y\\\""));
	assert_non_null(strstr(message, "\"] \xef\xbb\xbf"
	                                "E-mail address (medium) logged by shop"));
	end(&s);
}

static void kafka_brokers_acknowledge_what_is_sent(void **state) {
	(void)state;
#ifdef __SANITIZE_THREAD__
	print_message("SKIP: threads that begin as those of librdkafka end ThreadSanitizer itself\n");
	skip();
#endif
	static const char *const properties[] = {"test.mock.num.brokers=1", NULL}; /* of the library: on loopback */
	struct setting s = {0};
	begin(&s, &(struct output_settings){
	              .name = "k", .driver = "kafka", .brokers = "127.0.0.1:1", .topic = "t", .properties = properties});
	for (int i = 0; i < 100; i++)
		add(&s, i ? OUTPUT_UPDATE : OUTPUT_NEW);
	assert_true(output_flush(s.output, 30 * SECOND_NS));
	assert_int_equal(counters(&s).sent, 100);
	end(&s);
}

/* tests/cli/test_schema.sh holds them against the schema. */
static void events_are_findings_with_an_action(void **state) {
	(void)state;
	struct finding_writer writer = {
	    .cgroup = TEXT("/kubepods/pod"),
	    .workload = {.unit = TEXT("shop.service"), .container_id = TEXT("c0ffee"), .pod_uid = TEXT("uid-1")}};
	struct waiver waiver = {.owner = TEXT("shop"), .reason = TEXT("test data"), .until = TEXT("2026-12-31")};
	struct finding f = test_finding();
	_cleanup_free_ char *first = policy_json(&f, OUTPUT_NEW, "host-1");
	f.writer = &writer;
	f.waiver = &waiver;
	f.waived = true;
	_cleanup_free_ char *last = policy_json(&f, OUTPUT_RESOLVED, NULL);
	_cleanup_(buf_release) struct buf both = {0};
	assert_int_equal(buf_printf(&both, "%s\n%s\n", first, last), 0);
	assert_int_equal(buf_append(&both, "", 1), 0);
	assert_golden("events.jsonl", both.data);
}

static json_t *in_form(json_t *(*form)(const json_t *), enum output_kind kind) {
	const struct finding f = test_finding();
	_cleanup_free_ char *json = policy_json(&f, kind, "host-1");
	json_auto_t *event = json_loads(json, 0, NULL);
	json_t *made = form(event);
	assert_non_null(made);
	return made;
}

static void ecs_has_what_its_readers_look_for(void **state) {
	(void)state;
	json_auto_t *ecs = in_form(form_ecs, OUTPUT_NEW);
	assert_string_equal(output_text(ecs, "ecs.version"), "8.17.0");
	assert_string_equal(output_text(ecs, "event.kind"), "alert");
	assert_string_equal(output_text(ecs, "event.action"), "new");
	assert_int_equal(output_integer(ecs, "event.severity"), 47);
	assert_string_equal(output_text(ecs, "file.path"), "/var/log/shop/app.log");
	assert_true(*output_text(ecs, "message"));
}

static void ocsf_is_a_data_security_finding_without_the_value(void **state) {
	(void)state;
	json_auto_t *created = in_form(form_ocsf, OUTPUT_NEW), *closed = in_form(form_ocsf, OUTPUT_RESOLVED);
	assert_int_equal(output_integer(created, "class_uid"), 2006);
	assert_int_equal(output_integer(created, "type_uid"), 200601);
	assert_int_equal(output_integer(closed, "type_uid"), 200603);
	assert_int_equal(output_integer(created, "time"), 1795355344023);
	assert_int_equal(output_integer(created, "severity_id"), 3);
	assert_string_equal(output_text(created, "data_security.pattern_match"), "");
	assert_string_equal(output_text(created, "finding_info.uid"), test_finding().id);
}

static void mistakes_of_a_configuration_are_said(void **state) {
	(void)state;
	static const struct output_settings wrong[] = {
	    {.name = "a", .driver = "pigeon"},
	    {.name = "b", .driver = "file", .path = "relative"},
	    {.name = "c", .driver = "webhook", .url = "ftp://host/"},
	    {.name = "d", .driver = "syslog", .url = "udp:host"},
	    {.name = "e", .driver = "syslog", .url = "tls://host", .ca_file = "/nonexistent"},
	    {.name = "f", .driver = "kafka"},
	    {.name = "g", .driver = "file", .path = "/tmp/x", .form = "xml"},
	};
	const struct output_journal journal = {0};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		_cleanup_(diags_release) struct diags diags = {0};
		struct output *o = NULL;
		assert_int_equal(output_new(&o, &wrong[i], &journal, &diags), -EINVAL);
		assert_int_equal(diags.len, 1);
		assert_non_null(strstr(diags.items[0].text, wrong[i].name));
		assert_null(o);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_receiver_that_is_down_gets_all_when_it_is_up),
	    cmocka_unit_test(what_a_receiver_refuses_for_good_is_counted_and_does_not_block),
	    cmocka_unit_test(an_output_that_waits_for_a_silent_server_ends_at_once),
	    cmocka_unit_test(an_output_is_told_to_end_without_waiting_for_it),
	    cmocka_unit_test(alertmanager_is_told_of_the_end_and_of_nothing_that_is_waived),
	    cmocka_unit_test(alertmanager_is_sent_an_alert_again_when_it_is_due_and_not_before),
	    cmocka_unit_test(nothing_a_program_writes_can_begin_a_field_of_the_journal),
	    cmocka_unit_test(syslog_escapes_what_would_end_a_value),
	    cmocka_unit_test(kafka_brokers_acknowledge_what_is_sent),
	    cmocka_unit_test(events_are_findings_with_an_action),
	    cmocka_unit_test(ecs_has_what_its_readers_look_for),
	    cmocka_unit_test(ocsf_is_a_data_security_finding_without_the_value),
	    cmocka_unit_test(mistakes_of_a_configuration_are_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
