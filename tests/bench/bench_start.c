/* SPDX-License-Identifier: MIT */
/*
 * How much later a program starts under `logspill run`: from the moment before we start it to its own first lines, with
 * a warm cache of compiled rules, against starting it directly. Interleaved; medians.
 */
#include "base/clock.h"
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 25

static double median(double *ms) {
	return bench_quantile(ms, ROUNDS, 0.5);
}

/* Milliseconds until the program says its time on descriptor `out`, and until it and logspill have ended. */
static double start(const char *const *argv, double *ret_whole_ms) {
	int out[2];
	uint64_t began = clock_monotonic_ns(), started = 0;
	if (pipe(out))
		exit(1);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(out[1]);
	char text[32] = "";
	if (read(out[0], text, sizeof(text) - 1) > 0)
		started = strtoull(text, NULL, 10);
	close(out[0]);
	waitpid(pid, NULL, 0);
	*ret_whole_ms = (double)(clock_monotonic_ns() - began) / 1e6;
	if (started < began) {
		fprintf(stderr, "bench: %s did not start its program\n", argv[0]);
		exit(1);
	}
	return (double)(started - began) / 1e6;
}

static void measure(const char *hook, const char *self, const char *logspill) {
	const char *direct[] = {self, "say-time", NULL};
	const char *watched[] = {logspill, "run", "-q", "--hook", hook, "--", self, "say-time", NULL};
	double direct_ms[ROUNDS], watched_ms[ROUNDS], direct_whole_ms[ROUNDS], watched_whole_ms[ROUNDS];
	start(watched, watched_whole_ms); /* warms the cache */
	for (int i = 0; i < ROUNDS; i++) {
		direct_ms[i] = start(direct, &direct_whole_ms[i]);
		watched_ms[i] = start(watched, &watched_whole_ms[i]);
	}
	double added = median(watched_ms) - median(direct_ms);
	printf("  %-12s %7.1f %12.1f %8.1f   %12.1f\n", hook, median(direct_ms), median(watched_ms), added,
	       median(watched_whole_ms) - median(direct_whole_ms));
	bench_row("{s:s, s:f, s:f}", "hook", hook, "direct_ms", median(direct_ms), "added_ms", added);
}

int main(int argc, char **argv) {
	if (argc > 1 && !strcmp(argv[1], "say-time")) {
		printf("%llu\n", (unsigned long long)clock_monotonic_ns());
		return 0;
	}
	char self[4096], logspill[4200];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len <= 0)
		return 1;
	self[len] = 0;
	snprintf(logspill, sizeof(logspill), "%.*s/logspill", (int)(strstr(self, "/tests/bench/") - self), self);
	printf("start of a program, ms (median of %d); at most 150 may be added before its first instruction\n", ROUNDS);
	printf("  %-12s %7s %12s %8s   %12s\n", "hook", "direct", "logspill run", "added", "added in all");
	measure("tracepoint", self, logspill);
	measure("raw", self, logspill);
	return 0;
}
