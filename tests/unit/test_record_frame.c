/* SPDX-License-Identifier: MIT */
#include "record/frame.h"
#include "test_record.h"

#define TIME "2026-11-22T13:49:02.123456789Z "
#define LENGTH(n) #n "\0\0\0\0\0\0\0"

static struct sink framed;

static void feed_bytes(struct fixture *f, const char *data, size_t len, bool gap) {
	/* Of its own size, so that a sanitizer sees any read beyond. */
	char *exact = memcpy(malloc(len), data, len);
	feed_write(f, (struct capture_write){.sink = &framed, .process = &shop, .data = exact, .len = len, .gap = gap});
	free(exact);
}

static void feed_frames(struct fixture *f, const char *text) {
	feed_bytes(f, text, strlen(text), false);
}

static void a_cri_message_is_the_record(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_CRI;
	feed_frames(f, TIME "stdout F user=ann\n" TIME "stderr F \n" TIME "stdout F:x tagged \r\n");
	expect(f, "user=ann", "", "tagged ", NULL);
	assert_int_equal(f->seen.rec[0].raw_bytes, strlen(TIME) + 18);
}

static void cri_parts_join_by_stream(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_CRI;
	feed_frames(f, TIME "stdout P mail=john\n" TIME "stderr P other \n");
	feed_frames(f, TIME "stdout P @mail\n");
	feed_frames(f, TIME "stderr F end\n" TIME "stdout F .org\n" TIME "stdout F next\n");
	expect(f, "other end", "mail=john@mail.org", "next", NULL);
	assert_int_equal(f->seen.rec[1].raw_writes, 2);
	assert_int_equal(f->seen.rec[0].raw_writes, 1);
}

static void a_frame_of_many_writes_is_one(void **state) {
	struct fixture *f = *state;
	const char *text = TIME "stdout F one\n" TIME "stdout P t\n" TIME "stdout F wo\n";

	framed.framing = SINK_CRI;
	for (const char *p = text; *p; p++)
		feed_bytes(f, p, 1, false);
	expect(f, "one", "two", NULL);
}

static void what_is_not_a_cri_frame_is_plain_text(void **state) {
	struct fixture *f = *state;
	static const char *const lines[] = {
	    "",
	    "plain",
	    "2026-11-22T13:49:02Z",
	    TIME,
	    TIME "stdout",
	    TIME "stdin F x",
	    TIME "stdout X x",
	    TIME "stdout FX x",
	    TIME "stdout  F x",
	    "20261122T13:49:02.123Z stdout F x",
	};

	framed.framing = SINK_CRI;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		feed_frames(f, lines[i]);
		feed_frames(f, "\n");
	}
	recorder_flush(f->r);
	assert_int_equal(f->seen.len - (f->seen.rec[0].raw_bytes == 0), 10);
	for (size_t i = 0; i < 10; i++)
		assert_string_equal(f->seen.text[f->seen.len - 10 + i], lines[i]);
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	assert_int_equal(f->seen.writes, f->fed_writes);
}

static void parts_are_not_joined_across_a_gap(void **state) {
	struct fixture *f = *state;
	const char *after = TIME "stdout F 1111 1111\n";

	framed.framing = SINK_CRI;
	feed_frames(f, TIME "stdout P 4111 1111 \n");
	feed_bytes(f, after, strlen(after), true);
	expect(f, "4111 1111 ", "1111 1111", NULL);
	assert_false(f->seen.rec[0].cut_after);
	assert_true(f->seen.rec[1].cut_before);
}

static void an_idle_part_overlaps_what_follows(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_CRI;
	feed_frames(f, TIME "stdout P john@\n" TIME "std");
	recorder_tick(f->r, f->now_ns + RECORD_IDLE_NS);
	assert_int_equal(f->seen.len, 2);
	feed_frames(f, "out F mail.org\n" TIME "stdout F mail.org\n");
	expect(f, TIME "std", "john@", TIME "stdout F mail.org", "john@mail.org", NULL);
	assert_int_equal(f->seen.rec[3].overlap, 5);
	assert_int_equal(f->seen.rec[2].overlap, strlen(TIME "std"));
}

