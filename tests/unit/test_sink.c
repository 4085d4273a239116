/* SPDX-License-Identifier: MIT */
/* What is a log: globs, and the judgement of what the kernel side saw. */
#include "capture/glob.h"
#include "capture/judge.h"
#include "capture/sinks.h"
#include "process/wire_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#define LEN(array) (sizeof(array) / sizeof(*(array)))
#define DEVICE(dev_major, dev_minor) ((dev_major) << 20 | (dev_minor))

static void glob_stays_in_a_component_but_for_two_stars(void **state) {
	static const struct {
		const char *glob, *path;
		bool want;
	} cases[] = {
	    {"*.log", "/a/b/app.log", true},
	    {"*.log", "app.log", true},
	    {"*.log", "/a/app.log/data", false},
	    {"*.log", "/a/.log", true},
	    {"app.log", "/a/my-app.log", false},
	    {"/var/log/*", "/var/log/syslog", true},
	    {"/var/log/*", "/var/log/nginx/access.log", false},
	    {"/var/log/**", "/var/log/nginx/access.log", true},
	    {"/var/log/**", "/var/log/.hidden/x", true},
	    {"/var/log/**", "/var/logs/x", false},
	    {"/var/log/**", "/var/log", false},
	    {"/srv/**/out.txt", "/srv/out.txt", true},
	    {"/srv/**/out.txt", "/srv/a/b/out.txt", true},
	    {"/srv/**/out.txt", "/srv/a/b/out.txt/c", false},
	    {"/srv/**/l/*.txt", "/srv/l/a/l/x.txt", true},
	    {"**/logs/**", "/opt/app/logs/today.txt", true},
	    {"**/logs/**", "/opt/app/logs", false},
	    {"/a/[b-d]?.t", "/a/c1.t", true},
	    {"/a/[!b-d]?.t", "/a/c1.t", false},
	    {"/a/\\*.t", "/a/*.t", true},
	    {"/a/\\*.t", "/a/b.t", false},
	    {"/tmp/\xff\x01*", "/tmp/\xff\x01name", true},
	    {"", "/a", false},
	    {"/", "/a", false},
	    {"**", "/a/b", true},
	};
	(void)state;
	for (size_t i = 0; i < LEN(cases); i++)
		if (glob_match(cases[i].glob, cases[i].path) != cases[i].want)
			fail_msg("%s on %s", cases[i].glob, cases[i].path);
}

static void glob_takes_no_component_longer_than_a_name_can_be(void **state) {
	char path[5000] = "/var/log/";
	(void)state;
	memset(path + strlen(path), 'x', 4900);
	assert_true(glob_match("/var/log/**", path));
	assert_false(glob_match("/var/log/*", path));
	assert_false(glob_match("*", path));
}

/* A wire record, as the kernel side would send it. */
struct seen {
	const char *path; /* "/a/b"; of a socket, its name */
	unsigned int mode, flags, rdev, type;
	int fd;
};

static struct wire_sink *announced(const struct seen *s) {
	struct wire_sink *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	w->kind = WIRE_SINK;
	w->sink.ino = 4711;
	w->mode = s->mode;
	w->rdev = s->rdev;
	w->flags = s->flags;
	w->fd = s->fd;
	w->socktype = (__u16)s->type;
	if (s->flags & WIRE_SINK_F_NAMED_SOCKET) {
		strcpy((char *)w->path, s->path);
		w->path_len = WIRE_SOCKET_NAME_MAX;
		return w;
	}
	char path[WIRE_PATH_MAX];
	snprintf(path, sizeof(path), "%s", s->path);
	for (char *slash; (slash = strrchr(path, '/')); *slash = 0)
		w->path_len += (__u32)sprintf((char *)w->path + w->path_len, "%s", slash + 1) + 1;
	if (path[0])
		w->path_len += (__u32)sprintf((char *)w->path + w->path_len, "%s", path) + 1;
	return w;
}

