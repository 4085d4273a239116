/* SPDX-License-Identifier: MIT */
/*
 * How many lines a second the whole program keeps up with: one writer of 120-byte lines to /dev/null on one cpu, at
 * rising rates, `logspill watch` with all its rules on another, a ring of 16 MiB. When lines are lost the space between
 * the last rate that was kept up with and this one is halved a few times; the highest rate that was kept up with, or of
 * which the writer is capable, is then held for a minute.
 */
#include "tests/bench/agent.h"

#define STEP_S 5
#define HOLD_S 60
#define HALVINGS 3

static const uint64_t rates[] = {50000, 100000, 200000, 400000, 600000, 800000, 1000000, 1200000, 1500000};
#define RATES (sizeof(rates) / sizeof(*rates))

struct run {
	uint64_t rate;
	double seconds;
	uint64_t written;
	struct agent_totals totals;
};

static char lines[LINES][LINE_BYTES + 1];

static void write_line(void *arg, uint64_t i) {
	if (write(*(int *)arg, lines[i % LINES], LINE_BYTES) != LINE_BYTES)
		_exit(1);
}

static void writer_main(void *arg, int ask, int answer) {
	(void)arg;
	paced_writer(write_line, ask, answer);
}

static void print_run(const char *kind, const struct run *r) {
	const struct agent_totals *t = &r->totals;
	double lost = t->seen ? (double)t->lost / (double)t->seen : 0;
	printf("  %-5s %9llu %9.0f %11llu %11llu %9.4f %% %8.0f %% %8.0f\n", kind, (unsigned long long)r->rate,
	       (double)r->written / r->seconds, (unsigned long long)t->seen, (unsigned long long)t->lost, 100 * lost,
	       100 * t->cpu_s / r->seconds, t->scanned ? 1e9 * t->cpu_s / (double)t->scanned : 0);
	fflush(stdout);
	bench_row("{s:s, s:I, s:f, s:f, s:I, s:I, s:f, s:f}", "kind", kind, "asked_per_s", (json_int_t)r->rate,
	          "written_per_s", (double)r->written / r->seconds, "seconds", r->seconds, "seen", (json_int_t)t->seen,
	          "lost", (json_int_t)t->lost, "lost_share", lost, "agent_cpu_share", t->cpu_s / r->seconds);
	if (t->seen != t->scanned + t->lost || t->seen != r->written)
		printf("  the books do not balance: %llu written, %llu seen, %llu scanned, %llu lost\n",
		       (unsigned long long)r->written, (unsigned long long)t->seen, (unsigned long long)t->scanned,
		       (unsigned long long)t->lost);
}

static struct run run(const char *kind, const struct writer *w, uint64_t rate, double seconds) {
	struct run r = {.rate = rate, .seconds = seconds};
	const struct paced_order o = {rate, seconds};
	struct agent agent = {0};
	agent_start(&agent, w->pid, "/dev/null", NULL);
	must(write(w->ask, &o, sizeof(o)) == sizeof(o));
	must(read(w->answer, &r.written, sizeof(r.written)) == sizeof(r.written));
	r.totals = agent_stop(&agent, NULL, NULL);
	print_run(kind, &r);
	return r;
}

static bool kept_up(const struct run *r) {
	return !r->totals.lost;
}

/* Goes on behind the first loss, for the picture, but not beyond what the writer can. */
static uint64_t find_highest(const struct writer *w) {
	uint64_t good = 0, bad = 0, before = 0;
	for (size_t i = 0; i < RATES; i++) {
		struct run r = run("step", w, rates[i], STEP_S);
		if (kept_up(&r) && !bad)
			good = rates[i];
		else if (!bad)
			bad = rates[i];
		if (r.written < before * 11 / 10)
			break;
		before = r.written;
	}
	for (int i = 0; i < HALVINGS && bad; i++) {
		uint64_t middle = (good + bad) / 2;
		struct run r = run("halve", w, middle, STEP_S);
		*(kept_up(&r) ? &good : &bad) = middle;
	}
	return good;
}

int main(void) {
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	lines_make(lines);
	struct writer writer = writer_fork(writer_main, NULL);
	pin(0);
	printf("lines of %d bytes a second to /dev/null, watched with all rules, ring of 16 MiB\n", LINE_BYTES);
	printf("  %-5s %9s %9s %11s %11s %11s %10s %8s\n", "", "asked", "written", "seen", "lost", "lost", "agent cpu",
	       "ns/line");
	uint64_t rate = find_highest(&writer);
	struct run hold = {0};
	for (int tries = 0; rate && tries < 3 && !hold.written; tries++, rate = rate * 9 / 10) {
		hold = run("hold", &writer, rate, bench_rounds(9) < 9 ? STEP_S : HOLD_S);
		if (!kept_up(&hold))
			hold.written = 0;
	}
	printf("highest rate that was held for %.0f s without a loss: %.0f a second (goal: 1000000), of %llu asked\n",
	       hold.seconds, (double)hold.written / hold.seconds, (unsigned long long)hold.rate);
	writer_stop(&writer);
	return 0;
}
