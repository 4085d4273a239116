/* SPDX-License-Identifier: MIT */
/* Programs that write one record and are gone: each one's first and only record is found, under its own name. */
#include "harness.h"

#include <limits.h>

#define PROGRAMS 200
#define BATCH 4 /* at a time */

struct job {
	const char *dir;
	bool apart; /* each to a log of its own */
};

static pid_t run_program(const struct job *job, int i) {
	char command[160];
	pid_t pid = fork();
	must(pid >= 0);
	if (!pid) {
		snprintf(command, sizeof(command), "echo record %d of $$ >>%s/%d.log", i, job->dir, job->apart ? i : 0);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(98);
	}
	return pid;
}

static void run_programs(const void *arg) {
	pid_t pids[BATCH];
	for (int i = 0; i < PROGRAMS; i += BATCH) {
		for (int k = 0; k < BATCH; k++)
			pids[k] = run_program(arg, i + k);
		for (int k = 0; k < BATCH; k++)
			must_exit_0(pids[k]);
	}
}

static void assert_each_came_once(struct watch *w) {
	char shell[PATH_MAX];
	int times[PROGRAMS] = {0};
	assert_non_null(realpath("/bin/sh", shell));
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, PROGRAMS);
	for (size_t i = 0; i < w->taken_len; i++) {
		int n, pid;
		assert_int_equal(sscanf(w->taken[i].data, "record %d of %d\n", &n, &pid), 2);
		assert_in_range(n, 0, PROGRAMS - 1);
		assert_int_equal(times[n]++, 0);
		assert_int_equal(w->taken[i].pid, pid);
		assert_string_equal(w->taken[i].executable, shell);
	}
	assert_int_equal(w->exits, PROGRAMS);
}

static void only_record_of_each_program_comes(void **state) {
	struct watch *w = *state;
	struct job job = {w->dir, false};
	watch_run(w, run_programs, &job);
	assert_each_came_once(w);
}

static void only_record_of_each_log_comes(void **state) {
	struct watch *w = *state;
	struct job job = {w->dir, true};
	watch_run(w, run_programs, &job);
	assert_each_came_once(w);
	for (size_t i = 0; i < w->taken_len; i++) {
		char path[108], name[16];
		snprintf(name, sizeof(name), "%d.log", atoi(w->taken[i].data + strlen("record ")));
		watch_path(w, name, path);
		assert_string_equal(w->taken[i].sink->label, path);
	}
}

/* Nothing is dispatched before all have gone: what is told of them must come from the kernel alone. */
static void programs_long_gone_are_still_known(void **state) {
	struct watch *w = *state;
	struct job job = {w->dir, true};
	int status;
	struct writer writer = writer_start(run_programs, &job);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	assert_int_equal(waitpid(writer.pid, &status, 0), writer.pid);
	assert_int_equal(status, 0);
	assert_int_equal(w->taken_len, 0);
	assert_each_came_once(w);
	close(writer.go);
	close(writer.done);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(only_record_of_each_program_comes),
	    BOTH_HOOKS(only_record_of_each_log_comes),
	    BOTH_HOOKS(programs_long_gone_are_still_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