static enum pipe_reader reader;
static enum pipe_reader pipe_reader(void *arg, const struct wire_sink_key *pipe) {
	(void)arg, (void)pipe;
	return reader;
}

static bool from_the_beginning;
static bool was_stdio(void *arg, const struct wire_sink_key *file) {
	(void)arg, (void)file;
	return from_the_beginning;
}

static uint32_t host;

static struct sink judged(const struct seen *seen, const char *const *globs, size_t globs_len) {
	const struct judge_config config = {.sink_globs = globs, .sink_globs_len = globs_len, .host = host};
	const struct judge_facts facts = {.pipe_reader = pipe_reader, .was_stdio = was_stdio};
	struct wire_sink *w = announced(seen);
	struct sink s = {0};
	assert_int_equal(judge(&s, w, &config, &facts), 0);
	free(w);
	assert_true(s.reason[0]);
	return s;
}

static void sink_release(struct sink *s) {
	free(s->name);
	free(s->label);
	free(s->reason);
}

struct expected {
	struct seen seen;
	bool is_log;
	enum sink_kind kind;
	enum sink_framing framing;
	const char *label;
};

static void assert_judged(const struct expected *cases, size_t len) {
	for (size_t i = 0; i < len; i++) {
		const struct expected *c = &cases[i];
		struct sink s = judged(&c->seen, NULL, 0);
		if (s.is_log != c->is_log || s.kind != c->kind || s.framing != c->framing || strcmp(s.label, c->label))
			fail_msg("%s (case %zu): log %d, kind %s, framing %d, label %s: %s", c->seen.path, i, s.is_log,
			         sink_kind_name(s.kind), s.framing, s.label, s.reason);
		sink_release(&s);
	}
}

#define FILE_AT(at, log, frames)                                                                                       \
	{ {.path = at, .mode = S_IFREG, .fd = 7}, log, SINK_FILE, frames, at }

static void files_are_judged_by_their_path(void **state) {
	static const struct expected cases[] = {
	    FILE_AT("/var/log/syslog", true, SINK_LINES),
	    FILE_AT("/var/log/app/today", true, SINK_LINES),
	    FILE_AT("/srv/shop/app.log", true, SINK_LINES),
	    FILE_AT("/srv/shop/app.log.1", true, SINK_LINES),
	    FILE_AT("/srv/shop/logs/2026-11-22.txt", true, SINK_LINES),
	    FILE_AT("/srv/shop/access_log", true, SINK_LINES),
	    FILE_AT("/opt/tomcat/catalina.out", true, SINK_LINES),
	    FILE_AT("/srv/shop/app.err", true, SINK_LINES),
	    FILE_AT("/srv/exim/log/mainlog", true, SINK_LINES),
	    FILE_AT("/srv/shop/orders.db", false, SINK_LINES),
	    FILE_AT("/srv/shop/catalog", false, SINK_LINES),
	    FILE_AT("/srv/shop/app.log.1.gz", false, SINK_LINES),
	    FILE_AT("/srv/shop/app.log-20261122", true, SINK_LINES),
	    FILE_AT("/srv/shop/20261122.log", true, SINK_LINES),
	    FILE_AT("/srv/mysql/aria_log.00000001", false, SINK_LINES),
	    FILE_AT("/srv/mysql/ddl_recovery.log", false, SINK_LINES),
	    FILE_AT("/srv/rocks/000042.log", false, SINK_LINES),
	    FILE_AT("/srv/kafka/orders-0/00000000000000368769.log", false, SINK_LINES),
	    FILE_AT("/srv/cassandra/CommitLog-7-1700000000000.log", false, SINK_LINES),
	    FILE_AT("/srv/u/a.out", false, SINK_LINES),
	    FILE_AT("/var/log/journal/0123/system.journal", false, SINK_LINES),
	    FILE_AT("/var/log/wtmp", false, SINK_LINES),
	    FILE_AT("/repo/.git/logs/HEAD", false, SINK_LINES),
	    FILE_AT("/proc/sys/kernel/x.log", false, SINK_LINES),
	    FILE_AT("/var/log/pods/ns_pod_uid/app/0.log", true, SINK_CRI),
	    FILE_AT("/var/log/containers/app.log", true, SINK_CRI),
	    FILE_AT("/var/lib/docker/containers/abc/abc-json.log", true, SINK_DOCKER_JSON),
	};
	(void)state;
	assert_judged(cases, LEN(cases));
}

