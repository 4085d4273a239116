/* SPDX-License-Identifier: MIT */
#include "capture/collectors.h"

#include "process/process.h"

#include <bpf/bpf.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STDIN WIRE_COLLECTS_STDIN
#define SOCKETS WIRE_COLLECTS_SOCKETS
#define PIPES WIRE_COLLECTS_PIPES
#define FILES WIRE_COLLECTS_FILES

/* Names as the kernel keeps them: 15 bytes. */
static const struct {
	const char *comm;
	__u32 collects;
} known[] = {
    {"tee", STDIN},
    {"logger", STDIN},
    {"systemd-cat", STDIN},
    {"multilog", STDIN},
    {"svlogd", STDIN},
    {"tinylog", STDIN},
    {"s6-log", STDIN},
    {"rotatelogs", STDIN},
    {"cronolog", STDIN},
    {"vlogger", STDIN},
    {"logrotate", FILES},
    {"conmon", PIPES},
    {"containerd-shim", PIPES},
    {"dockerd", PIPES},
    {"supervisord", PIPES},
    {"systemd-journal", SOCKETS | PIPES}, /* -journald */
    {"rsyslogd", SOCKETS},
    {"syslogd", SOCKETS},
    {"syslog-ng", SOCKETS},
    {"metalog", SOCKETS},
    {"socklog", SOCKETS},
    {"fluent-bit", STDIN | SOCKETS},
    {"fluentd", STDIN | SOCKETS},
    {"vector", STDIN | SOCKETS},
    {"filebeat", STDIN | SOCKETS},
    {"promtail", STDIN | SOCKETS},
    {"alloy", STDIN | SOCKETS},
    {"otelcol", STDIN | SOCKETS},
    {"otelcol-contrib", STDIN | SOCKETS},
    {"logstash", STDIN | SOCKETS},
};

#define KNOWN_LEN (sizeof(known) / sizeof(*known))
#define EACH (STDIN | SOCKETS)

static bool is_comm(const char *name, const char *comm) {
	return !strncmp(name, comm, WIRE_COMM_MAX - 1);
}

__u32 collectors_find(const struct collectors *c, const char *comm) {
	for (size_t i = 0; i < c->names_len; i++)
		if (is_comm(c->names[i], comm))
			return EACH;
	for (size_t i = 0; i < KNOWN_LEN && !c->none; i++)
		if (is_comm(known[i].comm, comm))
			return known[i].collects;
	return 0;
}

__u32 collectors_find_process(const struct collectors *c, pid_t pid) {
	char comm[WIRE_COMM_MAX + 1];
	return process_comm(pid, comm) < 0 ? 0 : collectors_find(c, comm);
}

static int add(int map_fd, const char *name, __u32 collects) {
	char key[WIRE_COMM_MAX] = {0};
	memcpy(key, name, strnlen(name, WIRE_COMM_MAX - 1));
	return bpf_map_update_elem(map_fd, key, &collects, BPF_ANY);
}

int collectors_fill(const struct collectors *c, int map_fd) {
	int r = 0;
	for (size_t i = 0; i < KNOWN_LEN && !c->none && !r; i++)
		r = add(map_fd, known[i].comm, known[i].collects);
	for (size_t i = 0; i < c->names_len && !r; i++)
		r = add(map_fd, c->names[i], EACH);
	return r;
}
