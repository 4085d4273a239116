/* SPDX-License-Identifier: MIT */
/* Random writes of several processes to several sinks, checked record by record against where each byte stood. */
#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SINKS 3
#define PROCESSES 3
#define STREAMS (SINKS * PROCESSES)

static uint64_t seed;

static uint32_t rnd(uint32_t below) {
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % below);
}

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

static struct model *model_of(struct world *w, const struct sink *s, const struct process *p) {
	return &w->models[(s - w->sinks) * PROCESSES + (p - w->processes)];
}

static void model_add(struct model *m, const char *data, size_t len, bool hole, bool write) {
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

static void keep_tail(struct model *m, const char *text, size_t len) {
	m->tail_len = len < RECORD_OVERLAP_BYTES ? len : RECORD_OVERLAP_BYTES;
	memcpy(m->tail, text + len - m->tail_len, m->tail_len);
}

/* Of a line that was said to go on and did not. */
static void check_end_again(struct model *m, const struct record *r, const char *text) {
	assert_true(m->last_cut && !r->cut_after);
	assert_int_equal(r->raw_writes, 0);
	assert_int_equal(r->overlap, r->len);
	assert_int_equal(r->len, m->tail_len);
	assert_memory_equal(text, m->tail, m->tail_len);
	m->last_cut = false;
}

/* The record must be exactly the next bytes of the model. */
static void check_line(struct model *m, const struct record *r, const char *text) {
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

static void on_block(void *arg, const struct record_block *b) {
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

/* Mostly short lines, with now and then one around a bound; the carriage return stands only before a newline and
 * never alone, so that one cut off by a time bound needs no second opinion. */
static size_t random_bytes(char *ret, size_t cap) {
	static const uint32_t around[] = {RECORD_MAX_BYTES, RECORD_OVERLAP_BYTES, RECORD_BLOCK_BYTES, 4096};
	size_t len = rnd(40) == 0 ? around[rnd(4)] + rnd(5) - 2 : rnd(4) ? 1 + rnd(200) : 1 + rnd(8000);
	uint32_t every = rnd(6) == 0 ? 1000000 : 1 + rnd(150);

	len = len < cap ? len : cap;
	for (size_t i = 0; i < len; i++)
		ret[i] = rnd(every) == 0 ? '\n' : (char)('!' + rnd(90));
	for (size_t i = 0; i + 1 < len; i++)
		if (ret[i + 1] == '\n' && rnd(4) == 0)
			ret[i] = '\r';
	return len;
}

static void random_feed(struct world *w, uint64_t now_ns) {
	static char data[300 * 1024];
	struct capture_write c = {.sink = &w->sinks[rnd(SINKS)],
	                          .process = &w->processes[rnd(PROCESSES)],
	                          .time_ns = now_ns,
	                          .data = data,
	                          .gap = rnd(20) == 0};
	char *exact;

	/* What follows a hole may be the rest of a write that has been counted. */
	c.continued = c.gap && rnd(2);
	c.len = random_bytes(data, sizeof(data));
	/* Of its own size, so that a sanitizer sees any read beyond. */
	exact = memcpy(malloc(c.len), data, c.len);
	c.data = exact;
	if (c.sink->framing != SINK_DATAGRAM) {
		if (c.gap)
			for (int p = 0; p < PROCESSES; p++) {
				struct model *m = model_of(w, c.sink, &w->processes[p]);

				/* Only a line begun tells that its rest may have been lost. */
				m->broken |= m->len && m->bytes[m->len - 1] != '\n' && !m->exited;
			}
		model_add(model_of(w, c.sink, c.process), data, c.len, c.gap, !c.continued);
	}
	w->fed_bytes += c.len;
	w->fed_writes += !c.continued;
	assert_int_equal(recorder_feed(w->r, &c), 0);
	free(exact);
}

static void world_open(struct world *w, uint64_t with_seed) {
	*w = (struct world){0};
	seed = with_seed * 0x9e3779b97f4a7c15ull + 1;
	assert_int_equal(recorder_new(&w->r, on_block, w), 0);
	for (uint32_t i = 0; i < SINKS; i++)
		w->sinks[i].id = i;
	w->sinks[SINKS - 1].framing = SINK_DATAGRAM;
}

static void world_close(struct world *w) {
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

static void process_exits(struct world *w, struct process *p) {
	recorder_process_exit(w->r, p);
	for (int s = 0; s < SINKS; s++) {
		struct model *m = model_of(w, &w->sinks[s], p);

		assert_int_equal(w->chaos ? m->len : m->done, m->len);
		assert_false(m->last_cut);
		m->broken = false;
		m->exited = true;
	}
}

static void lines_keep_every_byte_and_write_in_its_place(void **state) {
	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		uint64_t now_ns = RECORD_FORGET_NS;
		struct world w;

		world_open(&w, round);
		for (int i = 0; i < 400; i++) {
			random_feed(&w, now_ns);
			now_ns += rnd(1000000);
			if (rnd(30) == 0)
				recorder_tick(w.r, now_ns += rnd(2) * RECORD_IDLE_NS);
			if (rnd(60) == 0)
				process_exits(&w, &w.processes[rnd(PROCESSES)]);
		}
		world_close(&w);
		assert_true(w.datagrams > 0);
	}
}

/* One frame, well-formed or nearly. */
static size_t random_frame(enum sink_framing framing, char *ret, size_t cap) {
	static const char *const words[] = {"login ok", "\\u00e4\\ud83d\\ude00", "a=b", "", "\\n", "\\\"x\\\""};
	static const char *const end[] = {"\\n", "", "\\"};
	const char *stream = rnd(2) ? "stdout" : "stderr", *word = words[rnd(6)];
	int n;

	if (framing == SINK_CRI)
		n = snprintf(ret, cap, "2026-11-22T13:49:02.123456789Z %s %c %s\n", stream, rnd(3) ? 'F' : 'P', word);
	else if (framing == SINK_DOCKER_JSON)
		n = snprintf(ret, cap, "{\"log\":\"%s%s\",\"stream\":\"%s\",\"time\":\"now\"}\n", word, end[rnd(3)], stream);
	else
		n = snprintf(ret, cap, "MESSAGE=%s\nBINARY\n%c%c%c%c%c%c%c%cdata\n\n", word, (int)rnd(20), 0, 0, 0, 0, 0, 0, 0);
	if (rnd(8) == 0)
		ret[rnd((uint32_t)n)] = (char)rnd(256);
	return (size_t)n;
}

static void feed_frames(struct world *w, uint64_t now_ns) {
	char data[4096], *exact;
	struct sink *sink = &w->sinks[rnd(SINKS)];
	struct capture_write c = {
	    .sink = sink, .process = &w->processes[rnd(PROCESSES)], .time_ns = now_ns, .gap = rnd(20) == 0};

	c.continued = c.gap && rnd(2);
	for (uint32_t i = rnd(8); i-- > 0;)
		c.len += random_frame(sink->framing, data + c.len, sizeof(data) - c.len);
	c.len = rnd(3) ? c.len : rnd((uint32_t)c.len + 1);
	c.data = exact = memcpy(malloc(c.len + !c.len), data, c.len);
	w->fed_bytes += c.len;
	w->fed_writes += !c.continued;
	assert_int_equal(recorder_feed(w->r, &c), 0);
	free(exact);
}

static void frames_of_any_bytes_keep_the_books(void **state) {
	static const enum sink_framing framings[SINKS] = {SINK_CRI, SINK_DOCKER_JSON, SINK_JOURNAL_FIELDS};

	(void)state;
	for (uint64_t round = 0; round < 100; round++) {
		uint64_t now_ns = RECORD_FORGET_NS;
		struct world w;

		world_open(&w, round + 1000);
		w.chaos = true;
		for (int i = 0; i < SINKS; i++)
			w.sinks[i].framing = framings[i];
		for (int i = 0; i < 400; i++) {
			feed_frames(&w, now_ns);
			now_ns += rnd(1000000);
			if (rnd(30) == 0)
				recorder_tick(w.r, now_ns += rnd(2) * RECORD_IDLE_NS);
			if (rnd(60) == 0)
				process_exits(&w, &w.processes[rnd(PROCESSES)]);
		}
		world_close(&w);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_keep_every_byte_and_write_in_its_place),
	    cmocka_unit_test(frames_of_any_bytes_keep_the_books),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