static void output_of_the_target_is_a_log_whatever_it_is(void **state) {
	static const struct expected cases[] = {
	    {{"/tmp/data.bin", S_IFREG, WIRE_SINK_F_STDOUT | WIRE_SINK_F_APPEND, 0, 0, 1},
	     true,
	     SINK_FILE,
	     SINK_LINES,
	     "/tmp/data.bin"},
	    {{"/dev/pts/3", S_IFCHR, WIRE_SINK_F_STDOUT, DEVICE(136, 3), 0, 1}, true, SINK_TTY, SINK_LINES, "stdout"},
	    {{"/dev/pts/3", S_IFCHR, WIRE_SINK_F_STDIO, DEVICE(136, 3), 0, 2}, true, SINK_TTY, SINK_LINES, "stderr"},
	    {{"/dev/pts/3", S_IFCHR, WIRE_SINK_F_STDIO, DEVICE(136, 3), 0, 9}, true, SINK_TTY, SINK_LINES, "stdout"},
	    {{"", S_IFIFO, WIRE_SINK_F_STDERR | WIRE_SINK_F_UNLINKABLE, 0, 0, 2}, true, SINK_PIPE, SINK_LINES, "stderr"},
	    {{"", S_IFSOCK, WIRE_SINK_F_STDOUT, 0, SOCK_STREAM, 1}, true, SINK_SOCKET, SINK_LINES, "stdout"},
	    {{"", S_IFIFO, WIRE_SINK_F_UNLINKABLE, 0, 0, 5}, false, SINK_PIPE, SINK_LINES, "pipe"},
	    {{"/dev/pts/3", S_IFCHR, 0, DEVICE(136, 3), 0, 5}, false, SINK_TTY, SINK_LINES, "tty"},
	    {{"/dev/null", S_IFCHR, WIRE_SINK_F_STDOUT, DEVICE(1, 3), 0, 1}, false, SINK_DEVICE, SINK_LINES, "/dev/null"},
	    {{"/dev/zero", S_IFCHR, WIRE_SINK_F_STDOUT, DEVICE(1, 5), 0, 1}, false, SINK_DEVICE, SINK_LINES, "/dev/zero"},
	    {{"memfd:x", S_IFREG, WIRE_SINK_F_STDOUT | WIRE_SINK_F_UNLINKABLE, 0, 0, 1},
	     false,
	     SINK_FILE,
	     SINK_LINES,
	     "memfd:x"},
	    {{"/dev/kmsg", S_IFCHR, 0, DEVICE(1, 11), 0, 5}, true, SINK_KMSG, SINK_DATAGRAM, "/dev/kmsg"},
	    {{"/dev/console", S_IFCHR, 0, DEVICE(5, 1), 0, 5}, true, SINK_TTY, SINK_LINES, "tty"},
	};
	(void)state;
	assert_judged(cases, LEN(cases));
}

static void output_to_a_pipe_is_a_log_unless_the_target_reads_it_itself(void **state) {
	static const struct seen output = {"", S_IFIFO, WIRE_SINK_F_STDOUT | WIRE_SINK_F_UNLINKABLE, 0, 0, 1};
	static const struct {
		enum pipe_reader reader;
		bool is_log, pending;
	} cases[] = {
	    {PIPE_READ_OUTSIDE, true, false},
	    {PIPE_READ_INSIDE, false, false},
	    {PIPE_READ_COLLECTED, true, false},
	    {PIPE_READ_UNKNOWN, true, true},
	};
	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		reader = cases[i].reader;
		struct sink s = judged(&output, NULL, 0);
		assert_int_equal(s.is_log, cases[i].is_log);
		assert_int_equal(s.pending, cases[i].pending);
		assert_string_equal(s.name, "pipe:[4711]");
		sink_release(&s);
	}
	reader = PIPE_READ_OUTSIDE;
}

