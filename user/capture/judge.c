/* SPDX-License-Identifier: MIT */
#include "capture/judge.h"

#include "capture/glob.h"
#include "process/wire_path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct verdict {
	bool is_log, pending, second_hop, appended;
	enum sink_kind kind;
	enum sink_framing framing;
	char name[WIRE_PATH_MAX + 16];
	const char *label; /* NULL: the name */
	char reason[WIRE_PATH_MAX + 64];
};

struct rule {
	const char *glob;
	enum sink_framing framing;
};

static const struct rule framed[] = {
    {"/var/log/pods/**", SINK_CRI},
    {"/var/log/containers/**", SINK_CRI},
    {"/var/lib/docker/containers/**/*-json.log", SINK_DOCKER_JSON},
};

static const char *const log_globs[] = {
    "/var/log/**", "**/logs/**", "*.log",   "*.log.*", "*.log-*",   "*_log",    "*_log.*",    "*-log",
    "*.out",       "*.out.*",    "*.err",   "*.err.*", "*.stdout",  "*.stderr", "error_log*", "access_log*",
    "syslog",      "messages",   "maillog", "mainlog", "rejectlog", "paniclog", "xferlog",    "log.txt",
};

#define DIGITS_6 "[0-9][0-9][0-9][0-9][0-9][0-9]"

/* What those would take in and is none: records of accounting, journald's own files, archives, and what databases call
 * their logs: those of MariaDB, of LevelDB and RocksDB, segments of Kafka, of Cassandra. */
static const char *const other_globs[] = {
    "/var/log/journal/**",
    "/run/log/journal/**",
    "/var/log/wtmp*",
    "/var/log/btmp*",
    "/var/log/lastlog",
    "/var/log/faillog",
    "/var/log/tallylog",
    "/var/log/sa/**",
    "**/.git/**",
    "a.out",
    "*.gz",
    "*.xz",
    "*.bz2",
    "*.zst",
    "*.lz4",
    "*.zip",
    "aria_log.*",
    "ddl_log.log",
    "ddl_recovery*.log",
    "tc.log",
    DIGITS_6 ".log",
    DIGITS_6 DIGITS_6 DIGITS_6 "[0-9][0-9].log",
    "CommitLog-*.log",
};

const char *const judge_log_sockets[] = {
    "/dev/log",
    "/run/systemd/journal/dev-log",
    "/run/systemd/journal/syslog",
    "/run/systemd/journal/socket",
    "/run/systemd/journal/stdout",
    NULL,
};

/* Where its native protocol is spoken: by journald, also for a namespace, and by what stands in for it. */
static const char *const journal_sockets[] = {"**/journal/socket", "**/journal.*/socket"};

static bool is_net(const struct wire_sink *w) {
	return w->family == AF_INET || w->family == AF_INET6;
}

/* "udp:192.0.2.1:514", "tcp:2001:db8::1:514": without brackets, which have a meaning in globs. */
static void net_path(const struct wire_sink *w, char *ret, size_t size) {
	const char *protocol = w->socktype == SOCK_DGRAM ? "udp" : "tcp";
	char text[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	memcpy(&in, w->path, sizeof(in));
	memcpy(&in6, w->path, sizeof(in6));
	if (in.sin_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
		inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], text, sizeof(text));
	else if (in.sin_family == AF_INET6)
		inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	snprintf(ret, size, "%s:%s:%d", protocol, text, ntohs(in.sin_port));
}

bool judge_is_net_glob(const char *glob) {
	return !strncmp(glob, "udp:", 4) || !strncmp(glob, "tcp:", 4);
}

void judge_path(const struct wire_sink *w, char *ret, size_t size) {
	if (w->flags & WIRE_SINK_F_NAMED_SOCKET && is_net(w))
		return net_path(w, ret, size);
	if (w->flags & WIRE_SINK_F_NAMED_SOCKET) {
		snprintf(ret, size, "%.*s", (int)w->path_len, (const char *)w->path);
		return;
	}
	/* A path that is too long begins somewhere below the root. */
	size_t used = w->flags & WIRE_SINK_F_PATH_CUT ? (size_t)snprintf(ret, size, "...") : 0;
	wire_path(w->path, w->path_len, !(w->flags & WIRE_SINK_F_UNLINKABLE), ret + used, size - used);
}

static void __attribute__((format(printf, 3, 4))) decide(struct verdict *v, bool is_log, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	v->is_log = is_log;
	vsnprintf(v->reason, sizeof(v->reason), fmt, args);
	va_end(args);
}

static const char *first_match(const char *const *globs, size_t len, const char *path) {
	for (size_t i = 0; i < len; i++)
		if (glob_match(globs[i], path))
			return globs[i];
	return NULL;
}

#define FIRST_MATCH(globs, path) first_match(globs, sizeof(globs) / sizeof(*(globs)), path)

