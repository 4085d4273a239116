/* SPDX-License-Identifier: MIT */
/* Opening and closing: what it takes, and that nothing is left. */
#include "harness.h"

#include <dirent.h>

static size_t open_descriptors(void) {
	size_t n = 0;
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#define ROUNDS 20

static int compare_times(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void print_times(const char *what, uint64_t *ns) {
	qsort(ns, ROUNDS, sizeof(*ns), compare_times);
	printf("%s: median %.1f ms, most %.1f ms\n", what, (double)ns[ROUNDS / 2] / 1e6, (double)ns[ROUNDS - 1] / 1e6);
}

static void opening_and_closing_leaves_nothing(void **state) {
	struct watch *w = *state;
	uint64_t open_ns[ROUNDS], close_ns[ROUNDS];
	const struct capture_config config = {.hook = w->hook};
	size_t before = 0;
	watch_open(w); /* skipped where this hook cannot be */
	for (int i = 0; i < ROUNDS; i++) {
		struct diags diags = {0};
		struct capture *c;
		uint64_t start = clock_monotonic_ns();
		assert_int_equal(capture_open(&c, &config, &diags), 0);
		open_ns[i] = clock_monotonic_ns() - start;
		start = clock_monotonic_ns();
		capture_close(c);
		close_ns[i] = clock_monotonic_ns() - start;
		diags_release(&diags);
		if (!i)
			before = open_descriptors();
	}
	assert_int_equal(open_descriptors(), before);
	print_times("open", open_ns);
	print_times("close", close_ns);
	assert_true(open_ns[ROUNDS / 2] < PATIENCE_NS / 10);
	assert_true(close_ns[ROUNDS / 2] < PATIENCE_NS / 10);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(opening_and_closing_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
