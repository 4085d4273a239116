/* SPDX-License-Identifier: MIT */
/* Where logs go: standard output whatever it is, devices and sockets by name, syslog and the journal. */
#include "sockets.h"

#include <pty.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct output {
	int fd;
	int as; /* STDOUT_FILENO or STDERR_FILENO */
};

/* Once as standard output, twice through descriptors of other numbers, one of them opened before it. */
static void write_output(const void *arg) {
	const struct output *o = arg;
	must(dup2(o->fd, o->as) == o->as);
	int high = fcntl(o->as, F_DUPFD_CLOEXEC, 700);
	must(high >= 700);
	must_write(o->fd, "1\n", 2);
	must_write(o->as, "2\n", 2);
	must_write(high, "3\n", 2);
}

static void run_output(struct watch *w, int fd, int as, enum sink_kind kind, const char *label) {
	struct output o = {fd, as};
	watch_run(w, write_output, &o);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 3);
	assert_taken_text(w, 0, "1\n");
	assert_taken_text(w, 1, "2\n");
	assert_taken_text(w, 2, "3\n");
	for (size_t i = 0; i < w->taken_len; i++)
		assert_ptr_equal(w->taken[i].sink, w->taken[0].sink);
	const struct sink *s = w->taken[0].sink;
	assert_true(s->is_log);
	assert_int_equal(s->kind, kind);
	assert_int_equal(s->framing, SINK_LINES);
	assert_string_equal(s->label, label);
	assert_non_null(strstr(s->reason, as == STDOUT_FILENO ? "stdout" : "stderr"));
	assert_true(w->judged >= 1);
	close(fd);
}

static void output_to_a_pipe_is_a_log(void **state) {
	int fds[2];
	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	run_output(*state, fds[1], STDOUT_FILENO, SINK_PIPE, "stdout");
	close(fds[0]);
}

static void errors_to_a_pipe_are_a_log(void **state) {
	int fds[2];
	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	run_output(*state, fds[1], STDERR_FILENO, SINK_PIPE, "stderr");
	close(fds[0]);
}

static void output_to_any_file_is_a_log(void **state) {
	char path[108];
	watch_path(*state, "data.bin", path);
	run_output(*state, open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDOUT_FILENO, SINK_FILE, path);
}

static void output_to_a_terminal_is_a_log(void **state) {
	int keeper, terminal;
	assert_return_code(openpty(&keeper, &terminal, NULL, NULL, NULL), errno);
	run_output(*state, terminal, STDERR_FILENO, SINK_TTY, "stderr");
	close(keeper);
}

static void output_to_a_socket_is_a_log(void **state) {
	int fds[2];
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), errno);
	run_output(*state, fds[1], STDOUT_FILENO, SINK_SOCKET, "stdout");
	close(fds[0]);
}

static void must_tell_twice(int fd) {
	must_write(fd, "not yet\n", 8);
	must_write(fd, "nor now\n", 8);
}

/* On one cpu, which remembers what it saw of each. */
static void make_sockets_output(const void *arg) {
	const int *fds = arg;
	cpu_set_t cpu;
	CPU_ZERO(&cpu);
	CPU_SET((size_t)sched_getcpu(), &cpu);
	must(!sched_setaffinity(0, sizeof(cpu), &cpu));
	must_tell_twice(fds[0]);
	pid_t pid = fork();
	must(pid >= 0);
	if (!pid) {
		must(dup2(fds[0], STDOUT_FILENO) == STDOUT_FILENO);
		must_write(STDOUT_FILENO, "1\n", 2);
		raise(SIGSTOP); /* it is still there: an end of a process would be forgotten with */
		_exit(0);
	}
	must(waitpid(pid, NULL, WUNTRACED) == pid);
	must_write(fds[0], "2\n", 2);
	kill(pid, SIGCONT);
	must_exit_0(pid);
	must_tell_twice(fds[1]);
	must(dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	must_write(fds[1], "3\n", 2);
}

static void a_socket_is_a_log_once_it_is_anybodys_output(void **state) {
	struct watch *w = *state;
	int first[2], second[2];
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, first), errno);
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, second), errno);
	watch_run(w, make_sockets_output, (int[]){first[1], second[1]});
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 3);
	assert_taken_text(w, 0, "1\n");
	assert_taken_text(w, 1, "2\n");
	assert_taken_text(w, 2, "3\n");
	assert_int_equal(w->totals.seen_bytes, 6);
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
}

