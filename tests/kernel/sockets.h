/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets with a name, as syslog has one, and a process that empties them. */
#ifndef TESTS_KERNEL_SOCKETS_H
#define TESTS_KERNEL_SOCKETS_H

#include "harness.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#define SEND_BUFFER (8 * 1024 * 1024)

/* '@' first: an abstract name. */
static inline socklen_t unix_address(const char *name, struct sockaddr_un *ret) {
	size_t len = strlen(name);
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->sun_path, name, len);
	if (name[0] != '@')
		return (socklen_t)sizeof(*ret);
	ret->sun_path[0] = 0;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static inline int receiver_open(const char *name, int type) {
	struct sockaddr_un addr;
	socklen_t len = unix_address(name, &addr);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	assert_return_code(fd, errno);
	assert_return_code(bind(fd, (struct sockaddr *)&addr, len), errno);
	if (type != SOCK_DGRAM)
		assert_return_code(listen(fd, 8), errno);
	return fd;
}

/* Reads what comes, until it is ended: datagrams, streams of whoever connects, or (type 0) a pipe or a terminal, whose
 * other end (or -1) is not to be held there. The fd is closed here. */
static inline pid_t drain_fork(int fd, int type, int other) {
	static char buf[64 * 1024];
	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (other >= 0)
			close(other);
	}
	while (!pid) {
		int from = type == SOCK_STREAM ? accept(fd, NULL, NULL) : fd;
		while (read(from, buf, sizeof(buf)) > 0)
			;
		if (from != fd)
			close(from);
		else if (!type)
			poll(NULL, 0, 20); /* a terminal without writer is no end */
	}
	close(fd);
	return pid;
}

static inline pid_t drain_start(int fd, int type) {
	return drain_fork(fd, type, -1);
}

static inline pid_t drain_fd(int fd, int other) {
	return drain_fork(fd, 0, other);
}

static inline void drain_end(pid_t pid) {
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* watch_run() with somebody who receives under that name, a log by --sink. */
static inline void watch_run_to_socket(struct watch *w, const char *name, int type, void (*fn)(const void *arg),
                                       const void *arg) {
	pid_t drain = drain_start(receiver_open(name, type), type);
	watch_open_sink(w, name);
	watch_run(w, fn, arg);
	drain_end(drain);
}

/* In a writer: a socket that takes large messages. */
static inline int must_socket(int type) {
	int size = SEND_BUFFER;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	must(fd >= 0);
	must(!setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)));
	return fd;
}

static inline int must_connect(const char *name, int type) {
	struct sockaddr_un addr;
	socklen_t len = unix_address(name, &addr);
	int fd = must_socket(type);
	must(!connect(fd, (struct sockaddr *)&addr, len));
	return fd;
}

#endif
