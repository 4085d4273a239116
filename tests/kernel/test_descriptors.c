/* SPDX-License-Identifier: MIT */
/* A log is known by its inode: however a descriptor came about, and whatever becomes of the log's name. */
#include "harness.h"

#include <sys/socket.h>
#include <sys/stat.h>

struct paths {
	char log[108], other[108], rotated[108];
};

static struct paths paths_of(const struct watch *w) {
	struct paths p;
	watch_path(w, "a.log", p.log);
	watch_path(w, "other", p.other);
	watch_path(w, "a.log.1", p.rotated);
	return p;
}

static void say(int fd, const char *text) {
	must_write(fd, text, strlen(text));
}

/* All that was taken, in order. */
static void assert_taken_texts(struct watch *w, const char *const *texts, size_t len) {
	assert_lost_nothing(w);
	for (size_t i = 0; i < len; i++)
		assert_taken_text(w, i, texts[i]);
	assert_int_equal(w->taken_len, len);
}

#define ASSERT_TAKEN(w, ...)                                                                                           \
	do {                                                                                                               \
		const char *const texts_[] = {__VA_ARGS__};                                                                    \
		assert_taken_texts(w, texts_, LEN(texts_));                                                                    \
	} while (0)

static void write_to_duplicates(const void *arg) {
	const struct paths *p = arg;
	int log = must_open_log(p->log), other = must_open_log(p->other);
	int high = fcntl(log, F_DUPFD_CLOEXEC, 900);
	must(high >= 900);
	say(log, "1");
	say(high, "2");
	say(other, "secret");
	must(dup2(log, other) == other);
	say(other, "3");
	close(log);
	say(high, "4");
}

static void duplicated_descriptors_are_the_same_log(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_to_duplicates, &p);
	ASSERT_TAKEN(w, "1", "2", "3", "4");
	for (size_t i = 1; i < w->taken_len; i++)
		assert_ptr_equal(w->taken[i].sink, w->taken[0].sink);
	assert_string_equal(w->taken[0].sink->name, p.log);
}

static void write_to_reused_numbers(const void *arg) {
	const struct paths *p = arg;
	for (int i = 0; i < 50; i++) {
		char text[16];
		int fd = must_open_log(p->log);
		snprintf(text, sizeof(text), "%d", i);
		say(fd, text);
		close(fd);
		must(must_open_log(p->other) == fd);
		say(fd, "secret");
		close(fd);
	}
}

static void number_used_again_for_another_file_is_that_file(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_to_reused_numbers, &p);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 50);
	for (int i = 0; i < 50; i++)
		assert_int_equal(atoi(w->taken[i].data), i);
}

static void write_as_heir(const void *arg) {
	const struct paths *p = arg;
	int log = open(p->log, O_WRONLY | O_CREAT | O_APPEND, 0600); /* goes through exec */
	must(log >= 0 && log < 10);
	say(log, "opener\n");
	pid_t pid = fork();
	if (!pid) {
		char command[64];
		say(log, "forked\n");
		snprintf(command, sizeof(command), "echo executed >&%d", log);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(98);
	}
	must_exit_0(pid);
}

static void descriptors_are_inherited_over_fork_and_exec(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_as_heir, &p);
	ASSERT_TAKEN(w, "opener\n", "forked\n", "executed\n");
	assert_int_not_equal(w->taken[0].pid, w->taken[1].pid);
	assert_int_equal(w->taken[1].pid, w->taken[2].pid);
	assert_string_not_equal(w->taken[1].executable, w->taken[2].executable);
}

