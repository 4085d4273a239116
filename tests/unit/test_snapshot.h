/* SPDX-License-Identifier: MIT */
/* A snapshot for tests, with names that a hostile program might choose. */
#ifndef TEST_SNAPSHOT_H
#define TEST_SNAPSHOT_H

#include "test_emit.h"

#include "base/clock.h"
#include "emit/snapshot.h"

#define HOSTILE_NAME "a\"b\\c\nd{e}\xff\x1b[31m,f=\"g\" # EOF"

static inline char *test_copy(const char *s) {
	char *copy = strdup(s);
	assert_non_null(copy);
	return copy;
}

static inline void *test_array(size_t n, size_t size) {
	void *p = calloc(n, size);
	assert_non_null(p);
	return p;
}

static inline void test_snapshot_add_targets(struct snapshot *s, size_t len) {
	s->targets = test_array(len, sizeof(*s->targets));
	s->targets_len = len;
	for (size_t i = 0; i < len; i++) {
		struct snapshot_target *t = &s->targets[i];
		*t = (struct snapshot_target){.number = (uint32_t)i, .name = test_copy(i ? "unit shop.service" : HOSTILE_NAME)};
		t->totals.seen_bytes = 1000;
		t->totals.seen_writes = 10;
		t->totals.lost[WIRE_LOSS_RING_FULL] = (struct capture_loss){100, 1};
		t->scanned = (struct capture_loss){800, 8};
		t->waiting = (struct capture_loss){100, 1};
		t->records = 20;
		t->coverage = 800.0 / 900;
		t->matches = test_array(s->rules_len, sizeof(*t->matches));
		for (size_t k = 0; k < s->rules_len; k++)
			t->matches[k] = k + 1;
	}
}

static inline void test_snapshot_add_rules(struct snapshot *s, size_t len) {
	s->rules = test_array(len, sizeof(*s->rules));
	s->rules_len = len;
	for (size_t i = 0; i < len; i++) {
		char id[32];
		snprintf(id, sizeof(id), "test.rule%zu", i);
		s->rules[i] =
		    (struct snapshot_rule){.id = test_copy(id), .severity = (enum rule_severity)(i % 5), .findings = i == 0};
	}
}

static inline void test_snapshot_add_findings(struct snapshot *s, size_t len) {
	s->findings = test_array(len, sizeof(struct finding_copy *));
	for (; s->findings_len < len; s->findings_len++) {
		struct finding f = test_finding();
		snprintf(f.id, sizeof(f.id), "%032zx", s->findings_len);
		f.rule = s->findings_len % 2 ? &test_card : &test_email;
		f.sink_name = TEXT("/var/log/" HOSTILE_NAME);
		assert_int_equal(finding_copy_new(&s->findings[s->findings_len], &f, NULL), 0);
	}
}

static inline struct snapshot *test_snapshot(size_t targets, size_t rules, size_t findings) {
	struct snapshot *s = test_array(1, sizeof(*s));
	s->holders = 1;
	s->time_ns = clock_realtime_ns();
	s->started_ns = s->time_ns - 5000000000ull;
	s->version = "0";
	s->hook = "tracepoint";
	s->ready = true;
	test_snapshot_add_rules(s, rules);
	test_snapshot_add_targets(s, targets);
	test_snapshot_add_findings(s, findings);
	s->sinks = test_array(1, sizeof(*s->sinks));
	s->sinks_len = 1;
	s->sinks[0] = (struct snapshot_sink){.kind = SINK_FILE,
	                                     .is_log = true,
	                                     .name = test_copy("/var/log/" HOSTILE_NAME),
	                                     .label = test_copy("x"),
	                                     .reason = test_copy("matches *.log")};
	s->blind = test_array(1, sizeof(*s->blind));
	s->blind_len = 1;
	s->blind[0] = (struct snapshot_blind){
	    .kind = test_copy("mapping"), .text = test_copy("mapping: ..."), .doubt = true, .amount = {3, 0}};
	s->outputs = test_array(1, sizeof(*s->outputs));
	s->outputs_len = 1;
	s->outputs[0] = (struct snapshot_output){.name = test_copy(HOSTILE_NAME), .driver = "webhook", .sent = 7};
	s->latency.counts[2] = 5;
	s->latency.counts[SNAPSHOT_LATENCY_BOUNDS] = 1;
	s->latency.sum_s = 12.5;
	s->cost.programs = test_array(1, sizeof(*s->cost.programs));
	s->cost.programs_len = 1;
	s->cost.programs[0] = (struct snapshot_program){test_copy("on_write"), {100, 12345}};
	return s;
}

#endif