static void another_pipe_is_a_log_where_a_collector_reads_it(void **state) {
	static const struct seen pipe = {"", S_IFIFO, WIRE_SINK_F_UNLINKABLE, 0, 0, 9};
	(void)state;
	for (reader = PIPE_READ_OUTSIDE; reader <= PIPE_READ_UNKNOWN; reader++) {
		struct sink s = judged(&pipe, NULL, 0);
		assert_int_equal(s.is_log, reader == PIPE_READ_COLLECTED);
		assert_false(s.pending);
		assert_string_equal(s.label, "pipe");
		sink_release(&s);
	}
	reader = PIPE_READ_OUTSIDE;
}

/* Terminals of users, results of pipelines, files that commands make: none of it is a log because a program calls it
 * its standard output. */
static void of_a_whole_host_output_is_a_log_where_a_collector_reads_it(void **state) {
	static const struct expected cases[] = {
	    {{"/dev/pts/3", S_IFCHR, WIRE_SINK_F_STDIO, DEVICE(136, 3), 0, 1}, false, SINK_TTY, SINK_LINES, "stdout"},
	    {{"/srv/u/result", S_IFREG, WIRE_SINK_F_STDIO | WIRE_SINK_F_APPEND, 0, 0, 1},
	     false,
	     SINK_FILE,
	     SINK_LINES,
	     "/srv/u/result"},
	    {{"/srv/u/app.log", S_IFREG, WIRE_SINK_F_STDIO, 0, 0, 1}, true, SINK_FILE, SINK_LINES, "/srv/u/app.log"},
	    {{"/dev/console", S_IFCHR, WIRE_SINK_F_STDIO, DEVICE(5, 1), 0, 1}, true, SINK_TTY, SINK_LINES, "stdout"},
	    {{"", S_IFSOCK, WIRE_SINK_F_STDOUT, 0, SOCK_STREAM, 1}, false, SINK_SOCKET, SINK_LINES, "stdout"},
	};
	static const struct seen output = {"", S_IFIFO, WIRE_SINK_F_STDOUT | WIRE_SINK_F_UNLINKABLE, 0, 0, 1};
	(void)state;
	host = 1;
	assert_judged(cases, LEN(cases));
	for (reader = PIPE_READ_OUTSIDE; reader <= PIPE_READ_UNKNOWN; reader++) {
		struct sink s = judged(&output, NULL, 0);
		assert_int_equal(s.is_log, reader == PIPE_READ_COLLECTED || reader == PIPE_READ_UNKNOWN);
		assert_int_equal(s.pending, reader == PIPE_READ_UNKNOWN);
		sink_release(&s);
	}
	reader = PIPE_READ_OUTSIDE;
	host = 0;
}

