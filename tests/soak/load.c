/* SPDX-License-Identifier: MIT */
/*
 * A service that never rests, for the soak: lines into a few logs, processes that write one line and end, logs that are
 * written to once and removed, some of them with a value. It goes on from what the progress file says (struct progress)
 * until there are so many of each, not before SECONDS are over, and ends. No value comes in the second half.
 *
 *   load FOLDER PROGRESS-FILE SECONDS PROCESSES LOGS VALUES LINES
 */
#include "base/clock.h"
#include "tests/bench/bench.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#define TICK_NS 10000000
#define LOGS 16  /* that stay */
#define KEPT 256 /* of those that come and go */

struct progress {
	uint64_t processes, logs, values, lines, writes, bytes;
};

static struct progress *progress;
static const char *folder;
static uint64_t value_every; /* of the logs that come and go one holds a value: a finding */
static uint64_t values_max;

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
	bool value = progress->values < values_max && number % value_every == 0;
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
	if (!n)
		return;
	int fd = open_log("main", from % LOGS);
	for (uint64_t i = from; i < from + n; i++) {
		snprintf(line, sizeof(line), "2026-11-22 18:02:11 INFO request %lu of web-%lu took %lu ms, status 200\n", i,
		         i % 9, i % 300);
		count(write_line(fd, line));
		progress->lines++;
	}
	close(fd);
}

/* How many there should be by now of so many more than there were. */
static uint64_t due(uint64_t had, uint64_t goal, double share) {
	return had + (uint64_t)((double)(goal - had) * share);
}

static void work_until(const struct progress *goal, uint64_t length_ns) {
	const struct progress had = *progress;
	uint64_t run_ns = 0;
	for (uint64_t last = clock_monotonic_ns(), now; run_ns < length_ns; last = now) {
		nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
		now = clock_monotonic_ns();
		/* Who cannot keep up takes longer. */
		run_ns += now - last < 5 * TICK_NS ? now - last : 5 * TICK_NS;
		double share = run_ns < length_ns ? (double)run_ns / (double)length_ns : 1;
		while (progress->processes < due(had.processes, goal->processes, share))
			start_process(progress->processes);
		while (progress->logs < due(had.logs, goal->logs, share))
			make_log(progress->logs);
		write_lines(progress->lines, due(had.lines, goal->lines, share) - progress->lines);
	}
}

static uint64_t number(const char *text) {
	char *end;
	uint64_t n = strtoull(text, &end, 10);
	must(*text && !*end);
	return n;
}

int main(int argc, char **argv) {
	must(argc == 8);
	folder = argv[1];
	int fd = open(argv[2], O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	must(fd >= 0 && !ftruncate(fd, sizeof(*progress)));
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(progress != MAP_FAILED);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	const struct progress goal = {.processes = number(argv[4]), .logs = number(argv[5]), .lines = number(argv[7])};
	values_max = number(argv[6]);
	uint64_t values = values_max - progress->values;
	value_every = values ? (goal.logs - progress->logs) / (2 * values) : 1;
	must(value_every);
	work_until(&goal, number(argv[3]) * 1000000000);
}