static void fd_send(int over, int fd) {
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {(char *)"x", 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	must(sendmsg(over, &m, 0) == 1);
}

static int fd_receive(int over) {
	char control[CMSG_SPACE(sizeof(int))], x;
	struct iovec iov = {&x, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int fd;
	must(recvmsg(over, &m, 0) == 1 && CMSG_FIRSTHDR(&m));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

struct passing {
	struct paths paths;
	int socket;
};

/* A writer receives the log from outside, and passes one that it opened itself to the outside. */
static void write_to_the_received(const void *arg) {
	const struct passing *p = arg;
	int mine = must_open_log(p->paths.rotated);
	say(fd_receive(p->socket), "through the received");
	say(mine, "through its own");
	fd_send(p->socket, mine);
}

static void passed_descriptors_count_for_who_writes(void **state) {
	struct watch *w = *state;
	struct passing job = {.paths = paths_of(w)};
	int sockets[2], log = open(job.paths.log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_return_code(log, errno);
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), errno);
	job.socket = sockets[1];
	fd_send(sockets[0], log);
	struct writer writer = writer_start(write_to_the_received, &job);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	int theirs = fd_receive(sockets[0]);
	assert_int_equal(write(theirs, "by a bystander", 14), 14);
	writer_join(w, &writer);
	close(theirs);
	close(log);
	close(sockets[0]);
	close(sockets[1]);
	ASSERT_TAKEN(w, "through the received", "through its own");
}

static void write_while_rotated(const void *arg) {
	const struct paths *p = arg;
	int log = must_open_log(p->log);
	say(log, "1\n");
	must(!rename(p->log, p->rotated));
	say(log, "2\n");
	close(log);
	log = must_open_log(p->log);
	say(log, "3\n");
	must(!unlink(p->log));
	say(log, "4\n");
	int again = must_open_log(p->log);
	say(again, "5\n");
	say(log, "6\n");
}

static void rotated_unlinked_and_recreated_logs_go_on(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_while_rotated, &p);
	ASSERT_TAKEN(w, "1\n", "2\n", "3\n", "4\n", "5\n", "6\n");
	assert_ptr_equal(w->taken[0].sink, w->taken[1].sink);
	assert_ptr_not_equal(w->taken[1].sink, w->taken[2].sink);
	assert_ptr_equal(w->taken[2].sink, w->taken[3].sink);
	assert_ptr_not_equal(w->taken[3].sink, w->taken[4].sink);
	assert_ptr_equal(w->taken[5].sink, w->taken[3].sink);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_string_equal(w->taken[i].sink->label, p.log);
}

static void write_while_truncated(const void *arg) {
	const struct paths *p = arg;
	struct stat st;
	int log = must_open_log(p->log);
	say(log, "before\n");
	for (int i = 0; i < 20; i++) {
		must(!truncate(p->log, 0));
		say(log, "after\n");
	}
	must(!fstat(log, &st) && st.st_size == 6);
}

static void truncated_log_goes_on(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_while_truncated, &p);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 21);
	assert_taken_text(w, 0, "before\n");
	for (size_t i = 1; i < w->taken_len; i++)
		assert_taken_text(w, i, "after\n");
	assert_ptr_equal(w->taken[0].sink, w->taken[20].sink);
}

/* Unlinked before the first write: it is still the log that it was opened as. */
static void write_to_the_unlinked(const void *arg) {
	const struct paths *p = arg;
	int log = must_open_log(p->log);
	must(!unlink(p->log));
	say(log, "unseen by ls\n");
}

static void log_unlinked_before_the_first_write_is_taken(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_to_the_unlinked, &p);
	ASSERT_TAKEN(w, "unseen by ls\n");
	assert_string_equal(w->taken[0].sink->label, p.log);
	assert_non_null(strstr(w->taken[0].sink->reason, "deleted"));
}

/* Neither name is the file's own: it is one log, by that under which it was first met. */
static void write_to_hard_links(const void *arg) {
	const struct paths *p = arg;
	int log = must_open_log(p->log);
	must(!link(p->log, p->rotated));
	int again = must_open_log(p->rotated);
	say(again, "1\n");
	say(log, "2\n");
	must(!unlink(p->rotated));
	say(again, "3\n");
}

