/* SPDX-License-Identifier: MIT */
#include "test_snapshot.h"

#include "base/clock.h"
#include "emit/http_reply.h"
#include "emit/http_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <sys/socket.h>

struct scene {
	struct snapshot_board *board;
	struct http_server *server;
};

static int write_page(struct buf *out, const struct snapshot *now, const struct finding_query *query) {
	(void)now;
	return buf_printf(out, "<!doctype html><title>page</title>%s", query->text ? query->text : "");
}

static int write_events(struct buf *out, const struct snapshot *now, const struct snapshot *before) {
	return buf_printf(out, "data: %zu findings%s\n\n", now->findings_len, before ? "" : " in all");
}

static const struct http_page page = {.page = write_page, .policy = "default-src 'self'", .events = write_events};

static struct scene begin_with(const struct http_server_options *o) {
	struct scene s = {0};
	struct diags diags = {0};
	assert_int_equal(snapshot_board_new(&s.board), 0);
	int r = http_server_new(&s.server, o, s.board, &diags);
	if (!r)
		r = http_server_start(s.server, &diags);
	diags_print(&diags, stderr);
	assert_int_equal(r, 0);
	return s;
}

static struct scene begin(void) {
	struct scene s = begin_with(&(struct http_server_options){.address = "127.0.0.1:0", .page = &page});
	snapshot_publish(s.board, test_snapshot(2, 5, 250));
	return s;
}

static void end(struct scene *s) {
	http_server_free(s->server);
	snapshot_board_free(s->board);
}