static void log_sockets_are_known_by_name(void **state) {
#define NAMED(at, sock, k, frames)                                                                                     \
	{ {at, S_IFSOCK, WIRE_SINK_F_NAMED_SOCKET, 0, sock, 5}, true, k, frames, at }
	static const struct expected cases[] = {
	    NAMED("/dev/log", SOCK_DGRAM, SINK_SYSLOG, SINK_DATAGRAM),
	    NAMED("/dev/log", SOCK_STREAM, SINK_SYSLOG, SINK_LINES),
	    NAMED("/run/systemd/journal/dev-log", SOCK_DGRAM, SINK_SYSLOG, SINK_DATAGRAM),
	    NAMED("/run/systemd/journal/socket", SOCK_DGRAM, SINK_JOURNAL, SINK_JOURNAL_FIELDS),
	    NAMED("/run/systemd/journal/stdout", SOCK_STREAM, SINK_JOURNAL, SINK_LINES),
	};
	static const struct expected others[] = {
	    NAMED("/run/systemd/journal.shop/socket", SOCK_DGRAM, SINK_JOURNAL, SINK_JOURNAL_FIELDS),
	    NAMED("/run/systemd/journal.shop/dev-log", SOCK_DGRAM, SINK_SOCKET, SINK_DATAGRAM),
	    NAMED("/srv/journal/socket", SOCK_STREAM, SINK_SOCKET, SINK_LINES),
	};
	static const char *const named[] = {"/run/systemd/journal.shop/*", "/srv/journal/socket"};
	(void)state;
	assert_judged(cases, LEN(cases));
	for (size_t i = 0; i < LEN(others); i++) {
		struct sink s = judged(&others[i].seen, named, LEN(named));
		assert_true(s.is_log);
		assert_int_equal(s.kind, others[i].kind);
		assert_int_equal(s.framing, others[i].framing);
		sink_release(&s);
	}
	struct sink s = judged(&cases[0].seen, NULL, 0);
	assert_string_equal(s.name, "socket:/dev/log");
	sink_release(&s);
}

static void sink_flag_makes_a_log_of_anything(void **state) {
	static const char *const globs[] = {"/srv/*.db", "/dev/null", "@abstract*", "/run/app.sock"};
	static const struct seen cases[] = {
	    {"/srv/orders.db", S_IFREG, 0, 0, 0, 5},
	    {"/dev/null", S_IFCHR, 0, DEVICE(1, 3), 0, 5},
	    {"@abstract-1", S_IFSOCK, WIRE_SINK_F_NAMED_SOCKET, 0, SOCK_DGRAM, 5},
	    {"/run/app.sock", S_IFSOCK, WIRE_SINK_F_NAMED_SOCKET, 0, SOCK_STREAM, 5},
	};
	static const struct seen others[] = {
	    {"/srv/a/orders.db", S_IFREG, 0, 0, 0, 5},
	    {"/run/other.sock", S_IFSOCK, WIRE_SINK_F_NAMED_SOCKET, 0, SOCK_STREAM, 5},
	};
	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct sink s = judged(&cases[i], globs, LEN(globs));
		assert_true(s.is_log);
		assert_non_null(strstr(s.reason, "--sink"));
		sink_release(&s);
	}
	for (size_t i = 0; i < LEN(others); i++) {
		struct sink s = judged(&others[i], globs, LEN(globs));
		assert_false(s.is_log);
		sink_release(&s);
	}
}

static void path_is_put_together_from_the_leaf_up(void **state) {
	static const __u8 names[] = "c.log\0b\0a";
	char path[32];
	(void)state;
	wire_path(names, sizeof(names), true, path, sizeof(path));
	assert_string_equal(path, "/a/b/c.log");
	wire_path(names, sizeof(names), false, path, sizeof(path));
	assert_string_equal(path, "a/b/c.log");
	wire_path(names, 0, true, path, sizeof(path));
	assert_string_equal(path, "/");
	wire_path(names, 0, false, path, sizeof(path));
	assert_string_equal(path, "");
	for (size_t size = 1; size < sizeof(path); size++) {
		memset(path, 'x', sizeof(path));
		wire_path(names, sizeof(names), true, path, size);
		assert_true(strlen(path) < size);
	}
}

