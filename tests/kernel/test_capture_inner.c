/* SPDX-License-Identifier: MIT */
/* What processes of a target tell each other over pipes and sockets is no log, even as somebody's standard output; and
 * it is known at birth, not by finding the reader in time. A collector's input is one, from its first byte on. */
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
}

static void pipe_born_inside_is_not_read(void **state) {
	run(*state, speak_over_pipes);
}

static void socketpair_born_inside_is_not_read(void **state) {
	run(*state, speak_over_sockets);
}

/* A child says something into a pipe and is gone before the reader, which the parent becomes, is there. */
static void must_speak_to(const char *program, const char *log) {
	int ends[2];
	pid_t pid = fork();
	if (pid) {
		must_exit_0(pid);
		return;
	}
	must(!pipe(ends));
	must_speak_and_go(ends[1]);
	close(ends[1]);
	must_move_fd(ends[0], STDIN_FILENO);
	must_move_fd(must_open("/dev/null", O_WRONLY), STDOUT_FILENO);
	execlp(program, program, log, NULL);
	_exit(98);
}

static void speak_to_tee(const void *log) {
	for (int i = 0; i < 20; i++)
		must_speak_to("tee", log);
}

static void count_second_hops(void *arg, struct sink *s) {
	*(size_t *)arg += s->second_hop;
}

static void what_a_collector_reads_is_a_log_and_what_it_writes_is_none(void **state) {
	struct watch *w = *state;
	char log[108];
	size_t second_hops = 0;
	watch_path(w, "a.log", log);
	watch_run(w, speak_to_tee, log);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 20);
	for (size_t i = 0; i < w->taken_len; i++) {
		assert_taken_text(w, i, "secret");
		assert_string_equal(w->taken[i].sink->label, "stdout");
	}
	capture_each_sink(w->capture, count_second_hops, &second_hops);
	assert_in_range(second_hops, 1, 20);
}

static bool has_become(pid_t pid, const char *comm) {
	char path[64], text[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	FILE *f = fopen(path, "re");
	bool has = f && fgets(text, sizeof(text), f) && !strncmp(text, comm, strlen(comm)) && text[strlen(comm)] == '\n';
	if (f)
		fclose(f);
	return has;
}

static void speak_long_before_tee(const void *log) {
	int ends[2];
	must(!pipe2(ends, O_CLOEXEC));
	must_speak_and_go(ends[1]);
	writer_pause();
	pid_t tee = fork();
	if (!tee) {
		must_move_fd(ends[0], STDIN_FILENO);
		must_move_fd(must_open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execlp("tee", "tee", (const char *)log, NULL);
		_exit(98);
	}
	while (!has_become(tee, "tee"))
		must(!waitpid(tee, NULL, WNOHANG) && poll(NULL, 0, 1) == 0);
	must_speak_and_go(ends[1]);
	close(ends[1]);
	must_exit_0(tee);
}

/* A process of which something is held has not ended, for those that are told, until that is let go. */
static void what_waits_too_long_for_a_reader_is_wiped_and_counted(void **state) {
	struct watch *w = *state;
	char log[108];
	watch_path(w, "a.log", log);
	struct writer writer = writer_start(speak_long_before_tee, log);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	uint64_t start = clock_monotonic_ns();
	while (!w->exits) {
		assert_true(clock_monotonic_ns() - start < PATIENCE_NS);
		watch_poll(w, -1);
	}
	assert_int_equal(w->taken_len, 0);
	writer_resume(&writer);
	writer_join(w, &writer);
	watch_finish(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "secret");
	assert_true(w->taken[0].gap);
	assert_int_equal(w->totals.seen_bytes, 12);
	assert_int_equal(w->totals.lost[WIRE_LOSS_SCANNER].bytes, 6);
	assert_int_equal(w->totals.lost[WIRE_LOSS_SCANNER].writes, 1);
}

/* Its input is no pipe of the target's: what it writes has not been seen before. */
static void tee_a_file(const void *arg) {
	const char *log = arg;
	pid_t pid = fork();
	if (!pid) {
		must_move_fd(must_open("/etc/hostname", O_RDONLY), STDIN_FILENO);
		must_move_fd(must_open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execlp("tee", "tee", log, NULL);
		_exit(98);
	}
	must_exit_0(pid);
}

static void collector_whose_input_is_not_seen_is_a_program_like_any_other(void **state) {
	struct watch *w = *state;
	char log[108];
	watch_path(w, "a.log", log);
	watch_run(w, tee_a_file, log);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_string_equal(w->taken[0].sink->name, log);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(pipe_born_inside_is_not_read),
	    BOTH_HOOKS(socketpair_born_inside_is_not_read),
	    BOTH_HOOKS(what_a_collector_reads_is_a_log_and_what_it_writes_is_none),
	    BOTH_HOOKS(what_waits_too_long_for_a_reader_is_wiped_and_counted),
	    BOTH_HOOKS(collector_whose_input_is_not_seen_is_a_program_like_any_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
