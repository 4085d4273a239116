/* SPDX-License-Identifier: MIT */
/* What a recording makes of itself, whole and damaged: deliveries and books, without a kernel. */
#include "capture/recording.h"

#include "base/buf.h"
#include "capture/capture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT "signup failed for maija@kuusikoti.fi\n"
#define PID 4711
#define MUTATIONS 400

struct heard {
	char text[4096];
	size_t len, writes, exits, met;
	uint64_t bytes;
	char name[64], arguments[64];
};

static void on_write(void *arg, const struct capture_write *w) {
	struct heard *h = arg;
	size_t room = sizeof(h->text) - 1 - h->len, n = w->len < room ? w->len : room;
	memcpy(h->text + h->len, w->data, n);
	h->len += n;
	h->bytes += w->len;
	h->writes += !w->continued;
	snprintf(h->name, sizeof(h->name), "%s", w->sink->name);
}

static void on_met(void *arg, struct process *p, const char *arguments, size_t len) {
	struct heard *h = arg;
	h->met++;
	for (size_t i = 0; i < len; i++) /* all of it can be read */
		h->arguments[i % (sizeof(h->arguments) - 1)] = arguments[i] ? arguments[i] : ' ';
	p->command_line = p->command_line ?: strdup("x");
}

static void on_exit_of(void *arg, struct process *p) {
	(void)p;
	((struct heard *)arg)->exits++;
}

static void put(struct buf *b, const void *record, size_t len) {
	static const char zeroes[8];
	struct recording_entry entry = {.len = (uint32_t)len};
	assert_int_equal(buf_append(b, &entry, sizeof(entry)), 0);
	assert_int_equal(buf_append(b, record, len), 0);
	assert_int_equal(buf_append(b, zeroes, -len & 7), 0);
}

static const struct wire_sink_key key = {.ino = 12, .dev = 34};

static void put_sink(struct buf *b) {
	static const char path[] = "app.log\0tmp";
	struct wire_sink sink = {.kind = WIRE_SINK, .sink = key, .mode = S_IFREG | 0600, .tgid = PID, .fd = 3, .place = 5};
	memcpy(sink.path, path, sizeof(path));
	sink.path_len = sizeof(path);
	put(b, &sink, offsetof(struct wire_sink, path) + sink.path_len);
}

static void put_process(struct buf *b) {
	static const char names[] = "sh\0bin\0\0app.service\0\0sh\0-c\0x";
	struct wire_process process = {.kind = WIRE_PROCESS,
	                               .tgid = PID,
	                               .start_ns = 1,
	                               .comm = "sh",
	                               .executable_len = 8,
	                               .cgroup_len = 13,
	                               .arguments_len = 8,
	                               .path_len = sizeof(names)};
	memcpy(process.path, names, sizeof(names));
	put(b, &process, offsetof(struct wire_process, path) + process.path_len);
}

static void put_data(struct buf *b, uint32_t offset, uint32_t len, uint32_t write_len) {
	char bytes[sizeof(struct wire_data) + sizeof(TEXT)] = {0};
	struct wire_data *data = (struct wire_data *)bytes;
	*data = (struct wire_data){.kind = WIRE_DATA,
	                           .time_ns = 1,
	                           .sink = key,
	                           .tgid = PID,
	                           .tid = PID,
	                           .write_len = write_len,
	                           .offset = offset};
	data->len = len;
	memcpy(data->payload, &TEXT[offset], len);
	put(b, data, sizeof(*data) + len);
}

/* Two writes, the second one in two pieces. */
static void make_recording(struct buf *b, bool with_counters) {
	const uint32_t len = sizeof(TEXT) - 1;
	struct recording_sink counted = {.kind = RECORDING_SINK, .stats = {.key = key, .place = 5}};
	struct recording_head head;
	recording_head_init(&head);
	assert_int_equal(buf_append(b, &head, sizeof(head)), 0);
	put_sink(b);
	put_process(b);
	put_data(b, 0, len, len);
	put_data(b, 0, 10, len);
	put_data(b, 10, len - 10, len);
	put(b, &(struct wire_exit){.kind = WIRE_EXIT, .tgid = PID}, sizeof(struct wire_exit));
	if (!with_counters)
		return;
	counted.stats.seen_bytes = 3 * len;
	counted.stats.seen_writes = 3;
	counted.stats.gaps = 1; /* as the kernel side does whenever a byte is lost */
	counted.stats.lost_bytes[WIRE_LOSS_RING_FULL] = len;
	counted.stats.lost_writes[WIRE_LOSS_RING_FULL] = 1;
	put(b, &counted, sizeof(counted));
	put(b, &(struct recording_target){.kind = RECORDING_TARGET}, sizeof(struct recording_target));
}

