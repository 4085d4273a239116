/* SPDX-License-Identifier: MIT */
/* What must not be read: application data. A last line in a log shows each time that the watch was on. */
#include "sockets.h"

#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct job {
	char log[108], other[108], socket[108];
};

static struct job job_of(const struct watch *w) {
	struct job job;
	watch_path(w, "a.log", job.log);
	watch_path(w, "data.bin", job.other);
	watch_path(w, "socket", job.socket);
	return job;
}

static void say_last(const struct job *job) {
	must_write(must_open_log(job->log), "last", 4);
}

/* Writes the secret in every way that a descriptor takes. */
static void spill(int fd) {
	struct iovec iov[2] = {{(char *)"sec", 3}, {(char *)"ret", 3}};
	must_write(fd, "secret", 6);
	must(writev(fd, iov, 2) == 6);
}

static void spill_socket(int fd) {
	struct iovec iov = {(char *)"secret", 6};
	struct mmsghdr m[2] = {{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}}};
	m[1] = m[0];
	spill(fd);
	must(send(fd, "secret", 6, 0) == 6);
	must(sendmsg(fd, &m[0].msg_hdr, 0) == 6);
	must(sendmmsg(fd, m, 2, 0) == 2);
}

/* Only the last line was seen, let alone delivered. */
static void assert_last_alone(struct watch *w) {
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "last");
	assert_int_equal(w->totals.seen_bytes, 4);
	assert_int_equal(w->totals.seen_writes, 1);
}

/* judged: sinks, the log among them, that user space was asked about. Of others no byte left the kernel. */
static void run(struct watch *w, void (*fn)(const void *arg), size_t judged) {
	struct job job = job_of(w);
	watch_run(w, fn, &job);
	assert_last_alone(w);
	assert_int_equal(w->judged, judged);
}

static void write_to_files(const void *arg) {
	const struct job *job = arg;
	int fd = must_open_log(job->other);
	for (int i = 0; i < 100; i++)
		spill(fd);
	must(pwrite(fd, "secret", 6, 0) == 6);
	spill(memfd_create("a.log", MFD_CLOEXEC));
	say_last(job);
}

static void other_files_are_not_read(void **state) {
	run(*state, write_to_files, 3);
}

static void write_to_pipes(const void *arg) {
	int fds[2];
	char path[160];
	uint64_t one = 1;
	must(!pipe2(fds, O_CLOEXEC));
	for (int i = 0; i < 100; i++)
		spill(fds[1]);
	snprintf(path, sizeof(path), "%s.fifo", ((const struct job *)arg)->other);
	must(!mkfifo(path, 0600));
	spill(must_open(path, O_RDWR));
	must_write(eventfd(0, EFD_CLOEXEC), &one, sizeof(one));
	say_last(arg);
}

static void pipes_are_not_read(void **state) {
	run(*state, write_to_pipes, 2);
}

static void write_to_tcp(const void *arg) {
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	must(!bind(listener, (struct sockaddr *)&addr, len) && !listen(listener, 1));
	must(!getsockname(listener, (struct sockaddr *)&addr, &len) && !connect(client, (struct sockaddr *)&addr, len));
	spill_socket(client);
	spill_socket(accept(listener, NULL, NULL));
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	must(sendto(udp, "secret", 6, 0, (struct sockaddr *)&addr, len) == 6);
	must(!connect(udp, (struct sockaddr *)&addr, len));
	must_write(udp, "secret", 6);
	say_last(arg);
}

static void internet_sockets_are_not_read(void **state) {
	run(*state, write_to_tcp, 1);
}

static void write_to_unix_sockets(const void *arg) {
	const struct job *job = arg;
	struct sockaddr_un addr;
	socklen_t len = unix_address(job->socket, &addr);
	int pair[2], listener = must_socket(SOCK_STREAM), receiver = must_socket(SOCK_DGRAM);
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	spill_socket(pair[0]);
	spill_socket(pair[1]);
	must(!bind(listener, (struct sockaddr *)&addr, len) && !listen(listener, 1));
	spill_socket(must_connect(job->socket, SOCK_STREAM));
	spill_socket(accept(listener, NULL, NULL));
	must(!unlink(job->socket) && !bind(receiver, (struct sockaddr *)&addr, len));
	spill_socket(must_connect(job->socket, SOCK_DGRAM));
	must(sendto(must_socket(SOCK_DGRAM), "secret", 6, 0, (struct sockaddr *)&addr, len) == 6);
	say_last(job);
}

static void unix_sockets_are_not_read(void **state) {
	run(*state, write_to_unix_sockets, 1);
}

/* Nor when a pattern asks the kernel side about all named ones. */
static void unix_sockets_beside_the_pattern_are_not_read(void **state) {
	watch_open_sink(*state, "/tmp/*/log-*");
	run(*state, write_to_unix_sockets, 4);
}

static void shell_pipeline(const void *arg) {
	const struct job *job = arg;
	char command[600];
	snprintf(command, sizeof(command),
	         "x=$(echo secret); echo $x | cat | cat >>%s; echo secret >%s.data; printf last | cat >%s; echo "
	         "secret >/dev/null",
	         job->other, job->other, job->socket);
	pid_t pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(98);
	}
	must_exit_0(pid);
}

/* Only the ends of pipelines are output, and of those what is appended to; a file opened anew is data. */
static void pipes_inside_the_target_are_not_read(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	watch_run(w, shell_pipeline, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "secret\n");
	assert_int_equal(w->taken[0].sink->kind, SINK_FILE);
	assert_string_equal(w->taken[0].sink->name, job.other);
}

static void write_to_dev_null(const void *arg) {
	int null = must_open("/dev/null", O_WRONLY);
	spill(null);
	must(dup2(null, STDOUT_FILENO) == STDOUT_FILENO);
	spill(STDOUT_FILENO);
	spill(must_open("/dev/zero", O_WRONLY));
	say_last(arg);
}

static void dev_null_is_not_read(void **state) {
	run(*state, write_to_dev_null, 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(other_files_are_not_read),
	    BOTH_HOOKS(pipes_are_not_read),
	    BOTH_HOOKS(internet_sockets_are_not_read),
	    BOTH_HOOKS(unix_sockets_are_not_read),
	    BOTH_HOOKS(unix_sockets_beside_the_pattern_are_not_read),
	    BOTH_HOOKS(pipes_inside_the_target_are_not_read),
	    BOTH_HOOKS(dev_null_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
