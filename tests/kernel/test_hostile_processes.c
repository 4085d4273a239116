/* SPDX-License-Identifier: MIT */
/* Processes that come and go faster than anybody can look, under numbers that come back, from threads, under a tracer:
 * every write is heard once, of the process that it is of. */
#include "harness.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

static void say(int log, const char *what, int n) {
	char text[64];
	must_write(log, text, (size_t)snprintf(text, sizeof(text), "%s %d\n", what, n));
}

/* One of the processes: what it says, it says under its own number. */
static void assert_said(const struct watch *w, const char *what, size_t times) {
	size_t n = 0, len = strlen(what);
	for (size_t i = 0; i < w->taken_len; i++)
		n += !strncmp(w->taken[i].data, what, len) && w->taken[i].data[len] == ' ';
	assert_int_equal(n, times);
}

#define CHAINS 4
#define EXECS 120

/* A shell that becomes another, and so on. */
static void exec_in_chains(const void *arg) {
	static const char script[] = "echo chain$2 $1 $$ >>$3; [ $1 = 0 ] || exec sh -c \"$0\" \"$0\" $(($1 - 1)) $2 $3";
	pid_t pids[CHAINS];
	for (int i = 0; i < CHAINS; i++) {
		char chain[4] = {(char)('a' + i)}, execs[8];
		snprintf(execs, sizeof(execs), "%d", EXECS - 1);
		pids[i] = fork();
		if (!pids[i]) {
			execl("/bin/sh", "sh", "-c", script, script, execs, chain, arg, NULL);
			_exit(98);
		}
		told[i] = (uint64_t)pids[i];
	}
	for (int i = 0; i < CHAINS; i++)
		must_exit_0(pids[i]);
}

static void exec_storm_is_heard(void **state) {
	struct watch *w = *state;
	int left[CHAINS] = {EXECS, EXECS, EXECS, EXECS};
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, exec_in_chains, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, CHAINS * EXECS);
	for (size_t i = 0; i < w->taken_len; i++) {
		int n, pid, chain;
		char letter;
		assert_int_equal(sscanf(w->taken[i].data, "chain%c %d %d\n", &letter, &n, &pid), 3);
		chain = letter - 'a';
		assert_in_range(chain, 0, CHAINS - 1);
		assert_int_equal(n, --left[chain]);
		assert_int_equal(pid, told[chain]);
		assert_int_equal(w->taken[i].pid, pid);
	}
}

#define FORKERS 4
#define FORKS 600

/* Nobody waits for them: the kernel does away with each as it ends. */
static void fork_all(int log) {
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();
		if (!pid) {
			say(log, "child", getpid());
			_exit(0);
		}
		must(pid > 0);
	}
}

static void fork_many(const void *arg) {
	int log = must_open_log(arg);
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < FORKERS; i++) {
		pid_t pid = fork();
		if (!pid) {
			fork_all(log);
			while (wait(NULL) > 0)
				;
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

static void fork_storm_is_heard(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, fork_many, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, FORKERS * FORKS);
	assert_said(w, "child", FORKERS * FORKS);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_int_equal(atoi(w->taken[i].data + strlen("child ")), w->taken[i].pid);
	assert_int_equal(w->exits, FORKERS * FORKS);
	assert_int_equal(capture_live_processes(w->capture), 0);
}

/* A child of that number in our pid namespace; -1 with EEXIST while it is taken. */
static pid_t fork_as(pid_t number) {
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void must_fork_and_say(int log, pid_t number, int n) {
	pid_t pid;
	while ((pid = fork_as(number)) < 0)
		must(errno == EEXIST);
	if (!pid) {
		say(log, "again", n);
		_exit(0);
	}
	must_exit_0(pid);
}

#define LIVES 100

static void live_again_and_again(const void *arg) {
	int log = must_open_log(arg);
	pid_t number = fork();
	if (!number)
		_exit(0);
	must_exit_0(number);
	for (int i = 0; i < LIVES; i++)
		must_fork_and_say(log, number, i);
}

static void pid_that_comes_around_is_another_process(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, live_again_and_again, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, LIVES);
	for (size_t i = 0; i < LIVES; i++) {
		assert_int_equal(atoi(w->taken[i].data + strlen("again ")), i);
		assert_int_equal(w->taken[i].pid, w->taken[0].pid);
	}
	assert_int_equal(w->exits, LIVES);
}

/* In a namespace of their own all have one number; the kernel knows them by others. */
static void live_again_in_a_namespace(const void *arg) {
	int log = must_open_log(arg);
	must(!unshare(CLONE_NEWPID));
	pid_t init = fork();
	if (!init) {
		for (int i = 0; i < LIVES; i++)
			must_fork_and_say(log, 100, i);
		_exit(0);
	}
	must_exit_0(init);
}

static void pid_that_comes_around_in_a_namespace_is_another_process(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, live_again_in_a_namespace, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, LIVES);
	for (size_t i = 0; i < LIVES; i++) {
		assert_int_equal(atoi(w->taken[i].data + strlen("again ")), i);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(w->taken[k].pid, w->taken[i].pid);
	}
	assert_int_equal(w->exits, LIVES);
}

#define THREADS 4
#define BECOMINGS 20

static void *chatter(void *log) {
	for (;;)
		say(*(int *)log, "thread", getpid());
	return NULL;
}

static void *become_shell(void *path) {
	char command[140];
	snprintf(command, sizeof(command), "echo shell $$ >>%s", (char *)path);
	execl("/bin/sh", "sh", "-c", command, NULL);
	must(!"exec");
	return NULL;
}