/* A device may not read what is written, and so not bring its page in: on the stack it is there. */
static void write_named_device(const void *arg) {
	char text[] = "to the device";
	must_write(must_open(arg, O_RDWR), text, 13);
	must_write(must_open("/dev/zero", O_WRONLY), "elsewhere", 9);
}

static void device_named_by_sink_is_a_log(void **state) {
	struct watch *w = *state;
	watch_open_sink(w, "/dev/null");
	watch_run(w, write_named_device, "/dev/null");
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "to the device");
	assert_int_equal(w->taken[0].sink->kind, SINK_DEVICE);
	assert_string_equal(w->taken[0].sink->name, "/dev/null");
}

static void fifo_named_by_sink_is_a_log(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "fifo", path);
	assert_return_code(mkfifo(path, 0600), errno);
	watch_open_sink(w, path);
	watch_run(w, write_named_device, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "to the device");
	assert_int_equal(w->taken[0].sink->kind, SINK_PIPE);
}

static void file_named_by_pattern_is_a_log(void **state) {
	struct watch *w = *state;
	char path[108], glob[128];
	watch_path(w, "data.bin", path);
	snprintf(glob, sizeof(glob), "%s/d*.bin", w->dir);
	fclose(fopen(path, "we"));
	watch_open_sink(w, glob);
	watch_run(w, write_named_device, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_non_null(strstr(w->taken[0].sink->reason, glob));
}

#define SENDS 9

static void send_in_every_way(const void *arg) {
	struct sockaddr_un addr;
	socklen_t len = unix_address(arg, &addr);
	int connected = must_connect(arg, SOCK_DGRAM), apart = must_socket(SOCK_DGRAM);
	struct iovec iov[2] = {{(char *)"<13>a ", 6}, {(char *)"record", 6}};
	struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = iov, .msg_iovlen = 2}}};
	m[1] = m[0];
	must_write(connected, "<13>a record", 12);
	must(writev(connected, iov, 2) == 12);
	must(send(connected, "<13>a record", 12, MSG_NOSIGNAL) == 12);
	must(sendmsg(connected, &m[0].msg_hdr, 0) == 12);
	must(sendmmsg(connected, m, 1, 0) == 1);
	must(sendto(apart, "<13>a record", 12, 0, (struct sockaddr *)&addr, len) == 12);
	for (size_t i = 0; i < 2; i++) {
		m[i].msg_hdr.msg_name = &addr;
		m[i].msg_hdr.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(addr.sun_path));
	}
	must(sendmsg(apart, &m[0].msg_hdr, 0) == 12);
	must(sendmmsg(apart, m, 2, 0) == 2);
}

static void assert_sends_came(struct watch *w, enum sink_kind kind, enum sink_framing framing) {
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, SENDS);
	for (size_t i = 0; i < w->taken_len; i++) {
		assert_taken_text(w, i, "<13>a record");
		assert_true(w->taken[i].datagram);
		assert_int_equal(w->taken[i].sink->kind, kind);
		assert_int_equal(w->taken[i].sink->framing, framing);
	}
}

static void socket_named_by_sink_is_a_log(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "socket", path);
	watch_run_to_socket(w, path, SOCK_DGRAM, send_in_every_way, path);
	assert_sends_came(w, SINK_SOCKET, SINK_DATAGRAM);
}

static void socket_named_by_pattern_is_a_log(void **state) {
	struct watch *w = *state;
	char path[108], glob[128];
	watch_path(w, "socket", path);
	snprintf(glob, sizeof(glob), "%s/s*", w->dir);
	pid_t drain = drain_start(receiver_open(path, SOCK_DGRAM), SOCK_DGRAM);
	watch_open_sink(w, glob);
	watch_run(w, send_in_every_way, path);
	drain_end(drain);
	assert_sends_came(w, SINK_SOCKET, SINK_DATAGRAM);
}

struct daemon {
	const char *root, *name;
};

static void must_make_folders(const char *path) {
	char folder[128];
	for (const char *p = path; (p = strchr(p + 1, '/'));) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(p - path), path);
		must(!mkdir(folder, 0755) || errno == EEXIST);
	}
}

