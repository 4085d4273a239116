/* SPDX-License-Identifier: MIT */
/* Who wrote: told right for programs that live for one write, though all of them have the same few process ids. */
#include "cgroups.h"

#include "process/cgroup.h"

#include <linux/sched.h>
#include <sys/syscall.h>

#define ID "4f2e9d1c7b8a05364f2e9d1c7b8a05364f2e9d1c7b8a05364f2e9d1c7b8a0536"
#define UID "3c8a1f0e-52b7-4d19-9e60-a1b2c3d4e5f6"
#define PIDS 4 /* at a time */
#define ONE_SHOTS 1000

/* Those with a program execute it; the others write as they are. */
static const struct kind {
	const char *comm;
	bool executes;
	uid_t uid;
} kinds[] = {{"one", true, 0}, {"two", true, 1002}, {"three", false, 1003}, {"four", false, 0}};

static unsigned one_shots(void) {
	const char *n = getenv("ONE_SHOTS"); /* make check-long */
	return n ? (unsigned)atoi(n) : ONE_SHOTS;
}

/* A child of that process id; 0 in the child, -1 when somebody has that id. */
static pid_t fork_as(pid_t pid) {
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	long r = syscall(SYS_clone3, &args, sizeof(args));
	must(r >= 0 || errno == EEXIST);
	return (pid_t)r;
}

static void run_kind(const char *dir, unsigned i) {
	const struct kind *kind = &kinds[i % LEN(kinds)];
	char text[64], path[128];
	snprintf(text, sizeof(text), "echo %u $$", i);
	snprintf(path, sizeof(path), "%s/%s", dir, kind->comm);
	must(!setresuid(kind->uid, kind->uid, kind->uid));
	if (kind->executes) {
		execl(path, "sh", "-c", text, NULL); /* as busybox wants to be called */
		_exit(98);
	}
	must(!prctl(PR_SET_NAME, kind->comm));
	int n = snprintf(text, sizeof(text), "%u %ld\n", i, syscall(SYS_getpid));
	must_write(STDOUT_FILENO, text, (size_t)n);
	_exit(0);
}

/* Each in a process id that others have had before. */
static void run_one_shots(const void *arg) {
	char log[128];
	pid_t first = getpid(), pids[PIDS] = {0};
	snprintf(log, sizeof(log), "%s/a.log", (const char *)arg);
	must_move_fd(must_open_log(log), STDOUT_FILENO);
	for (unsigned i = 0, n = one_shots(); i < n; i++) {
		pid_t *slot = &pids[i % PIDS], wish = *slot;
		if (wish)
			must_exit_0(wish);
		else
			wish = first / 2 + 100 + (pid_t)i; /* above ours there may be none */
		while ((*slot = fork_as(wish)) < 0)
			wish++;
		if (!*slot)
			run_kind(arg, i);
	}
	for (size_t i = 0; i < PIDS; i++)
		must_exit_0(pids[i]);
}

struct heard {
	size_t records, pids_len;
	pid_t pids[64];
	bool pids_many;
	char self[4096];
};

static void note_pid(struct heard *h, pid_t pid) {
	for (size_t i = 0; i < h->pids_len; i++)
		if (h->pids[i] == pid)
			return;
	h->pids_many = h->pids_len == LEN(h->pids);
	if (!h->pids_many)
		h->pids[h->pids_len++] = pid;
}

static void check_writer(struct watch *w, const struct capture_write *d) {
	struct heard *h = w->take_arg;
	unsigned i;
	int pid;
	char path[108];
	assert_int_equal(sscanf(d->data, "%u %d\n", &i, &pid), 2);
	const struct kind *kind = &kinds[i % LEN(kinds)];
	assert_int_equal(d->process->pid, pid);
	assert_int_equal(d->process->uid, kind->uid);
	assert_string_equal(d->process->comm, kind->comm);
	watch_path(w, kind->comm, path);
	assert_string_equal(d->process->executable, kind->executes ? path : h->self);
	note_pid(h, pid);
	h->records++;
}

static void copy_shell(const struct watch *w, const char *name) {
	char command[256];
	snprintf(command, sizeof(command), "cp -L /bin/sh %s/%s && chmod 755 %s %s/%s", w->dir, name, w->dir, w->dir, name);
	assert_int_equal(system(command), 0);
}

