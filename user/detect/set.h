/* SPDX-License-Identifier: MIT */
/* What detect_set_new() makes of rules. Read-only once built; shared by detectors. */
#ifndef DETECT_SET_H
#define DETECT_SET_H

#include "detect/anchor.h"
#include "detect/detect.h"
#include "detect/digit.h"
#include "detect/name.h"
#include "detect/span.h"
#include "detect/watchlist.h"
#include "rule/shape.h"

#define EPOCH_MS_DIGITS 13

struct set_rule {
	const struct rule *rule; /* NULL: not in force */
	check_fn check;          /* NULL: any value will do */
	const struct span_kind *span;
	struct shape *value; /* keys: the form that the value must have, NULL: any */
	size_t window;
	bool has_names;             /* what stands near the value matters */
	bool may_be_time;           /* a value may look like milliseconds since 1970 */
	uint64_t lens[DIGIT_KINDS]; /* of first groups of its shapes that the digit pass finds */
};

struct set_shape {
	struct shape *shape; /* owned; apart, so that most are turned away without it */
	uint16_t rule;
	uint16_t max_len;
	bool needs_context;  /* as its rule does */
	bool first_counts;   /* the first byte of a value is one of the first atom's */
	uint8_t prefix_lens; /* bit k: k bytes of it may stand before the first group; 0: found by an anchor */
};

struct detect_set {
	const struct rules *rules;
	struct set_rule *items; /* by index of the rule; behind them that of the watch list */
	struct set_shape *shapes;
	size_t shapes_len;
	struct digit_table digits;       /* of all shapes */
	struct digit_table digits_plain; /* of those that may be found without context */
	struct names names;
	struct anchors anchors;
	struct watchlist *watchlist; /* NULL: none */
	struct set_span_rules {
		uint16_t items[4];
		size_t len;
	} spans[SPAN_SOURCES]; /* rules whose span function is called at a certain sight of bytes */
	size_t window_max;
	bool needs_names; /* some shapes need context */
	float min_confidence;
	bool anywhere;
};

#endif
