/* SPDX-License-Identifier: MIT */
/*
 * A Prometheus or an Alertmanager that answers with any bytes: queries come back with numbers or with a problem, alerts
 * are taken, refused or kept for later. The first byte says who is asked, and whether the rest is the whole answer or
 * the body of one.
 */
#include "fuzz.h"

#include "emit/output_driver.h"
#include "gate/promql.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

static char url[64];
static int listener;
static struct promql *promql;
static void *alertmanager;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buf answer;

/* Each connection is read until the request is there, answered and closed. */
static void serve(int fd) {
	char request[4096];
	size_t len = 0;
	ssize_t n;
	while (len < sizeof(request) && (n = read(fd, request + len, sizeof(request) - len)) > 0) {
		len += (size_t)n;
		const char *end = memmem(request, len, "\r\n\r\n", 4);
		const char *length = memmem(request, len, "Content-Length: ", 16);
		if (end && (!length || (size_t)(request + len - end) - 4 >= strtoul(length + 16, NULL, 10)))
			break;
	}
	pthread_mutex_lock(&lock);
	for (size_t at = 0; at < answer.len && (n = send(fd, answer.data + at, answer.len - at, MSG_NOSIGNAL)) > 0;)
		at += (size_t)n;
	pthread_mutex_unlock(&lock);
}

static void *run(void *arg) {
	(void)arg;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		serve(fd);
		close(fd);
	}
}

static void set_up(void) {
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	pthread_t thread;
	struct diags diags = {0};
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(!bind(listener, (struct sockaddr *)&at, sizeof(at)) && !listen(listener, 16) &&
	         !getsockname(listener, (struct sockaddr *)&at, &len) && !pthread_create(&thread, NULL, run, NULL),
	     "a server on loopback");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(at.sin_port));
	const struct output_settings settings = {.name = "pager", .driver = "alertmanager", .url = url, .timeout_ms = 2000};
	must(!promql_open(&promql, url, 1795000000000000000ull, &diags), "promql_open");
	must(!output_alertmanager.open(&alertmanager, &settings, &diags), "the output");
}

static void set_answer(bool is_body, const uint8_t *data, size_t size) {
	pthread_mutex_lock(&lock);
	buf_wipe(&answer);
	if (is_body)
		must(!buf_printf(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", size),
		     "memory");
	must(!buf_append(&answer, data, size), "memory");
	pthread_mutex_unlock(&lock);
}

static void ask(void) {
	struct promql_answer a = {0};
	must(!promql_ask(promql, "up", &a), "what goes wrong is the answer's problem");
	must(!a.problem || !a.len, "no numbers beside a problem");
	for (size_t i = 0; i < a.len; i++)
		must(!a.samples[i].labels || json_is_object(a.samples[i].labels), "a number has labels, or is a scalar");
	for (const char *c = a.problem; c && *c; c++)
		must((unsigned char)*c >= ' ', "a problem can be shown");
	promql_answer_release(&a);
}

static void alert(void) {
	static char id[] = "b62d5c0df27464775a7822c8bddb3d65";
	static char json[] =
	    "{\"rule\":{\"id\":\"contact.email\"},\"logspill\":{\"finding_id\":\"b62d\",\"entity\":\"EMAIL\","
	    "\"first_seen\":\"2026-11-22T13:49:02Z\"}}";
	struct output_event e = {.seq = 1, .kind = OUTPUT_NEW, .finding_id = id, .json = json};
	struct output_result result = {0};
	must(!output_event_read(&e), "the event is sound");
	int r = output_alertmanager.send(alertmanager, &e, 1, &result);
	json_decref(e.fields);
	must(r ? !result.taken : result.taken == 1 && result.refused <= 1, "an alert is taken, refused or kept");
	must(result.wait_s < 86400, "a server does not put us off for ever");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (!promql)
		set_up();
	if (size < 1)
		return 0;
	set_answer(*data & 1, data + 1, size - 1);
	if (*data & 2)
		alert();
	else
		ask();
	return 0;
}
