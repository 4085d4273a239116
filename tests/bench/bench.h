/* SPDX-License-Identifier: MIT */
/* What the benches share: figures of repeats, the rows of figures that run.sh collects, and where things run: writers
 * on one cpu, who reads on another. One thread. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BENCH_UNUSED __attribute__((unused))

#define must(condition)                                                                                                \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			fprintf(stderr, "bench: not so: %s: %s\n", #condition, strerror(errno));                                   \
			exit(1);                                                                                                   \
		}                                                                                                              \
	} while (0)

static inline BENCH_UNUSED void pin(int cpu) {
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Writers run there; all else on cpu 0. */
static inline BENCH_UNUSED int cpu_of_writer(void) {
	return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0;
}

/* A process that writes on demand: orders go in at `ask`, and what came of each comes out at `answer`. */
struct writer {
	pid_t pid;
	int ask, answer;
};

static inline BENCH_UNUSED struct writer writer_fork(void (*fn)(void *arg, int ask, int answer), void *arg) {
	int ask[2], answer[2];
	must(!pipe2(ask, O_CLOEXEC) && !pipe2(answer, O_CLOEXEC));
	struct writer w = {.pid = fork(), .ask = ask[1], .answer = answer[0]};
	must(w.pid >= 0);
	if (w.pid == 0) {
		close(ask[1]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(cpu_of_writer());
		fn(arg, ask[0], answer[1]);
		_exit(0);
	}
	close(ask[0]);
	close(answer[1]);
	return w;
}

static inline BENCH_UNUSED void writer_stop(struct writer *w) {
	close(w->ask);
	close(w->answer);
	kill(w->pid, SIGKILL); /* a later child holds the other end of its pipe open */
	waitpid(w->pid, NULL, 0);
}

/* A new directory in memory (BENCH_TMPFS) or on disk (BENCH_DISK), which run.sh removes. */
static inline BENCH_UNUSED char *bench_dir(const char *variable) {
	const char *parent = getenv(variable);
	char *dir = NULL;
	must(asprintf(&dir, "%s/XXXXXX", parent ? parent : "/tmp") > 0 && mkdtemp(dir));
	return dir;
}

/* One row, as json_pack() builds it: bench_row("{s:s, s:f}", "mode", "target", "ns", ns). Without run.sh there is
 * nowhere to put it, and nothing happens. */
static inline BENCH_UNUSED void bench_row(const char *fmt, ...) {
	const char *path = getenv("BENCH_ROWS");
	va_list args;
	va_start(args, fmt);
	json_t *row = json_vpack_ex(NULL, 0, fmt, args);
	va_end(args);
	char *text = row ? json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	FILE *f = path ? fopen(path, "ae") : NULL;
	if (!text || (f && fprintf(f, "%s\n", text) < 0)) {
		fprintf(stderr, "bench: a row was not kept: %s\n", fmt);
		exit(1);
	}
	if (f)
		fclose(f);
	free(text);
	json_decref(row);
}

/* How often what is measured is repeated: as the environment says, for a quick look, but not more often. */
static inline BENCH_UNUSED size_t bench_rounds(size_t usual) {
	const char *text = getenv("BENCH_ROUNDS");
	size_t rounds = text ? strtoul(text, NULL, 10) : 0;
	return rounds && rounds < usual ? rounds : usual;
}

static inline int bench_by_value(const void *a, const void *b) {
	double d = *(const double *)a - *(const double *)b;
	return d < 0 ? -1 : d > 0;
}

/* Sorts the values: 0 is the least, 0.5 the median, 1 the greatest. */
static inline BENCH_UNUSED double bench_quantile(double *values, size_t n, double q) {
	if (!n)
		return 0;
	qsort(values, n, sizeof(*values), bench_by_value);
	return values[(size_t)((double)(n - 1) * q)];
}

#endif