static void a_docker_log_is_unescaped(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_DOCKER_JSON;
	feed_frames(
	    f, "{\"log\":\"user=ann \\\"x\\\" \\\\ \\/ \\t\\u0040 \\u00e4 \\u20ac \\ud83d\\ude00 \\ud83d \\udc00!\\r\\n\","
	       "\"stream\":\"stdout\",\"time\":\"2026-11-22T13:49:02.1Z\"}\n");
	feed_frames(f, " { \"stream\" : \"stderr\" , \"log\" : \"a\\nb\\n\" } \r\n");
	expect(f, "user=ann \"x\" \\ / \t@ \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbf\xbd!", "a\nb",
	       NULL);
}

static void docker_parts_join_by_stream(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_DOCKER_JSON;
	feed_frames(f,
	            "{\"log\":\"john\",\"stream\":\"stdout\",\"time\":\"\"}\n{\"log\":\"err \",\"stream\":\"stderr\"}\n");
	feed_frames(
	    f,
	    "{\"log\":\"@mail.org\\n\",\"stream\":\"stdout\",\"time\":\"\"}\n{\"log\":\"or\\n\",\"stream\":\"stderr\"}\n");
	feed_frames(f, "{\"log\":\"\\n\",\"stream\":\"stdout\"}\n{\"log\":\"cut\",\"stream\":\"stdout\"}\n");
	expect(f, "john@mail.org", "err or", "", "cut", NULL);
	assert_false(f->seen.rec[3].cut_after);
}

static void what_is_not_a_docker_frame_is_plain_text(void **state) {
	struct fixture *f = *state;
	static const char *const lines[] = {
	    "{",
	    "{}",
	    "plain",
	    "{\"log\":\"x\\n\"}",
	    "{\"stream\":\"stdout\"}",
	    "{\"log\":\"x\\n\",\"stream\":\"stdin\"}",
	    "{\"log\":\"x\\n\",\"stream\":\"stdout\"",
	    "{\"log\":\"x\\n\",\"stream\":\"stdout\"}}",
	    "{\"log\":\"x\\n\",\"stream\":\"stdout\",}",
	    "{\"log\":\"x\\q\",\"stream\":\"stdout\"}",
	    "{\"log\":\"x\\u00g0\",\"stream\":\"stdout\"}",
	    "{\"log\":\"x\\",
	    "{\"log\":\"x\\u12",
	    "{\"log\":\"x\",\"log\":\"y\",\"stream\":\"stdout\"}",
	    "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"attrs\":{\"owner\":\"ann\"}}",
	};

	framed.framing = SINK_DOCKER_JSON;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		feed_frames(f, lines[i]);
		feed_frames(f, "\n");
	}
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, sizeof(lines) / sizeof(*lines));
	for (size_t i = 0; i < f->seen.len; i++)
		assert_string_equal(f->seen.text[i], lines[i]);
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	assert_int_equal(f->seen.writes, f->fed_writes);
}

static void an_overlong_frame_is_plain_text_in_pieces(void **state) {
	struct fixture *f = *state;
	size_t len = RECORD_MAX_BYTES + 1000;
	char *s = malloc(len);

	framed.framing = SINK_DOCKER_JSON;
	memset(s, 'x', len);
	memcpy(s, "{\"log\":\"", 8);
	feed_bytes(f, s, len, false);
	feed_frames(f, "\"}\n");
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 2);
	assert_int_equal(f->seen.rec[0].len, RECORD_MAX_BYTES);
	assert_int_equal(f->seen.rec[1].overlap, RECORD_OVERLAP_BYTES);
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	free(s);
}

