/* SPDX-License-Identifier: MIT */
/*
 * The real program as watcher, with the whole rule set and JSON lines on a pipe, and a writer of log lines at a steady
 * rate for it to watch. A struct agent owns its process and pipes until agent_stop(). One thread.
 */
#ifndef TESTS_BENCH_AGENT_H
#define TESTS_BENCH_AGENT_H

#include "base/clock.h"
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define LINE_BYTES 120
#define LINES 1000
#define TICK_NS 1000000ULL

struct agent {
	bool any_cpu; /* of the caller: it may run on all, and not only on the first */
	pid_t pid;
	FILE *out; /* JSON lines */
	FILE *err;
};

/* From the last line, the summary. */
struct agent_totals {
	uint64_t seen, scanned, lost; /* writes */
	uint64_t findings;
	double cpu_s;
	long peak_kib;
};

/* build/logspill of build/tests/bench/bench_NAME. */
static BENCH_UNUSED const char *logspill_path(void) {
	static char path[4200];
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	must(len > 0);
	self[len] = 0;
	must(strstr(self, "/tests/bench/"));
	snprintf(path, sizeof(path), "%.*s/logspill", (int)(strstr(self, "/tests/bench/") - self), self);
	return path;
}

#define AGENT_OPTIONS_MAX 8

static void use_all_cpus(void) {
	cpu_set_t all;
	memset(&all, 0xff, sizeof(all));
	must(!sched_setaffinity(0, sizeof(all), &all));
}

static void agent_exec(const struct agent *a, pid_t target, const char *sink, const char *const *options, int out,
                       int err) {
	char pid[16];
	const char *argv[16 + AGENT_OPTIONS_MAX] = {"logspill", "watch", "-f", "jsonl", "--sink", sink, "-p", pid};
	for (size_t i = 0; options && options[i]; i++) {
		must(i < AGENT_OPTIONS_MAX);
		argv[8 + i] = options[i];
	}
	snprintf(pid, sizeof(pid), "%d", target);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (a->any_cpu)
		use_all_cpus();
	else
		pin(0);
	dup2(out, 1);
	dup2(err, 2);
	execv(logspill_path(), (char *const *)argv);
	_exit(127);
}

/* *a is zero, or says what the caller wants. options: more ones, ended by NULL, or NULL. Returns once the target is
 * under watch. */
static BENCH_UNUSED void agent_start(struct agent *a, pid_t target, const char *sink, const char *const *options) {
	int out[2], err[2];
	char line[512];
	must(!pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC) && fcntl(out[1], F_SETPIPE_SZ, 1 << 20) > 0);
	a->pid = fork();
	must(a->pid >= 0);
	if (a->pid == 0)
		agent_exec(a, target, sink, options, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	a->out = fdopen(out[0], "r");
	a->err = fdopen(err[0], "r");
	must(a->out && a->err);
	while (fgets(line, sizeof(line), a->err))
		if (strstr(line, "watching"))
			return;
		else
			fputs(line, stderr);
	fprintf(stderr, "bench: logspill watch does not start\n");
	exit(1);
}

