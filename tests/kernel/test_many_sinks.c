/* SPDX-License-Identifier: MIT */
/* More logs than there is room for: the books stay exact and the memory flat. */
#include "harness.h"

#include "capture/sinks.h"

#include <malloc.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define SINKS 100000
#define WARM 45000
_Static_assert(WARM > WIRE_SINKS_MAX, "");
#define LIVE 10000

/* In memory, so that a disk's speed does not matter, in a mount namespace of the writer's own. */
static void must_enter(const char *dir) {
	must(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(!mount("none", dir, "tmpfs", 0, NULL) && !chdir(dir));
}

/* Pauses once every place for counters has been used, and at the end. */
static void write_and_forget(const void *arg) {
	must_enter(arg);
	for (int i = 0; i < SINKS; i++) {
		int fd = must_open_log("a.log");
		must_write(fd, "a record\n", 9);
		close(fd);
		must(!unlink("a.log"));
		if (i + 1 == WARM || i + 1 == SINKS)
			writer_pause();
	}
}

/* Until the writer is held and so many logs have made way. */
static void await_ended(struct watch *w, const struct writer *writer, size_t logs) {
	writer_await(w, writer);
	uint64_t start = clock_monotonic_ns();
	while (w->ended_sinks < logs) {
		if (clock_monotonic_ns() - start > PATIENCE_NS)
			fail_msg("%zu of %zu logs made way", w->ended_sinks, logs);
		watch_poll(w, -1);
	}
}

/* Of so many logs all have made way that have to, and the allocator keeps nothing in store: how many wait to make way
 * is a matter of the writer's speed. */
static size_t memory_at_rest(struct watch *w, const struct writer *writer, size_t logs) {
	await_ended(w, writer, logs - SINKS_LOGS_MAX);
	malloc_trim(0);
	return memory_of(getpid());
}

static void assert_seen(const struct watch *w, uint64_t writes, uint64_t bytes) {
	assert_int_equal(w->totals.seen_writes, writes);
	assert_int_equal(w->totals.seen_bytes, bytes);
}

static void any_number_of_short_lived_logs_is_seen_in_flat_memory(void **state) {
	struct watch *w = *state;
	w->take = count_only;
	struct writer writer = writer_start(write_and_forget, w->dir);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	size_t before = memory_at_rest(w, &writer, WARM);
	writer_resume(&writer);
	size_t after = memory_at_rest(w, &writer, SINKS);
	writer_resume(&writer);
	writer_join(w, &writer);
	/* The table of logs, which is built anew for as many as there are at that moment, takes from 0.5 to 2 MiB. */
	if (after > before + 2 * 1024 * 1024)
		fail_msg("%zu KiB more after %d logs than after %d", (after - before) / 1024, SINKS, WARM);
	assert_lost_nothing(w);
	assert_seen(w, SINKS, 9 * SINKS);
	assert_int_equal(w->ended_sinks, SINKS - SINKS_LOGS_MAX);
}

static void write_to_many(const void *arg) {
	int fds[LIVE];
	char name[32];
	must_enter(arg);
	must(!setrlimit(RLIMIT_NOFILE, &(struct rlimit){LIVE + 100, LIVE + 100}));
	for (int i = 0; i < LIVE; i++) {
		snprintf(name, sizeof(name), "%d.log", i);
		fds[i] = must_open_log(name);
	}
	for (int round = 0; round < 5; round++)
		for (int i = 0; i < LIVE; i++)
			must_write(fds[i], "a record\n", 9);
}

static void ten_thousand_logs_in_use_all_stay(void **state) {
	struct watch *w = *state;
	w->take = count_only;
	watch_run(w, write_to_many, w->dir);
	assert_lost_nothing(w);
	assert_seen(w, 5 * LIVE, 5 * 9 * LIVE);
	assert_int_equal(w->ended_sinks, 0);
	assert_int_equal(w->judged, LIVE);
}

enum { TOLD_GO, TOLD_OPENED }; /* the second is one of each process */

/* Every other one is a log. */
static void write_with_all_open(int process, int from, int to) {
	static int fds[SINKS];
	char name[32];
	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), i % 2 ? "%d.log" : "%d", i);
		fds[i] = must_open_log(name);
	}
	told[TOLD_OPENED + process] = 1;
	while (!*(volatile uint64_t *)&told[TOLD_GO])
		poll(NULL, 0, 1);
	for (int i = from; i < to; i++)
		must_write(fds[i], "a record\n", 9);
	_exit(0);
}

