/* SPDX-License-Identifier: MIT */
/*
 * A service that never rests, for the soak: lines into a few logs, processes that write one line and end, logs that are
 * written to once and removed, one in ten of them with a value. What it has written stands in a file for the runner:
 * struct progress.
 *
 *   load FOLDER PROGRESS-FILE PROCESSES/S LOGS/S LINES/S     until SIGTERM; SIGUSR1 halts it, SIGUSR2 lets it go on
 */
#include "base/clock.h"
#include "tests/bench/bench.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#define TICK_NS 10000000
#define LOGS 16        /* that stay */
#define KEPT 256       /* of those that come and go */
#define VALUE_EVERY 10 /* of these logs one holds a value: a finding */

struct progress {
	uint64_t processes, logs, values, writes, bytes;
	uint64_t halted; /* all is written that is in the numbers, and nothing else will be */
};

static struct progress *progress;
static const char *folder;
static volatile sig_atomic_t halt;

static void on_signal(int signal) {
	halt = signal == SIGUSR1;
}

static int open_log(const char *name, uint64_t number) {
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s-%lu.log", folder, name, number);
	int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	must(fd >= 0);
	return fd;
}

static size_t write_line(int fd, const char *line) {
	size_t len = strlen(line);
	must(write(fd, line, len) == (ssize_t)len);
	return len;
}

static void count(size_t bytes) {
	progress->writes++;
	progress->bytes += bytes;
}

/* The parent counts for it: all lines are of one length. */
static void start_process(uint64_t number) {
	char line[64];
	int len = snprintf(line, sizeof(line), "worker %012lu has done its work\n", number), status;
	pid_t pid = fork();
	must(pid >= 0);
	if (!pid) {
		int fd = open_log("workers", number % LOGS);
		_exit(write(fd, line, (size_t)len) != len);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0);
	progress->processes++;
	count((size_t)len);
}

static void make_log(uint64_t number) {
	char line[128], path[PATH_MAX];
	bool value = number % VALUE_EVERY == 0;
	snprintf(line, sizeof(line), "job %lu: %s\n", number, value ? "sent to aino.virtanen@kuusikoti.fi" : "done");
	int fd = open_log("job", number);
	count(write_line(fd, line));
	close(fd);
	progress->logs++;
	progress->values += value;
	if (number < KEPT)
		return;
	snprintf(path, sizeof(path), "%s/job-%lu.log", folder, number - KEPT);
	unlink(path);
}

/* Opened anew for each burst: the runner rotates them. */
static void write_lines(uint64_t from, uint64_t n) {
	char line[160];
	int fd = open_log("main", from % LOGS);
	for (uint64_t i = from; i < from + n; i++) {
		snprintf(line, sizeof(line), "2026-11-22 18:02:11 INFO request %lu of web-%lu took %lu ms, status 200\n", i,
		         i % 9, i % 300);
		count(write_line(fd, line));
	}
	close(fd);
}

static uint64_t due(uint64_t run_ns, uint64_t per_s) {
	return (uint64_t)((double)run_ns * (double)per_s / 1e9);
}

int main(int argc, char **argv) {
	must(argc == 6);
	folder = argv[1];
	int fd = open(argv[2], O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	must(fd >= 0 && !ftruncate(fd, sizeof(*progress)));
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(progress != MAP_FAILED);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	uint64_t rates[] = {strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10), strtoull(argv[5], NULL, 10)};
	uint64_t lines = 0, run_ns = 0;
	for (uint64_t last = clock_monotonic_ns(), now; true; last = now) {
		for (uint64_t n = due(run_ns, rates[0]); progress->processes < n && !halt;)
			start_process(progress->processes);
		for (uint64_t n = due(run_ns, rates[1]); progress->logs < n && !halt;)
			make_log(progress->logs);
		uint64_t more = due(run_ns, rates[2]) - lines;
		if (more && !halt)
			write_lines(lines, more);
		lines += halt ? 0 : more;
		__atomic_store_n(&progress->halted, halt, __ATOMIC_RELEASE);
		nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
		now = clock_monotonic_ns();
		/* Who cannot keep up does not catch up later. */
		uint64_t more_ns = now - last;
		run_ns += halt ? 0 : more_ns < 5 * TICK_NS ? more_ns : 5 * TICK_NS;
	}
}
