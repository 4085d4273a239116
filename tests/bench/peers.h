/* SPDX-License-Identifier: MIT */
/*
 * The tools that a user would otherwise reach for, started on one process and stopped by its pid. What they print goes
 * to /dev/null or is thrown away. A start that fails leaves nothing running. One thread.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "base/cleanup.h"
#include "tests/bench/writer.h"

#include <sys/mount.h>
#include <time.h>

#define PEER_PATIENCE_NS (20 * 1000000000ULL)

struct peer {
	pid_t pid;
	pid_t drain; /* reads what it prints; 0: nobody */
};

/* bpftrace wants tracefs at its usual place: in a mount namespace of its own, where it may not be. */
static void mount_tracefs(void) {
	if (access("/sys/kernel/tracing/events", F_OK) == 0)
		return;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL))
		fprintf(stderr, "bench: no tracefs for bpftrace: %s\n", strerror(errno));
}

/* They complain of limits that do no harm; that one does not start is seen by other means. */
static pid_t peer_spawn(const char *const *argv, int out) {
	pid_t pid = fork();
	must(pid >= 0);
	if (pid)
		return pid;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	dup2(out >= 0 ? out : null, 1);
	mount_tracefs();
	dup2(null, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* One that has only just started may miss its signal. */
static void peer_stop(struct peer *p) {
	for (int tries = 0; p->pid; tries++) {
		kill(p->pid, tries < 50 ? SIGINT : SIGKILL);
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		if (waitpid(p->pid, NULL, WNOHANG) == p->pid)
			p->pid = 0;
	}
	if (p->drain) {
		kill(p->drain, SIGKILL);
		waitpid(p->drain, NULL, 0);
	}
	*p = (struct peer){0};
}

static bool wait_for_word(int fd, const char *word) {
	char seen[256] = "";
	size_t len = 0;
	ssize_t n;
	while (!strstr(seen, word) && len < sizeof(seen) - 1 && (n = read(fd, seen + len, sizeof(seen) - 1 - len)) > 0)
		len += (size_t)n;
	return strstr(seen, word);
}

/* Reads and throws away, so that nothing blocks. */
static pid_t drain_start(int fd) {
	pid_t pid = fork();
	must(pid >= 0);
	if (pid)
		return pid;
	char drop[65536];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0);
	while (read(fd, drop, sizeof(drop)) > 0)
		;
	_exit(0);
}

/* Strings of up to so many bytes: older versions keep them on BPF's stack and refuse more than 200. */
static int bpftrace_start(struct peer *p, pid_t target, const char *action, unsigned bytes) {
	_cleanup_free_ char *program = NULL;
	char strlen_text[16];
	int out[2];
	if (asprintf(&program, "BEGIN { printf(\"ready\\n\"); } tracepoint:syscalls:sys_enter_write /pid == %d/ { %s }",
	             target, action) < 0 ||
	    pipe2(out, O_CLOEXEC))
		return -ENOMEM;
	snprintf(strlen_text, sizeof(strlen_text), "%u", bytes);
	setenv("BPFTRACE_STRLEN", strlen_text, 1);
	p->pid = peer_spawn((const char *const[]){"bpftrace", "-B", "line", "-e", program, NULL}, out[1]);
	close(out[1]);
	bool ready = wait_for_word(out[0], "ready");
	if (ready)
		p->drain = drain_start(out[0]);
	else
		peer_stop(p);
	close(out[0]);
	return ready ? 0 : -ENOENT;
}

static bool file_says(pid_t pid, const char *name, const char *text) {
	char path[64], line[512];
	bool found = false;
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	FILE *f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text);
	if (f)
		fclose(f);
	return found;
}

/* Until /proc/PID/name holds text; not longer than the peer lives. */
static int peer_await(struct peer *p, pid_t pid, const char *name, const char *text, bool present) {
	uint64_t start = clock_monotonic_ns();
	while (file_says(pid, name, text) != present) {
		if (waitpid(p->pid, NULL, WNOHANG) == p->pid) {
			p->pid = 0;
			return -ENOENT;
		}
		if (clock_monotonic_ns() - start > PEER_PATIENCE_NS) {
			peer_stop(p);
			return -ETIMEDOUT;
		}
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	return 0;
}

static int strace_start(struct peer *p, pid_t target) {
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", target);
	p->pid =
	    peer_spawn((const char *const[]){"strace", "-qq", "-e", "trace=write", "-o", "/dev/null", "-p", pid, NULL}, -1);
	return peer_await(p, target, "status", "TracerPid:\t0\n", false);
}

static int perf_trace_start(struct peer *p, pid_t target) {
	char pid[16];
	snprintf(pid, sizeof(pid), "%d", target);
	p->pid = peer_spawn((const char *const[]){"perf", "trace", "-e", "write", "-o", "/dev/null", "-p", pid, NULL}, -1);
	return peer_await(p, p->pid, "maps", "perf_event", true);
}

#endif
