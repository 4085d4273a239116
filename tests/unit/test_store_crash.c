/* SPDX-License-Identifier: MIT */
/* The store when its agent is killed, and when the disk is full or cannot be written. */
#include "test_disk.h"
#include "test_store.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#define KILLS 25

struct told {
	uint64_t writes, outgoing;
};

/* The agent: one write more in each snapshot, as fast as they can be put; it tells what has been written. */
__attribute__((noreturn)) static void write_until_killed(struct fixture *f, int tell) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (try_open(f, 0))
		_exit(1);
	for (struct told told = {0};; told.writes++) {
		struct finding finding = finding_like("b62d5c0df27464775a7822c8bddb3d65", told.writes + 1, clock_realtime_ns());
		struct snapshot *s = snapshot_make(clock_realtime_ns());
		snapshot_write(s, told.writes + 1);
		snapshot_find(s, &finding);
		uint64_t seq;
		if (store_put(f->store, s) || store_outgoing_add(f->store, s->time_ns, "new", "id", "{}", &seq))
			_exit(2);
		snapshot_drop(s);
		told.outgoing++;
		if (write(tell, &(struct told){told.writes + 1, told.outgoing}, sizeof(told)) != sizeof(told))
			_exit(3);
	}
}

/* Lets one run, kills it, and adds what it said last to the sum. */
static void run_and_kill(struct fixture *f, unsigned ms, struct told *sum) {
	int tell[2];
	assert_return_code(pipe2(tell, O_CLOEXEC), errno);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid)
		write_until_killed(f, tell[1]);
	close(tell[1]);
	struct told told = {0}, next;
	uint64_t start = clock_monotonic_ns();
	while (read(tell[0], &next, sizeof(next)) == sizeof(next)) {
		told = next;
		if (clock_monotonic_ns() - start >= ms * 1000000ull)
			kill(pid, SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(tell[0]);
	sum->writes += told.writes;
	sum->outgoing += told.outgoing;
}

static int take_count(void *arg, struct finding_copy *c) {
	*(uint64_t *)arg = c->finding.count;
	return 0;
}

static size_t outgoing_of(struct store *s) {
	struct store_outgoing o = {0};
	size_t n = 0;
	for (uint64_t seq = 0; !store_outgoing_next(s, "syslog", seq, &o); n++) {
		seq = o.seq;
		store_outgoing_release(&o);
	}
	return n;
}

/* Killed at any point, it loses at most what it had not said: one snapshot of each run, which is a second's. */
static void an_agent_that_is_killed_loses_its_last_snapshot_at_most(void **state) {
	struct fixture *f = *state;
	static const char *const output = "syslog";
	struct told sum = {0};
	must_open(f);
	assert_int_equal(store_outputs(f->store, &output, 1), 0);
	must_close(f);
	srand(1);
	for (int i = 0; i < KILLS; i++)
		run_and_kill(f, (unsigned)rand() % 40, &sum);
	must_open(f);
	assert_false(diags_any(&f->diags));
	uint64_t count = 0;
	struct store_amounts a = all_amounts(f->store);
	assert_in_range(a.seen.writes, sum.writes, sum.writes + KILLS);
	assert_int_equal(a.seen.bytes, a.scanned.bytes + a.lost[WIRE_LOSS_TRUNCATED].bytes);
	assert_int_equal(store_read_findings(f->store, 0, INT64_MAX, take_count, &count), 0);
	assert_int_equal(count, a.seen.writes);
	assert_in_range(outgoing_of(f->store), sum.outgoing, sum.outgoing + KILLS);
	assert_int_equal(events_of(f->store, STORE_GAP), KILLS);
	assert_int_equal(events_of(f->store, STORE_DAMAGED), 0);
}

/* So many that no page that is there already has room for them. */
static struct snapshot *snapshot_with_findings(uint64_t time_ns, uint64_t writes, unsigned findings) {
	struct snapshot *s = snapshot_make(time_ns);
	snapshot_write(s, writes);
	for (unsigned i = 0; i < findings; i++) {
		char id[FIND_ID_SIZE];
		snprintf(id, sizeof(id), "%032u", i);
		struct finding finding = finding_like(id, 1, time_ns);
		snapshot_find(s, &finding);
	}
	return s;
}

static void what_a_full_disk_refused_is_written_when_there_is_room_again(void **state) {
	struct fixture *f = *state;
	struct store_counters counters;
	char filler[64];
	disk_mount_small(f->dir);
	must_open(f);
	must_put(f, snapshot_with_findings(NOON_NS, 3, 1));
	snprintf(filler, sizeof(filler), "%s/filler", f->dir);
	disk_fill(filler);
	struct snapshot *s = snapshot_with_findings(NOON_NS + NS_PER_S, 5, 500);
	int r = store_put(f->store, s);
	assert_true(r == -ENOSPC || r == -EIO);
	assert_int_equal(all_amounts(f->store).seen.writes, 3);
	assert_return_code(unlink(filler), errno);
	snapshot_drop(s);
	must_put(f, snapshot_with_findings(NOON_NS + STORE_MINUTE_NS, 9, 500));
	struct store_amounts a = all_amounts(f->store);
	assert_int_equal(a.seen.writes, 9);
	assert_int_equal(a.matches, 500);
	store_counters(f->store, &counters);
	assert_int_equal(counters.failures, 1);
	assert_int_equal(counters.last_error, 0);
	must_close(f);
	must_open(f);
	assert_false(diags_any(&f->diags));
	must_close(f);
	umount2(f->dir, MNT_DETACH);
}

static void a_disk_that_cannot_be_written_is_said(void **state) {
	struct fixture *f = *state;
	disk_mount_small(f->dir);
	must_open(f);
	must_close(f);
	disk_make_read_only(f->dir, true);
	assert_true(try_open(f, 0) < 0);
	assert_true(diags_any(&f->diags));
	umount2(f->dir, MNT_DETACH);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(an_agent_that_is_killed_loses_its_last_snapshot_at_most),
	    TEST(what_a_full_disk_refused_is_written_when_there_is_room_again),
	    TEST(a_disk_that_cannot_be_written_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
