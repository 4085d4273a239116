/* SPDX-License-Identifier: MIT */
/* Whom: a process with its descendants however they came about, a cgroup, ourselves before exec; and nobody else. */
#include "cgroups.h"

#include <limits.h>
#include <pthread.h>

/* A process of the tree says who it is: its pid is all that it writes. */
static void say_pid(int log) {
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", getpid());
	must_write(log, text, (size_t)n);
}

/* Each process was heard so often, under its own pid. */
static void assert_pids(struct watch *w, size_t processes, size_t each) {
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, processes * each);
	for (size_t i = 0; i < w->taken_len; i++) {
		size_t same = 0;
		assert_int_equal(atoi(w->taken[i].data), w->taken[i].pid);
		for (size_t k = 0; k < w->taken_len; k++)
			same += w->taken[k].pid == w->taken[i].pid;
		assert_int_equal(same, each);
	}
}

/* Waits in a child for its time: until the parent closes a pipe. */
struct held {
	pid_t pid;
	int go;
};

static struct held hold_child(int log, bool with_grandchild) {
	int fds[2];
	char c;
	must(!pipe2(fds, O_CLOEXEC));
	pid_t pid = fork();
	must(pid >= 0);
	if (!pid) {
		struct held grandchild = {0};
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[1]);
		if (with_grandchild)
			grandchild = hold_child(log, false);
		must(read(fds[0], &c, 1) == 0);
		say_pid(log);
		if (with_grandchild) {
			close(grandchild.go);
			must_exit_0(grandchild.pid);
		}
		_exit(0);
	}
	close(fds[0]);
	return (struct held){pid, fds[1]};
}

/* The watch comes when the family is there already. */
static void have_a_family(const void *arg) {
	struct held children[3];
	int log = must_open_log(arg);
	for (size_t i = 0; i < LEN(children); i++)
		children[i] = hold_child(log, i == 1);
	writer_pause();
	say_pid(log);
	for (size_t i = LEN(children); i-- > 0;) { /* a later child holds the pipes of earlier ones */
		close(children[i].go);
		must_exit_0(children[i].pid);
	}
}

static void descendants_present_at_the_start_are_watched(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	struct writer writer = writer_start(have_a_family, path);
	writer_go(w, &writer);
	writer_await(w, &writer);
	watch_writer(w, &writer);
	writer_resume(&writer);
	writer_join(w, &writer);
	assert_pids(w, 5, 1);
}

static void fork_child(int log) {
	pid_t pid = fork();
	if (!pid) {
		say_pid(log);
		_exit(0);
	}
	must_exit_0(pid);
}

/* As daemons do: the one in between may be gone before the last one speaks. */
static void fork_daemon(int log) {
	pid_t pid = fork();
	if (!pid) {
		pid = fork();
		must(pid >= 0);
		if (!pid) {
			setsid();
			say_pid(log);
		}
		_exit(0);
	}
	must_exit_0(pid);
}

/* As posix_spawn() does. */
static void vfork_shell(const char *path) {
	char command[140];
	snprintf(command, sizeof(command), "echo $$ >>%s", path);
	pid_t pid = vfork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(98);
	}
	must_exit_0(pid);
}

static void fork_later(const void *arg) {
	int log = must_open_log(arg);
	say_pid(log);
	fork_child(log);
	fork_child(log);
	fork_daemon(log);
	vfork_shell(arg);
}

static void children_forked_later_are_watched(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, fork_later, path);
	assert_pids(w, 5, 1);
}

static void *say_pid_in_thread(void *log) {
	say_pid(*(int *)log);
	return NULL;
}

static void write_in_threads(const void *arg) {
	pthread_t threads[8];
	int log = must_open_log(arg);
	for (size_t i = 0; i < LEN(threads); i++)
		must(!pthread_create(&threads[i], NULL, say_pid_in_thread, &log));
	for (size_t i = 0; i < LEN(threads); i++)
		must(!pthread_join(threads[i], NULL));
}