/* In one process, where so many are allowed; else in several, none of which begins before all files are open. */
static void open_all_then_write(const void *arg) {
	struct rlimit limit = {SINKS + 100, SINKS + 100};
	must_enter(arg);
	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		must(!getrlimit(RLIMIT_NOFILE, &limit));
		limit.rlim_cur = limit.rlim_max;
		must(!setrlimit(RLIMIT_NOFILE, &limit));
	}
	int each = (int)limit.rlim_cur - 100, processes = (SINKS + each - 1) / each;
	must(processes < TOLD_MAX);
	for (int i = 0; i < processes; i++)
		if (!fork())
			write_with_all_open(i, i * each, i + 1 < processes ? (i + 1) * each : SINKS);
	for (int i = 0; i < processes; i++)
		while (!*(volatile uint64_t *)&told[TOLD_OPENED + i])
			poll(NULL, 0, 1);
	writer_pause();
	told[TOLD_GO] = 1;
	for (int i = 0; i < processes; i++)
		must_one_exit_0();
}

static void a_hundred_thousand_open_files_are_captured_or_counted(void **state) {
	struct watch *w = *state;
	w->take = count_only;
	struct writer writer = writer_start(open_all_then_write, w->dir);
	writer_go(w, &writer);
	writer_await(w, &writer);
	watch_writer(w, &writer);
	writer_resume(&writer);
	writer_join(w, &writer);
	watch_finish(w);
	/* Met faster than they can be told to be none, files are taken for possible logs: theirs are bytes lost too. */
	uint64_t lost = w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes;
	assert_int_equal(w->totals.seen_bytes, w->bytes + lost);
	assert_in_range(w->bytes, 9, 9 * SINKS / 2);
	assert_in_range(w->totals.seen_bytes, 9 * SINKS / 2, 9 * SINKS);
	assert_in_range(w->totals.seen_writes, SINKS / 2, SINKS);
}

/* Twice the logs that there is room for, round after round: each makes way and comes back. */
#define CROWD (2 * SINKS_LOGS_MAX)

static void write_to_a_crowd(const void *arg) {
	char name[32];
	must_enter(arg);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < CROWD; i++) {
			snprintf(name, sizeof(name), "%d.log", i);
			int fd = must_open_log(name);
			must_write(fd, "a record\n", 9);
			close(fd);
		}
		writer_pause();
	}
}

static void logs_that_made_way_come_back(void **state) {
	struct watch *w = *state;
	w->take = count_only;
	struct writer writer = writer_start(write_to_a_crowd, w->dir);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	for (size_t round = 1; round <= 3; round++) {
		await_ended(w, &writer, round * (CROWD - SINKS_LOGS_MAX));
		writer_resume(&writer);
	}
	writer_join(w, &writer);
	assert_lost_nothing(w);
	assert_seen(w, 3 * CROWD, 3 * 9 * CROWD);
	assert_true(w->ended_sinks >= CROWD);
}

#define BURST (SINKS_LOGS_MAX + 4096)

/* The first log again, behind more logs than there is room for. */
static void write_in_a_burst(const void *arg) {
	char name[32];
	must_enter(arg);
	int first = must_open_log("first.log");
	must_write(first, "a record\n", 9);
	writer_pause();
	for (int i = 0; i < BURST; i++) {
		snprintf(name, sizeof(name), "%d.log", i);
		int fd = must_open_log(name);
		must_write(fd, "a record\n", 9);
		close(fd);
	}
	must_write(first, "a record\n", 9);
	writer_pause();
}

/* Long enough, when there is no room any more, for the longest unused log to be idle and then to have left. */
static void take_slowly(struct watch *w, const struct capture_write *d) {
	(void)d;
	if (w->writes > SINKS_LOGS_MAX && w->writes % 1000 == 0)
		poll(NULL, 0, 10 + (int)((SINKS_IDLE_NS + PLACES_GRACE_NS) / 1000000));
}

static void log_that_waits_in_the_ring_does_not_leave(void **state) {
	struct watch *w = *state;
	char c;
	w->take = take_slowly;
	struct writer writer = writer_start(write_in_a_burst, w->dir);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_go(w, &writer);
	assert_int_equal(read(writer.done, &c, 1), 1); /* and nothing is delivered meanwhile */
	watch_dispatch(w);
	writer_resume(&writer);
	writer_join(w, &writer);
	assert_lost_nothing(w);
	assert_seen(w, BURST + 2, 9 * (BURST + 2));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(any_number_of_short_lived_logs_is_seen_in_flat_memory),
	    BOTH_HOOKS(ten_thousand_logs_in_use_all_stay),
	    BOTH_HOOKS(a_hundred_thousand_open_files_are_captured_or_counted),
	    BOTH_HOOKS(logs_that_made_way_come_back),
	    BOTH_HOOKS(log_that_waits_in_the_ring_does_not_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
