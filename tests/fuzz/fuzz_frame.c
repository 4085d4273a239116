/* SPDX-License-Identifier: MIT */
/* Frames of collectors of any bytes, cut into writes anywhere: nothing is read beyond them, and the books balance. */
#include "fuzz.h"

#include "../unit/record_model.h"

#include "record/frame.h"

/* Parsers by themselves: what they return lies in the line or in scratch, and scratch never grows. */
static void parse(const uint8_t *data, size_t size) {
	const char *line = (const char *)data;
	struct buf scratch = {0};
	struct frame f;
	must(!buf_reserve(&scratch, size + 1), "memory");
	const char *room = scratch.data;
	if (frame_cri(line, size, &f))
		must(f.text >= line && f.text + f.len <= line + size, "a CRI message lies in its line");
	if (frame_docker(line, size, &scratch, &f))
		must(f.len <= size && scratch.len <= size, "a docker message is no longer than its line");
	scratch.len = 0;
	for (size_t at = 0; at < size;) {
		size_t n = frame_journal(line + at, size - at, &scratch);
		must(n && n <= size - at && scratch.len <= size, "an entry takes some of the datagram");
		at += n;
	}
	must(scratch.data == room, "scratch has had room enough");
	buf_release(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const enum sink_framing framings[SINKS] = {SINK_CRI, SINK_DOCKER_JSON, SINK_JOURNAL_FIELDS};
	struct fuzz_input in = {data, size};
	uint64_t now_ns = RECORD_FORGET_NS;
	struct world w;
	parse(data, size);
	world_open(&w);
	w.chaos = true;
	for (int i = 0; i < SINKS; i++)
		w.sinks[i].framing = framings[i];
	while (in.left) {
		uint8_t how = fuzz_byte(&in);
		size_t len = fuzz_short(&in) & 0x3ff;
		struct capture_write c = {.sink = &w.sinks[how % SINKS],
		                          .process = &w.processes[how / 4 % PROCESSES],
		                          .time_ns = now_ns += 1000,
		                          .gap = (how & 0x30) == 0x30,
		                          .data = (const char *)in.at,
		                          .len = len < in.left ? len : in.left};
		c.continued = c.gap && how & 0x40;
		in.at += c.len;
		in.left -= c.len;
		world_feed(&w, &c);
		if (how & 0x80)
			recorder_tick(w.r, now_ns += RECORD_IDLE_NS);
	}
	world_close(&w);
	return 0;
}
