/* SPDX-License-Identifier: MIT */
#include "test_dir.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "scan/lines.h"

/* The text put together again from its blocks, without line ends, and what the blocks said of it. */
struct seen {
	struct buf text;
	uint64_t bytes, line, offset; /* of where the next text begins */
	uint64_t blocks, pieces;
	uint64_t stop_after;
	bool cut;
};

static int on_block(void *arg, const struct scan_block *b) {
	struct seen *s = arg;
	assert_true(b->texts_len > 0);
	assert_true(b->len <= SCAN_BLOCK_BYTES);
	assert_int_equal(b->line, s->line);
	assert_int_equal(b->offset + b->overlap, s->offset);
	assert_int_equal(b->overlap > 0, s->cut);
	for (size_t i = 0; i < b->texts_len; i++) {
		const struct detect_text *t = &b->texts[i];
		size_t skip = i ? 0 : b->overlap;
		bool last = i + 1 == b->texts_len;
		assert_true(t->start + t->len <= b->len);
		assert_null(memchr(b->text + t->start, '\n', t->len));
		/* What it shares with the piece before is what that one ended with. */
		assert_memory_equal(s->text.data + s->text.len - skip, b->text, skip);
		assert_int_equal(buf_append(&s->text, b->text + t->start + skip, t->len - skip), 0);
		if (!last || !b->cut_after)
			assert_int_equal(buf_append(&s->text, "\n", 1), 0);
		s->offset = last && b->cut_after ? b->offset * !i + t->len : 0;
	}
	s->line += b->texts_len - (b->cut_after ? 1 : 0);
	s->cut = b->cut_after;
	s->pieces += b->cut_after;
	s->bytes += b->bytes;
	return ++s->blocks == s->stop_after ? -EINTR : 0;
}

static int read_text(struct seen *s, const void *text, size_t len) {
	_cleanup_(scan_lines_freep) struct scan_lines *lines = NULL;
	_cleanup_(input_closep) struct input *in = NULL;
	dir_put(text, len, 0600);
	assert_int_equal(input_open(&in, dir_file), 0);
	assert_int_equal(scan_lines_new(&lines), 0);
	s->line = 1;
	int r = scan_lines_read(lines, in, on_block, s);
	assert_true(r || s->bytes == len);
	return r;
}

static void assert_lines(const char *text, size_t len, const char *want, size_t want_len, uint64_t lines) {
	struct seen s = {0};
	assert_int_equal(read_text(&s, text, len), 0);
	assert_int_equal(s.text.len, want_len);
	if (want_len)
		assert_memory_equal(s.text.data, want, want_len);
	assert_int_equal(s.line, lines + 1);
	buf_release(&s.text);
}

