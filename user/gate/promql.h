/* SPDX-License-Identifier: MIT */
/*
 * Instant queries to whatever answers as Prometheus does (Thanos, Mimir, VictoriaMetrics). What comes back is not
 * believed: it is one number for each set of labels, or it is said what it is instead. One thread.
 */
#ifndef GATE_PROMQL_H
#define GATE_PROMQL_H

#include "base/cleanup.h"
#include "base/diag.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct promql;

/* url: without /api/v1/query. All queries are asked for that time. 0, or -errno with a diagnostic. */
int promql_open(struct promql **ret, const char *url, uint64_t time_ns, struct diags *ret_diags);
void promql_close(struct promql *p);
DEFINE_CLEANUP(struct promql *, promql_close)

struct promql_sample {
	json_t *labels; /* borrowed from the answer; NULL: a scalar */
	double value;   /* may be NaN or infinite */
};

struct promql_answer {
	json_t *json;
	struct promql_sample *samples;
	size_t len;
	char *problem; /* why there are no samples, or why not all can be there: "timed out"; NULL: none */
};

/* 0 or -ENOMEM: what else goes wrong is the answer's problem. promql_answer_release() it. */
int promql_ask(struct promql *p, const char *query, struct promql_answer *ret);
void promql_answer_release(struct promql_answer *a);
unsigned int promql_asked(const struct promql *p); /* queries so far */

#endif
