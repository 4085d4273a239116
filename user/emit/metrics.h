/* SPDX-License-Identifier: MIT */
/*
 * A snapshot as metrics: text of Prometheus 0.0.4, or OpenMetrics 1.0. Every target and rule has its series from the
 * start, so that increase() sees the first match. Any thread.
 */
#ifndef EMIT_METRICS_H
#define EMIT_METRICS_H

#include "base/buf.h"
#include "emit/snapshot.h"

/* Of target and rule, or of rules alone; of more, the rules that are least severe are one, "other". */
#define METRICS_PAIRS_MAX 10000
#define METRICS_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TYPE_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"

int metrics_write(struct buf *out, const struct snapshot *s, bool open); /* 0 or -ENOMEM */

#endif