static int replay(const struct buf *b, struct heard *h, struct capture_totals *ret) {
	char path[] = "/tmp/replay-XXXXXX";
	struct capture *c = NULL;
	struct diags diags = {0};
	int fd = mkstemp(path);
	assert_return_code(fd, errno);
	assert_int_equal(write(fd, b->data, b->len), b->len);
	close(fd);
	int r = capture_open(&c, &(struct capture_config){.replay = path}, &diags);
	unlink(path);
	assert_int_equal(r == 0, !diags_any(&diags));
	diags_release(&diags);
	if (r)
		return r;
	const struct capture_handler handler = {
	    .arg = h, .write = on_write, .process_met = on_met, .process_exit = on_exit_of};
	r = capture_finish(c, &handler);
	assert_int_equal(capture_totals(c, ret), 0);
	capture_close(c);
	return r;
}

static void a_recording_is_delivered_with_its_books(void **state) {
	const size_t len = sizeof(TEXT) - 1;
	struct buf b = {0};
	struct heard h = {0};
	struct capture_totals totals;
	(void)state;
	make_recording(&b, true);
	assert_int_equal(replay(&b, &h, &totals), 8);
	assert_string_equal(h.text, TEXT TEXT);
	assert_string_equal(h.name, "/tmp/app.log");
	assert_string_equal(h.arguments, "sh -c x ");
	assert_int_equal(h.writes, 2);
	assert_int_equal(h.met, 1);
	assert_int_equal(h.exits, 1);
	assert_int_equal(totals.seen_bytes, 3 * len);
	assert_int_equal(totals.seen_writes, 3);
	assert_int_equal(totals.lost[WIRE_LOSS_RING_FULL].bytes, len);
	buf_release(&b);
}

static void without_counters_what_is_there_was_seen(void **state) {
	const size_t len = sizeof(TEXT) - 1;
	struct buf b = {0};
	struct heard h = {0};
	struct capture_totals totals;
	(void)state;
	make_recording(&b, false);
	assert_int_equal(replay(&b, &h, &totals), 6);
	assert_int_equal(totals.seen_bytes, 2 * len);
	assert_int_equal(totals.seen_writes, 2);
	buf_release(&b);
}

static void another_builds_recording_is_refused(void **state) {
	struct buf b = {0};
	struct heard h = {0};
	struct capture_totals totals;
	(void)state;
	make_recording(&b, true);
	b.data[8]++;
	assert_int_equal(replay(&b, &h, &totals), -EINVAL);
	b.len = 3;
	assert_int_equal(replay(&b, &h, &totals), -EINVAL);
	buf_release(&b);
}

/* Lengths, offsets and kinds that cannot be: no byte that is not there is read, and nothing is delivered uncounted. */
static void damage_is_survived_and_counted(void **state) {
	struct buf whole = {0}, b = {0};
	unsigned seed = 20261122;
	(void)state;
	make_recording(&whole, false);
	for (int i = 0; i < MUTATIONS; i++) {
		struct heard h = {0};
		struct capture_totals totals;
		b.len = 0;
		assert_int_equal(buf_append(&b, whole.data, whole.len), 0);
		for (int k = rand_r(&seed) % 8; k >= 0; k--) {
			size_t at = sizeof(struct recording_head) + (size_t)rand_r(&seed) % (b.len - sizeof(struct recording_head));
			b.data[at] = (char)(rand_r(&seed) % 3 ? rand_r(&seed) % 2 * 0xff : rand_r(&seed));
		}
		if (rand_r(&seed) % 4 == 0)
			b.len -= (size_t)rand_r(&seed) % (b.len - sizeof(struct recording_head));
		assert_true(replay(&b, &h, &totals) >= 0);
		assert_true(h.bytes <= totals.seen_bytes);
	}
	buf_release(&whole);
	buf_release(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recording_is_delivered_with_its_books),
	    cmocka_unit_test(without_counters_what_is_there_was_seen),
	    cmocka_unit_test(another_builds_recording_is_refused),
	    cmocka_unit_test(damage_is_survived_and_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
