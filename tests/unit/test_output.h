/* SPDX-License-Identifier: MIT */
/* An output with a journal in memory, for tests of drivers. */
#ifndef TEST_OUTPUT_H
#define TEST_OUTPUT_H

#include "test_emit.h"

#include "base/file.h"
#include "emit/format.h"
#include "emit/output_driver.h"
#include "emit/policy.h"

#include <errno.h>

#define SECOND_NS 1000000000ull

struct setting {
	struct output_queue *queue;
	struct output *output;
	uint64_t seq;
	char dir[64];
};

static inline void begin(struct setting *s, const struct output_settings *o) {
	struct diags diags = {0};
	assert_int_equal(output_queue_new(&s->queue, 1000), 0);
	const struct output_journal journal = output_queue_journal(s->queue);
	int r = output_new(&s->output, o, &journal, &diags);
	diags_print(&diags, stderr);
	assert_int_equal(r, 0);
	assert_int_equal(output_start(s->output), 0);
}

static inline void end(struct setting *s) {
	output_free(s->output);
	output_queue_free(s->queue);
	*s = (struct setting){0};
}

static inline void add_finding(struct setting *s, const struct finding *f, enum output_kind kind) {
	_cleanup_free_ char *json = policy_json(f, kind, "host-1");
	assert_non_null(json);
	assert_int_equal(output_queue_add(s->queue, kind, LATER_NS, f->id, json, &s->seq), 0);
	output_wake(s->output, s->seq);
}

static inline void add(struct setting *s, enum output_kind kind) {
	const struct finding f = test_finding();
	add_finding(s, &f, kind);
}

static inline struct snapshot_output counters(struct setting *s) {
	struct snapshot_output c;
	assert_int_equal(output_fill(s->output, &c), 0);
	free(c.name);
	free(c.last_error);
	return c;
}

static inline void wait_for_failure(struct setting *s) {
	while (!counters(s).failed)
		usleep(1000);
}

static inline void make_dir(struct setting *s) {
	snprintf(s->dir, sizeof(s->dir), "/tmp/test_output.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
}

#endif