static void hard_links_are_one_log(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_to_hard_links, &p);
	ASSERT_TAKEN(w, "1\n", "2\n", "3\n");
	for (size_t i = 0; i < w->taken_len; i++) {
		assert_ptr_equal(w->taken[i].sink, w->taken[0].sink);
		assert_string_equal(w->taken[i].sink->label, p.rotated);
	}
}

/* Files without a name: one in a folder of logs, one as standard output, and one that is neither. */
static void write_to_nameless_files(const void *arg) {
	const struct paths *p = arg;
	must(!mkdir(p->other, 0700));
	int log = open(p->other, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	must(log >= 0 || errno == EOPNOTSUPP);
	if (log < 0)
		return;
	*told = 1;
	say(log, "in a folder of logs\n");
	must_move_fd(must_open("/tmp", O_TMPFILE | O_WRONLY | O_APPEND), STDOUT_FILENO);
	say(STDOUT_FILENO, "standard output\n");
	say(must_open("/tmp", O_TMPFILE | O_WRONLY), "secret");
}

static void files_without_a_name_are_logs_by_where_they_are(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_path(w, "logs", p.other); /* a name of the default globs */
	watch_run(w, write_to_nameless_files, &p);
	if (!*told)
		skip_because("this file system has no O_TMPFILE");
	ASSERT_TAKEN(w, "in a folder of logs\n", "standard output\n");
	for (size_t i = 0; i < w->taken_len; i++)
		assert_non_null(strstr(w->taken[i].sink->reason, "deleted"));
}

/* As who puts a file together under another name does. It goes on until the test has heard of it. */
static void write_before_and_after_a_rename(const void *arg) {
	const struct paths *p = arg;
	int fd = must_open_log(p->other);
	say(fd, "secret\n");
	writer_pause();
	must(!rename(p->other, p->log));
	while (!*(volatile uint64_t *)told) {
		say(fd, "a line\n");
		poll(NULL, 0, 10);
	}
}

static void file_that_is_given_a_logs_name_becomes_one(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	struct writer writer = writer_start(write_before_and_after_a_rename, &p);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_go(w, &writer);
	watch_until_bytes(w, 3 * strlen("a line\n"));
	*told = 1;
	writer_join(w, &writer);
	assert_lost_nothing(w);
	for (size_t i = 0; i < w->taken_len; i++) {
		assert_taken_text(w, i, "a line\n");
		assert_string_equal(w->taken[i].sink->label, p.log);
	}
}

/* Many files come and go, so that inode numbers are used again: each is known for itself. */
static void write_to_short_lived_files(const void *arg) {
	const struct paths *p = arg;
	for (int i = 0; i < 100; i++) {
		const char *path = i % 2 ? p->log : p->other;
		int fd = must_open_log(path);
		say(fd, i % 2 ? "log" : "secret");
		close(fd);
		must(!unlink(path));
	}
}

static void inode_used_again_is_judged_anew(void **state) {
	struct watch *w = *state;
	struct paths p = paths_of(w);
	watch_run(w, write_to_short_lived_files, &p);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 50);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_taken_text(w, i, "log");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(duplicated_descriptors_are_the_same_log),
	    BOTH_HOOKS(number_used_again_for_another_file_is_that_file),
	    BOTH_HOOKS(descriptors_are_inherited_over_fork_and_exec),
	    BOTH_HOOKS(passed_descriptors_count_for_who_writes),
	    BOTH_HOOKS(rotated_unlinked_and_recreated_logs_go_on),
	    BOTH_HOOKS(truncated_log_goes_on),
	    BOTH_HOOKS(log_unlinked_before_the_first_write_is_taken),
	    BOTH_HOOKS(hard_links_are_one_log),
	    BOTH_HOOKS(files_without_a_name_are_logs_by_where_they_are),
	    BOTH_HOOKS(file_that_is_given_a_logs_name_becomes_one),
	    BOTH_HOOKS(inode_used_again_is_judged_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
