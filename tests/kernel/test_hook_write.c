/* SPDX-License-Identifier: MIT */
/* write() and pwrite64(): every size, exactly. */
#include "harness.h"

static const size_t sizes[] = {WRITE_SIZES};

struct job {
	const char *path;
	bool positioned;
};

static void write_sizes(const void *arg) {
	const struct job *job = arg;
	int fd = must_open(job->path, O_WRONLY | O_CREAT);
	for (size_t i = 0; i < LEN(sizes); i++) {
		char *p = pattern_new(sizes[i], (uint32_t)i);
		must(p);
		if (job->positioned)
			must(pwrite(fd, p, sizes[i], (off_t)(LEN(sizes) - i) * 100) == (ssize_t)sizes[i]);
		else
			must_write(fd, p, sizes[i]);
		free(p);
	}
}

static size_t taken_of(size_t size) {
	return size < WIRE_WRITE_MAX ? size : WIRE_WRITE_MAX;
}

static void check_sizes(struct watch *w) {
	uint64_t seen = 0, cut = 0;
	size_t writes = 0;
	for (size_t i = 0; i < LEN(sizes); i++) {
		if (!sizes[i])
			continue;
		assert_taken_pattern(w, writes++, taken_of(sizes[i]), (uint32_t)i);
		seen += sizes[i];
		cut += sizes[i] - taken_of(sizes[i]);
	}
	assert_int_equal(w->totals.seen_writes, writes);
	assert_int_equal(w->totals.seen_bytes, seen);
	assert_int_equal(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, cut);
	assert_int_equal(totals_lost_bytes(&w->totals), cut);
	assert_int_equal(totals_lost_writes(&w->totals), 0);
}

static void run_sizes(struct watch *w, bool positioned) {
	char path[108];
	struct job job = {path, positioned};
	watch_path(w, "a.log", path);
	watch_run(w, write_sizes, &job);
	check_sizes(w);
}

static void write_of_every_size_comes_exactly(void **state) {
	run_sizes(*state, false);
}

static void pwrite64_of_every_size_comes_exactly(void **state) {
	run_sizes(*state, true);
}

/* Beyond what is taken of a write there is a gap: what comes next does not continue it. */
static void write_behind_a_truncated_one_is_flagged(void **state) {
	struct watch *w = *state;
	char path[108];
	struct job job = {path, false};
	size_t at = 0;
	watch_path(w, "a.log", path);
	watch_run(w, write_sizes, &job);
	for (size_t i = 0; i < LEN(sizes); i++) {
		if (!sizes[i])
			continue;
		assert_int_equal(w->taken[at++].gap, i && sizes[i - 1] > WIRE_WRITE_MAX);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(write_of_every_size_comes_exactly),
	    BOTH_HOOKS(pwrite64_of_every_size_comes_exactly),
	    BOTH_HOOKS(write_behind_a_truncated_one_is_flagged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
