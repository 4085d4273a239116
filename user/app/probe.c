/* SPDX-License-Identifier: MIT */
#include "app/probe.h"

#include "app/helper.h"
#include "app/privileges.h"

#include "base/cgroupfs.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define RECORD_MAX 160
#define FILE_MAX_BYTES 65536
#define ANSWER_TIMEOUT_MS 2000

enum { CONTROL_FD = STDERR_FILENO + 1, WAYS_FD }; /* of the writer */

#define PATH_SIZE sizeof((struct sockaddr_un){0}.sun_path)
#define NAME_ROOM 16       /* of what lies in the folder */
#define MESSAGE "MESSAGE=" /* how a record of the journal begins */

struct probe {
	char dir[PATH_SIZE - NAME_ROOM];
	char journal_dir[PATH_SIZE - NAME_ROOM / 2];
	char paths[PROBE_WAYS][PATH_SIZE]; /* "": it has no name */
	pid_t pid;
	int control;          /* to the writer: the number of a round; or 0 and the pid to join, answered by an error */
	int ends[PROBE_WAYS]; /* where what was written comes out, for us to empty; -1: nowhere */
	bool match_needed;
	uint64_t latest[PROBE_WAYS];     /* round that came */
	uint64_t planted_ns[PROBE_WAYS]; /* when the oldest round behind that was planted; 0: there is none */
	struct probe_counters counters;
};

struct order {
	uint64_t round;
	pid_t join;
};

/* The writer's side; what it has not got is -1. */
struct writer {
	bool may_join;
	const char *user;
	int control;
	int fds[PROBE_WAYS];
};

static const char *const names[PROBE_WAYS] = {"file", "pipe", "terminal", "socket", "journal"};

const char *probe_way_name(enum probe_way way) {
	return names[way];
}

bool probe_has_way(const struct probe *p, enum probe_way way) {
	return way != PROBE_TERMINAL || p->ends[way] >= 0;
}

unsigned int probe_kinds(const struct probe *p) {
	static const unsigned int kinds[] = {[PROBE_FILE] = 1u << SINK_FILE,
	                                     [PROBE_PIPE] = 1u << SINK_PIPE,
	                                     [PROBE_TERMINAL] = 1u << SINK_TTY,
	                                     [PROBE_SOCKET] = 1u << SINK_SOCKET | 1u << SINK_SYSLOG,
	                                     [PROBE_JOURNAL] = 1u << SINK_JOURNAL};
	unsigned int all = 0;
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (probe_has_way(p, way))
			all |= kinds[way];
	return all;
}

/* Without memory being asked for: this is the child of a process that may have any state. */
static void write_record(const struct writer *w, enum probe_way way, uint64_t round) {
	/* The journal's is a binary field, so that it comes out only if it is taken for what it is. */
	struct {
		char name[8];
		uint64_t len;
		char text[RECORD_MAX];
	} entry = {.name = {'M', 'E', 'S', 'S', 'A', 'G', 'E', '\n'}};
	const void *start = way == PROBE_JOURNAL ? entry.name : entry.text;
	int len = snprintf(entry.text, sizeof(entry.text), "logspill probe %s %lu email=probe.%lu@example.com\n",
	                   names[way], round, round);
	entry.len = htole64((uint64_t)len - 1);
	if (way == PROBE_FILE && lseek(w->fds[way], 0, SEEK_END) > FILE_MAX_BYTES)
		(void)!ftruncate(w->fds[way], 0);
	(void)!write(w->fds[way], start, (size_t)(entry.text + len - (const char *)start));
}

/* Where there are none of version 2, there is none to be joined. */
static int join_cgroup(pid_t pid) {
	char folder[PATH_MAX], procs[PATH_MAX + 16];
	int r = cgroupfs_of_process(pid, folder, sizeof(folder));
	if (r)
		return r == -ENOENT ? 0 : r;
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", folder);
	_cleanup_close_ int fd = open(procs, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "0", 1) != 1 ? -errno : 0;
}

