/* SPDX-License-Identifier: MIT */
/* A folder of the test's own with one file in it: dir_make() and dir_remove() are its group's setup and teardown. */
#ifndef TESTS_UNIT_TEST_DIR_H
#define TESTS_UNIT_TEST_DIR_H

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/logspill-test-XXXXXX";
static char dir_file[64];

static inline int dir_make(void **state) {
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(dir_file, sizeof(dir_file), "%s/file", dir);
	return 0;
}

static inline int dir_remove(void **state) {
	(void)state;
	unlink(dir_file);
	return rmdir(dir);
}

static inline void dir_put(const void *bytes, size_t len, mode_t mode) {
	assert_int_equal(file_write_atomic(dir_file, bytes, len, mode), 0);
}

#endif
