/* SPDX-License-Identifier: MIT */
/*
 * On a cpu where somebody is inside the bpf() call that changes a map, the kernel runs no program at tracepoints, even
 * when that somebody has been preempted and a writer of ours has the cpu. Such calls are not seen, but are counted. (It
 * comes to that where the kernel preempts its own calls: preempt=full or lazy.)
 */
#include "harness.h"

#include <linux/bpf.h>
#include <sched.h>
#include <sys/syscall.h>

#define LINES 100000

static int cpu; /* of both */

static void must_stay_on_cpu(void) {
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	must(!sched_setaffinity(0, sizeof(cpus), &cpus));
}

/* A bystander that changes a map of its own until it is ended. */
static pid_t disturb_start(void) {
	static char value[4096];
	union bpf_attr create = {
	    .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = sizeof(value), .max_entries = 4};
	uint32_t key = 1;
	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		must_stay_on_cpu();
		int fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &create, sizeof(create));
		union bpf_attr update = {.map_fd = (uint32_t)fd, .key = (uintptr_t)&key, .value = (uintptr_t)value};
		must(fd >= 0);
		for (;;)
			must(!syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &update, sizeof(update)));
	}
	return pid;
}

static void write_lines(const void *arg) {
	int log = must_open_log(arg);
	must_stay_on_cpu();
	for (int i = 0; i < LINES; i++)
		must_write(log, "a line\n", 7);
}

static void what_the_kernel_does_not_show_is_counted(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	w->may_miss = true;
	cpu = sched_getcpu();
	pid_t pid = disturb_start();
	watch_run(w, write_lines, path);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(w->totals.seen_writes <= LINES);
	assert_true(w->totals.seen_writes + watch_blind(w, WIRE_BLIND_MISSED_CALLS, NULL).events >= LINES);
	assert_int_equal(w->totals.seen_bytes, 7 * w->totals.seen_writes);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(what_the_kernel_does_not_show_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
