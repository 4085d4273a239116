/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/text.h"

static char *make_dir(void) {
	char *dir = strdup("/tmp/logspill-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	return dir;
}

static char *in_dir(const char *dir, const char *name) {
	char *path;
	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	return path;
}

static void buf_keeps_bytes_in_order_over_growth(void **state) {
	(void)state;
	struct buf b = {0};
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_append(&b, &(char){(char)i}, 1), 0);
	assert_int_equal(b.len, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal((unsigned char)b.data[i], i & 0xff);
	buf_release(&b);
	assert_null(b.data);
}

static void buf_drop_wipes_what_it_leaves_behind(void **state) {
	(void)state;
	struct buf b = {0};
	assert_int_equal(buf_append(&b, "abcdefgh", 8), 0);
	buf_drop(&b, 3);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "defgh\0\0\0", 8);
	buf_drop(&b, 100);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.data, "\0\0\0\0\0\0\0\0", 8);
	buf_release(&b);
}

static void buf_wipe_zeroes_and_keeps_capacity(void **state) {
	(void)state;
	struct buf b = {0};
	assert_int_equal(buf_append(&b, "secret", 6), 0);
	size_t cap = b.cap;
	buf_wipe(&b);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, cap);
	assert_memory_equal(b.data, "\0\0\0\0\0\0", 6);
	buf_release(&b);
}

static void buf_refuses_a_length_that_overflows(void **state) {
	(void)state;
	struct buf b = {0};
	assert_int_equal(buf_append(&b, "x", 1), 0);
	assert_int_equal(buf_append(&b, "x", SIZE_MAX), -ENOMEM);
	assert_int_equal(b.len, 1);
	buf_release(&b);
}