static void threads_are_watched(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, write_in_threads, path);
	assert_pids(w, 1, 8);
	for (size_t i = 0; i < w->taken_len; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(w->taken[k].tid, w->taken[i].tid);
}

static void *write_when_alone(void *log) {
	char state[64] = "";
	char path[64];
	/* The leader is a zombie by then. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	do {
		int fd = must_open(path, O_RDONLY);
		must(read(fd, state, sizeof(state) - 1) > 0);
		close(fd);
	} while (!strstr(state, ") Z "));
	say_pid(*(int *)log);
	_exit(0);
}

static void end_main_thread(const void *arg) {
	static int log;
	pthread_t thread;
	log = must_open_log(arg);
	must(!pthread_create(&thread, NULL, write_when_alone, &log));
	pthread_exit(NULL);
}

static void thread_that_outlives_the_main_one_is_watched(void **state) {
	struct watch *w = *state;
	char path[108], self[PATH_MAX] = "";
	watch_path(w, "a.log", path);
	watch_run(w, end_main_thread, path);
	assert_pids(w, 1, 1);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_string_equal(w->taken[0].executable, self);
	assert_int_not_equal(w->taken[0].tid, w->taken[0].pid);
	assert_int_equal(w->exits, 1);
}

static void exec_shell(const void *arg) {
	char command[280];
	pid_t pid = fork();
	if (!pid) {
		snprintf(command, sizeof(command), "(echo one; sh -c 'echo two') >>%s; exec sh -c 'echo three' >>%s",
		         (const char *)arg, (const char *)arg);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(98);
	}
	must_exit_0(pid);
}

static void programs_that_are_executed_are_watched(void **state) {
	struct watch *w = *state;
	char path[108], shell[PATH_MAX];
	assert_non_null(realpath("/bin/sh", shell));
	watch_path(w, "a.log", path);
	watch_run(w, exec_shell, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 3);
	assert_taken_text(w, 0, "one\n");
	assert_taken_text(w, 1, "two\n");
	assert_taken_text(w, 2, "three\n");
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(w->taken[i].executable, shell);
}

/* On one cpu, which remembers whose the first line was. */
static void write_and_exec(const void *arg) {
	char command[140];
	cpu_set_t cpu;
	CPU_ZERO(&cpu);
	CPU_SET((size_t)sched_getcpu(), &cpu);
	must(!sched_setaffinity(0, sizeof(cpu), &cpu));
	int fd = must_open_log(arg);
	must_write(fd, "one\n", 4);
	writer_pause(); /* until it is judged, at which everything is forgotten */
	must_write(fd, "two\n", 4);
	snprintf(command, sizeof(command), "echo three >>%s", (const char *)arg);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(98);
}

static void a_writer_that_executes_another_program_is_that(void **state) {
	struct watch *w = *state;
	char path[108], self[PATH_MAX] = "", shell[PATH_MAX];
	assert_non_null(realpath("/bin/sh", shell));
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	watch_path(w, "a.log", path);
	struct writer writer = writer_start(write_and_exec, path);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_go(w, &writer);
	writer_join(w, &writer);
	watch_finish(w);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 3);
	assert_string_equal(w->taken[0].executable, self);
	assert_string_equal(w->taken[1].executable, self);
	assert_string_equal(w->taken[2].executable, shell);
}

static void exit_of_each_writer_is_told_once(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, fork_later, path);
	assert_int_equal(w->exits, 5);
	assert_int_equal(capture_live_processes(w->capture), 0);
}

static void write_twice(const void *arg) {
	int log = must_open_log(arg);
	say_pid(log);
	writer_pause();
	say_pid(log);
}

static void bystanders_are_not_read(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	struct writer target = writer_start(write_twice, path), bystander = writer_start(write_twice, path);
	watch_writer(w, &target);
	writer_go(w, &bystander);
	writer_go(w, &target);
	writer_go(w, &bystander);
	writer_go(w, &target);
	writer_join(w, &target);
	writer_join(w, &bystander);
	assert_pids(w, 1, 2);
	assert_int_equal(w->taken[0].pid, target.pid);
}

