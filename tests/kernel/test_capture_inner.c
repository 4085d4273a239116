/* SPDX-License-Identifier: MIT */
/* What processes of a target tell each other over pipes and sockets is no log, even as somebody's standard output; and
 * it is known at birth, not by finding the reader in time. */
#include "sockets.h"

static void say_last(const char *log) {
	must_write(must_open_log(log), "last", 4);
}

static void assert_last_alone(struct watch *w) {
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "last");
}

/* The child's output is fd; it is gone before anybody could look for who reads it. */
static void must_speak_and_go(int fd) {
	pid_t pid = fork();
	if (!pid) {
		must_move_fd(fd, STDOUT_FILENO);
		must_write(STDOUT_FILENO, "secret", 6);
		_exit(0);
	}
	must_exit_0(pid);
}

static void speak_over_pipes(const void *log) {
	for (int i = 0; i < 200; i++) {
		int ends[2];
		must(!(i % 2 ? pipe(ends) : pipe2(ends, O_CLOEXEC)));
		must_speak_and_go(ends[1]);
		close(ends[0]);
		close(ends[1]);
	}
	say_last(log);
}

static void speak_over_sockets(const void *log) {
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	for (size_t i = 0; i < 3 * LEN(types); i++) {
		int ends[2];
		must(!socketpair(AF_UNIX, types[i % LEN(types)] | SOCK_CLOEXEC, 0, ends));
		must_speak_and_go(ends[1]);
		close(ends[0]);
		close(ends[1]);
	}
	say_last(log);
}

static void run(struct watch *w, void (*fn)(const void *log)) {
	char log[108];
	watch_path(w, "a.log", log);
	watch_run(w, fn, log);
	assert_last_alone(w);
	assert_int_equal(w->judged, 1);
}

static void pipe_born_inside_is_not_read(void **state) {
	run(*state, speak_over_pipes);
}

static void socketpair_born_inside_is_not_read(void **state) {
	run(*state, speak_over_sockets);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(pipe_born_inside_is_not_read),
	    BOTH_HOOKS(socketpair_born_inside_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
