/* SPDX-License-Identifier: MIT */
/* What the benches share: figures of repeats, and the rows of figures that run.sh collects. One thread. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row, as json_pack() builds it: bench_row("{s:s, s:f}", "mode", "target", "ns", ns). Without run.sh there is
 * nowhere to put it, and nothing happens. */
static inline __attribute__((unused)) void bench_row(const char *fmt, ...) {
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
static inline __attribute__((unused)) size_t bench_rounds(size_t usual) {
	const char *text = getenv("BENCH_ROUNDS");
	size_t rounds = text ? strtoul(text, NULL, 10) : 0;
	return rounds && rounds < usual ? rounds : usual;
}

static inline int bench_by_value(const void *a, const void *b) {
	double d = *(const double *)a - *(const double *)b;
	return d < 0 ? -1 : d > 0;
}

/* Sorts the values: 0 is the least, 0.5 the median, 1 the greatest. */
static inline __attribute__((unused)) double bench_quantile(double *values, size_t n, double q) {
	if (!n)
		return 0;
	qsort(values, n, sizeof(*values), bench_by_value);
	return values[(size_t)((double)(n - 1) * q)];
}

#endif
