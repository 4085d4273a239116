/* SPDX-License-Identifier: MIT */
#include "app/probe.h"

#include "app/privileges.h"

#include "base/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define RECORD_MAX 160
#define FILE_MAX_BYTES 65536
#define ANSWER_TIMEOUT_MS 2000

struct probe {
	char dir[108 - 16]; /* sun_path has to hold what is in it */
	char file[108], socket_path[108], terminal_path[64];
	pid_t pid;
	int control; /* to the writer: the number of a round; or 0 and the pid to join, answered by an error */
	int pipe, terminal, socket; /* what the writer writes into, for us to empty; terminal: -1: there is none */
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

static const char *const names[PROBE_WAYS] = {"file", "pipe", "terminal", "socket"};

const char *probe_way_name(enum probe_way way) {
	return names[way];
}

bool probe_has_way(const struct probe *p, enum probe_way way) {
	return way != PROBE_TERMINAL || p->terminal >= 0;
}

/* Without memory being asked for: this is the child of a process that may have any state. */
static void write_record(const struct writer *w, enum probe_way way, uint64_t round) {
	char text[RECORD_MAX];
	int len =
	    snprintf(text, sizeof(text), "logspill probe %s %lu email=probe.%lu@example.com\n", names[way], round, round);
	if (way == PROBE_FILE && lseek(w->fds[way], 0, SEEK_END) > FILE_MAX_BYTES)
		(void)!ftruncate(w->fds[way], 0);
	(void)!write(w->fds[way], text, (size_t)len);
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

/* It lives until we have closed our end of the channel, or have gone; nothing else of ours may stay open in it. The
 * pipe is its standard output, or it would be no log. */
static _Noreturn void start_writer(const struct writer *w) {
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, "logspill-probe");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const bool terminal = w->fds[PROBE_TERMINAL] >= 0;
	int fds[] = {null,
	             w->fds[PROBE_PIPE],
	             null,
	             w->control,
	             w->fds[PROBE_FILE],
	             w->fds[PROBE_SOCKET],
	             terminal ? w->fds[PROBE_TERMINAL] : null};
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 64);
	for (int i = 0; i < (int)(sizeof(fds) / sizeof(*fds)); i++)
		if (dup2(fds[i], i) != i)
			_exit(1);
	close_range(sizeof(fds) / sizeof(*fds), ~0u, 0);
	be_writer(&(struct writer){
	    .may_join = w->may_join,
	    .user = w->user,
	    .control = 3,
	    .fds = {
	        [PROBE_PIPE] = STDOUT_FILENO, [PROBE_FILE] = 4, [PROBE_SOCKET] = 5, [PROBE_TERMINAL] = terminal ? 6 : -1}});
}

static int bind_socket(struct probe *p, int *ret_client) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, p->socket_path, strlen(p->socket_path) + 1);
	p->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->socket < 0 || bind(p->socket, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	_cleanup_close_ int client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (client < 0 || connect(client, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*ret_client = client;
	client = -1;
	return 0;
}

/* Without terminals in this system there is no such way to log, either. */
static void open_terminal(struct probe *p, int *ret_end) {
	_cleanup_close_ int keeper = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (keeper < 0 || unlockpt(keeper) || ptsname_r(keeper, p->terminal_path, sizeof(p->terminal_path)))
		return;
	*ret_end = open(p->terminal_path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*ret_end < 0)
		return;
	p->terminal = keeper;
	keeper = -1;
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

static int fork_writer(struct probe *p, const struct probe_options *o, int file, int client) {
	int control[2], out[2];
	_cleanup_close_ int terminal_end = -1;
	open_terminal(p, &terminal_end);
	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	p->pipe = out[0];
	_cleanup_close_ int out_end = out[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return -errno;
	p->control = control[0];
	_cleanup_close_ int control_end = control[1];
	p->pid = fork();
	if (!p->pid)
		start_writer(&(struct writer){.may_join = o->may_join,
		                              .user = o->user,
		                              .control = control_end,
		                              .fds = {[PROBE_FILE] = file,
		                                      [PROBE_PIPE] = out_end,
		                                      [PROBE_TERMINAL] = terminal_end,
		                                      [PROBE_SOCKET] = client}});
	if (p->pid < 0)
		return -errno;
	closep(&control_end); /* or nobody would notice that the writer has gone */
	control_end = -1;
	return await_answer(p);
}

int probe_new(struct probe **ret, const char *dir, const struct probe_options *o) {
	_cleanup_(probe_freep) struct probe *p = calloc(1, sizeof(*p));
	_cleanup_close_ int file = -1, client = -1;
	if (!p)
		return -ENOMEM;
	p->control = p->pipe = p->terminal = p->socket = -1;
	int len = snprintf(p->dir, sizeof(p->dir), "%s/logspill-probe-XXXXXX", dir);
	if (len >= (int)sizeof(p->dir) || !mkdtemp(p->dir)) {
		p->dir[0] = 0;
		return len >= (int)sizeof(p->dir) ? -ENAMETOOLONG : -errno;
	}
	snprintf(p->file, sizeof(p->file), "%s/probe.log", p->dir);
	snprintf(p->socket_path, sizeof(p->socket_path), "%s/socket", p->dir);
	file = open(p->file, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	int r = file < 0 ? -errno : bind_socket(p, &client);
	if (!r)
		r = fork_writer(p, o, file, client);
	if (!r)
		*ret = take(p);
	return r;
}

void probe_free(struct probe *p) {
	if (!p)
		return;
	const int fds[] = {p->control, p->pipe, p->terminal, p->socket};
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (p->pid > 0)
		waitpid(p->pid, NULL, 0);
	if (p->dir[0]) {
		unlink(p->file);
		unlink(p->socket_path);
		rmdir(p->dir);
	}
	free(p);
}

pid_t probe_pid(const struct probe *p) {
	return p->pid;
}

int probe_add_sinks(const struct probe *p, struct strings *sinks) {
	int r = strings_add(sinks, p->file);
	if (!r)
		r = strings_add(sinks, p->socket_path);
	return r || p->terminal < 0 ? r : strings_add(sinks, p->terminal_path);
}

void probe_expect_match(struct probe *p, bool needed) {
	p->match_needed = needed;
}

/* Nobody else reads them, and the writer must never find them full. */
static void empty_sinks(const struct probe *p) {
	char text[4096];
	while (read(p->pipe, text, sizeof(text)) > 0)
		;
	while (p->terminal >= 0 && read(p->terminal, text, sizeof(text)) > 0)
		;
	while (recv(p->socket, text, sizeof(text), 0) > 0)
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
