/* SPDX-License-Identifier: MIT */
/* writev(), pwritev() and pwritev2(): any count of buffers, empty ones and unreadable ones among them. */
#include "harness.h"

#include <sys/mman.h>
#include <sys/uio.h>

enum call { CALL_WRITEV, CALL_PWRITEV, CALL_PWRITEV2, CALL_PWRITEV2_CURRENT };

struct job {
	const char *path;
	enum call call;
};

static ssize_t call_writev(enum call call, int fd, const struct iovec *iov, int count) {
	switch (call) {
	case CALL_WRITEV:
		return writev(fd, iov, count);
	case CALL_PWRITEV:
		return pwritev(fd, iov, count, 4096);
	case CALL_PWRITEV2:
		return pwritev2(fd, iov, count, 10, 0);
	case CALL_PWRITEV2_CURRENT: /* as writev() */
		return pwritev2(fd, iov, count, -1, 0);
	}
	return -1;
}

static const struct shape {
	int count;
	size_t len;   /* of each buffer */
	int empty_at; /* every so many-th is empty; 0: none */
} shapes[] = {
    {1, 0, 0},
    {1, 1, 0},
    {1, 120, 0},
    {2, 60, 0},
    {2, 60, 2},
    {3, 64, 0},
    {7, 33, 0},
    {8, 33, 0},
    {9, 33, 0},
    {15, 100, 3},
    {16, 100, 0},
    {17, 100, 2},
    {63, 20, 0},
    {64, 20, 0},
    {65, 20, 0},
    {65, 0, 0},
    {128, 9, 0},
    {129, 9, 4},
    {1023, 3, 0},
    {1024, 3, 0},
    {1024, 1, 2},
    {1024, 70, 3},
    {1, 65535, 0},
    {1, 65536, 0},
    {1, 65537, 0},
    {2, 65536, 0},
    {2, 65537, 0},
    {3, 65535, 2},
    {5, 100000, 3},
    {1, WIRE_WRITE_MAX - 1, 0},
    {1, WIRE_WRITE_MAX, 0},
    {1, WIRE_WRITE_MAX + 1, 0},
    {16, 65536, 0},
    {16, 65537, 0},
    {17, 65536, 0},
    {1024, 1024, 0},
    {1024, 1025, 0},
};

static size_t shape_cut(const struct shape *s, struct iovec iov[static 1024], char *p) {
	size_t total = 0;
	for (int i = 0; i < s->count; i++) {
		bool empty = s->empty_at && i % s->empty_at == 0;
		iov[i] = (struct iovec){p + total, empty ? 0 : s->len};
		total += iov[i].iov_len;
	}
	return total;
}

static void write_shapes(const void *arg) {
	const struct job *job = arg;
	struct iovec iov[1024];
	int fd = must_open(job->path, O_WRONLY | O_CREAT);
	for (size_t i = 0; i < LEN(shapes); i++) {
		char *p = pattern_new((size_t)shapes[i].count * shapes[i].len, (uint32_t)i);
		must(p);
		size_t total = shape_cut(&shapes[i], iov, p);
		must(call_writev(job->call, fd, iov, shapes[i].count) == (ssize_t)total);
		free(p);
	}
}

static void run_shapes(struct watch *w, enum call call) {
	char path[108];
	struct iovec iov[1024];
	struct job job = {path, call};
	uint64_t seen = 0, cut = 0;
	size_t writes = 0;
	watch_path(w, "a.log", path);
	watch_run(w, write_shapes, &job);
	for (size_t i = 0; i < LEN(shapes); i++) {
		size_t total = shape_cut(&shapes[i], iov, NULL);
		size_t taken = total < WIRE_WRITE_MAX ? total : WIRE_WRITE_MAX;
		if (!total)
			continue;
		assert_taken_pattern(w, writes++, taken, (uint32_t)i);
		seen += total;
		cut += total - taken;
	}
	assert_int_equal(w->totals.seen_writes, writes);
	assert_int_equal(w->totals.seen_bytes, seen);
	assert_int_equal(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, cut);
	assert_int_equal(totals_lost_bytes(&w->totals), cut);
	assert_int_equal(totals_lost_writes(&w->totals), 0);
}

