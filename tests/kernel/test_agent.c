/* SPDX-License-Identifier: MIT */
/* What a watch does to those who write, and to itself: nothing. */
#include "cgroups.h"

#define LINES 50000
#define LINE_LEN 100

static void fill_line(char p[static LINE_LEN], uint32_t i) {
	pattern_fill(p, LINE_LEN, i);
}

static void write_and_count(const void *arg) {
	char p[LINE_LEN];
	int log = must_open_log(arg);
	for (uint32_t i = 0; i < LINES; i++) {
		fill_line(p, i);
		must_write(log, p, LINE_LEN);
		__atomic_store_n(&told[0], i + 1, __ATOMIC_RELAXED);
	}
}

static void assert_file_holds_all(const char *path) {
	char p[LINE_LEN], want[LINE_LEN];
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	for (uint32_t i = 0; i < LINES; i++) {
		assert_int_equal(fread(p, LINE_LEN, 1, f), 1);
		fill_line(want, i);
		assert_memory_equal(p, want, LINE_LEN);
	}
	assert_int_equal(fgetc(f), EOF);
	fclose(f);
}

static void count_bytes(void *arg, const struct capture_write *d) {
	(void)arg;
	__atomic_add_fetch(&told[1], d->len, __ATOMIC_RELAXED);
}

/* The agent, a process of its own for once, until it is killed. */
static void agent(enum capture_hook hook, pid_t target, int ready) {
	const struct capture_config config = {.hook = hook};
	const struct capture_handler handler = {.write = count_bytes};
	struct diags diags = {0};
	struct capture *c;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(!capture_open(&c, &config, &diags));
	must(capture_add_process(c, target, &diags) >= 0);
	must_write(ready, "", 1);
	for (;;) {
		struct pollfd fd = {capture_fd(c), POLLIN, 0};
		poll(&fd, 1, capture_timeout_ms(c));
		must(capture_dispatch(c, &handler) >= 0);
	}
}

static void writer_does_not_notice_that_the_agent_is_killed(void **state) {
	struct watch *w = *state;
	char path[108], c;
	int ready[2], status;
	watch_path(w, "a.log", path);
	assert_return_code(pipe2(ready, O_CLOEXEC), errno);
	struct writer writer = writer_start(write_and_count, path);
	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid)
		agent(w->hook, writer.pid, ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	writer_go(w, &writer);
	uint64_t start = clock_monotonic_ns();
	/* What is written may be seen before the writer has its turn again, to say so. */
	while (!__atomic_load_n(&told[0], __ATOMIC_RELAXED) || !__atomic_load_n(&told[1], __ATOMIC_RELAXED)) {
		assert_true(clock_monotonic_ns() - start < PATIENCE_NS);
		poll(NULL, 0, 1);
	}
	kill(pid, SIGKILL);
	uint64_t written = __atomic_load_n(&told[0], __ATOMIC_RELAXED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_in_range(written, 1, LINES - 1);
	writer_join(w, &writer);
	assert_file_holds_all(path);
}

static void watch_leaves_the_bytes_alone(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, write_and_count, path);
	assert_file_holds_all(path);
	assert_int_equal(w->totals.seen_writes, LINES);
	assert_int_equal(w->totals.seen_bytes, (uint64_t)LINES * LINE_LEN);
}

static void write_one(const void *arg) {
	must_write(must_open_log(arg), "of the target", 13);
}

/* The agent itself is in the cgroup that it watches, and writes to a log there. */
static void writes_of_the_agent_are_not_seen(void **state) {
	struct watch *w = *state;
	char path[108], home[600];
	watch_path(w, "a.log", path);
	watch_make_cgroup(w);
	cgroup_of_self(home);
	watch_open(w);
	watch_cgroup(w, w->cgroup);
	must_enter_cgroup(w->cgroup);
	struct writer writer = writer_start(write_one, path);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_int_equal(write(log, "of the agent", 12), 12);
	writer_go(w, &writer);
	writer_join(w, &writer);
	assert_int_equal(write(log, "of the agent", 12), 12);
	close(log);
	must_enter_cgroup(home);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "of the target");
}

#define SLEEPS 5

static void write_now_and_then(const void *arg) {
	int log = must_open_log(arg);
	for (int i = 0; i < SLEEPS; i++) {
		if (i)
			writer_pause();
		must_write(log, "now and then\n", 13);
	}
}

/* Until only an event, or a long time, brings it back. */
static void fall_asleep(struct watch *w) {
	uint64_t start = clock_monotonic_ns();
	while (capture_timeout_ms(w->capture) <= CAPTURE_POLL_MS) {
		assert_true(clock_monotonic_ns() - start < PATIENCE_NS);
		watch_poll(w, -1);
	}
}

static void a_write_wakes_a_watch_that_sleeps(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	struct writer writer = writer_start(write_now_and_then, path);
	watch_writer(w, &writer);
	for (uint64_t i = 1; i <= SLEEPS; i++) {
		struct pollfd woken = {capture_fd(w->capture), POLLIN, 0};
		writer_await(w, &writer);
		fall_asleep(w);
		writer_resume(&writer);
		assert_int_equal(poll(&woken, 1, (int)(PATIENCE_NS / 1000000)), 1);
		watch_until_bytes(w, 13 * i);
	}
	writer_join(w, &writer);
	assert_lost_nothing(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(writer_does_not_notice_that_the_agent_is_killed),
	    BOTH_HOOKS(watch_leaves_the_bytes_alone),
	    BOTH_HOOKS(writes_of_the_agent_are_not_seen),
	    BOTH_HOOKS(a_write_wakes_a_watch_that_sleeps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
