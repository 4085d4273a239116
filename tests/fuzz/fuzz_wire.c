/* SPDX-License-Identifier: MIT */
/* Records of the ring of any bytes: none is read beyond its end, and what is delivered was counted as seen. */
#include "fuzz.h"

#include "capture/recording.h"

#include "bpf/wire.h"

struct heard {
	uint64_t bytes, writes;
	uint8_t sum; /* each byte can be read */
};

static void on_write(void *arg, const struct capture_write *w) {
	struct heard *h = arg;
	h->bytes += w->len;
	h->writes += !w->continued;
	for (size_t i = 0; i < w->len; i++)
		h->sum ^= (uint8_t)w->data[i];
	must(w->sink && w->process && w->len <= WIRE_WRITE_MAX, "a write has a sink, a process and a length that can be");
}

static void on_met(void *arg, struct process *p, const char *arguments, size_t len) {
	(void)p;
	for (size_t i = 0; i < len; i++)
		((struct heard *)arg)->sum ^= (uint8_t)arguments[i];
}

static void on_process(void *arg, struct process *p) {
	(void)arg, (void)p;
}

/* A kind of record that user space adds says what it likes of counters. */
static bool has_counters(const uint8_t *data, size_t size) {
	for (size_t i = 0; i + 4 <= size; i += 8) {
		uint32_t kind;
		memcpy(&kind, data + i, sizeof(kind));
		if (kind == RECORDING_SINK || kind == RECORDING_TARGET)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char path[160];
	struct recording_head head;
	struct heard heard = {0};
	struct capture *c = NULL;
	struct capture_totals totals;
	struct diags diags = {0};
	const struct capture_handler handler = {
	    .arg = &heard, .write = on_write, .process_met = on_met, .process_exit = on_process};
	uint8_t *whole = malloc(sizeof(head) + size);
	must(whole, "memory");
	recording_head_init(&head);
	memcpy(whole, &head, sizeof(head));
	memcpy(whole + sizeof(head), data, size);
	fuzz_file(path, "recording", whole, sizeof(head) + size);
	free(whole);
	must(!capture_open(&c, &(struct capture_config){.replay = path}, &diags), "a recording is opened");
	must(capture_finish(c, &handler) >= 0 && !capture_totals(c, &totals), "it is played");
	if (!has_counters(data, size))
		must(heard.bytes <= totals.seen_bytes, "nothing is delivered that was not seen");
	capture_close(c);
	diags_release(&diags);
	return 0;
}
