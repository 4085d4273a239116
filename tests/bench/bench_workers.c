/* SPDX-License-Identifier: MIT */
/*
 * What several threads add. How long it takes to go through a recording: all cpus are the threads'. And how much the
 * whole program scans in a second when it is offered more than it can take, by a writer of log lines to /dev/null that
 * writes a page of them at a time, as buffered programs do: it shares the machine's cpus, of which it takes one.
 */
#include "tests/bench/agent.h"

#define WRITE_LINES 34 /* almost a page */
#define WRITE_BYTES ((size_t)WRITE_LINES * LINE_BYTES)
#define STEP_S 3.0
#define OFFERED_PER_S 300000 /* writes */
#define RECORDED 60          /* times all pages */
#define ROUNDS 5
#define MODES 3 /* 1, 2 and 4 threads */

static char lines[LINES][LINE_BYTES + 1];
static char pages[LINES][WRITE_BYTES];

static void write_page(void *arg, uint64_t i) {
	if (write(*(int *)arg, pages[i % LINES], WRITE_BYTES) != (ssize_t)WRITE_BYTES)
		_exit(1);
}

static void writer_main(void *arg, int ask, int answer) {
	(void)arg;
	paced_writer(write_page, ask, answer);
}

static void pages_make(void) {
	lines_make(lines);
	for (size_t i = 0; i < LINES; i++)
		for (size_t k = 0; k < WRITE_LINES; k++)
			memcpy(pages[i] + k * LINE_BYTES, lines[(i * WRITE_LINES + k) % LINES], LINE_BYTES);
}

static void run_logspill(int want, const char *fmt, ...) {
	char command[2048];
	va_list args;
	int at = snprintf(command, sizeof(command), "exec '%s' ", logspill_path());
	va_start(args, fmt);
	vsnprintf(command + at, sizeof(command) - (size_t)at, fmt, args);
	va_end(args);
	int status = system(command);
	must(WIFEXITED(status) && WEXITSTATUS(status) == want);
}

/* In bursts that the ring holds, so that nothing is lost. */
static void record(const char *dir) {
	char path[4096];
	snprintf(path, sizeof(path), "%s/pages", dir);
	FILE *f = fopen(path, "we");
	must(f && fwrite(pages, sizeof(pages), 1, f) == 1 && !fclose(f));
	run_logspill(
	    99,
	    "record -q --ring-size 64M --i-know-this-stores-raw-data -o '%s/recording' -- sh -c 'for i in $(seq %d); "
	    "do dd if=%s/pages bs=64k status=none; sleep 0.02; done >%s/a.log' 2>/dev/null",
	    dir, RECORDED, dir, dir);
}

static double replay_s(const char *dir, unsigned threads) {
	double start = (double)clock_monotonic_ns() / 1e9;
	run_logspill(1, "replay -q --workers %u -f jsonl -o /dev/null '%s/recording' 2>/dev/null", threads, dir);
	return (double)clock_monotonic_ns() / 1e9 - start;
}

static void replay_all(size_t modes) {
	size_t rounds = bench_rounds(ROUNDS);
	double s[MODES][ROUNDS], alone = 0;
	char *dir = bench_dir("BENCH_TMPFS");
	record(dir);
	for (size_t i = 0; i < rounds; i++)
		for (size_t m = 0; m < modes; m++)
			s[m][i] = replay_s(dir, 1u << m);
	printf("a recording of %zu MB, start and end of the program included; the best of %zu\n",
	       RECORDED * sizeof(pages) / 1000000, rounds);
	printf("%8s %10s %12s\n", "threads", "seconds", "faster");
	for (size_t m = 0; m < modes; m++) {
		double best = bench_quantile(s[m], rounds, 0);
		alone = m ? alone : best;
		printf("%8u %10.3f %10.2f x\n", 1u << m, best, alone / best);
		bench_row("{s:s, s:i, s:f}", "kind", "replay", "threads", 1 << m, "seconds", best);
	}
}

struct sample {
	double mb_per_s, cpu;
};

static struct sample run(const struct writer *w, unsigned threads) {
	char text[8];
	const char *options[] = {"--workers", text, NULL};
	const struct paced_order o = {OFFERED_PER_S, STEP_S};
	uint64_t written;
	struct agent agent = {.any_cpu = true};
	snprintf(text, sizeof(text), "%u", threads);
	agent_start(&agent, w->pid, "/dev/null", options);
	must(write(w->ask, &o, sizeof(o)) == sizeof(o));
	must(read(w->answer, &written, sizeof(written)) == sizeof(written));
	struct agent_totals t = agent_stop(&agent, NULL, NULL);
	if (t.seen != t.scanned + t.lost || t.seen != written)
		printf("the books do not balance: %llu written, %llu seen, %llu scanned, %llu lost\n",
		       (unsigned long long)written, (unsigned long long)t.seen, (unsigned long long)t.scanned,
		       (unsigned long long)t.lost);
	if (!t.lost)
		printf("%u threads took all that was offered\n", threads);
	return (struct sample){(double)t.scanned * WRITE_BYTES / 1e6 / STEP_S, t.cpu_s / STEP_S};
}

static void print(unsigned threads, double mb_per_s, double cpu, double alone) {
	printf("%8u %10.0f %10.0f %% %10.2f\n", threads, mb_per_s, cpu * 100, mb_per_s / alone);
	bench_row("{s:s, s:i, s:f, s:f}", "kind", "live", "threads", (int)threads, "mb_per_s", mb_per_s, "agent_cpu_share",
	          cpu);
}

int main(void) {
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	pages_make();
	struct writer writer = writer_fork(writer_main, NULL);
	size_t rounds = bench_rounds(ROUNDS), modes = 1;
	double mb_per_s[MODES][ROUNDS], cpu[MODES][ROUNDS];
	while (modes < MODES && 1l << modes <= sysconf(_SC_NPROCESSORS_ONLN))
		modes++;
	replay_all(modes);
	for (size_t i = 0; i < rounds; i++) {
		for (size_t m = 0; m < modes; m++) {
			struct sample sample = run(&writer, 1u << m);
			mb_per_s[m][i] = sample.mb_per_s;
			cpu[m][i] = sample.cpu;
		}
	}
	writer_stop(&writer);
	printf("%d lines of %d bytes a write, %.0f MB/s offered; medians\n", WRITE_LINES, LINE_BYTES,
	       (double)OFFERED_PER_S * WRITE_BYTES / 1e6);
	printf("%8s %10s %12s %10s\n", "threads", "MB/s", "agent cpu", "of one's");
	double alone = bench_quantile(mb_per_s[0], rounds, 0.5);
	for (size_t m = 0; m < modes; m++)
		print(1u << m, bench_quantile(mb_per_s[m], rounds, 0.5), bench_quantile(cpu[m], rounds, 0.5), alone);
	return 0;
}