/* "stdout", "stderr", or NULL when it is neither. One inode can be both: then the descriptor tells. */
static const char *stdio_label(const struct wire_sink *w) {
	if ((w->flags & WIRE_SINK_F_STDIO) == WIRE_SINK_F_STDIO)
		return w->fd == 2 ? "stderr" : "stdout";
	return w->flags & WIRE_SINK_F_STDOUT ? "stdout" : w->flags & WIRE_SINK_F_STDERR ? "stderr" : NULL;
}

static bool is_hosts(const struct wire_sink *w, const struct judge_config *config) {
	return config->host && (w->sink.target & ~WIRE_SECOND_HOP) == config->host - 1;
}

/* What a program says is a log of whoever is watched by name. Of a whole host it is what all programs tell each other
 * and their users. */
static bool by_stdio(struct verdict *v, const struct wire_sink *w, const struct judge_config *config) {
	const char *label = is_hosts(w, config) ? NULL : stdio_label(w);
	if (label)
		decide(v, true, "%s of the target", label);
	return label;
}

bool judge_is_log_name(const struct judge_config *config, const char *path) {
	if (first_match(config->no_sink_globs, config->no_sink_globs_len, path))
		return false;
	return first_match(config->sink_globs, config->sink_globs_len, path) ||
	       (FIRST_MATCH(log_globs, path) && !FIRST_MATCH(other_globs, path));
}

/* --no-sink has the last word. */
static void by_user(struct verdict *v, const struct judge_config *config) {
	const char *glob = first_match(config->sink_globs, config->sink_globs_len, v->name);
	const char *no_glob = first_match(config->no_sink_globs, config->no_sink_globs_len, v->name);
	if (no_glob)
		decide(v, false, "matches --no-sink %s", no_glob);
	else if (glob)
		decide(v, true, "matches --sink %s", glob);
	v->pending &= !glob && !no_glob;
	v->appended &= !glob && !no_glob;
}

/* Files that a program opens anew to be its standard output alone are mostly data: a dump, a report, what a shell's
 * redirection writes. Logs are appended to, take the errors as well, or were there when the watch began. */
static bool is_redirection(const struct wire_sink *w, const struct judge_facts *facts) {
	return (w->flags & (WIRE_SINK_F_STDIO | WIRE_SINK_F_APPEND)) == WIRE_SINK_F_STDOUT &&
	       !facts->was_stdio(facts->arg, &w->sink);
}

static void judge_file(struct verdict *v, const struct wire_sink *w, const struct judge_config *config,
                       const struct judge_facts *facts) {
	const char *glob;
	v->kind = SINK_FILE;
	if (w->flags & WIRE_SINK_F_UNLINKABLE)
		return decide(v, false, "memory, not a file");
	if (glob_match("/proc/**", v->name) || glob_match("/sys/**", v->name))
		return decide(v, false, "a switch of the kernel's");
	bool redirection = is_redirection(w, facts);
	if (!redirection && by_stdio(v, w, config))
		return;
	glob = FIRST_MATCH(other_globs, v->name);
	if (glob)
		return decide(v, false, "matches %s: no text log", glob);
	glob = FIRST_MATCH(log_globs, v->name);
	if (glob)
		return decide(v, true, "matches %s", glob);
	v->appended = w->flags & WIRE_SINK_F_APPEND;
	decide(v, false,
	       redirection ? "what a command's output was sent to, and no --sink names it" : "no --sink names it");
}

static bool is_tty(unsigned int dev_major) {
	return dev_major == 4 || dev_major == 5 || (dev_major >= 136 && dev_major <= 143) || dev_major == 188 ||
	       dev_major == 204 || dev_major == 229;
}

static void judge_device(struct verdict *v, const struct wire_sink *w, const struct judge_config *config) {
	unsigned int dev_major = w->rdev >> 20, dev_minor = w->rdev & 0xfffff;
	v->kind = SINK_DEVICE;
	if (dev_major == 1 && dev_minor == 11) {
		v->kind = SINK_KMSG;
		v->framing = SINK_DATAGRAM;
		return decide(v, true, "the kernel's log");
	}
	if (dev_major == 1)
		return decide(v, false, "nobody reads it again");
	if (is_tty(dev_major)) {
		v->kind = SINK_TTY;
		v->label = stdio_label(w) ?: "tty";
	}
	if (by_stdio(v, w, config))
		return;
	if (dev_major == 5 && dev_minor == 1)
		return decide(v, true, "the system console");
	decide(v, false, "neither standard output nor named by --sink");
}

