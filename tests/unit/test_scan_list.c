/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "scan/input_list.h"

static char dir[] = "/tmp/logspill-test-XXXXXX";

/* The tests name their files from inside the folder. */
static int enter_dir(void **state) {
	(void)state;
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_dir(void **state) {
	(void)state;
	_cleanup_free_ char *command = NULL;
	return chdir("/") || asprintf(&command, "rm -r %s", dir) < 0 || system(command) ? -1 : 0;
}

static void make_file(const char *name) {
	assert_int_equal(file_write_atomic(name, name, strlen(name), 0600), 0);
}

static void no_error(void *arg, const char *path, int error) {
	(void)arg;
	fail_msg("%s: %s", path, strerror(-error));
}

static void assert_list(const struct input_list *l, const char *const *want, size_t len) {
	for (size_t i = 0; i < l->len && i < len; i++)
		assert_string_equal(l->items[i].path, want[i]);
	assert_int_equal(l->len, len);
}

#define ASSERT_LIST(l, ...)                                                                                            \
	assert_list(l, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void a_directory_is_its_files_in_byte_order(void **state) {
	(void)state;
	struct input_list l = {0};
	static const char *const names[] = {"order/b", "order/B", "order/a/z", "order/a.log", "order/\xc3\xa4"};
	assert_int_equal(file_mkdirs("order/a", 0700), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		make_file(names[i]);
	assert_int_equal(input_list_add(&l, "order", no_error, NULL), 0);
	ASSERT_LIST(&l, "order/B", "order/a/z", "order/a.log", "order/b", "order/\xc3\xa4");
	assert_int_equal(l.bytes, 7 + 7 + 9 + 11 + 8);
	assert_false(l.items[0].named);
	input_list_release(&l);
}

static void links_make_neither_loops_nor_doubles(void **state) {
	(void)state;
	struct input_list l = {0};
	assert_int_equal(file_mkdirs("links/sub", 0700), 0);
	assert_int_equal(file_mkdirs("elsewhere", 0700), 0);
	make_file("links/file");
	make_file("elsewhere/aside");
	assert_int_equal(symlink("..", "links/sub/loop"), 0);
	assert_int_equal(symlink("../../links", "links/sub/longer"), 0);
	assert_int_equal(symlink("../elsewhere", "links/away"), 0);
	assert_int_equal(symlink("../elsewhere/aside", "links/one"), 0);
	assert_int_equal(symlink("file", "links/two"), 0);
	assert_int_equal(link("links/file", "links/hard"), 0);
	assert_int_equal(symlink("nowhere", "links/dangling"), 0);
	assert_int_equal(input_list_add(&l, "links", no_error, NULL), 0);
	ASSERT_LIST(&l, "links/file", "links/one");
	assert_int_equal(l.specials, 1);
	assert_int_equal(input_list_add(&l, "links/two", no_error, NULL), 0);
	assert_int_equal(input_list_add(&l, "links/sub", no_error, NULL), 0);
	assert_int_equal(l.len, 2);
	input_list_release(&l);
}

static void a_link_to_a_directory_is_followed_when_it_is_named(void **state) {
	(void)state;
	struct input_list l = {0};
	assert_int_equal(file_mkdirs("named", 0700), 0);
	make_file("named/file");
	assert_int_equal(symlink("named", "alias"), 0);
	assert_int_equal(input_list_add(&l, "alias/", no_error, NULL), 0);
	ASSERT_LIST(&l, "alias/file");
	input_list_release(&l);
}

static void special_files_are_left_out_unless_they_are_named(void **state) {
	(void)state;
	struct input_list l = {0};
	assert_int_equal(file_mkdirs("special", 0700), 0);
	assert_int_equal(mkfifo("special/fifo", 0600), 0);
	assert_int_equal(input_list_add(&l, "special", no_error, NULL), 0);
	assert_int_equal(l.len, 0);
	assert_int_equal(l.specials, 1);
	assert_int_equal(input_list_add(&l, "special/fifo", no_error, NULL), 0);
	assert_int_equal(input_list_add(&l, "-", no_error, NULL), 0);
	ASSERT_LIST(&l, "special/fifo", "-");
	assert_true(l.items[0].named && l.items[1].named);
	input_list_release(&l);
}

static void a_file_has_one_name_however_it_is_said(void **state) {
	(void)state;
	static const char *const said[] = {"one/file", "./one/file", ".//./one/file"};
	assert_int_equal(file_mkdirs("one", 0700), 0);
	make_file("one/file");
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
		struct input_list l = {0};
		assert_int_equal(input_list_add(&l, said[i], no_error, NULL), 0);
		ASSERT_LIST(&l, "one/file");
		input_list_release(&l);
	}
	struct input_list l = {0};
	assert_int_equal(chdir("one"), 0);
	assert_int_equal(input_list_add(&l, ".", no_error, NULL), 0);
	assert_int_equal(chdir(".."), 0);
	ASSERT_LIST(&l, "file");
	input_list_release(&l);
}

static void a_file_called_like_standard_input_is_a_file(void **state) {
	(void)state;
	struct input_list l = {0};
	assert_int_equal(file_mkdirs("dash", 0700), 0);
	make_file("dash/-");
	assert_int_equal(chdir("dash"), 0);
	assert_int_equal(input_list_add(&l, ".", no_error, NULL), 0);
	assert_int_equal(input_list_add(&l, "./-", no_error, NULL), 0);
	assert_int_equal(chdir(".."), 0);
	ASSERT_LIST(&l, "./-");
	input_list_release(&l);
}

static void note_error(void *arg, const char *path, int error) {
	(void)path;
	*(int *)arg = error;
}

static void what_is_not_there_is_told_and_the_rest_goes_on(void **state) {
	(void)state;
	struct input_list l = {0};
	int error = 0;
	make_file("there");
	assert_int_equal(input_list_add(&l, "not-there", note_error, &error), 0);
	assert_int_equal(error, -ENOENT);
	assert_int_equal(input_list_add(&l, "there", note_error, &error), 0);
	ASSERT_LIST(&l, "there");
	input_list_release(&l);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_directory_is_its_files_in_byte_order),
	    cmocka_unit_test(links_make_neither_loops_nor_doubles),
	    cmocka_unit_test(a_link_to_a_directory_is_followed_when_it_is_named),
	    cmocka_unit_test(special_files_are_left_out_unless_they_are_named),
	    cmocka_unit_test(a_file_has_one_name_however_it_is_said),
	    cmocka_unit_test(a_file_called_like_standard_input_is_a_file),
	    cmocka_unit_test(what_is_not_there_is_told_and_the_rest_goes_on),
	};
	return cmocka_run_group_tests(tests, enter_dir, remove_dir);
}
