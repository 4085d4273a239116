/* SPDX-License-Identifier: MIT */
/* Families and samples of the text formats. One thread. */
#ifndef EMIT_METRICS_WRITER_H
#define EMIT_METRICS_WRITER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metrics_writer {
	struct buf *out;
	bool open; /* OpenMetrics */
	const char *name;
	enum metric_type type;
	int error; /* the first; nothing is written behind it */
};

/* A label, whose value may be any bytes but NUL. */
struct metric_label {
	const char *name, *value;
};
#define METRIC_LABELS(...) ((const struct metric_label[]){__VA_ARGS__, {0}})
#define METRIC_NO_LABELS ((const struct metric_label[]){{0}})

/* name: without "logspill_" and, of a counter, without "_total". */
void metrics_family(struct metrics_writer *w, const char *name, enum metric_type type, const char *help);
void metrics_sample(struct metrics_writer *w, const struct metric_label *labels, uint64_t value);
void metrics_sample_real(struct metrics_writer *w, const struct metric_label *labels, double value);
/* One sample of a histogram: suffix "_bucket", "_sum" or "_count". */
void metrics_part(struct metrics_writer *w, const char *suffix, const struct metric_label *labels, double value);
void metrics_end(struct metrics_writer *w);

#endif