/* In the other namespace the sinks are reached by the descriptors that are open already. */
static int join(pid_t pid) {
	char path[64];
	int r = join_cgroup(pid);
	if (r)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

/* What it writes into is open already: it needs nothing else, unless it may have to join a target. */
static int give_up_rights(const struct writer *w) {
	const struct privileges_options options = {.keep = PRIVILEGES_KEEP_DESCRIPTORS, .user = w->user};
	_cleanup_(diags_release) struct diags diags = {0};
	return w->may_join ? 0 : privileges_drop(&options, &diags);
}

static _Noreturn void be_writer(const struct writer *w) {
	struct order order;
	int ready = give_up_rights(w);
	(void)!send(w->control, &ready, sizeof(ready), MSG_NOSIGNAL);
	if (ready)
		_exit(1);
	while (recv(w->control, &order, sizeof(order), 0) == (ssize_t)sizeof(order)) {
		for (enum probe_way way = 0; order.round && way < PROBE_WAYS; way++)
			if (w->fds[way] >= 0)
				write_record(w, way, order.round);
		int answer = order.round ? 0 : join(order.join);
		if (!order.round)
			(void)!send(w->control, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	_exit(0);
}

/* It lives until we have closed our end of the channel, or have gone. The pipe is its standard output, or it would be
 * no log. */
static _Noreturn void start_writer(const struct writer *w) {
	int fds[WAYS_FD + PROBE_WAYS] = {-1, w->fds[PROBE_PIPE], -1, w->control};
	struct writer started = *w;
	started.control = CONTROL_FD;
	for (enum probe_way way = 0; way < PROBE_WAYS; way++) {
		bool there = w->fds[way] >= 0;
		fds[WAYS_FD + way] = w->fds[way];
		started.fds[way] = !there ? -1 : way == PROBE_PIPE ? STDOUT_FILENO : WAYS_FD + (int)way;
	}
	helper_begin("logspill-probe", fds, sizeof(fds) / sizeof(*fds));
	be_writer(&started);
}

static int open_file(struct probe *p, int *ret_end) {
	*ret_end = open(p->paths[PROBE_FILE], O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	return *ret_end < 0 ? -errno : 0;
}

static int open_pipe(struct probe *p, int *ret_end) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	p->ends[PROBE_PIPE] = ends[0];
	*ret_end = ends[1];
	return 0;
}

static int open_socket(struct probe *p, enum probe_way way, int *ret_end) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, p->paths[way], sizeof(address.sun_path));
	p->ends[way] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->ends[way] < 0 || bind(p->ends[way], (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*ret_end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *ret_end < 0 || connect(*ret_end, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

/* Without terminals in this system there is no such way to log, either. */
static void open_terminal(struct probe *p, int *ret_end) {
	char *path = p->paths[PROBE_TERMINAL];
	_cleanup_close_ int keeper = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (keeper < 0 || unlockpt(keeper) || ptsname_r(keeper, path, PATH_SIZE))
		return;
	*ret_end = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*ret_end < 0)
		return;
	p->ends[PROBE_TERMINAL] = take_fd(&keeper);
}

/* ret_fds: what the writer writes into; the caller closes what is there, whatever is returned. */
static int open_ways(struct probe *p, int ret_fds[PROBE_WAYS]) {
	int r = open_file(p, &ret_fds[PROBE_FILE]);
	if (!r)
		r = open_pipe(p, &ret_fds[PROBE_PIPE]);
	if (!r)
		r = open_socket(p, PROBE_SOCKET, &ret_fds[PROBE_SOCKET]);
	if (!r)
		r = open_socket(p, PROBE_JOURNAL, &ret_fds[PROBE_JOURNAL]);
	open_terminal(p, &ret_fds[PROBE_TERMINAL]);
	return r;
}

/* Of the writer, when it is ready, or has joined. */
static int await_answer(const struct probe *p) {
	struct pollfd answered = {.fd = p->control, .events = POLLIN};
	int answer;
	if (poll(&answered, 1, ANSWER_TIMEOUT_MS) < 0)
		return -errno;
	if (!answered.revents)
		return -ETIMEDOUT;
	return recv(p->control, &answer, sizeof(answer), 0) == (ssize_t)sizeof(answer) ? answer : -EPIPE;
}

static int fork_writer(struct probe *p, const struct probe_options *o, const int fds[PROBE_WAYS]) {
	int control[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return -errno;
	struct writer w = {.may_join = o->may_join, .user = o->user, .control = control[1]};
	memcpy(w.fds, fds, sizeof(w.fds));
	p->control = control[0];
	p->pid = fork();
	if (!p->pid)
		start_writer(&w);
	close(control[1]); /* or nobody would notice that the writer has gone */
	return p->pid < 0 ? -errno : await_answer(p);
}

/* The journal is known by how its socket's name ends. */
static int make_folders(struct probe *p, const char *dir) {
	int len = snprintf(p->dir, sizeof(p->dir), "%s/logspill-probe-XXXXXX", dir);
	if (len >= (int)sizeof(p->dir) || !mkdtemp(p->dir)) {
		p->dir[0] = 0;
		return len >= (int)sizeof(p->dir) ? -ENAMETOOLONG : -errno;
	}
	snprintf(p->journal_dir, sizeof(p->journal_dir), "%s/journal", p->dir);
	snprintf(p->paths[PROBE_FILE], PATH_SIZE, "%s/probe.log", p->dir);
	snprintf(p->paths[PROBE_SOCKET], PATH_SIZE, "%s/socket", p->dir);
	snprintf(p->paths[PROBE_JOURNAL], PATH_SIZE, "%s/socket", p->journal_dir);
	return mkdir(p->journal_dir, 0700) < 0 ? -errno : 0;
}

int probe_new(struct probe **ret, const char *dir, const struct probe_options *o) {
	_cleanup_(probe_freep) struct probe *p = calloc(1, sizeof(*p));
	int fds[PROBE_WAYS];
	if (!p)
		return -ENOMEM;
	p->control = -1;
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		fds[way] = p->ends[way] = -1;
	int r = make_folders(p, dir);
	if (!r)
		r = open_ways(p, fds);
	if (!r)
		r = fork_writer(p, o, fds);
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		closep(&fds[way]);
	if (!r)
		*ret = take(p);
	return r;
}

void probe_free(struct probe *p) {
	if (!p)
		return;
	closep(&p->control);
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		closep(&p->ends[way]);
	helper_end(p->pid);
	if (p->dir[0]) {
		unlink(p->paths[PROBE_FILE]);
		unlink(p->paths[PROBE_SOCKET]);
		unlink(p->paths[PROBE_JOURNAL]);
		rmdir(p->journal_dir);
		rmdir(p->dir);
	}
	free(p);
}

pid_t probe_pid(const struct probe *p) {
	return p->pid;
}

int probe_add_sinks(const struct probe *p, struct strings *sinks) {
	int r = 0;
	for (enum probe_way way = 0; way < PROBE_WAYS && !r; way++)
		if (p->paths[way][0])
			r = strings_add(sinks, p->paths[way]);
	return r;
}

void probe_expect_match(struct probe *p, bool needed) {
	p->match_needed = needed;
}

/* Nobody else reads them, and the writer must never find them full. */
static void empty_sinks(const struct probe *p) {
	char text[4096];
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		while (p->ends[way] >= 0 && read(p->ends[way], text, sizeof(text)) > 0)
			;
}

int probe_plant(struct probe *p, uint64_t now_ns) {
	empty_sinks(p);
	const struct order order = {.round = ++p->counters.planted};
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (probe_has_way(p, way) && !p->planted_ns[way])
			p->planted_ns[way] = now_ns;
	return send(p->control, &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static bool is_complete(const struct probe *p) {
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (probe_has_way(p, way) && p->latest[way] != p->counters.planted)
			return false;
	return true;
}

static void take_round(struct probe *p, enum probe_way way, uint64_t round) {
	p->counters.came[way]++;
	if (round > p->latest[way])
		p->latest[way] = round;
	if (p->latest[way] == p->counters.planted)
		p->planted_ns[way] = 0;
}

void probe_take(struct probe *p, const char *text, size_t len, bool matched, uint64_t now_ns) {
	char copy[RECORD_MAX], way_name[16];
	uint64_t round;
	if (len > strlen(MESSAGE) && !memcmp(text, MESSAGE, strlen(MESSAGE))) {
		text += strlen(MESSAGE);
		len -= strlen(MESSAGE);
	}
	if (len >= sizeof(copy) || (p->match_needed && !matched))
		return;
	memcpy(copy, text, len);
	copy[len] = 0;
	if (sscanf(copy, "logspill probe %15s %lu ", way_name, &round) != 2 || round > p->counters.planted)
		return;
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (!strcmp(way_name, names[way]))
			take_round(p, way, round);
	if (is_complete(p))
		p->counters.last_came_ns = now_ns;
}

void probe_counters(const struct probe *p, struct probe_counters *ret) {
	*ret = p->counters;
	ret->settled = ret->came_least = UINT64_MAX;
	for (enum probe_way way = 0; way < PROBE_WAYS; way++) {
		if (!probe_has_way(p, way))
			continue;
		if (p->planted_ns[way] && (!ret->waiting_ns || p->planted_ns[way] < ret->waiting_ns))
			ret->waiting_ns = p->planted_ns[way];
		if (p->latest[way] < ret->settled)
			ret->settled = p->latest[way];
		if (ret->came[way] < ret->came_least)
			ret->came_least = ret->came[way];
	}
}

int probe_join(struct probe *p, pid_t pid) {
	const struct order order = {.join = pid};
	return send(p->control, &order, sizeof(order), MSG_NOSIGNAL) < 0 ? -errno : await_answer(p);
}
