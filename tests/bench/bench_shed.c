/* SPDX-License-Identifier: MIT */
/*
 * Looking at less. What a write costs the writer that is shed, beside one that is captured; and --max-cpu 5 at rising
 * rates of 120-byte lines to /dev/null, with all rules: the agent's cpu time by the kernel's own clock, over all and in
 * the worst second, what was covered, and what the agent takes when nothing is shed.
 */
#include "tests/bench/agent.h"

#include <poll.h>

#define SHED_S 12
#define WHOLE_S 3
#define RATE_OF_ONE 300000
#define SLICES 50
#define SLICE_WRITES 2000
#define SLICE_PAUSE_MS 4 /* the agent empties the ring meanwhile */

static const uint64_t rates[] = {10000, 30000, 100000, 300000, 1000000};
#define RATES (sizeof(rates) / sizeof(*rates))

/* Lines a second for so long; or, at rate 0, slices at full speed. */
struct order {
	uint64_t rate;
	double seconds;
};

struct answer {
	uint64_t written;
	double ns; /* of a write, in the slices: the lower quartile */
};

static char lines[LINES][LINE_BYTES + 1];

static void write_line(void *arg, uint64_t i) {
	if (write(*(int *)arg, lines[i % LINES], LINE_BYTES) != LINE_BYTES)
		_exit(1);
}

static double write_slices(int null) {
	double ns[SLICES];
	for (size_t i = 0; i < SLICES; i++) {
		uint64_t start = clock_monotonic_ns();
		for (uint64_t n = 0; n < SLICE_WRITES; n++)
			write_line(&null, n);
		ns[i] = (double)(clock_monotonic_ns() - start) / SLICE_WRITES;
		poll(NULL, 0, SLICE_PAUSE_MS);
	}
	return bench_quantile(ns, SLICES, 0.25);
}

static void writer_ask(const struct writer *w, uint64_t rate, double seconds) {
	const struct order o = {rate, seconds};
	must(write(w->ask, &o, sizeof(o)) == sizeof(o));
}

static struct answer writer_answer(const struct writer *w) {
	struct answer a;
	must(read(w->answer, &a, sizeof(a)) == sizeof(a));
	return a;
}

static void obey(int ask, int answer, const struct writer *second) {
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct order o;
	while (read(ask, &o, sizeof(o)) == sizeof(o)) {
		struct answer a = {0};
		uint64_t shared = second && o.rate > RATE_OF_ONE ? o.rate / 2 : 0;
		if (shared)
			writer_ask(second, shared, o.seconds);
		if (o.rate)
			a.written = pace(o.rate - shared, o.seconds, write_line, &null);
		else
			a.ns = write_slices(null);
		if (shared)
			a.written += writer_answer(second).written;
		must(write(answer, &a, sizeof(a)) == sizeof(a));
	}
	_exit(0);
}

static void second_main(void *arg, int ask, int answer) {
	(void)arg;
	pin(0);
	obey(ask, answer, NULL);
}

/* What one process cannot write, two do, on a cpu each: of these the agent has one, too. */
static void writer_main(void *arg, int ask, int answer) {
	struct writer second = writer_fork(second_main, arg);
	obey(ask, answer, &second);
}

struct run {
	uint64_t written;
	double cpu, worst; /* share of a core: over all, and in the worst second */
	struct agent_totals totals;
};

static struct run run(const struct writer *w, const char *const *options, uint64_t rate, double seconds) {
	struct agent agent = {0};
	struct run r = {0};
	agent_start(&agent, w->pid, "/dev/null", options);
	double cpu = agent_cpu_s(&agent), before = cpu, start = (double)clock_monotonic_ns() / 1e9, then = start;
	struct pollfd fd = {w->answer, POLLIN, 0};
	writer_ask(w, rate, seconds);
	while (!poll(&fd, 1, 1000)) {
		double now = (double)clock_monotonic_ns() / 1e9, used = agent_cpu_s(&agent),
		       share = (used - before) / (now - then);
		r.worst = share > r.worst ? share : r.worst;
		before = used;
		then = now;
	}
	r.cpu = (agent_cpu_s(&agent) - cpu) / ((double)clock_monotonic_ns() / 1e9 - start);
	r.written = writer_answer(w).written;
	r.totals = agent_stop(&agent, NULL, NULL);
	return r;
}

static void hold_cpu(const struct writer *w) {
	const char *const limit[] = {"--max-cpu", "5", NULL};
	printf("--max-cpu 5, lines of %d bytes\n", LINE_BYTES);
	printf("  %9s %9s %12s %9s %12s %10s\n", "asked/s", "written/s", "unshed cpu", "cpu", "worst second", "coverage");
	for (size_t i = 0; i < RATES; i++) {
		struct run whole = run(w, NULL, rates[i], WHOLE_S), shed = run(w, limit, rates[i], SHED_S);
		const struct agent_totals *t = &shed.totals;
		double coverage = t->seen ? (double)t->scanned / (double)t->seen : 1;
		printf("  %9llu %9.0f %10.1f %% %7.2f %% %10.2f %% %8.2f %%\n", (unsigned long long)rates[i],
		       (double)shed.written / SHED_S, 100 * whole.cpu, 100 * shed.cpu, 100 * shed.worst, 100 * coverage);
		if (t->seen != t->scanned + t->lost || t->seen != shed.written)
			printf("  the books do not balance\n");
		fflush(stdout);
		bench_row("{s:s, s:I, s:f, s:f, s:f, s:f, s:f}", "kind", "max_cpu", "asked_per_s", (json_int_t)rates[i],
		          "written_per_s", (double)shed.written / SHED_S, "unshed_cpu_share", whole.cpu, "agent_cpu_share",
		          shed.cpu, "worst_second", shed.worst, "coverage", coverage);
	}
}

static const struct {
	const char *name;
	const char *const options[3];
} modes[] = {
    {"captured", {NULL}},
    {"not sampled", {"--sample", "1/1000000", NULL}},
    {"over budget", {"--budget", "1", NULL}},
};
#define MODES (sizeof(modes) / sizeof(*modes))
#define ROUNDS 9

static double slices(const struct writer *w) {
	writer_ask(w, 0, 0);
	return writer_answer(w).ns;
}

static void cost_writer(const struct writer *w) {
	double added[MODES][ROUNDS];
	size_t rounds = bench_rounds(ROUNDS);
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < MODES; i++) {
			struct agent agent = {0};
			double unwatched = slices(w);
			agent_start(&agent, w->pid, "/dev/null", modes[i].options);
			added[i][round] = slices(w) - unwatched;
			agent_stop(&agent, NULL, NULL);
		}
	}
	printf("added to a write of %d bytes, medians of %zu rounds\n", LINE_BYTES, rounds);
	double captured = bench_quantile(added[0], rounds, 0.5);
	for (size_t i = 0; i < MODES; i++) {
		double ns = bench_quantile(added[i], rounds, 0.5);
		printf("  %-12s %6.0f ns  ratio %.2f%s\n", modes[i].name, ns, ns / captured, i ? " (goal: 0.80)" : "");
		bench_row("{s:s, s:s, s:f, s:f}", "kind", "write", "mode", modes[i].name, "added_ns", ns, "ratio",
		          ns / captured);
	}
}

int main(void) {
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	lines_make(lines);
	struct writer w = writer_fork(writer_main, NULL);
	pin(0);
	cost_writer(&w);
	hold_cpu(&w);
	writer_stop(&w);
	return 0;
}
