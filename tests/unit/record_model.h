/* SPDX-License-Identifier: MIT */
/*
 * Several processes that write to several sinks: where each byte stood, against which records are checked as they come.
 * For a carriage return that does not stand before a newline of the same write this knows no answer.
 */
#ifndef TESTS_UNIT_RECORD_MODEL_H
#define TESTS_UNIT_RECORD_MODEL_H

#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SINKS 3
#define PROCESSES 3
#define STREAMS (SINKS * PROCESSES)

/* What one process wrote to one sink, and how far records have accounted for it. */
struct model {
	char *bytes, *write_begins, *holes; /* by position; holes[i]: something was lost before byte i */
	size_t len, cap;
	size_t done;
	char tail[RECORD_OVERLAP_BYTES];
	size_t tail_len;
	bool last_cut;
	bool broken; /* its line was unfinished when bytes of the sink were lost */
	bool exited; /* nothing of it has come since */
};

struct world {
	struct recorder *r;
	struct sink sinks[SINKS];
	struct process processes[PROCESSES];
	struct model models[STREAMS];
	uint64_t fed_bytes, fed_writes, seen_bytes, seen_writes, datagrams;
	bool chaos; /* only the sums are looked at */
};

static inline struct model *model_of(struct world *w, const struct sink *s, const struct process *p) {
	return &w->models[(s - w->sinks) * PROCESSES + (p - w->processes)];
}

static inline void model_add(struct model *m, const char *data, size_t len, bool hole, bool write) {
	if (m->len + len + 1 > m->cap) {
		m->cap = (m->len + len + 1) * 2;
		m->bytes = realloc(m->bytes, m->cap);
		m->write_begins = realloc(m->write_begins, m->cap);
		m->holes = realloc(m->holes, m->cap);
	}
	memcpy(m->bytes + m->len, data, len);
	memset(m->write_begins + m->len, 0, len);
	memset(m->holes + m->len, 0, len);
	m->write_begins[m->len] = write;
	m->holes[m->len] = hole || m->broken;
	m->broken = m->exited = false;
	m->len += len;
}

static inline void keep_tail(struct model *m, const char *text, size_t len) {
	m->tail_len = len < RECORD_OVERLAP_BYTES ? len : RECORD_OVERLAP_BYTES;
	memcpy(m->tail, text + len - m->tail_len, m->tail_len);
}

/* Of a line that was said to go on and did not. */
static inline void check_end_again(struct model *m, const struct record *r, const char *text) {
	assert_true(m->last_cut && !r->cut_after);
	assert_int_equal(r->raw_writes, 0);
	assert_int_equal(r->overlap, r->len);
	assert_int_equal(r->len, m->tail_len);
	assert_memory_equal(text, m->tail, m->tail_len);
	m->last_cut = false;
}

/* The record must be exactly the next bytes of the model. */
static inline void check_line(struct model *m, const struct record *r, const char *text) {
	size_t from = m->done, to = m->done + r->raw_bytes, ended = 0;
	uint32_t writes = 0;

	assert_true(to <= m->len);
	if (!r->raw_bytes) {
		check_end_again(m, r, text);
		return;
	}
	for (size_t i = from; i < to; i++) {
		writes += m->write_begins[i] == 1;
		assert_true(i == from || !m->holes[i]);
	}
	assert_int_equal(r->raw_writes, writes);
	assert_int_equal(r->cut_before, m->holes[from] || m->last_cut);
	if (m->holes[from])
		assert_int_equal(r->overlap, 0);
	if (r->overlap) {
		assert_true(m->last_cut && r->overlap <= m->tail_len);
		assert_memory_equal(text, m->tail + m->tail_len - r->overlap, r->overlap);
	}
	if (m->bytes[to - 1] == '\n')
		ended = to - from > 1 && m->bytes[to - 2] == '\r' ? 2 : 1;
	assert_int_equal(r->len - r->overlap, r->raw_bytes - ended);
	assert_memory_equal(text + r->overlap, m->bytes + from, r->len - r->overlap);
	assert_null(memchr(text, '\n', r->len));
	assert_true(r->len <= RECORD_MAX_BYTES);
	if (ended)
		assert_false(r->cut_after);
	keep_tail(m, text, r->len);
	m->last_cut = r->cut_after;
	m->done = to;
}

static inline void on_block(void *arg, const struct record_block *b) {
	struct world *w = arg;

	for (size_t i = 0; i < b->records_len; i++) {
		const struct record *r = &b->records[i];

		w->seen_bytes += r->raw_bytes;
		w->seen_writes += r->raw_writes;
		assert_true(r->start + r->len < b->len);
		assert_true(r->overlap <= r->len);
		if (w->chaos)
			continue;
		if (r->sink->framing == SINK_DATAGRAM)
			w->datagrams++;
		else
			check_line(model_of(w, r->sink, r->process), r, b->text + r->start);
	}
}

/* The write goes into the model, and to the recorder. */
static inline void world_feed(struct world *w, struct capture_write *c) {
	/* Of its own size, so that a sanitizer sees any read beyond. */
	char *exact = memcpy(malloc(c->len + !c->len), c->data, c->len);
	if (c->sink->framing != SINK_DATAGRAM && !w->chaos) {
		if (c->gap)
			for (int p = 0; p < PROCESSES; p++) {
				struct model *m = model_of(w, c->sink, &w->processes[p]);

				/* Only a line begun tells that its rest may have been lost. */
				m->broken |= m->len && m->bytes[m->len - 1] != '\n' && !m->exited;
			}
		model_add(model_of(w, c->sink, c->process), c->data, c->len, c->gap, !c->continued);
	}
	w->fed_bytes += c->len;
	w->fed_writes += !c->continued;
	c->data = exact;
	assert_int_equal(recorder_feed(w->r, c), 0);
	free(exact);
}

static inline void world_open(struct world *w) {
	*w = (struct world){0};
	assert_int_equal(recorder_new(&w->r, on_block, w), 0);
	for (uint32_t i = 0; i < SINKS; i++)
		w->sinks[i].id = i;
	w->sinks[SINKS - 1].framing = SINK_DATAGRAM;
}

static inline void world_close(struct world *w) {
	recorder_flush(w->r);
	recorder_free(w->r);
	assert_int_equal(w->seen_bytes, w->fed_bytes);
	assert_int_equal(w->seen_writes, w->fed_writes);
	for (size_t i = 0; i < STREAMS; i++) {
		struct model *m = &w->models[i];

		assert_int_equal(w->chaos ? m->len : m->done, m->len);
		assert_false(m->last_cut);
		free(m->bytes);
		free(m->write_begins);
		free(m->holes);
	}
}

static inline void process_exits(struct world *w, struct process *p) {
	recorder_process_exit(w->r, p);
	recorder_hand_over(w->r);
	for (int s = 0; s < SINKS; s++) {
		struct model *m = model_of(w, &w->sinks[s], p);

		assert_int_equal(w->chaos ? m->len : m->done, m->len);
		assert_false(m->last_cut);
		m->broken = false;
		m->exited = true;
	}
}

#endif