static void parts_joined_beyond_the_bound_come_in_pieces(void **state) {
	struct fixture *f = *state;
	size_t part = 16 * 1024, head = strlen(TIME "stdout P ");
	char *s = malloc(head + part + 1);

	framed.framing = SINK_CRI;
	memcpy(s, TIME "stdout P ", head);
	memset(s + head, 'x', part);
	s[head + part] = '\n';
	for (size_t i = 0; i < 40; i++)
		feed_bytes(f, s, head + part + 1, false);
	feed_frames(f, TIME "stdout F end\n");
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 3);
	assert_int_equal(f->seen.rec[0].len + f->seen.rec[1].len + f->seen.rec[2].len,
	                 40 * part + 3 + 2 * RECORD_OVERLAP_BYTES);
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	assert_int_equal(f->seen.writes, f->fed_writes);
	free(s);
}

#define feed_literal(f, s) feed_bytes(f, s, sizeof(s) - 1, false)

static void a_journal_entry_is_one_record_of_its_fields(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_JOURNAL_FIELDS;
	feed_literal(f, "MESSAGE=card 4111\nPRIORITY=6\n");
	feed_literal(f, "PRIORITY=6\nMESSAGE\n" LENGTH(\x9) "two\nlines\nX=1\n");
	feed_literal(f, "\n\nA=1\nB=2\n\n\nC=3");
	feed_literal(f, "\n");
	expect(f, "MESSAGE=card 4111\nPRIORITY=6", "PRIORITY=6\nMESSAGE=two\nlines\nX=1", "A=1\nB=2", "C=3", "", NULL);
	assert_int_equal(f->seen.rec[2].raw_writes, 1);
	assert_int_equal(f->seen.rec[3].raw_writes, 0);
}

static void a_malformed_journal_datagram_is_plain_text(void **state) {
	struct fixture *f = *state;

	framed.framing = SINK_JOURNAL_FIELDS;
	feed_literal(f, "no field");
	feed_literal(f, "A=1\nNAME\nshort");
	feed_literal(f, "NAME\n" LENGTH(\x9) "12345678");
	feed_literal(f, "NAME\n\xff\xff\xff\xff\xff\xff\xff\xff"
	                "123\nX=1\n");
	feed_literal(f, "NAME\n" LENGTH(\x3) "123X=1\n");
	expect(f, "no field", "A=1\nNAME\nshort", "NAME\n\x9",
	       "NAME\n\xff\xff\xff\xff\xff\xff\xff\xff"
	       "123\nX=1",
	       "NAME=123\nX=1", NULL);
	assert_int_equal(f->seen.rec[2].len, 5 + 8 + 8);
}

static void a_large_journal_field_comes_in_pieces(void **state) {
	struct fixture *f = *state;
	size_t len = 2 * RECORD_MAX_BYTES;
	char *s = malloc(len);

	framed.framing = SINK_JOURNAL_FIELDS;
	memset(s, 'x', len);
	memcpy(s, "MESSAGE=", 8);
	feed_bytes(f, s, len, false);
	recorder_flush(f->r);
	assert_int_equal(f->seen.len, 3);
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	assert_int_equal(f->seen.writes, 1);
	free(s);
}

int main(void) {
#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    test(a_cri_message_is_the_record),
	    test(cri_parts_join_by_stream),
	    test(a_frame_of_many_writes_is_one),
	    test(what_is_not_a_cri_frame_is_plain_text),
	    test(parts_are_not_joined_across_a_gap),
	    test(an_idle_part_overlaps_what_follows),
	    test(a_docker_log_is_unescaped),
	    test(docker_parts_join_by_stream),
	    test(what_is_not_a_docker_frame_is_plain_text),
	    test(an_overlong_frame_is_plain_text_in_pieces),
	    test(parts_joined_beyond_the_bound_come_in_pieces),
	    test(a_journal_entry_is_one_record_of_its_fields),
	    test(a_malformed_journal_datagram_is_plain_text),
	    test(a_large_journal_field_comes_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