/* The real names, in a mount namespace of the writer's own, where it also plays the daemon. */
static int must_be_daemon(const struct daemon *d, int type) {
	struct sockaddr_un addr;
	socklen_t len = unix_address(d->name, &addr);
	int fd = must_socket(type);
	must(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(!mount("none", d->root, "tmpfs", 0, NULL));
	must_make_folders(d->name);
	must(!bind(fd, (struct sockaddr *)&addr, len));
	return fd;
}

static void send_to_daemon(const void *arg) {
	const struct daemon *d = arg;
	must_be_daemon(d, SOCK_DGRAM);
	send_in_every_way(d->name);
}

static void send_to_stream_daemon(const void *arg) {
	const struct daemon *d = arg;
	must(!listen(must_be_daemon(d, SOCK_STREAM), 8));
	must_write(must_connect(d->name, SOCK_STREAM), "a line\n", 7);
}

static void run_daemon(struct watch *w, const char *root, const char *name, enum sink_kind kind,
                       enum sink_framing framing) {
	struct daemon d = {root, name};
	watch_run(w, send_to_daemon, &d);
	assert_sends_came(w, kind, framing);
}

static void system_log_is_known_by_name(void **state) {
	run_daemon(*state, "/dev", "/dev/log", SINK_SYSLOG, SINK_DATAGRAM);
}

static void system_log_of_the_journal_is_known_by_name(void **state) {
	run_daemon(*state, "/run", "/run/systemd/journal/dev-log", SINK_SYSLOG, SINK_DATAGRAM);
}

static void journal_is_known_by_name(void **state) {
	run_daemon(*state, "/run", "/run/systemd/journal/socket", SINK_JOURNAL, SINK_JOURNAL_FIELDS);
}

static void output_to_the_journal_is_known_by_name(void **state) {
	struct watch *w = *state;
	struct daemon d = {"/run", "/run/systemd/journal/stdout"};
	watch_run(w, send_to_stream_daemon, &d);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "a line\n");
	assert_int_equal(w->taken[0].sink->kind, SINK_JOURNAL);
	assert_int_equal(w->taken[0].sink->framing, SINK_LINES);
	assert_false(w->taken[0].datagram);
}

static void count_sink(void *arg, struct sink *s) {
	size_t *counts = arg;
	assert_non_null(s->name);
	assert_non_null(s->label);
	assert_non_null(s->reason);
	assert_true(s->reason[0]);
	counts[s->is_log]++;
}

static void write_to_a_log_and_a_file(const void *arg) {
	const struct watch *w = arg;
	char log[160], file[160];
	snprintf(log, sizeof(log), "%s/a.log", w->dir);
	snprintf(file, sizeof(file), "%s/data.bin", w->dir);
	must_write(must_open_log(file), "secret", 6);
	must_write(must_open_log(log), "12345", 5);
}

static void each_sink_says_why_it_is_a_log_or_not(void **state) {
	struct watch *w = *state;
	struct capture_totals totals;
	size_t counts[2] = {0, 0};
	watch_run(w, write_to_a_log_and_a_file, w);
	capture_each_sink(w->capture, count_sink, counts);
	assert_int_equal(counts[true], 1);
	assert_int_equal(counts[false], 1);
	assert_int_equal(w->judged, 2);
	assert_return_code(capture_sink_totals(w->capture, w->taken[0].sink, &totals), errno);
	assert_int_equal(totals.seen_bytes, 5);
	assert_int_equal(totals.seen_writes, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(output_to_a_pipe_is_a_log),
	    BOTH_HOOKS(errors_to_a_pipe_are_a_log),
	    BOTH_HOOKS(output_to_any_file_is_a_log),
	    BOTH_HOOKS(output_to_a_terminal_is_a_log),
	    BOTH_HOOKS(output_to_a_socket_is_a_log),
	    BOTH_HOOKS(a_socket_is_a_log_once_it_is_anybodys_output),
	    BOTH_HOOKS(device_named_by_sink_is_a_log),
	    BOTH_HOOKS(fifo_named_by_sink_is_a_log),
	    BOTH_HOOKS(file_named_by_pattern_is_a_log),
	    BOTH_HOOKS(socket_named_by_sink_is_a_log),
	    BOTH_HOOKS(socket_named_by_pattern_is_a_log),
	    BOTH_HOOKS(system_log_is_known_by_name),
	    BOTH_HOOKS(system_log_of_the_journal_is_known_by_name),
	    BOTH_HOOKS(journal_is_known_by_name),
	    BOTH_HOOKS(output_to_the_journal_is_known_by_name),
	    BOTH_HOOKS(each_sink_says_why_it_is_a_log_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