static void a_redirection_of_a_command_is_no_log(void **state) {
	static const struct {
		__u32 flags;
		bool from_the_beginning, is_log;
	} cases[] = {
	    {WIRE_SINK_F_STDOUT, false, false}, /* sort >table, echo >settings */
	    {WIRE_SINK_F_STDOUT | WIRE_SINK_F_APPEND, false, true},
	    {WIRE_SINK_F_STDERR, false, true},
	    {WIRE_SINK_F_STDOUT | WIRE_SINK_F_STDERR, false, true}, /* >console 2>&1 */
	    {WIRE_SINK_F_STDOUT, true, true},
	    {WIRE_SINK_F_APPEND, false, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		from_the_beginning = cases[i].from_the_beginning;
		struct sink s = judged(&(struct seen){"/srv/shop/console", S_IFREG, cases[i].flags, 0, 0, 5}, NULL, 0);
		assert_int_equal(s.is_log, cases[i].is_log);
		sink_release(&s);
		s = judged(&(struct seen){"/srv/shop/console.log", S_IFREG, cases[i].flags, 0, 0, 5}, NULL, 0);
		assert_true(s.is_log);
		sink_release(&s);
	}
	from_the_beginning = false;
}

static void kinds_are_read_again_as_they_were_told(void **state) {
	(void)state;
	for (unsigned int kinds = 0; kinds < 2u << SINK_KMSG; kinds++) {
		char *text = sink_kinds_text(kinds);
		assert_non_null(text);
		assert_int_equal(sink_kinds_in(text), kinds);
		free(text);
	}
	char *text = sink_kinds_text(1u << SINK_DEVICE | 1u << SINK_KMSG);
	assert_string_equal(text, "device, kmsg");
	free(text);
}

static void deleted_file_says_so(void **state) {
	struct sink s = judged(&(struct seen){"/tmp/x.log", S_IFREG, WIRE_SINK_F_DELETED, 0, 0, 5}, NULL, 0);
	(void)state;
	assert_true(s.is_log);
	assert_non_null(strstr(s.reason, "deleted"));
	assert_string_equal(s.name, "/tmp/x.log");
	sink_release(&s);
}

static struct sink_entry *meet(struct sinks *sinks, uint64_t ino, const char *path, uint32_t place, uint64_t now_ns) {
	const struct judge_config config = {0};
	const struct judge_facts facts = {.pipe_reader = pipe_reader, .was_stdio = was_stdio};
	struct wire_sink *w = announced(&(struct seen){path, S_IFREG, 0, 0, 0, 5});
	struct sink_entry *e = NULL;
	w->sink.ino = ino;
	w->place = place;
	assert_int_equal(sinks_meet(sinks, w, &config, &facts, now_ns, &e), 0);
	free(w);
	return e;
}

static void of_what_is_no_log_the_latest_are_remembered(void **state) {
	struct sinks sinks;
	(void)state;
	assert_int_equal(sinks_init(&sinks), 0);
	struct sink_entry *log = meet(&sinks, 1, "/a.log", 0, 1);
	for (uint32_t i = 0; i < 3000; i++)
		meet(&sinks, 100 + i, "/data", 1 + i, 10 + i);
	uint32_t parted = 0;
	assert_null(sinks_part_next(&sinks, 9 + PLACES_GRACE_NS));
	while (sinks_part_next(&sinks, 2009 + PLACES_GRACE_NS))
		parted++;
	assert_int_equal(parted, 2000);
	/* Those whose counters a program may still hold are not given up. */
	assert_int_equal(sinks.by_key.len, 1 + 3000);
	for (uint32_t i = 0; i < 2000; i++)
		assert_null(sinks_clear_place(&sinks, 1 + i));
	assert_int_equal(sinks.by_key.len, 1 + 1000 + SINKS_OTHERS_MAX);
	assert_non_null(sinks_find(&sinks, &(struct wire_sink_key){.ino = 100 + 2999}));
	assert_null(sinks_find(&sinks, &(struct wire_sink_key){.ino = 100}));
	assert_ptr_equal(sinks_find(&sinks, &(struct wire_sink_key){.ino = 1}), log);
	sinks_release(&sinks);
}

static void sink_met_again_is_judged_again(void **state) {
	struct sinks sinks;
	(void)state;
	assert_int_equal(sinks_init(&sinks), 0);
	struct sink_entry *e = meet(&sinks, 5, "/data", 7, 1);
	assert_int_equal(e->standing, STANDING_REFUSED);
	assert_true(sinks.by_place[7].is_other);
	assert_ptr_equal(meet(&sinks, 5, "/data.log", 8, 2), e);
	assert_int_equal(e->standing, STANDING_LOG);
	assert_true(sinks.by_place[7].is_other);
	assert_false(sinks.by_place[8].is_other);
	assert_null(sinks_clear_place(&sinks, 7));
	assert_int_equal(e->standing, STANDING_LOG);
	assert_ptr_equal(sinks.by_place[8].entry, e);
	assert_ptr_equal(meet(&sinks, 5, "/data", 9, 3), e);
	assert_ptr_equal(sinks_part_next(&sinks, UINT64_MAX), e);
	assert_null(sinks_clear_place(&sinks, 9));
	assert_int_equal(e->standing, STANDING_OTHER);
	assert_ptr_equal(meet(&sinks, 5, "/data", 7, 4), e);
	assert_int_equal(e->standing, STANDING_REFUSED);
	sinks_release(&sinks);
}

static void the_longest_unused_logs_make_way(void **state) {
	struct sinks sinks;
	uint64_t ns = 0, left = 0;
	(void)state;
	assert_int_equal(sinks_init(&sinks), 0);
	for (uint32_t i = 0; i < SINKS_LOGS_MAX + 3; i++)
		meet(&sinks, 100 + i, "/a.log", i, ++ns);
	sinks_use(&sinks, sinks_find(&sinks, &(struct wire_sink_key){.ino = 101}), ++ns);
	assert_null(sinks_leave_next(&sinks, ns)); /* all are in use */
	ns += SINKS_IDLE_NS;
	struct sink_entry *e;
	for (uint64_t want[] = {100, 102, 103}; (e = sinks_leave_next(&sinks, ns)); left++)
		assert_int_equal(e->sink.key.ino, want[left]);
	assert_int_equal(left, 3);
	/* One that is written to before its place is given back stays. */
	struct sink_entry *back = meet(&sinks, 102, "/a.log", SINKS_LOGS_MAX + 3, ns);
	assert_null(sinks_clear_place(&sinks, 2));
	assert_int_equal(back->standing, STANDING_LOG);
	e = sinks_clear_place(&sinks, 0);
	assert_int_equal(e->sink.key.ino, 100);
	sinks_discard(&sinks, e);
	assert_null(sinks_find(&sinks, &(struct wire_sink_key){.ino = 100}));
	sinks_release(&sinks);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(glob_stays_in_a_component_but_for_two_stars),
	    cmocka_unit_test(glob_takes_no_component_longer_than_a_name_can_be),
	    cmocka_unit_test(files_are_judged_by_their_path),
	    cmocka_unit_test(output_of_the_target_is_a_log_whatever_it_is),
	    cmocka_unit_test(output_to_a_pipe_is_a_log_unless_the_target_reads_it_itself),
	    cmocka_unit_test(another_pipe_is_a_log_where_a_collector_reads_it),
	    cmocka_unit_test(of_a_whole_host_output_is_a_log_where_a_collector_reads_it),
	    cmocka_unit_test(log_sockets_are_known_by_name),
	    cmocka_unit_test(sink_flag_makes_a_log_of_anything),
	    cmocka_unit_test(path_is_put_together_from_the_leaf_up),
	    cmocka_unit_test(a_redirection_of_a_command_is_no_log),
	    cmocka_unit_test(kinds_are_read_again_as_they_were_told),
	    cmocka_unit_test(deleted_file_says_so),
	    cmocka_unit_test(of_what_is_no_log_the_latest_are_remembered),
	    cmocka_unit_test(sink_met_again_is_judged_again),
	    cmocka_unit_test(the_longest_unused_logs_make_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
