/* SPDX-License-Identifier: MIT */
/* Random writes of several processes to several sinks, checked record by record against where each byte stood. */
#include "record_model.h"

#include <stdio.h>

static uint64_t seed;

static uint32_t rnd(uint32_t below) {
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % below);
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

	/* What follows a hole may be the rest of a write that has been counted. */
	c.continued = c.gap && rnd(2);
	c.len = random_bytes(data, sizeof(data));
	world_feed(w, &c);
}

static void world_open_random(struct world *w, uint64_t with_seed) {
	seed = with_seed * 0x9e3779b97f4a7c15ull + 1;
	world_open(w);
}

static void lines_keep_every_byte_and_write_in_its_place(void **state) {
	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		uint64_t now_ns = RECORD_FORGET_NS;
		struct world w;

		world_open_random(&w, round);
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
	char data[4096];
	struct sink *sink = &w->sinks[rnd(SINKS)];
	struct capture_write c = {
	    .sink = sink, .process = &w->processes[rnd(PROCESSES)], .time_ns = now_ns, .gap = rnd(20) == 0};

	c.continued = c.gap && rnd(2);
	for (uint32_t i = rnd(8); i-- > 0;)
		c.len += random_frame(sink->framing, data + c.len, sizeof(data) - c.len);
	c.len = rnd(3) ? c.len : rnd((uint32_t)c.len + 1);
	c.data = data;
	world_feed(w, &c);
}

static void frames_of_any_bytes_keep_the_books(void **state) {
	static const enum sink_framing framings[SINKS] = {SINK_CRI, SINK_DOCKER_JSON, SINK_JOURNAL_FIELDS};

	(void)state;
	for (uint64_t round = 0; round < 100; round++) {
		uint64_t now_ns = RECORD_FORGET_NS;
		struct world w;

		world_open_random(&w, round + 1000);
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
