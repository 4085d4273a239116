/* SPDX-License-Identifier: MIT */
/*
 * What several threads add: the most that the whole program keeps up with, with one and with more, of a writer of log
 * lines to /dev/null that writes a page of them at a time, as buffered programs do, so that the writer itself takes
 * little. All share the machine's cpus. The highest rate without a loss is closed in on by halving.
 */
#include "tests/bench/agent.h"

#define WRITE_LINES 34 /* almost a page */
#define WRITE_BYTES ((size_t)WRITE_LINES * LINE_BYTES)
#define STEP_S 2.0
#define HALVINGS 8
#define MOST_PER_S 1000000 /* writes */
#define THREADS_MAX 4

struct order {
	uint64_t rate;
	double seconds;
};

static char lines[LINES][LINE_BYTES + 1];
static char pages[LINES][WRITE_BYTES];

static void write_page(void *arg, uint64_t i) {
	if (write(*(int *)arg, pages[i % LINES], WRITE_BYTES) != (ssize_t)WRITE_BYTES)
		_exit(1);
}

static void writer_main(void *arg, int ask, int answer) {
	(void)arg;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct order o;
	while (read(ask, &o, sizeof(o)) == sizeof(o)) {
		uint64_t written = pace(o.rate, o.seconds, write_page, &null);
		must(write(answer, &written, sizeof(written)) == sizeof(written));
	}
	_exit(0);
}

static void pages_make(void) {
	lines_make(lines);
	for (size_t i = 0; i < LINES; i++)
		for (size_t k = 0; k < WRITE_LINES; k++)
			memcpy(pages[i] + k * LINE_BYTES, lines[(i * WRITE_LINES + k) % LINES], LINE_BYTES);
}

/* The writes a second that were made. */
static double run(const struct writer *w, const char *threads, uint64_t rate, struct agent_totals *ret) {
	const char *options[] = {"--workers", threads, NULL};
	const struct order o = {rate, STEP_S};
	uint64_t written;
	struct agent agent = {.any_cpu = true};
	agent_start(&agent, w->pid, "/dev/null", options);
	must(write(w->ask, &o, sizeof(o)) == sizeof(o));
	must(read(w->answer, &written, sizeof(written)) == sizeof(written));
	*ret = agent_stop(&agent, NULL, NULL);
	if (ret->seen != ret->scanned + ret->lost || ret->seen != written)
		printf("the books do not balance: %llu written, %llu seen, %llu scanned, %llu lost\n",
		       (unsigned long long)written, (unsigned long long)ret->seen, (unsigned long long)ret->scanned,
		       (unsigned long long)ret->lost);
	return (double)written / STEP_S;
}

/* MB a second. */
static double find_highest(const struct writer *w, unsigned threads, double alone) {
	char text[8];
	uint64_t good = 0, bad = MOST_PER_S;
	double best = 0, cpu = 0;
	snprintf(text, sizeof(text), "%u", threads);
	for (int i = 0; i < HALVINGS; i++) {
		struct agent_totals totals;
		uint64_t middle = (good + bad) / 2;
		double written = run(w, text, middle, &totals);
		if (totals.lost) {
			bad = middle;
			continue;
		}
		good = middle;
		best = written * (double)WRITE_BYTES / 1e6;
		cpu = totals.cpu_s / STEP_S;
	}
	printf("%8u %10.0f %10.0f %% %10.2f\n", threads, best, cpu * 100, alone > 0 ? best / alone : 1);
	fflush(stdout);
	bench_row("{s:i, s:f, s:f}", "threads", (int)threads, "mb_per_s", best, "agent_cpu_share", cpu);
	return best;
}

int main(void) {
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	pages_make();
	struct writer writer = writer_fork(writer_main, NULL);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	printf("the most without a loss, of %d lines of %d bytes a write, on %ld cpus with the writer\n", WRITE_LINES,
	       LINE_BYTES, cpus);
	printf("%8s %10s %12s %10s\n", "threads", "MB/s", "agent cpu", "of one's");
	double alone = 0;
	for (unsigned threads = 1; threads <= THREADS_MAX && threads <= (unsigned)cpus; threads *= 2) {
		double best = find_highest(&writer, threads, alone);
		alone = threads == 1 ? best : alone;
	}
	writer_stop(&writer);
	return 0;
}
