/* SPDX-License-Identifier: MIT */
/* A server on loopback for tests of outputs: takes connections one after the other, keeps what it was sent, answers as
 * it is told. */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

struct test_server {
	int fd, port;
	char url[64];
	const char *answer; /* NULL: none, the connection stays open */
	size_t answers_len; /* that many bytes of answer are sent again and again; 0: all of it once */
	pthread_t thread;
	pthread_mutex_t lock;
	struct buf got;
	bool ends;
};

/* Until the headers are there and as many bytes as they announce. */
static inline bool test_server_has_request(const char *from, size_t len) {
	const char *end = memmem(from, len, "\r\n\r\n", 4);
	const char *length = memmem(from, len, "Content-Length: ", 16);
	size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
	return end && (size_t)(from + len - end) - 4 >= body;
}

static inline void test_server_talk(struct test_server *s, int fd) {
	char chunk[4096];
	size_t start = s->got.len;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			return;
		pthread_mutex_lock(&s->lock);
		(void)!buf_append(&s->got, chunk, (size_t)n);
		bool whole = test_server_has_request(s->got.data + start, s->got.len - start);
		pthread_mutex_unlock(&s->lock);
		if (!whole)
			continue;
		if (!s->answer)
			continue;
		do
			if (send(fd, s->answer, s->answers_len ? s->answers_len : strlen(s->answer), MSG_NOSIGNAL) < 0)
				return;
		while (s->answers_len);
		return;
	}
}

static inline void *test_server_run(void *arg) {
	struct test_server *s = arg;
	for (;;) {
		_cleanup_close_ int fd = accept(s->fd, NULL, NULL);
		if (fd < 0 || __atomic_load_n(&s->ends, __ATOMIC_ACQUIRE))
			return NULL;
		test_server_talk(s, fd);
	}
}

static inline void test_server_start(struct test_server *s, const char *answer) {
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	*s = (struct test_server){.answer = answer, .lock = PTHREAD_MUTEX_INITIALIZER};
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(s->fd, 16), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/", s->port);
	assert_int_equal(pthread_create(&s->thread, NULL, test_server_run, s), 0);
}

static inline void test_server_stop(struct test_server *s) {
	__atomic_store_n(&s->ends, true, __ATOMIC_RELEASE);
	shutdown(s->fd, SHUT_RDWR); /* wakes accept() */
	pthread_join(s->thread, NULL);
	close(s->fd);
	buf_release(&s->got);
}

static inline size_t test_server_count(struct test_server *s, const char *text) {
	size_t n = 0, len = strlen(text);
	pthread_mutex_lock(&s->lock);
	const char *at = s->got.data, *end = at + s->got.len;
	while (at && (at = memmem(at, (size_t)(end - at), text, len)))
		n++, at += len;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline bool test_server_got(struct test_server *s, const char *text) {
	return test_server_count(s, text);
}

#endif