static void judge_pipe(struct verdict *v, const struct wire_sink *w, const struct judge_config *config,
                       const struct judge_facts *facts) {
	const char *label = stdio_label(w);
	enum pipe_reader reader = facts->pipe_reader(facts->arg, &w->sink);
	v->kind = SINK_PIPE;
	v->label = label ?: "pipe";
	if (!label && reader != PIPE_READ_COLLECTED)
		return decide(v, false, "neither standard output nor named by --sink");
	switch (reader) {
	case PIPE_READ_OUTSIDE:
		if (is_hosts(w, config))
			return decide(v, false, "no log collector reads it");
		return decide(v, true, "%s of the target", label);
	case PIPE_READ_INSIDE:
		return decide(v, false, "read inside the target");
	case PIPE_READ_COLLECTED:
		return decide(v, true, "%s of the target, which a collector reads", v->label);
	case PIPE_READ_UNKNOWN:
		decide(v, true, "%s of the target", label);
		v->pending = true;
	}
}

static bool has_name(const char *name, const char *const *names) {
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static void judge_socket(struct verdict *v, const struct wire_sink *w, const struct judge_config *config) {
	bool named = w->flags & WIRE_SINK_F_NAMED_SOCKET;
	bool native = named && w->socktype == SOCK_DGRAM && FIRST_MATCH(journal_sockets, v->name);
	bool journal = native || (named && !strcmp(v->name, "/run/systemd/journal/stdout"));
	v->kind = journal ? SINK_JOURNAL : SINK_SOCKET;
	v->framing = native ? SINK_JOURNAL_FIELDS : w->socktype == SOCK_STREAM ? SINK_LINES : SINK_DATAGRAM;
	if (named && has_name(v->name, judge_log_sockets)) {
		v->kind = journal ? SINK_JOURNAL : SINK_SYSLOG;
		return decide(v, true, journal ? "the journal" : "the system log");
	}
	if (!named)
		v->label = stdio_label(w) ?: "socket";
	if (!by_stdio(v, w, config))
		decide(v, false, "a socket that no --sink names");
}

static void judge_by_kind(struct verdict *v, const struct wire_sink *w, const struct judge_config *config,
                          const struct judge_facts *facts) {
	unsigned int type = w->mode & S_IFMT;
	switch (type) {
	case S_IFSOCK:
		judge_socket(v, w, config);
		break;
	case S_IFIFO:
		judge_pipe(v, w, config, facts);
		break;
	case S_IFCHR:
		judge_device(v, w, config);
		break;
	default:
		judge_file(v, w, config, facts);
		for (size_t i = 0; i < sizeof(framed) / sizeof(*framed); i++)
			if (glob_match(framed[i].glob, v->name))
				v->framing = framed[i].framing;
		break;
	}
	by_user(v, config);
}

static void name_sink(struct verdict *v, const struct wire_sink *w) {
	unsigned int type = w->mode & S_IFMT;
	judge_path(w, v->name, sizeof(v->name));
	if (type == S_IFIFO && w->flags & WIRE_SINK_F_UNLINKABLE)
		snprintf(v->name, sizeof(v->name), "pipe:[%llu]", (unsigned long long)w->sink.ino);
	if (type == S_IFSOCK && !(w->flags & WIRE_SINK_F_NAMED_SOCKET))
		snprintf(v->name, sizeof(v->name), "socket:[%llu]", (unsigned long long)w->sink.ino);
}

static int replace(char **text, const char *with) {
	char *copy = strdup(with);
	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int judge(struct sink *s, const struct wire_sink *w, const struct judge_config *config,
          const struct judge_facts *facts) {
	struct verdict v = {.framing = SINK_LINES};
	name_sink(&v, w);
	judge_by_kind(&v, w, config, facts);
	if (w->flags & WIRE_SINK_F_DELETED && !(w->flags & WIRE_SINK_F_UNLINKABLE) && (w->mode & S_IFMT) == S_IFREG)
		strncat(v.reason, " (deleted)", sizeof(v.reason) - strlen(v.reason) - 1);
	if (w->sink.target & WIRE_SECOND_HOP && v.is_log) {
		v.second_hop = true;
		v.is_log = v.pending = false;
		strncat(v.reason, ", but a collector wrote it on: seen before", sizeof(v.reason) - strlen(v.reason) - 1);
	}
	if (replace(&s->label, v.label ? v.label : v.name) || replace(&s->reason, v.reason))
		return -ENOMEM;
	if (w->flags & WIRE_SINK_F_NAMED_SOCKET && !is_net(w)) {
		memmove(v.name + strlen("socket:"), v.name, sizeof(v.name) - strlen("socket:"));
		memcpy(v.name, "socket:", strlen("socket:"));
		v.name[sizeof(v.name) - 1] = 0;
	}
	if (replace(&s->name, v.name))
		return -ENOMEM;
	s->kind = v.kind;
	s->framing = v.framing;
	s->is_log = v.is_log;
	s->pending = v.pending;
	s->appended = v.appended;
	s->of_host = is_hosts(w, config);
	s->second_hop = v.second_hop;
	return 0;
}