static void one_shot_writers_of_reused_pids_are_told_apart(void **state) {
	struct watch *w = *state;
	struct heard heard = {0};
	assert_true(readlink("/proc/self/exe", heard.self, sizeof(heard.self) - 1) > 0);
	for (size_t i = 0; i < LEN(kinds); i++)
		if (kinds[i].executes)
			copy_shell(w, kinds[i].comm);
	w->take = check_writer;
	w->take_arg = &heard;
	watch_run(w, run_one_shots, w->dir);
	assert_lost_nothing(w);
	assert_int_equal(heard.records, one_shots());
	assert_false(heard.pids_many); /* they were used again */
	assert_int_equal(w->exits, heard.records);
}

struct job {
	const char *cgroup, *log;
};

static void write_in_cgroup(const void *arg) {
	const struct job *job = arg;
	must_enter_cgroup(job->cgroup);
	must_write(must_open_log(job->log), "x\n", 2);
}

static void check_container(struct watch *w, const struct capture_write *d) {
	struct workload workload;
	const char *below_mount = strrchr(w->cgroup, '/');
	char want[512];
	snprintf(want, sizeof(want), "%s/pod%s/%s", below_mount, UID, ID);
	assert_string_equal(d->process->cgroup, want);
	assert_int_equal(workload_read(&workload, d->process->cgroup), 0);
	assert_string_equal(workload.container_id, ID);
	assert_string_equal(workload.pod_uid, UID);
	workload_release(&workload);
}

static void the_writers_cgroup_names_its_container(void **state) {
	struct watch *w = *state;
	char log[108], pod[400], container[480];
	watch_path(w, "a.log", log);
	watch_open(w); /* before there is something to leave behind, if it is skipped */
	watch_make_cgroup(w);
	snprintf(pod, sizeof(pod), "%s/pod%s", w->cgroup, UID);
	snprintf(container, sizeof(container), "%s/%s", pod, ID);
	assert_return_code(mkdir(pod, 0755), errno);
	assert_return_code(mkdir(container, 0755), errno);
	w->take = check_container;
	watch_run(w, write_in_cgroup, &(struct job){container, log});
	assert_return_code(rmdir(container), errno);
	assert_return_code(rmdir(pod), errno);
	assert_int_equal(w->writes, 1);
}

#define SHELL_COMMAND "echo x >&1"

/* A shell whose arguments take so many bytes. */
struct arguments {
	const char *log;
	size_t bytes;
};

static size_t arguments_fill(char *ret, size_t bytes) {
	static const char front[] = "sh\0-c\0" SHELL_COMMAND;
	memcpy(ret, front, sizeof(front));
	memset(ret + sizeof(front), 'a', bytes - sizeof(front));
	ret[bytes - 1] = 0;
	return sizeof(front);
}

static void run_with_arguments(const void *arg) {
	const struct arguments *a = arg;
	char *text = malloc(a->bytes);
	must(text);
	size_t front = arguments_fill(text, a->bytes);
	must_move_fd(must_open_log(a->log), STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", SHELL_COMMAND, text + front, NULL);
	_exit(98);
}

struct expected {
	size_t bytes, times;
};

static void check_arguments(struct watch *w, const struct process *p, const char *arguments, size_t len) {
	struct expected *heard = w->take_arg;
	size_t bytes = heard->bytes;
	char *want = malloc(bytes);
	(void)p;
	assert_non_null(want);
	arguments_fill(want, bytes);
	assert_int_equal(len, bytes < WIRE_ARGUMENTS_MAX ? bytes : WIRE_ARGUMENTS_MAX);
	assert_memory_equal(arguments, want, len);
	free(want);
	heard->times++;
}

static void the_arguments_come_with_the_process(void **state) {
	static const size_t sizes[] = {64, EDGE(WIRE_ARGUMENTS_MAX), 100000};
	struct watch *w = *state;
	struct expected heard = {0};
	char log[108];
	watch_path(w, "a.log", log);
	w->met = check_arguments;
	w->take_arg = &heard;
	watch_open(w);
	for (size_t i = 0; i < LEN(sizes); i++) {
		heard.bytes = sizes[i];
		struct writer writer = writer_start(run_with_arguments, &(struct arguments){log, sizes[i]});
		watch_writer(w, &writer);
		writer_go(w, &writer);
		writer_join(w, &writer);
		watch_until_bytes(w, 2 * (i + 1));
	}
	assert_lost_nothing(w);
	assert_int_equal(heard.times, LEN(sizes));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(one_shot_writers_of_reused_pids_are_told_apart),
	    BOTH_HOOKS(the_writers_cgroup_names_its_container),
	    BOTH_HOOKS(the_arguments_come_with_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