static void two_targets_are_counted_apart(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	struct writer a = writer_start(write_twice, path), b = writer_start(write_twice, path);
	watch_writer(w, &a);
	watch_process(w, b.pid);
	for (int i = 0; i < 2; i++) {
		writer_go(w, &a);
		writer_go(w, &b);
	}
	writer_join(w, &a);
	writer_join(w, &b);
	assert_pids(w, 2, 2);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_int_equal(w->taken[i].sink->key.target, w->taken[i].pid == b.pid);
}

struct cgroup_job {
	const char *cgroup, *log;
};

static void enter_cgroup_and_fork(const void *arg) {
	const struct cgroup_job *job = arg;
	int log = must_open_log(job->log);
	say_pid(log); /* not in it yet */
	must_enter_cgroup(job->cgroup);
	say_pid(log);
	pid_t pid = fork();
	if (!pid) {
		say_pid(log);
		_exit(0);
	}
	must_exit_0(pid);
}

static void stay_in_cgroup(const void *arg) {
	const struct cgroup_job *job = arg;
	int log = must_open_log(job->log);
	must_enter_cgroup(job->cgroup);
	writer_pause();
	say_pid(log);
}

static void what_runs_in_a_cgroup_and_below_is_watched(void **state) {
	struct watch *w = *state;
	char path[108], below[320];
	watch_path(w, "a.log", path);
	watch_make_cgroup(w);
	snprintf(below, sizeof(below), "%s/below", w->cgroup);
	assert_return_code(mkdir(below, 0755), errno);
	struct cgroup_job job = {w->cgroup, path}, job_below = {below, path};
	struct writer present = writer_start(stay_in_cgroup, &job), later = writer_start(enter_cgroup_and_fork, &job_below);
	writer_go(w, &present);
	writer_await(w, &present);
	watch_open(w);
	watch_cgroup(w, w->cgroup);
	writer_go(w, &later);
	writer_join(w, &later);
	writer_resume(&present);
	writer_join(w, &present);
	assert_return_code(rmdir(below), errno);
	assert_pids(w, 3, 1);
}

/* As `run` does: the target names itself, then becomes the program. */
static void what_joins_itself_is_watched_from_its_first_write(void **state) {
	struct watch *w = *state;
	char path[108], command[140];
	int status;
	watch_path(w, "a.log", path);
	snprintf(command, sizeof(command), "echo $$ >%s", path);
	watch_open(w);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		must(capture_add_self(w->capture) >= 0);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_pids(w, 1, 1);
	assert_int_equal(w->taken[0].pid, pid);
}

static void target_that_is_not_there_is_refused(void **state) {
	struct watch *w = *state;
	struct diags diags = {0};
	watch_open(w);
	pid_t pid = fork();
	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(capture_add_process(w->capture, pid, &diags), -ESRCH);
	assert_int_equal(diags.len, 1);
	assert_true(capture_add_cgroup(w->capture, w->dir, &diags) < 0);
	assert_true(capture_add_cgroup(w->capture, "/does/not/exist", &diags) < 0);
	assert_int_equal(diags.len, 3);
	diags_release(&diags);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(descendants_present_at_the_start_are_watched),
	    BOTH_HOOKS(children_forked_later_are_watched),
	    BOTH_HOOKS(threads_are_watched),
	    BOTH_HOOKS(thread_that_outlives_the_main_one_is_watched),
	    BOTH_HOOKS(programs_that_are_executed_are_watched),
	    BOTH_HOOKS(a_writer_that_executes_another_program_is_that),
	    BOTH_HOOKS(exit_of_each_writer_is_told_once),
	    BOTH_HOOKS(bystanders_are_not_read),
	    BOTH_HOOKS(two_targets_are_counted_apart),
	    BOTH_HOOKS(what_runs_in_a_cgroup_and_below_is_watched),
	    BOTH_HOOKS(what_joins_itself_is_watched_from_its_first_write),
	    BOTH_HOOKS(target_that_is_not_there_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
