/* SPDX-License-Identifier: MIT */
#include "process/program.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/program-XXXXXX";

static const char *make(const char *name, const char *bytes, size_t len) {
	static char path[64];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(file_write_atomic(path, bytes, len, 0700), 0);
	return path;
}

static int setup(void **state) {
	(void)state;
	return mkdtemp(dir) && !setenv("PATH", dir, 1) ? 0 : -1;
}

static int teardown(void **state) {
	static const char *const names[] = {"old", "new", "script", "loop", "short", "text"};
	char path[64];
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void the_class_is_read_from_the_elf_header(void **state) {
	(void)state;
	assert_true(program_is_32_bit(make("old", "\177ELF\1\1\1           ", 18)));
	assert_false(program_is_32_bit(make("new", "\177ELF\2\1\1           ", 18)));
	assert_false(program_is_32_bit(make("text", "just a text, and no program", 27)));
	assert_false(program_is_32_bit(make("short", "\177ELF\1", 5)));
	assert_false(program_is_32_bit("/nonexistent/program"));
	assert_false(program_is_32_bit("/proc/self/exe") && sizeof(void *) == 8);
}

static void a_script_is_what_its_interpreter_is(void **state) {
	char text[128];
	(void)state;
	make("old", "\177ELF\1\1\1           ", 18);
	int len = snprintf(text, sizeof(text), "#! %s/old -x\nexit 0\n", dir);
	assert_true(program_is_32_bit(make("script", text, (size_t)len)));
	len = snprintf(text, sizeof(text), "#!%s/loop\nexit 0\n", dir);
	assert_false(program_is_32_bit(make("loop", text, (size_t)len)));
}

static void a_command_is_looked_for_where_the_shell_would(void **state) {
	(void)state;
	make("old", "\177ELF\1\1\1           ", 18);
	assert_true(program_command_is_32_bit("old"));
	assert_false(program_command_is_32_bit("none-of-that-name"));
	assert_false(program_command_is_32_bit("./old"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_class_is_read_from_the_elf_header),
	    cmocka_unit_test(a_script_is_what_its_interpreter_is),
	    cmocka_unit_test(a_command_is_looked_for_where_the_shell_would),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
