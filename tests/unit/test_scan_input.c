/* SPDX-License-Identifier: MIT */
#include "test_dir.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "scan/input.h"

/* All that comes out, in reads of at most `step` bytes; the result of the last read. */
static int read_all(struct buf *ret, size_t step, bool *ret_binary) {
	_cleanup_(input_closep) struct input *in = NULL;
	char piece[4096];
	ssize_t n;
	assert_int_equal(input_open(&in, dir_file), 0);
	if (ret_binary)
		*ret_binary = input_is_binary(in);
	while ((n = input_read(in, piece, step)) > 0)
		assert_int_equal(buf_append(ret, piece, (size_t)n), 0);
	if (n < 0)
		assert_true(input_bytes_unread(in) >= 1);
	return (int)n;
}

static void gzip(struct buf *out, const void *bytes, size_t len) {
	z_stream z = {0};
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	size_t bound = deflateBound(&z, len);
	assert_int_equal(buf_reserve(out, out->len + bound), 0);
	z.next_in = (Bytef *)bytes;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out->data + out->len;
	z.avail_out = (uInt)bound;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += z.total_out;
	deflateEnd(&z);
}

static void zstd(struct buf *out, const void *bytes, size_t len) {
	size_t bound = ZSTD_compressBound(len);
	assert_int_equal(buf_reserve(out, out->len + bound), 0);
	size_t n = ZSTD_compress(out->data + out->len, bound, bytes, len, 3);
	assert_false(ZSTD_isError(n));
	out->len += n;
}

typedef void (*compress_fn)(struct buf *out, const void *bytes, size_t len);
static const compress_fn compressors[] = {gzip, zstd};

/* Log lines, some of which repeat so that they compress to little: a full output then leaves much inside. */
static void make_text(struct buf *ret, size_t lines) {
	for (size_t i = 0; i < lines; i++)
		assert_int_equal(buf_printf(ret, "line %zu of a log that repeats itself, and itself, and itself\n", i / 100),
		                 0);
}

static void assert_comes_out(const struct buf *want, int end) {
	static const size_t steps[] = {INPUT_READ_MIN, 17, 100, 4096};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		_cleanup_(buf_release) struct buf got = {0};
		assert_int_equal(read_all(&got, steps[i], NULL), end);
		assert_int_equal(got.len, want->len);
		assert_memory_equal(got.data, want->data, want->len);
	}
}

static void plain_bytes_come_out_as_they_are(void **state) {
	(void)state;
	_cleanup_(buf_release) struct buf text = {0};
	for (int i = 0; i < 70000; i++)
		assert_int_equal(buf_append(&text, &(char){(char)(i * 7)}, 1), 0);
	dir_put(text.data, text.len, 0600);
	assert_comes_out(&text, 0);
}

static void an_empty_file_is_empty(void **state) {
	(void)state;
	_cleanup_(buf_release) struct buf got = {0};
	bool binary = true;
	dir_put("", 0, 0600);
	assert_int_equal(read_all(&got, 100, &binary), 0);
	assert_int_equal(got.len, 0);
	assert_false(binary);
}

static void compressed_text_comes_out_whole(void **state) {
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(buf_release) struct buf text = {0}, packed = {0};
		make_text(&text, 5000);
		compressors[i](&packed, text.data, text.len);
		dir_put(packed.data, packed.len, 0600);
		assert_comes_out(&text, 0);
	}
}

static void parts_one_after_the_other_are_one_text(void **state) {
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(buf_release) struct buf packed = {0};
		compressors[i](&packed, "one\n", 4);
		compressors[i](&packed, "", 0);
		compressors[i](&packed, "two\n", 4);
		if (compressors[i] == gzip)
			assert_int_equal(buf_append(&packed, "\0\0\0\0", 4), 0);
		dir_put(packed.data, packed.len, 0600);
		assert_comes_out(&(struct buf){.data = (char[]){"one\ntwo\n"}, .len = 8}, 0);
	}
}