static int connect_to(const struct scene *s) {
	const struct sockaddr_in at = {.sin_family = AF_INET,
	                               .sin_port = htons(http_server_port(s->server)),
	                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* What comes back until the other side closes; malloc'ed. */
static char *talk(const struct scene *s, const char *request) {
	_cleanup_close_ int fd = connect_to(s);
	struct buf answer = {0};
	char chunk[4096];
	ssize_t n;
	size_t len = strlen(request);
	(void)!send(fd, request, len, MSG_NOSIGNAL);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		assert_int_equal(buf_append(&answer, chunk, (size_t)n), 0);
	assert_int_equal(buf_append(&answer, "", 1), 0);
	return answer.data;
}

static char *get_as(const struct scene *s, const char *path, const char *host, const char *more) {
	char request[512];
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n", path, host, more);
	return talk(s, request);
}

static int status_of(const char *answer) {
	int status = 0;
	sscanf(answer, "HTTP/1.1 %d", &status);
	return status;
}

static int ask(const struct scene *s, const char *path, const char *host, const char *more) {
	_cleanup_free_ char *answer = get_as(s, path, host, more);
	return status_of(answer);
}

static json_t *get_json(const struct scene *s, const char *path) {
	_cleanup_free_ char *answer = get_as(s, path, "localhost", "");
	assert_int_equal(status_of(answer), 200);
	assert_non_null(strstr(answer, "application/json"));
	json_t *json = json_loads(strstr(answer, "\r\n\r\n") + 4, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static void metrics_come_in_the_form_that_is_asked_for(void **state) {
	(void)state;
	struct scene s = begin();
	_cleanup_free_ char *text = get_as(&s, "/metrics", "127.0.0.1:10532", "");
	_cleanup_free_ char *open = get_as(&s, "/metrics", "localhost", "Accept: application/openmetrics-text\r\n");
	assert_non_null(strstr(text, "Content-Type: text/plain; version=0.0.4"));
	assert_non_null(strstr(text, "logspill_build_info{"));
	assert_null(strstr(text, "\n# EOF"));
	assert_non_null(strstr(open, "Content-Type: application/openmetrics-text; version=1.0.0"));
	assert_string_equal(open + strlen(open) - 6, "# EOF\n");
	end(&s);
}

static void findings_come_page_by_page_each_once(void **state) {
	(void)state;
	struct scene s = begin();
	size_t got = 0;
	json_int_t next = 0;
	for (int pages = 0; pages < 4; pages++) {
		char path[64];
		snprintf(path, sizeof(path), "/api/v1/findings?limit=100&offset=%lld", (long long)next);
		json_auto_t *json = get_json(&s, path);
		const json_t *list = json_object_get(json, "findings"), *one;
		size_t i;
		assert_int_equal(json_integer_value(json_object_get(json, "total")), 250);
		json_array_foreach(list, i, one) {
			char id[33];
			snprintf(id, sizeof(id), "%032zx", got++);
			assert_string_equal(json_string_value(json_object_get(json_object_get(one, "logspill"), "finding_id")), id);
		}
		if (json_is_null(json_object_get(json, "next")))
			break;
		next = json_integer_value(json_object_get(json, "next"));
	}
	assert_int_equal(got, 250);
	json_auto_t *cards = get_json(&s, "/api/v1/findings?rule=payment.card&limit=1");
	assert_int_equal(json_integer_value(json_object_get(cards, "total")), 125);
	json_auto_t *last = get_json(&s, "/api/v1/findings?q=000000F9&sort=-severity&waived=false");
	assert_int_equal(json_integer_value(json_object_get(last, "total")), 1);
	end(&s);
}

static void targets_and_coverage_add_up(void **state) {
	(void)state;
	struct scene s = begin();
	json_auto_t *targets = get_json(&s, "/api/v1/targets"), *coverage = get_json(&s, "/api/v1/coverage");
	assert_int_equal(json_array_size(json_object_get(targets, "targets")), 2);
	const json_t *sums = json_object_get(coverage, "sums");
	json_int_t seen = 0, scanned = 0, waiting = 0, lost = 0;
	const char *reason;
	json_t *amount;
	assert_int_equal(json_unpack((json_t *)sums, "{s:{s:I},s:{s:I},s:{s:I}}", "seen", "bytes", &seen, "scanned",
	                             "bytes", &scanned, "waiting", "bytes", &waiting),
	                 0);
	json_object_foreach(json_object_get(sums, "lost"), reason, amount) lost +=
	    json_integer_value(json_object_get(amount, "bytes"));
	assert_int_equal(seen, scanned + waiting + lost);
	assert_int_equal(json_array_size(json_object_get(coverage, "blind_spots")), 1);
	end(&s);
}

static void a_name_that_is_not_ours_is_refused(void **state) {
	(void)state;
	struct scene s = begin();
	assert_int_equal(ask(&s, "/metrics", "localhost:10532", ""), 200);
	assert_int_equal(ask(&s, "/metrics", "[::1]:10532", ""), 200);
	assert_int_equal(ask(&s, "/metrics", "evil.example", ""), 421);
	assert_int_equal(ask(&s, "/metrics", "localhost.evil.example", ""), 421);
	assert_int_equal(ask(&s, "/metrics", "127.0.0.1@evil.example", ""), 421);
	assert_int_equal(ask(&s, "/metrics", "", ""), 421);
	end(&s);
}

static void what_is_malformed_is_refused_and_the_server_goes_on(void **state) {
	(void)state;
	static const char *const bad[] = {
	    "BREW /coffee HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    "GET\r\n\r\n",
	    "\x16\x03\x01\x02\r\n\r\n",
	    "GET /metrics HTTP/1.1\r\nHost localhost\r\nConnection: close\r\n\r\n",
	    "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\nx",
	    "GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    "GET /api/v1/findings?limit=0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    "GET /api/v1/findings?sort=colour HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    "GET /?sort=colour HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    "GET /api/v1/findings?offset=-1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	};
	struct scene s = begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		_cleanup_free_ char *answer = talk(&s, bad[i]);
		assert_true(!*answer || status_of(answer) >= 400);
	}
	_cleanup_free_ char *long_line = malloc(100001);
	memset(long_line, 'a', 100000);
	memcpy(long_line, "GET /", 5);
	long_line[100000] = 0;
	_cleanup_free_ char *answer = talk(&s, long_line);
	assert_true(!*answer || status_of(answer) >= 400);
	assert_int_equal(ask(&s, "/healthz", "localhost", ""), 200);
	end(&s);
}

static void who_never_ends_a_request_is_cut_off_and_holds_up_nobody(void **state) {
	(void)state;
	struct scene s = begin_with(&(struct http_server_options){.address = "127.0.0.1:0", .request_s = 1});
	int slow[64];
	char none;
	snapshot_publish(s.board, test_snapshot(1, 1, 0));
	for (size_t i = 0; i < 64; i++) {
		slow[i] = connect_to(&s);
		assert_int_equal(send(slow[i], "GET /metrics HTTP/1.1\r\n", 23, MSG_NOSIGNAL), 23);
	}
	assert_int_equal(ask(&s, "/metrics", "localhost", ""), 200);
	for (size_t i = 0; i < 64; i++) {
		while (recv(slow[i], &none, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
			(void)!send(slow[i], "A", 1, MSG_NOSIGNAL); /* never silent */
			http_server_tick(s.server);
			usleep(10000);
		}
		close(slow[i]);
	}
	end(&s);
}

static void a_token_is_asked_for_but_not_by_health_checks(void **state) {
	(void)state;
	struct scene s = begin_with(&(struct http_server_options){.address = "127.0.0.1:0", .token = "open-sesame"});
	assert_int_equal(ask(&s, "/healthz", "localhost", ""), 503); /* nothing taken yet */
	snapshot_publish(s.board, test_snapshot(1, 1, 0));
	assert_int_equal(ask(&s, "/healthz", "localhost", ""), 200);
	assert_int_equal(ask(&s, "/metrics", "localhost", ""), 401);
	assert_int_equal(ask(&s, "/metrics", "localhost", "Authorization: Bearer open-sesamf\r\n"), 401);
	assert_int_equal(ask(&s, "/metrics", "localhost", "Authorization: Bearer open-sesame1\r\n"), 401);
	assert_int_equal(ask(&s, "/metrics", "localhost", "Authorization: Bearer open-sesame\r\n"), 200);
	end(&s);
}

static int answer_path(void *arg, const struct http_query *q, struct http_reply *r) {
	const char *status = http_query_value(q, "status");
	++*(int *)arg;
	r->status = status ? (unsigned int)atoi(status) : 200;
	return buf_printf(&r->body, "{}");
}

static void a_path_of_somebody_else_is_answered_to_get_and_post_with_its_status(void **state) {
	(void)state;
	int asked = 0;
	const struct http_path paths[] = {{"/other", answer_path}, {NULL, NULL}};
	const struct http_server_options options = {
	    .address = "127.0.0.1:0", .request_s = 1, .token = "t", .paths = paths, .paths_arg = &asked};
	struct scene s = begin_with(&options);
	const char *post = "POST /other?status=403 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YW55OnQ=\r\n"
	                   "Connection: close\r\nContent-Length: %d\r\n\r\n%s";
	char request[512];
	assert_int_equal(ask(&s, "/other", "localhost", "Authorization: Bearer t\r\n"), 200);
	assert_int_equal(ask(&s, "/other", "localhost", "Authorization: Basic YW55OnQ=\r\n"), 200); /* any:t */
	assert_int_equal(asked, 2);
	assert_int_equal(ask(&s, "/other", "localhost", "Authorization: Basic YW55OnU=\r\n"), 401);
	assert_int_equal(ask(&s, "/other", "localhost", "Authorization: Basic dA==\r\n"), 401); /* t */
	assert_int_equal(ask(&s, "/other", "localhost", "Authorization: Basic !\r\n"), 401);
	assert_int_equal(ask(&s, "/other/", "localhost", "Authorization: Bearer t\r\n"), 404);
	assert_int_equal(asked, 2);
	snprintf(request, sizeof(request), post, 8, "{\"a\": 1}");
	_cleanup_free_ char *answer = talk(&s, request);
	assert_int_equal(status_of(answer), 403);
	assert_int_equal(asked, 3);
	_cleanup_close_ int slow = connect_to(&s);
	int len = snprintf(request, sizeof(request), post, 1000, "{");
	assert_int_equal(send(slow, request, (size_t)len, MSG_NOSIGNAL), len);
	char none;
	while (recv(slow, &none, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
		(void)!send(slow, "A", 1, MSG_NOSIGNAL); /* a body that does not end is cut off as well */
		http_server_tick(s.server);
		usleep(10000);
	}
	assert_int_equal(asked, 3);
	end(&s);
}

#define LARGE (16 * 1024 * 1024) /* more than the kernel takes from the server at once */

static int answer_large(void *arg, const struct http_query *q, struct http_reply *r) {
	static const char text[LARGE];
	(void)arg, (void)q;
	return buf_append(&r->body, text, sizeof(text));
}

/* Of this process, in which the server is as well. */
static size_t descriptors(void) {
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void who_hardly_takes_an_answer_does_not_get_all_of_it(void **state) {
	(void)state;
	const struct http_path paths[] = {{"/large", answer_large}, {NULL, NULL}};
	struct scene s =
	    begin_with(&(struct http_server_options){.address = "127.0.0.1:0", .request_s = 1, .paths = paths});
	const char *request = "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	const size_t before = descriptors();
	_cleanup_close_ int fd = connect_to(&s);
	const uint64_t enough_ns = clock_monotonic_ns() + 20 * 1000000000ull;
	char some[65536];
	size_t taken = 0;
	ssize_t n;
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	do { /* until the server has closed its end: what the kernel has by then still comes */
		assert_int_equal(recv(fd, some, 1, 0), 1);
		taken++;
		http_server_tick(s.server);
		usleep(10000);
	} while (descriptors() > before + 1 && clock_monotonic_ns() < enough_ns);
	while ((n = recv(fd, some, sizeof(some), 0)) > 0)
		taken += (size_t)n;
	assert_in_range(taken, 1, LARGE);
	end(&s);
}

static void health_says_when_records_do_not_come_through(void **state) {
	(void)state;
	struct scene s = begin();
	struct snapshot *sick = test_snapshot(1, 1, 0), *old = test_snapshot(1, 1, 0), *ending = test_snapshot(1, 1, 0);
	sick->probe.enabled = true;
	old->time_ns -= 60000000000ull;
	ending->ready = false;
	snapshot_publish(s.board, sick);
	assert_int_equal(ask(&s, "/healthz", "localhost", ""), 503);
	snapshot_publish(s.board, old);
	assert_int_equal(ask(&s, "/healthz", "localhost", ""), 503);
	snapshot_publish(s.board, ending);
	assert_int_equal(ask(&s, "/healthz", "localhost", ""), 200);
	assert_int_equal(ask(&s, "/readyz", "localhost", ""), 503);
	end(&s);
}

static void events_are_sent_as_snapshots_come(void **state) {
	(void)state;
	struct scene s = begin();
	_cleanup_close_ int fd = connect_to(&s);
	const char *request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char got[4096] = "";
	size_t len = 0;
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	for (bool published = false; !strstr(got, "data: 3 findings\n");) {
		ssize_t n = recv(fd, got + len, sizeof(got) - 1 - len, MSG_DONTWAIT);
		assert_true(n > 0 || errno == EAGAIN);
		len += n > 0 ? (size_t)n : 0;
		got[len] = 0;
		if (!published && strstr(got, "data: 250 findings in all\n")) {
			snapshot_publish(s.board, test_snapshot(1, 1, 3));
			published = true;
		}
		http_server_tick(s.server);
		poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 20);
	}
	assert_non_null(strstr(got, "text/event-stream"));
	end(&s); /* with the connection still open */
}

static void beyond_loopback_a_certificate_and_a_token_are_needed(void **state) {
	(void)state;
	static const struct http_server_options wrong[] = {
	    {.address = "0.0.0.0:0"},
	    {.address = "[::]:0", .token = "t"},
	    {.address = "127.0.0.1"},
	    {.address = "localhost:80"},
	    {.address = "127.0.0.1:65536"},
	    {.address = "127.0.0.1:0", .cert_file = "/nonexistent"},
	    {.address = "127.0.0.1:0", .cert_file = "/nonexistent", .key_file = "/nonexistent"},
	};
	struct snapshot_board *board;
	assert_int_equal(snapshot_board_new(&board), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		_cleanup_(diags_release) struct diags diags = {0};
		struct http_server *server = NULL;
		assert_true(http_server_new(&server, &wrong[i], board, &diags) < 0);
		assert_null(server);
		assert_int_equal(diags.len, 1);
	}
	snapshot_board_free(board);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(metrics_come_in_the_form_that_is_asked_for),
	    cmocka_unit_test(findings_come_page_by_page_each_once),
	    cmocka_unit_test(targets_and_coverage_add_up),
	    cmocka_unit_test(a_name_that_is_not_ours_is_refused),
	    cmocka_unit_test(what_is_malformed_is_refused_and_the_server_goes_on),
	    cmocka_unit_test(who_never_ends_a_request_is_cut_off_and_holds_up_nobody),
	    cmocka_unit_test(a_token_is_asked_for_but_not_by_health_checks),
	    cmocka_unit_test(a_path_of_somebody_else_is_answered_to_get_and_post_with_its_status),
	    cmocka_unit_test(who_hardly_takes_an_answer_does_not_get_all_of_it),
	    cmocka_unit_test(health_says_when_records_do_not_come_through),
	    cmocka_unit_test(events_are_sent_as_snapshots_come),
	    cmocka_unit_test(beyond_loopback_a_certificate_and_a_token_are_needed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