static void writev_of_every_shape_comes_exactly(void **state) {
	run_shapes(*state, CALL_WRITEV);
}

static void pwritev_of_every_shape_comes_exactly(void **state) {
	run_shapes(*state, CALL_PWRITEV);
}

static void pwritev2_of_every_shape_comes_exactly(void **state) {
	run_shapes(*state, CALL_PWRITEV2);
}

static void pwritev2_at_the_current_position_comes_exactly(void **state) {
	run_shapes(*state, CALL_PWRITEV2_CURRENT);
}

#define GOOD_LEN 4096 /* of a page that holds what cannot be read nothing is written before Linux 5.16 */

/* The kernel writes up to the unreadable buffer and returns short. */
static void write_around_unreadable(const void *arg) {
	struct iovec iov[3];
	char *good = pattern_new(2 * GOOD_LEN, 1);
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = must_open_log(arg);
	must(good && bad != MAP_FAILED);
	iov[0] = (struct iovec){good, GOOD_LEN};
	iov[1] = (struct iovec){bad, 100};
	iov[2] = (struct iovec){good + GOOD_LEN, GOOD_LEN};
	must(writev(fd, iov, 3) == GOOD_LEN);
	iov[0].iov_len = 0;
	must(writev(fd, iov, 3) == -1 && errno == EFAULT);
	must(writev(fd, iov + 2, 1) == GOOD_LEN);
}

static void buffer_that_cannot_be_read_ends_the_write(void **state) {
	struct watch *w = *state;
	char path[108], *want = pattern_new(2 * GOOD_LEN, 1);
	assert_non_null(want);
	watch_path(w, "a.log", path);
	watch_run(w, write_around_unreadable, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_int_equal(w->taken[0].len, GOOD_LEN);
	assert_memory_equal(w->taken[0].data, want, GOOD_LEN);
	assert_int_equal(w->taken[1].len, GOOD_LEN);
	assert_memory_equal(w->taken[1].data, want + GOOD_LEN, GOOD_LEN);
	free(want);
}

/* /dev/null takes any buffer without touching it: what cannot be read then is lost and said so. */
static void write_unread(const void *arg) {
	struct iovec iov[3];
	char *good = pattern_new(2 * GOOD_LEN, 1);
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = must_open("/dev/null", O_WRONLY);
	must(!arg && good && bad != MAP_FAILED);
	iov[0] = (struct iovec){good, GOOD_LEN};
	iov[1] = (struct iovec){bad, 100};
	iov[2] = (struct iovec){good + GOOD_LEN, GOOD_LEN};
	must(writev(fd, iov, 3) == 2 * GOOD_LEN + 100);
	must(writev(fd, iov + 1, 1) == 100);
	must(writev(fd, iov, 1) == GOOD_LEN);
}

static void buffer_that_was_not_resident_is_counted_as_fault(void **state) {
	struct watch *w = *state;
	watch_open_sink(w, "/dev/null");
	watch_run(w, write_unread, NULL);
	assert_int_equal(w->totals.seen_writes, 3);
	assert_int_equal(w->totals.seen_bytes, 3 * GOOD_LEN + 200);
	assert_int_equal(w->totals.lost[WIRE_LOSS_FAULT].bytes, totals_lost_bytes(&w->totals));
	assert_int_equal(w->totals.lost[WIRE_LOSS_FAULT].writes, 1);
	assert_int_equal(w->taken_len, 3);
	assert_taken_pattern(w, 0, GOOD_LEN, 1);
	assert_false(w->taken[0].gap);
	assert_true(w->taken[1].gap && w->taken[1].continued);
	assert_int_equal(w->taken[1].len, GOOD_LEN);
	assert_taken_pattern(w, 2, GOOD_LEN, 1);
	assert_true(w->taken[2].gap && !w->taken[2].continued);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(writev_of_every_shape_comes_exactly),
	    BOTH_HOOKS(pwritev_of_every_shape_comes_exactly),
	    BOTH_HOOKS(pwritev2_of_every_shape_comes_exactly),
	    BOTH_HOOKS(pwritev2_at_the_current_position_comes_exactly),
	    BOTH_HOOKS(buffer_that_cannot_be_read_ends_the_write),
	    BOTH_HOOKS(buffer_that_was_not_resident_is_counted_as_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