/* Wherever it is cut, what comes out is the front of the text, and then that it was cut. */
static void a_cut_file_is_read_as_far_as_it_goes(void **state) {
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(buf_release) struct buf text = {0}, packed = {0};
		for (unsigned n = 0; n < 4000; n++)
			assert_int_equal(buf_printf(&text, "%u %u\n", n, n * 2654435761u), 0);
		compressors[i](&packed, text.data, text.len);
		for (size_t cut = 5; cut < packed.len; cut += packed.len / 23) {
			_cleanup_(buf_release) struct buf got = {0};
			dir_put(packed.data, cut, 0600);
			assert_int_equal(read_all(&got, 4096, NULL), -ENODATA);
			assert_true(got.len <= text.len);
			if (got.len)
				assert_memory_equal(got.data, text.data, got.len);
			if (cut > packed.len / 2 && compressors[i] == gzip)
				assert_true(got.len > text.len / 4);
		}
	}
}

static void a_damaged_file_is_never_taken_for_whole(void **state) {
	(void)state;
	_cleanup_(buf_release) struct buf text = {0}, packed = {0};
	make_text(&text, 2000);
	gzip(&packed, text.data, text.len);
	for (size_t at = 10; at < packed.len; at += 3) {
		_cleanup_(buf_release) struct buf got = {0};
		packed.data[at] ^= 0x55;
		dir_put(packed.data, packed.len, 0600);
		int r = read_all(&got, 4096, NULL);
		assert_true(r == -EBADMSG || r == -ENODATA);
		packed.data[at] ^= 0x55;
	}
}

static void rubbish_behind_a_gzip_member_is_told(void **state) {
	(void)state;
	_cleanup_(buf_release) struct buf packed = {0}, got = {0};
	gzip(&packed, "one\n", 4);
	assert_int_equal(buf_append(&packed, "rubbish", 7), 0);
	dir_put(packed.data, packed.len, 0600);
	assert_int_equal(read_all(&got, 100, NULL), -EBADMSG);
	assert_int_equal(got.len, 4);
}

static void utf16_with_a_mark_becomes_utf8(void **state) {
	(void)state;
	static const struct {
		const char *in;
		size_t len;
		const char *out;
		int end;
	} cases[] = {
	    {"\xff\xfe"
	     "a\0\n\0",
	     6, "a\n", 0},
	    {"\xfe\xff\0a\0\n", 6, "a\n", 0},
	    {"\xff\xfe\xe4\0\xac\x20", 6, "\xc3\xa4\xe2\x82\xac", 0},
	    {"\xff\xfe\x3d\xd8\x00\xde", 6, "\xf0\x9f\x98\x80", 0}, /* a pair of surrogates */
	    {"\xfe\xff\xd8\x3d\0a", 6,
	     "\xef\xbf\xbd"
	     "a",
	     0}, /* a high one alone */
	    {"\xfe\xff\xde\x00\0a", 6,
	     "\xef\xbf\xbd"
	     "a",
	     0},                                                                        /* a low one alone */
	    {"\xfe\xff\xd8\x3d\xd8\x3d\xde\x00", 8, "\xef\xbf\xbd\xf0\x9f\x98\x80", 0}, /* a high one, then a pair */
	    {"\xff\xfe"
	     "a\0b",
	     5, "a", -ENODATA}, /* half a unit */
	    {"\xff\xfe"
	     "a\0\x3d\xd8",
	     6, "a", -ENODATA}, /* half a pair */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		dir_put(cases[i].in, cases[i].len, 0600);
		assert_comes_out(&(struct buf){.data = (char *)cases[i].out, .len = strlen(cases[i].out)}, cases[i].end);
	}
}

static void utf16_inside_gzip_is_decoded_too(void **state) {
	(void)state;
	_cleanup_(buf_release) struct buf packed = {0};
	gzip(&packed,
	     "\xff\xfe"
	     "a\0b\0",
	     6);
	dir_put(packed.data, packed.len, 0600);
	assert_comes_out(&(struct buf){.data = (char[]){"ab"}, .len = 2}, 0);
}

