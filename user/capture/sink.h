/* SPDX-License-Identifier: MIT */
/*
 * Where a log goes: an inode in the eyes of a target, named by the path as first opened. Sinks are owned by the
 * capture; pointers to logs stay good until the settle callback after their sink_end has returned.
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sink_kind { SINK_FILE, SINK_PIPE, SINK_TTY, SINK_DEVICE, SINK_SOCKET, SINK_SYSLOG, SINK_JOURNAL, SINK_KMSG };

/* How records stand in its bytes. */
enum sink_framing {
	SINK_LINES,          /* newline-ended */
	SINK_DATAGRAM,       /* each write one record */
	SINK_JOURNAL_FIELDS, /* journald's native protocol */
	SINK_CRI,            /* containerd's log file: "<time> stdout F message" */
	SINK_DOCKER_JSON,    /* docker's json-file: {"log":"message\n","stream":...} */
};

struct sink {
	struct wire_sink_key key;
	uint32_t id; /* small, dense: 0, 1, 2, ... */
	enum sink_kind kind;
	enum sink_framing framing;
	bool is_log;
	bool pending;    /* a log, if a collector comes to read it */
	bool appended;   /* a file that no glob names, opened to be appended to as logs are */
	bool of_host;    /* nobody named who writes there: all of the host is watched */
	bool second_hop; /* no log, since what is written there has been seen before: its writes are counted apart */
	char *name;      /* path, or "pipe:[N]", "/dev/pts/3", "socket:/dev/log"; any bytes but NUL */
	char *host_path; /* where the host sees the file, if elsewhere than the writer; NULL: not, or not known */
	char *label;     /* the name findings carry: the path, or for pipes and ttys "stdout", "stderr", "pipe", "tty" */
	char *reason;    /* why it is or is not a log: "matches *.log", "stdout of the target", ... */
	void *user;      /* for the pipeline's use */
};

const char *
sink_kind_name(enum sink_kind k); /* "file", "pipe", "tty", "device", "socket", "syslog", "journal", "kmsg" */
/* Several: bits by enum sink_kind. "device, kmsg", to be freed; NULL: no memory. And those that a text names. */
char *sink_kinds_text(unsigned int kinds);
unsigned int sink_kinds_in(const char *text);

#endif
