/* SPDX-License-Identifier: MIT */
/* A receiver on the loopback network, under a name as --sink takes it. */
#ifndef TESTS_KERNEL_INET_H
#define TESTS_KERNEL_INET_H

#include "harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct receiver {
	int fd, type;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	char name[64]; /* as sinks are named */
};

static inline void receiver_start(struct receiver *r, int family, int type) {
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	*r = (struct receiver){.fd = socket(family, type | SOCK_CLOEXEC, 0), .type = type, .addr_len = sizeof(r->addr)};
	bool is_in6 = family == AF_INET6;
	if (r->fd < 0 || bind(r->fd, is_in6 ? (void *)&in6 : (void *)&in, is_in6 ? sizeof(in6) : sizeof(in)))
		skip_because("this machine has no such loopback address");
	assert_return_code(getsockname(r->fd, (void *)&r->addr, &r->addr_len), errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(r->fd, 8), errno);
	uint16_t port = is_in6 ? ((struct sockaddr_in6 *)&r->addr)->sin6_port : ((struct sockaddr_in *)&r->addr)->sin_port;
	snprintf(r->name, sizeof(r->name), "%s:%s:%d", type == SOCK_DGRAM ? "udp" : "tcp", is_in6 ? "::1" : "127.0.0.1",
	         ntohs(port));
}

static inline int must_inet(const struct receiver *r, bool connected) {
	int fd = socket(r->addr.ss_family, r->type | SOCK_CLOEXEC, 0);
	must(fd >= 0);
	must(!connected || !connect(fd, (const struct sockaddr *)&r->addr, r->addr_len));
	return fd;
}

#endif