static void what_cannot_be_decoded_is_not_supported(void **state) {
	(void)state;
	static const struct {
		const char *in;
		size_t len;
	} cases[] = {{"\xff\xfe\0\0a\0\0\0", 8},
	             {"\0\0\xfe\xff\0\0\0a", 8},
	             {"BZh91AY", 7},
	             {"\xfd"
	              "7zXZ\0",
	              6}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct input *in = NULL;
		dir_put(cases[i].in, cases[i].len, 0600);
		assert_int_equal(input_open(&in, dir_file), -ENOTSUP);
		assert_null(in);
	}
}

static void binary_is_told_from_text_with_odd_bytes(void **state) {
	(void)state;
	static const char elf[] = "\x7f"
	                          "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0\xd0\x20\0\0\0\0\0\0\x40\0\0\0\0\0\0\0";
	static const struct {
		const char *in;
		size_t len;
		bool binary;
	} cases[] = {
	    {elf, sizeof(elf), true},
	    {"just a line\n", 12, false},
	    {"a line with \0 one NUL in it, and more text\n", 43, false},
	    {"latin1 \xe4\xf6\xfc bytes and no NUL at all \xff\xfe\xfd\n", 35, false},
	    {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 a line behind the hole\n", 40, false},
	    {"a\0b\0c\0d\0e\0f\0", 12, true}, /* UTF-16 without a mark */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(buf_release) struct buf got = {0};
		bool binary = !cases[i].binary;
		dir_put(cases[i].in, cases[i].len, 0600);
		assert_int_equal(read_all(&got, 100, &binary), 0);
		assert_int_equal(got.len, cases[i].len);
		assert_int_equal(binary, cases[i].binary);
	}
}

static void any_bytes_are_read_to_an_end(void **state) {
	(void)state;
	static const char *const heads[] = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xff\xfe", "\xfe\xff", ""};
	uint32_t x = 1;
	for (int i = 0; i < 500; i++) {
		_cleanup_(buf_release) struct buf bytes = {0}, got = {0};
		struct input *in = NULL;
		const char *head = heads[i % 5];
		assert_int_equal(buf_append(&bytes, head, strlen(head)), 0);
		for (int n = i % 90; n; n--) {
			x = x * 1664525 + 1013904223;
			assert_int_equal(buf_append(&bytes, &(char){(char)(x >> 24)}, 1), 0);
		}
		dir_put(bytes.data, bytes.len, 0600);
		int r = input_open(&in, dir_file);
		input_close(in);
		if (!r)
			r = read_all(&got, 50, NULL);
		assert_true(r == 0 || r == -EBADMSG || r == -ENODATA || r == -ENOTSUP);
	}
}

static void what_cannot_be_opened_says_why(void **state) {
	(void)state;
	struct input *in = NULL;
	assert_int_equal(input_open(&in, "/nonexistent/file"), -ENOENT);
	assert_int_equal(input_open(&in, dir), -EISDIR);
	assert_null(in);
	assert_non_null(strstr(input_strerror(-ENOENT), "No such file"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_bytes_come_out_as_they_are),
	    cmocka_unit_test(an_empty_file_is_empty),
	    cmocka_unit_test(compressed_text_comes_out_whole),
	    cmocka_unit_test(parts_one_after_the_other_are_one_text),
	    cmocka_unit_test(a_cut_file_is_read_as_far_as_it_goes),
	    cmocka_unit_test(a_damaged_file_is_never_taken_for_whole),
	    cmocka_unit_test(rubbish_behind_a_gzip_member_is_told),
	    cmocka_unit_test(utf16_with_a_mark_becomes_utf8),
	    cmocka_unit_test(utf16_inside_gzip_is_decoded_too),
	    cmocka_unit_test(what_cannot_be_decoded_is_not_supported),
	    cmocka_unit_test(binary_is_told_from_text_with_odd_bytes),
	    cmocka_unit_test(any_bytes_are_read_to_an_end),
	    cmocka_unit_test(what_cannot_be_opened_says_why),
	};
	return cmocka_run_group_tests(tests, dir_make, dir_remove);
}