/* A thread that is not the first executes a program, which ends the others wherever they are. */
static void exec_in_threads(const void *arg) {
	for (int i = 0; i < BECOMINGS; i++) {
		pid_t pid = fork();
		if (!pid) {
			int log = must_open_log(arg);
			pthread_t threads[THREADS];
			/* The one that ends the others comes last: nothing can be started behind it. */
			for (int k = THREADS - 1; k >= 0; k--)
				must(!pthread_create(&threads[k], NULL, k ? chatter : become_shell, k ? (void *)&log : (void *)arg));
			pthread_join(threads[0], NULL);
			must(!"exec");
		}
		must_exit_0(pid);
	}
}

struct file_sums {
	uint64_t bytes, lines;
};

static struct file_sums file_sums(const char *path) {
	struct file_sums sums = {0};
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	for (int c; (c = fgetc(f)) != EOF; sums.bytes++)
		sums.lines += c == '\n';
	fclose(f);
	return sums;
}

/* A write that crosses a page of the file may end there: the thread was being killed. */
static bool is_cut(const struct taken *t) {
	return t->data[t->len - 1] != '\n';
}

static void exec_by_a_thread_is_heard(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_open_with(w, (struct capture_config){.ring_bytes = 128 * 1024 * 1024});
	watch_run(w, exec_in_threads, path);
	assert_lost_nothing(w);
	assert_said(w, "shell", BECOMINGS);
	const struct file_sums written = file_sums(path);
	uint64_t cut = 0;
	for (size_t i = 0; i < w->taken_len; i++) {
		const struct taken *t = &w->taken[i];
		bool shell = t->data[0] == 's';
		cut += is_cut(t);
		if (!is_cut(t))
			assert_int_equal(atoi(strchr(t->data, ' ')), t->pid);
		assert_int_equal(t->tid == (uint32_t)t->pid, shell);
		assert_int_equal(!strstr(t->executable, "test_hostile"), shell);
	}
	assert_int_equal(w->bytes, written.bytes);
	assert_int_equal(w->taken_len, written.lines + cut);
	assert_in_range(cut, 0, BECOMINGS * (THREADS - 1));
}

#define VFORKS 300

/* The child speaks from its parent's memory. */
static void vfork_many(const void *arg) {
	int log = must_open_log(arg);
	for (int i = 0; i < VFORKS; i++) {
		pid_t pid = vfork();
		if (!pid) {
			say(log, "vfork", getpid());
			_exit(0);
		}
		must_exit_0(pid);
	}
}

static void children_in_their_parents_memory_are_heard(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, vfork_many, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, VFORKS);
	for (size_t i = 0; i < VFORKS; i++)
		assert_int_equal(atoi(w->taken[i].data + strlen("vfork ")), w->taken[i].pid);
	assert_int_equal(w->exits, VFORKS);
}

#ifdef __x86_64__
#define TRACED_FD 500

static void write_under_a_tracer(const char *path) {
	must_move_fd(must_open_log(path), TRACED_FD);
	must(!ptrace(PTRACE_TRACEME, 0, NULL, NULL) && !raise(SIGSTOP));
	must(write(TRACED_FD, "one two three", 13) == 3);
	must(write(TRACED_FD, "never", 5) == 5);
	must(write(TRACED_FD, "end", 3) == 1000);
	_exit(0);
}

/* Makes the first write shorter, does away with the second and lies about it, and lies about the third. */
static void meddle(struct user_regs_struct *regs, int nth, bool entry) {
	if (nth == 0 && entry)
		regs->rdx = 3;
	else if (nth == 1)
		entry ? (regs->orig_rax = (unsigned long long)-1) : (regs->rax = 5);
	else if (nth == 2 && !entry)
		regs->rax = 1000;
}

static void trace(const void *arg) {
	struct user_regs_struct regs;
	int status, nth = 0;
	bool entry = false, inside = false;
	pid_t pid = fork();
	if (!pid)
		write_under_a_tracer(arg);
	must(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	for (;;) {
		must(!ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		must(waitpid(pid, &status, 0) == pid);
		if (WIFEXITED(status))
			break;
		entry = !entry;
		must(!ptrace(PTRACE_GETREGS, pid, NULL, &regs));
		if (entry)
			inside = regs.orig_rax == SYS_write && regs.rdi == TRACED_FD;
		if (!inside)
			continue;
		meddle(&regs, nth, entry);
		must(!ptrace(PTRACE_SETREGS, pid, NULL, &regs));
		nth += !entry;
	}
	must(WEXITSTATUS(status) == 0 && nth == 3);
}
#endif

static void what_a_tracer_makes_of_a_write_is_heard(void **state) {
#ifdef __x86_64__
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, trace, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_text(w, 0, "one");
	assert_taken_text(w, 1, "end");
#else
	(void)state;
	skip_because("the tracer meddles with the registers of x86-64");
#endif
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(exec_storm_is_heard),
	    BOTH_HOOKS(fork_storm_is_heard),
	    BOTH_HOOKS(pid_that_comes_around_is_another_process),
	    BOTH_HOOKS(pid_that_comes_around_in_a_namespace_is_another_process),
	    BOTH_HOOKS(exec_by_a_thread_is_heard),
	    BOTH_HOOKS(children_in_their_parents_memory_are_heard),
	    BOTH_HOOKS(what_a_tracer_makes_of_a_write_is_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