static void lines_end_at_newlines_and_at_the_end(void **state) {
	(void)state;
	static const struct {
		const char *in, *out;
		uint64_t lines;
	} cases[] = {
	    {"", "", 0},
	    {"\n", "\n", 1},
	    {"a", "a\n", 1},
	    {"a\n", "a\n", 1},
	    {"a\n\nb", "a\n\nb\n", 3},
	    {"a\r\nb\r\n", "a\nb\n", 2},
	    {"a\rb\n", "a\rb\n", 1},
	    {"\r\n\r\n", "\n\n", 2},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_lines(cases[i].in, strlen(cases[i].in), cases[i].out, strlen(cases[i].out), cases[i].lines);
	assert_lines("a\0b\nc", 5, "a\0b\nc\n", 6, 2);
}

static void more_lines_than_a_block_takes_are_numbered_on(void **state) {
	(void)state;
	size_t len = 3 * SCAN_BLOCK_BYTES;
	_cleanup_free_ char *text = malloc(len);
	assert_non_null(text);
	memset(text, '\n', len);
	assert_lines(text, len, text, len, len);
}

/* Around every length at which a line becomes pieces. */
static void long_lines_come_in_pieces_that_overlap(void **state) {
	(void)state;
	const size_t step = SCAN_BLOCK_BYTES - SCAN_OVERLAP_BYTES;
	_cleanup_free_ char *text = malloc(4 * SCAN_BLOCK_BYTES);
	assert_non_null(text);
	for (size_t i = 0; i < 4 * SCAN_BLOCK_BYTES; i++)
		text[i] = (char)('a' + i % 26);
	for (size_t pieces = 0; pieces < 3; pieces++) {
		for (size_t around = 0; around < 5; around++) {
			size_t line_len = SCAN_BLOCK_BYTES + pieces * step + around - 2;
			for (size_t before = 0; before < 2; before++) {
				struct seen s = {0};
				char was = text[before + line_len];
				text[before + line_len] = '\n';
				if (before)
					text[0] = '\n';
				assert_int_equal(read_text(&s, text, before + line_len + 3), 0);
				assert_memory_equal(s.text.data, text, before + line_len + 3);
				assert_int_equal(s.line, before + 3);
				assert_true(s.pieces >= pieces);
				buf_release(&s.text);
				text[before + line_len] = was;
				text[0] = 'a';
			}
		}
	}
}

static void a_piece_at_the_very_end_is_seen_again_as_the_end_of_its_line(void **state) {
	(void)state;
	struct seen s = {0};
	_cleanup_free_ char *text = malloc(SCAN_BLOCK_BYTES);
	assert_non_null(text);
	memset(text, 'x', SCAN_BLOCK_BYTES);
	assert_int_equal(read_text(&s, text, SCAN_BLOCK_BYTES), 0);
	assert_int_equal(s.pieces, 1);
	assert_int_equal(s.blocks, 2);
	assert_false(s.cut);
	assert_int_equal(s.line, 2);
	buf_release(&s.text);
}

static void any_mix_of_lengths_is_put_together_again(void **state) {
	(void)state;
	uint32_t x = 7;
	for (int round = 0; round < 20; round++) {
		_cleanup_(buf_release) struct buf text = {0};
		struct seen s = {0};
		while (text.len < 1500000) {
			x = x * 1664525 + 1013904223;
			size_t len = x >> 28 ? (x >> 16) % 300 : (x >> 8) % 900000;
			assert_int_equal(buf_reserve(&text, text.len + len + 1), 0);
			memset(text.data + text.len, 'a' + (int)(x % 26), len);
			text.data[text.len + len] = '\n';
			text.len += len + 1;
		}
		assert_int_equal(read_text(&s, text.data, text.len), 0);
		assert_int_equal(s.text.len, text.len);
		assert_memory_equal(s.text.data, text.data, text.len);
		buf_release(&s.text);
	}
}

/* A decoder cannot fill the last bytes of a block exactly. */
static void a_long_line_of_wide_characters_comes_to_its_end(void **state) {
	(void)state;
	const size_t units = 2 * SCAN_BLOCK_BYTES / 3 + 1000;
	_cleanup_free_ char *text = malloc(2 * units + 2);
	assert_non_null(text);
	memcpy(text, "\xff\xfe", 2);
	for (size_t around = 0; around < 3; around++) {
		_cleanup_(scan_lines_freep) struct scan_lines *lines = NULL;
		_cleanup_(input_closep) struct input *in = NULL;
		struct seen s = {.line = 1};
		for (size_t i = 0; i < units; i++)
			memcpy(text + 2 + 2 * i, i < around ? "a\0" : "\xac\x20", 2);
		dir_put(text, 2 * units + 2, 0600);
		assert_int_equal(input_open(&in, dir_file), 0);
		assert_int_equal(scan_lines_new(&lines), 0);
		assert_int_equal(scan_lines_read(lines, in, on_block, &s), 0);
		assert_int_equal(s.text.len, around + 3 * (units - around) + 1);
		assert_true(s.pieces > 0);
		buf_release(&s.text);
	}
}

static void it_stops_when_told_to(void **state) {
	(void)state;
	struct seen s = {.stop_after = 1};
	_cleanup_free_ char *text = malloc(3 * SCAN_BLOCK_BYTES);
	assert_non_null(text);
	memset(text, '\n', 3 * SCAN_BLOCK_BYTES);
	assert_int_equal(read_text(&s, text, 3 * SCAN_BLOCK_BYTES), -EINTR);
	assert_int_equal(s.blocks, 1);
	buf_release(&s.text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_end_at_newlines_and_at_the_end),
	    cmocka_unit_test(more_lines_than_a_block_takes_are_numbered_on),
	    cmocka_unit_test(long_lines_come_in_pieces_that_overlap),
	    cmocka_unit_test(a_piece_at_the_very_end_is_seen_again_as_the_end_of_its_line),
	    cmocka_unit_test(any_mix_of_lengths_is_put_together_again),
	    cmocka_unit_test(a_long_line_of_wide_characters_comes_to_its_end),
	    cmocka_unit_test(it_stops_when_told_to),
	};
	return cmocka_run_group_tests(tests, dir_make, dir_remove);
}