/* Seconds of cpu time that it has used. */
static BENCH_UNUSED double agent_cpu_s(const struct agent *a) {
	clockid_t clock;
	struct timespec t;
	must(!clock_getcpuclockid(a->pid, &clock) && !clock_gettime(clock, &t));
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t writes_of(json_t *account) {
	return (uint64_t)json_integer_value(json_object_get(account, "writes"));
}

/* The next JSON line, or NULL at the end. */
static json_t *agent_next(struct agent *a) {
	static char line[1 << 16];
	return fgets(line, sizeof(line), a->out) ? json_loads(line, 0, NULL) : NULL;
}

static bool is_summary(json_t *line) {
	const char *schema = json_string_value(json_object_get(line, "schema"));
	return schema && !strncmp(schema, "logspill.summary/", 17);
}

static void totals_read(json_t *summary, struct agent_totals *ret) {
	const char *reason;
	json_t *lost;
	ret->seen = writes_of(json_object_get(summary, "seen"));
	ret->scanned = writes_of(json_object_get(summary, "scanned"));
	ret->findings = (uint64_t)json_integer_value(json_object_get(summary, "findings"));
	ret->lost = 0;
	json_object_foreach(json_object_get(summary, "lost"), reason, lost) ret->lost += writes_of(lost);
}

/* Ends the watch; `line` is called with each JSON line that has not been read, unless it is NULL. */
static BENCH_UNUSED struct agent_totals agent_stop(struct agent *a, void (*line)(void *arg, json_t *line), void *arg) {
	struct agent_totals totals = {0};
	struct rusage usage;
	bool ended = false;
	kill(a->pid, SIGINT);
	for (json_t *j; (j = agent_next(a)); json_decref(j)) {
		if (is_summary(j)) {
			totals_read(j, &totals);
			ended = true;
		} else if (line) {
			line(arg, j);
		}
	}
	must(wait4(a->pid, NULL, 0, &usage) == a->pid);
	fclose(a->out);
	fclose(a->err);
	if (!ended) {
		fprintf(stderr, "bench: logspill watch ended without a summary\n");
		exit(1);
	}
	totals.cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	totals.peak_kib = usage.ru_maxrss;
	return totals;
}

/* Made-up lines of web servers and Java programs, all of LINE_BYTES. One in LINES holds a mail address. */
static BENCH_UNUSED void lines_make(char lines[LINES][LINE_BYTES + 1]) {
	char text[256];
	uint32_t x = 2463534242u;
	for (unsigned i = 0; i < LINES; i++) {
		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		if (i == LINES / 2)
			snprintf(text, sizeof(text),
			         "2026-11-22 18:%02u:%02u,%03u INFO signup done, email=aino.virtanen@kuusikoti.fi", x % 60,
			         x / 60 % 60, x % 1000);
		else if (i % 2)
			snprintf(text, sizeof(text),
			         "web-%u - - [22/Nov/2026:18:%02u:%02u +0000] \"GET /api/orders?page=%u HTTP/1.1\" "
			         "200 %u \"-\" \"curl/7.88.1\"",
			         x % 9, x % 60, x / 60 % 60, x % 50, x % 90000);
		else
			snprintf(text, sizeof(text),
			         "2026-11-22 18:%02u:%02u,%03u INFO  [http-nio-8080-exec-%u] c.a.shop.Cart - saved "
			         "after %u ms id=%u",
			         x % 60, x / 60 % 60, x % 1000, x % 40, x % 5000, x % 99999999);
		snprintf(lines[i], LINE_BYTES + 1, "%-*.*s\n", LINE_BYTES - 1, LINE_BYTES - 1, text);
	}
}

/* Writes so many lines a second, in batches each millisecond; returns how many in all. `each` does the writing. */
static BENCH_UNUSED uint64_t pace(uint64_t per_second, double seconds, void (*each)(void *arg, uint64_t i), void *arg) {
	uint64_t start = clock_monotonic_ns(), end = start + (uint64_t)(seconds * 1e9), tick = start, done = 0;
	for (uint64_t now = start; now < end; now = clock_monotonic_ns()) {
		/* 64 at a time, so that one who cannot keep up ends in time as well. */
		uint64_t due = (uint64_t)((double)(now - start) * (double)per_second / 1e9);
		for (unsigned i = 0; i < 64 && done < due; i++)
			each(arg, done++);
		if (done < due)
			continue;
		while (tick <= now)
			tick += TICK_NS;
		const struct timespec until = {(time_t)(tick / 1000000000), (long)(tick % 1000000000)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	return done;
}

struct paced_order {
	uint64_t rate;
	double seconds;
};

/* A writer to /dev/null that obeys such orders and answers how many it has written; each() is given the descriptor. */
static BENCH_UNUSED void paced_writer(void (*each)(void *null, uint64_t i), int ask, int answer) {
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct paced_order o;
	while (read(ask, &o, sizeof(o)) == sizeof(o)) {
		uint64_t written = pace(o.rate, o.seconds, each, &null);
		must(write(answer, &written, sizeof(written)) == sizeof(written));
	}
	_exit(0);
}

#endif