static void text_is_made_printable_whatever_the_bytes(void **state) {
	(void)state;
	static const struct {
		const char *in;
		size_t len;
		const char *utf8, *visible;
	} cases[] = {
	    {"plain", 5, "plain", "plain"},
	    {"p\xc3\xa4iv\xc3\xa4", 7, "p\xc3\xa4iv\xc3\xa4", "p\xc3\xa4iv\xc3\xa4"},
	    {"a\0b", 3,
	     "a\xef\xbf\xbd"
	     "b",
	     "a\\x00b"},
	    {"\xff\xc3", 2, "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
	    {"\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"\x1b[31mred\n", 9, "\x1b[31mred\n", "\\x1b[31mred\\x0a"},
	    {"\xc2\x9b", 2, "\xc2\x9b", "\\x9b"}, /* C1: CSI */
	    {"a\xe2\x80\xae"
	     "b",
	     5,
	     "a\xe2\x80\xae"
	     "b",
	     "a\\u{202e}b"}, /* right-to-left override */
	    {"\xf4\x8f\xbf\xbf", 4, "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_free_ char *utf8 = text_utf8(cases[i].in, cases[i].len);
		_cleanup_free_ char *visible = text_visible(cases[i].in, cases[i].len);
		assert_string_equal(utf8, cases[i].utf8);
		assert_string_equal(visible, cases[i].visible);
	}
}

static void bytes_read_as_people_say_them(void **state) {
	(void)state;
	char out[32];
	assert_string_equal(text_bytes(out, sizeof(out), 0), "0 B");
	assert_string_equal(text_bytes(out, sizeof(out), 1023), "1023 B");
	assert_string_equal(text_bytes(out, sizeof(out), 10240), "10.0 KiB");
	assert_string_equal(text_bytes(out, sizeof(out), 3ull << 40), "3.0 TiB");
}

static void time_is_rfc3339_with_nanoseconds(void **state) {
	(void)state;
	char out[40];
	assert_string_equal(clock_rfc3339(out, sizeof(out), 1795355342123456789ull), "2026-11-22T13:49:02.123456789Z");
	assert_string_equal(clock_rfc3339(out, sizeof(out), 0), "1970-01-01T00:00:00.000000000Z");
	assert_int_equal(clock_parse_rfc3339("2026-11-22T13:49:02.123456789Z"), 1795355342123456789ull);
	assert_int_equal(clock_parse_rfc3339("2026-11-22T13:49:02Z"), 1795355342000000000ull);
	static const char *const bad[] = {"", "2026-11-22", "2026-11-22T13:49:02", "2026-11-22T13:49:02.5+01:00", "x"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(clock_parse_rfc3339(bad[i]), 0);
}

static void an_atomic_write_replaces_the_whole_file(void **state) {
	(void)state;
	_cleanup_free_ char *dir = make_dir(), *path = in_dir(dir, "out");
	assert_int_equal(file_write_atomic(path, "first version", 13, 0600), 0);
	assert_int_equal(file_write_atomic(path, "second", 6, 0640), 0);
	struct buf b = {0};
	assert_int_equal(file_read(path, 100, &b), 0);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "second", 6);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	buf_release(&b);
	unlink(path);
	assert_int_equal(rmdir(dir), 0); /* no temporary file stays */
}

static void an_atomic_write_that_fails_leaves_nothing(void **state) {
	(void)state;
	_cleanup_free_ char *dir = make_dir(), *path = in_dir(dir, "a-directory");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_write_atomic(path, "x", 1, 0600), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(file_write_atomic("/proc/nowhere/x", "x", 1, 0600), -ENOENT);
}

static void reading_stops_at_the_bound(void **state) {
	(void)state;
	struct buf b = {0};
	assert_int_equal(file_read("/dev/zero", 100000, &b), -EFBIG);
	assert_true(b.len < 200000);
	buf_release(&b);
	assert_int_equal(file_read("/nowhere", 10, &b), -ENOENT);
}

static void directories_are_made_on_the_way(void **state) {
	(void)state;
	_cleanup_free_ char *dir = make_dir(), *a = in_dir(dir, "a"), *b = in_dir(a, "b"), *file = in_dir(dir, "file");
	assert_int_equal(file_mkdirs(b, 0700), 0);
	assert_int_equal(file_mkdirs(b, 0700), 0);
	assert_int_equal(file_write_atomic(file, "", 0, 0600), 0);
	assert_int_equal(file_mkdirs(file, 0700), -ENOTDIR);
	unlink(file);
	assert_int_equal(rmdir(b) | rmdir(a) | rmdir(dir), 0);
}

static char *printed(const struct diags *d) {
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	diags_print(d, out);
	fclose(out);
	return text;
}

static void a_diagnostic_points_at_the_place(void **state) {
	(void)state;
	_cleanup_free_ char *dir = make_dir(), *path = in_dir(dir, "r.yaml"), *want = NULL;
	const char *source = "version: 1\n\tp\xc3\xa4h: \x1b[0m x\n";
	assert_int_equal(file_write_atomic(path, source, strlen(source), 0600), 0);
	struct diags d = {0};
	assert_false(diags_any(&d));
	diags_add(&d, path, 2, 5, "unknown key '%s'", "h");
	diags_add(&d, "/nowhere.yaml", 1, 1, "cannot be read");
	diags_say(&d, "two mistakes");
	assert_true(diags_any(&d));
	assert_true(asprintf(&want,
	                     "%s:2:5: unknown key 'h'\n  \\x09p\xc3\xa4h: \\x1b[0m x\n        ^\n"
	                     "/nowhere.yaml:1:1: cannot be read\nlogspill: two mistakes\n",
	                     path) > 0);
	_cleanup_free_ char *got = printed(&d);
	assert_string_equal(got, want);
	diags_release(&d);
	unlink(path);
	rmdir(dir);
}

static void diagnostics_move_in_order(void **state) {
	(void)state;
	struct diags a = {0}, b = {0};
	diags_say(&a, "one");
	diags_move(&a, &b);
	diags_say(&b, "two");
	diags_add(&b, "/nowhere", 0, 0, "three");
	b.oom = true;
	diags_move(&a, &b);
	assert_int_equal(b.len, 0);
	assert_false(diags_any(&b));
	assert_true(a.oom);
	assert_int_equal(a.len, 3);
	assert_string_equal(a.items[0].text, "one");
	assert_string_equal(a.items[1].text, "two");
	assert_string_equal(a.items[2].text, "three");
	diags_release(&a);
}

static void counts_have_thousands(void **state) {
	(void)state;
	char text[TEXT_COUNT_SIZE];
	assert_string_equal(text_count(text, 0), "0");
	assert_string_equal(text_count(text, 999), "999");
	assert_string_equal(text_count(text, 1000), "1,000");
	assert_string_equal(text_count(text, 12288), "12,288");
	assert_string_equal(text_count(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void a_share_is_all_only_if_it_is_all(void **state) {
	(void)state;
	char text[TEXT_PERCENT_SIZE];
	assert_string_equal(text_percent(text, 1), "100.00 %");
	assert_string_equal(text_percent(text, 0.9999999), "99.99 %");
	assert_string_equal(text_percent(text, 0), "0.00 %");
}

static void a_parameter_is_letters_digits_and_percents(void **state) {
	(void)state;
	_cleanup_free_ char *text = text_parameter("aZ09 @[`{&=+\xc3\xa4"), *none = text_parameter("");
	assert_string_equal(text, "aZ09%20%40%5B%60%7B%26%3D%2B%C3%A4");
	assert_string_equal(none, "");
}

static void local_time_tells_its_offset(void **state) {
	(void)state;
	static const struct {
		const char *zone, *text;
	} cases[] = {
	    {"UTC0", "2026-11-22 13:49:02 +00:00"},
	    {"ONE-1", "2026-11-22 14:49:02 +01:00"},
	    {"TWO-5:45", "2026-11-22 19:34:02 +05:45"},
	    {"TRI3:30", "2026-11-22 10:19:02 -03:30"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[CLOCK_TEXT_SIZE];
		setenv("TZ", cases[i].zone, 1);
		tzset();
		assert_string_equal(clock_local(text, sizeof(text), 1795355342123456789), cases[i].text);
	}
	unsetenv("TZ");
	tzset();
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buf_keeps_bytes_in_order_over_growth),
	    cmocka_unit_test(buf_drop_wipes_what_it_leaves_behind),
	    cmocka_unit_test(buf_wipe_zeroes_and_keeps_capacity),
	    cmocka_unit_test(buf_refuses_a_length_that_overflows),
	    cmocka_unit_test(text_is_made_printable_whatever_the_bytes),
	    cmocka_unit_test(bytes_read_as_people_say_them),
	    cmocka_unit_test(time_is_rfc3339_with_nanoseconds),
	    cmocka_unit_test(an_atomic_write_replaces_the_whole_file),
	    cmocka_unit_test(an_atomic_write_that_fails_leaves_nothing),
	    cmocka_unit_test(reading_stops_at_the_bound),
	    cmocka_unit_test(directories_are_made_on_the_way),
	    cmocka_unit_test(a_diagnostic_points_at_the_place),
	    cmocka_unit_test(diagnostics_move_in_order),
	    cmocka_unit_test(counts_have_thousands),
	    cmocka_unit_test(a_share_is_all_only_if_it_is_all),
	    cmocka_unit_test(a_parameter_is_letters_digits_and_percents),
	    cmocka_unit_test(local_time_tells_its_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
