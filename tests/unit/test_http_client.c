/* SPDX-License-Identifier: MIT */
#include "test_server.h"

#include "emit/http_client.h"

#include <errno.h>

static struct http_client *client;

static int set_up(void **state) {
	(void)state;
	struct diags diags = {0};
	return http_client_new(&client, &diags);
}

static int tear_down(void **state) {
	(void)state;
	http_client_free(client);
	return 0;
}

static int ask(const struct http_request *q, struct http_answer *answer) {
	return http_client_send(client, q, answer);
}

static void an_answer_is_an_answer_whatever_its_status(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s, "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy");
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	const char *const headers[] = {"Content-Type: application/json", NULL};
	const struct http_request q = {.url = s.url, .headers = headers, .token = "secret", .body = "{}", .body_len = 2};
	assert_int_equal(ask(&q, &answer), 0);
	assert_int_equal(answer.status, 503);
	assert_int_equal(answer.retry_after_s, 7);
	assert_string_equal(answer.body.data, "busy");
	assert_true(test_server_got(&s, "POST / HTTP/1.1\r\n"));
	assert_true(test_server_got(&s, "Content-Type: application/json\r\n"));
	assert_true(test_server_got(&s, "Authorization: Bearer secret\r\n"));
	assert_true(test_server_got(&s, "\r\n\r\n{}"));
	test_server_stop(&s);
}

static void redirections_are_not_followed(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s, "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	assert_int_equal(ask(&(struct http_request){.url = s.url}, &answer), 0);
	assert_int_equal(answer.status, 302);
	assert_false(test_server_got(&s, "/other"));
	test_server_stop(&s);
}

static void a_server_that_sends_without_end_is_cut_off(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s,
	                  "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	s.answers_len = 64;
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	assert_int_equal(ask(&(struct http_request){.url = s.url, .answer_max = 1000}, &answer), -EMSGSIZE);
	assert_string_equal(answer.error, "the answer is longer than 1000 bytes");
	test_server_stop(&s);
}

static void a_server_that_is_silent_is_waited_for_so_long_and_no_longer(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s, NULL);
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	assert_int_equal(ask(&(struct http_request){.url = s.url, .timeout_ms = 50}, &answer), -ETIMEDOUT);
	assert_int_equal(answer.status, 0);
	assert_true(*answer.error);
	test_server_stop(&s);
}

static void what_is_not_http_is_said(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s, "\x01\x02 this is something else");
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	assert_int_equal(ask(&(struct http_request){.url = s.url}, &answer), -EPROTO);
	assert_true(*answer.error);
	test_server_stop(&s);
}

static void nobody_there_and_urls_of_other_kinds_are_errors(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s, NULL);
	test_server_stop(&s); /* its port is free again */
	_cleanup_(http_answer_release) struct http_answer none = {0}, file = {0};
	assert_int_equal(ask(&(struct http_request){.url = s.url}, &none), -EHOSTUNREACH);
	assert_int_equal(ask(&(struct http_request){.url = "file:///etc/hostname"}, &file), -EINVAL);
	assert_int_equal(file.body.len, 0);
}

static void once_stopped_nothing_is_sent(void **state) {
	(void)state;
	struct test_server s;
	test_server_start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_client_stop(client);
	struct http_answer answer;
	assert_int_equal(ask(&(struct http_request){.url = s.url}, &answer), -ECANCELED);
	http_answer_release(&answer);
	test_server_stop(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
	    TEST(an_answer_is_an_answer_whatever_its_status),
	    TEST(redirections_are_not_followed),
	    TEST(a_server_that_sends_without_end_is_cut_off),
	    TEST(a_server_that_is_silent_is_waited_for_so_long_and_no_longer),
	    TEST(what_is_not_http_is_said),
	    TEST(nobody_there_and_urls_of_other_kinds_are_errors),
	    TEST(once_stopped_nothing_is_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
