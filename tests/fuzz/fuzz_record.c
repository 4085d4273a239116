/* SPDX-License-Identifier: MIT */
/* Writes cut anywhere, with gaps, idle times and ends of processes between them: each byte is in its record. */
#include "fuzz.h"

#include "../unit/record_model.h"

#define STEPS_MAX 400

/* The model knows no answer for a carriage return elsewhere. */
static void mend_returns(char *data, size_t len) {
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\r' && (i + 1 == len || data[i + 1] != '\n'))
			data[i] = '.';
}

/* As many bytes as it says of the input, or one of them so often that it comes near a bound. */
static size_t take_bytes(struct fuzz_input *in, char *ret, bool many) {
	static const uint32_t bounds[] = {RECORD_MAX_BYTES, RECORD_OVERLAP_BYTES, RECORD_BLOCK_BYTES, 4096};
	uint8_t n = fuzz_byte(in);
	if (many) {
		size_t len = bounds[n & 3] + (n >> 2 & 7) - 4;
		memset(ret, fuzz_byte(in), len);
		return len;
	}
	size_t len = n < in->left ? n : in->left;
	memcpy(ret, in->at, len);
	in->at += len;
	in->left -= len;
	return len;
}

static void feed(struct world *w, struct fuzz_input *in, uint8_t how, uint64_t now_ns) {
	static char data[RECORD_MAX_BYTES + 16];
	struct capture_write c = {.sink = &w->sinks[how % SINKS],
	                          .process = &w->processes[how / 4 % PROCESSES],
	                          .time_ns = now_ns,
	                          .data = data,
	                          .gap = (how & 0x30) == 0x30};
	c.continued = c.gap && how & 1;
	c.len = take_bytes(in, data, (how & 0xc0) == 0x40);
	mend_returns(data, c.len);
	if (c.len)
		world_feed(w, &c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct fuzz_input in = {data, size};
	uint64_t now_ns = RECORD_FORGET_NS;
	struct world w;
	world_open(&w);
	for (int i = 0; i < STEPS_MAX && in.left; i++) {
		uint8_t how = fuzz_byte(&in);
		if ((how & 0xc0) != 0xc0)
			feed(&w, &in, how, now_ns);
		else if (how & 0x20)
			process_exits(&w, &w.processes[how % PROCESSES]);
		else
			recorder_tick(w.r, now_ns += (how & 3) * (RECORD_IDLE_NS / 2) + (how & 4 ? RECORD_FORGET_NS : 0));
		now_ns += 1000;
	}
	world_close(&w);
	return 0;
}
