/* SPDX-License-Identifier: MIT */
#include "test_store.h"

#include "find/distinct.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <xxhash.h>

static void minutes_hold_what_came_since_the_last_snapshot(void **state) {
	struct fixture *f = *state;
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS + NS_PER_S);
	snapshot_write(s, 5);
	must_put(f, s);
	s = snapshot_make(NOON_NS + 2 * NS_PER_S);
	snapshot_write(s, 7);
	must_put(f, s);
	s = snapshot_make(NOON_NS + STORE_MINUTE_NS);
	snapshot_write(s, 20);
	must_put(f, s);
	struct store_amounts a = {0};
	assert_int_equal(store_read_minutes(f->store, NOON_NS, NOON_NS + STORE_MINUTE_NS, "shop", take_amounts, &a), 0);
	assert_int_equal(a.minute_ns, NOON_NS);
	assert_int_equal(a.seen.writes, 7);
	assert_int_equal(a.seen.bytes, 70);
	assert_int_equal(a.scanned.bytes, 63);
	assert_int_equal(a.lost[WIRE_LOSS_TRUNCATED].bytes, 7);
	assert_int_equal(a.records, 7);
	a = all_amounts(f->store);
	assert_int_equal(a.minutes, 2);
	assert_int_equal(a.seen.writes, 20);
	assert_int_equal(a.lost[WIRE_LOSS_TRUNCATED].bytes, 20);
}

static void what_is_on_its_way_is_seen_when_it_has_come(void **state) {
	struct fixture *f = *state;
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS);
	snapshot_write(s, 5);
	s->targets->totals.seen_bytes += 30;
	s->targets->totals.seen_writes += 3;
	s->targets->waiting = (struct capture_loss){30, 3};
	must_put(f, s);
	assert_int_equal(all_amounts(f->store).seen.writes, 5);
	s = snapshot_make(NOON_NS + NS_PER_S);
	snapshot_write(s, 8);
	must_put(f, s);
	struct store_amounts a = all_amounts(f->store);
	assert_int_equal(a.seen.writes, 8);
	assert_int_equal(a.seen.bytes, a.scanned.bytes + a.lost[WIRE_LOSS_TRUNCATED].bytes);
}

static void a_minute_in_which_nothing_was_written_has_its_row(void **state) {
	struct fixture *f = *state;
	must_open(f);
	must_put(f, snapshot_make(NOON_NS));
	assert_int_equal(all_amounts(f->store).minutes, 1);
}

/* In WAL mode who has the file open holds a read lock on it; another process is needed to see it. */
static bool holds_its_lock(const struct fixture *f) {
	int status;
	pid_t pid = fork();
	if (!pid) {
		struct flock lock = {.l_type = F_WRLCK};
		int fd = open(f->path, O_RDWR | O_CLOEXEC);
		_exit(fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type == F_RDLCK && lock.l_pid == getppid());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void a_reader_in_the_same_process_leaves_the_writer_its_locks(void **state) {
	struct fixture *f = *state;
	struct store *reader;
	must_open(f);
	must_put(f, snapshot_make(NOON_NS));
	assert_true(holds_its_lock(f));
	assert_int_equal(store_written_ns(f->store), NOON_NS);
	assert_int_equal(store_reader(&reader, f->store, &f->diags), 0);
	assert_int_equal(all_amounts(reader).minutes, 1);
	must_put(f, snapshot_make(NOON_NS + STORE_MINUTE_NS));
	assert_int_equal(all_amounts(reader).minutes, 2);
	store_close(reader);
	assert_true(holds_its_lock(f));
}

static size_t open_at(struct store *s, enum store_event_kind kind, uint64_t at_ns) {
	struct event_count open = {.kind = kind};
	assert_int_equal(store_read_blind(s, at_ns, count_event, &open), 0);
	return open.n;
}

static size_t blind_at(struct store *s, uint64_t at_ns) {
	return open_at(s, STORE_BLIND, at_ns);
}

static void blind_spots_are_open_until_it_is_noted_that_they_are_not(void **state) {
	struct fixture *f = *state;
	must_open(f);
	uint64_t now_ns = clock_realtime_ns();
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 1, 0, STORE_BLIND_FORMAT, 2ul), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 1, 0, "mapping of a.log"), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 1, 0, "mapping of b.log"), 0);
	assert_int_equal(store_note(f->store, STORE_CONFIG, now_ns + 2, 0, "was loaded"), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 3, 0, STORE_BLIND_FORMAT, 1ul), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 3, 0, "mapping of b.log"), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 4, 0, STORE_BLIND_FORMAT, 0ul), 0);
	assert_int_equal(blind_at(f->store, now_ns + 1), 0);
	assert_int_equal(blind_at(f->store, now_ns + 2), 2);
	assert_int_equal(blind_at(f->store, now_ns + 4), 1);
	assert_int_equal(blind_at(f->store, now_ns + 5), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 5, 0, STORE_BLIND_FORMAT, 2ul), 0);
	assert_int_equal(store_note(f->store, STORE_BLIND, now_ns + 5, 0, "mapping of c.log"), 0);
	assert_int_equal(store_note(f->store, STORE_UNREAD, now_ns + 5, 0, "may be a log"), 0);
	assert_int_equal(blind_at(f->store, UINT64_MAX >> 1), 1);
	assert_int_equal(open_at(f->store, STORE_UNREAD, UINT64_MAX >> 1), 1);
	must_close(f);
	must_open(f);
	assert_int_equal(blind_at(f->store, UINT64_MAX >> 1), 0); /* what another run could not see is past */
}

static int take_finding(void *arg, struct finding_copy *c) {
	*(struct finding_copy **)arg = finding_copy_hold(c);
	return 0;
}

static void a_finding_reads_as_it_was(void **state) {
	struct fixture *f = *state;
	struct finding in = finding_like("b62d5c0df27464775a7822c8bddb3d65", 3, NOON_NS + 5);
	char *frames[] = {(char *)"log_line app.c:8", (char *)"main app.c:80"};
	struct finding_origin origin = {.count = 2, .own = 1, .frames = frames, .frames_len = 2, .thread = "worker"};
	struct waiver waiver = {
	    .owner = (char *)"payments", .reason = (char *)"test tenant", .until = (char *)"2026-12-31"};
	in.origins = &origin;
	in.origins_len = 1;
	in.waiver = &waiver;
	in.waived = true;
	strcpy(in.statement, "signup failed for <email>");
	assert_int_equal(finding_writer_new(&in.writer, 33, "/system.slice/shop.service", "shop --fast"), 0);
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS);
	snapshot_find(s, &in);
	finding_writer_free(in.writer);
	must_put(f, s);
	_cleanup_(finding_copy_dropp) struct finding_copy *c = NULL;
	assert_int_equal(store_read_findings(f->store, NOON_NS, NOON_NS + 10, take_finding, &c), 0);
	assert_non_null(c);
	const struct finding *out = &c->finding;
	assert_string_equal(out->id, in.id);
	assert_string_equal(out->rule->id, "contact.email");
	assert_string_equal(out->rule->remediation, "Log an id.");
	assert_int_equal(out->rule->severity, RULE_MEDIUM);
	assert_int_equal(out->count, 3);
	assert_string_equal(out->masked, in.masked);
	assert_string_equal(out->fingerprint, in.fingerprint);
	assert_string_equal(out->template_id, in.template_id);
	assert_string_equal(out->statement, in.statement);
	assert_string_equal(out->sink_name, in.sink_name);
	assert_string_equal(out->executable, in.executable);
	assert_int_equal(out->last_seen_ns, NOON_NS + 5);
	assert_int_equal(out->origins_len, 1);
	assert_int_equal(out->origins[0].own, 1);
	assert_string_equal(out->origins[0].thread, "worker");
	assert_string_equal(out->origins[0].frames[1], "main app.c:80");
	assert_int_equal(out->writer->uid, 33);
	assert_string_equal(out->writer->command_line, "shop --fast");
	assert_string_equal(out->writer->workload.unit, "shop.service");
	assert_true(out->waived);
	assert_string_equal(out->waiver->owner, "payments");
	assert_int_equal(events_of(f->store, STORE_WAIVER), 1);
}

/* A run with that key that sees the values from..until of the finding. */
static void put_values_under(struct fixture *f, const char *key_id, uint64_t from, uint64_t until) {
	struct distinct values = {0};
	struct finding in = finding_like("b62d5c0df27464775a7822c8bddb3d65", until - from, NOON_NS + 5);
	for (uint64_t i = from; i < until; i++)
		assert_int_equal(distinct_add(&values, XXH3_64bits(&i, sizeof(i))), 0);
	in.distinct = values.count;
	snprintf(in.key_id, sizeof(in.key_id), "%s", key_id);
	in.values = &values;
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS);
	snapshot_find(s, &in);
	must_put(f, s);
	must_close(f);
	distinct_release(&values);
}

static void put_values(struct fixture *f, uint64_t from, uint64_t until) {
	put_values_under(f, "00112233445566778899aabbccddeeff", from, until);
}

static void assert_values(struct fixture *f, uint64_t least, uint64_t most, bool exact) {
	_cleanup_(finding_copy_dropp) struct finding_copy *c = NULL;
	must_open(f);
	assert_int_equal(store_read_findings(f->store, NOON_NS, NOON_NS + 10, take_finding, &c), 0);
	assert_non_null(c);
	assert_in_range(c->finding.distinct, least, most);
	assert_true((c->finding.distinct_error > 0) == !exact);
	must_close(f);
}

static void values_are_counted_over_runs(void **state) {
	struct fixture *f = *state;
	put_values(f, 0, 400);
	assert_values(f, 400, 400, true);
	put_values(f, 100, 300); /* none of them new */
	assert_values(f, 400, 400, true);
	put_values(f, 300, 800);
	assert_values(f, 760, 840, false);
	put_values(f, 0, 10);
	assert_values(f, 760, 840, false);
	put_values_under(f, "ffeeddccbbaa99887766554433221100", 0, 1000); /* nobody knows which of them are new */
	assert_values(f, 1000, 1000, true);
}

static void findings_outside_the_period_are_not_read(void **state) {
	struct fixture *f = *state;
	struct finding_copy *c = NULL;
	struct finding in = finding_like("b62d5c0df27464775a7822c8bddb3d65", 3, NOON_NS + 5);
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS);
	snapshot_find(s, &in);
	must_put(f, s);
	assert_int_equal(store_read_findings(f->store, NOON_NS + 6, NOON_NS + 10, take_finding, &c), 0);
	assert_int_equal(store_read_findings(f->store, 0, NOON_NS, take_finding, &c), 0);
	assert_null(c);
}

static void put_finding(struct fixture *f, uint64_t count, uint64_t time_ns) {
	struct finding in = finding_like("b62d5c0df27464775a7822c8bddb3d65", count, time_ns);
	struct snapshot *s = snapshot_make(time_ns);
	snapshot_write(s, count);
	snapshot_find(s, &in);
	must_put(f, s);
}

static int take_rule(void *arg, const char *rule, uint64_t matches) {
	assert_string_equal(rule, "contact.email");
	*(uint64_t *)arg = matches;
	return 0;
}

static void counts_go_on_over_runs_of_the_agent(void **state) {
	struct fixture *f = *state;
	uint64_t matches = 0;
	must_open(f);
	put_finding(f, 3, NOON_NS);
	put_finding(f, 5, NOON_NS + NS_PER_S);
	must_close(f);
	must_open(f);
	put_finding(f, 2, NOON_NS + STORE_MINUTE_NS);
	_cleanup_(finding_copy_dropp) struct finding_copy *c = NULL;
	assert_int_equal(store_read_findings(f->store, 0, INT64_MAX, take_finding, &c), 0);
	assert_int_equal(c->finding.count, 7);
	assert_int_equal(store_read_rules(f->store, 0, INT64_MAX, take_rule, &matches), 0);
	assert_int_equal(matches, 7);
	assert_int_equal(all_amounts(f->store).matches, 7);
	assert_int_equal(all_amounts(f->store).seen.writes, 7);
}

static void what_an_output_has_not_acknowledged_comes_again_after_a_restart(void **state) {
	struct fixture *f = *state;
	static const char *const names[] = {"syslog", "webhook"};
	struct store_outgoing o = {0};
	uint64_t seq, first;
	must_open(f);
	assert_int_equal(store_outputs(f->store, names, 2), 0);
	assert_int_equal(store_outgoing_add(f->store, NOON_NS, "new", "id1", "{}", &first), 0);
	assert_int_equal(store_outgoing_add(f->store, NOON_NS, "update", "id1", "{\"a\":1}", &seq), 0);
	assert_int_equal(store_outgoing_acknowledge(f->store, "syslog", first), 0);
	must_close(f);
	must_open(f);
	assert_int_equal(store_outputs(f->store, names, 2), 0);
	assert_int_equal(store_outgoing_next(f->store, "syslog", 0, &o), 0);
	assert_int_equal(o.seq, seq);
	assert_string_equal(o.json, "{\"a\":1}");
	store_outgoing_release(&o);
	assert_int_equal(store_outgoing_next(f->store, "webhook", 0, &o), 0);
	assert_int_equal(o.seq, first);
	store_outgoing_release(&o);
	assert_int_equal(store_outgoing_next(f->store, "webhook", seq, &o), -ENOENT);
	/* One that is not there any more holds nothing back, and numbers are not used again. */
	assert_int_equal(store_outputs(f->store, names, 1), 0);
	assert_int_equal(store_outgoing_acknowledge(f->store, "syslog", seq), 0);
	assert_int_equal(store_outgoing_add(f->store, NOON_NS, "new", "id2", "{}", &first), 0);
	assert_int_equal(first, seq + 1);
}

static void the_time_between_two_runs_is_a_gap(void **state) {
	struct fixture *f = *state;
	struct events gaps = {0};
	must_open(f);
	uint64_t began_ns = clock_realtime_ns();
	must_close(f);
	uint64_t ended_ns = clock_realtime_ns();
	must_open(f);
	uint64_t again_ns = clock_realtime_ns();
	assert_int_equal(store_read_gaps(f->store, began_ns, again_ns, take_event, &gaps), 0);
	assert_int_equal(gaps.len, 1);
	assert_in_range(gaps.items[0].from_ns, began_ns, ended_ns);
	assert_in_range(gaps.items[0].until_ns, ended_ns, again_ns);
	gaps.len = 0;
	assert_int_equal(store_read_gaps(f->store, 0, began_ns - 10 * NS_PER_S, take_event, &gaps), 0);
	assert_int_equal(gaps.len, 1);
	gaps.len = 0;
	assert_int_equal(store_read_gaps(f->store, again_ns, again_ns + NS_PER_S, take_event, &gaps), 0);
	assert_int_equal(gaps.len, 0);
	assert_int_equal(store_read_gaps(f->store, again_ns, again_ns + 60 * NS_PER_S, take_event, &gaps), 0);
	assert_int_equal(gaps.len, 1);
}

static void a_stall_is_a_gap_of_its_own_kind(void **state) {
	struct fixture *f = *state;
	struct events gaps = {0};
	must_open(f);
	uint64_t now_ns = clock_realtime_ns();
	assert_int_equal(store_note(f->store, STORE_STALL, now_ns - 10, now_ns, "stopped for %d s", 3), 0);
	assert_int_equal(store_read_gaps(f->store, now_ns - 5, now_ns + 1, take_event, &gaps), 0);
	assert_int_equal(gaps.items[gaps.len - 1].kind, STORE_STALL);
	assert_int_equal(gaps.items[gaps.len - 1].until_ns, now_ns);
	assert_string_equal(gaps.items[gaps.len - 1].text, "stopped for 3 s");
}

static void a_clock_that_is_set_is_noted(void **state) {
	struct fixture *f = *state;
	must_open(f);
	must_put(f, snapshot_make(NOON_NS + NS_PER_S));
	struct snapshot *s = snapshot_make(NOON_NS + 2 * NS_PER_S);
	s->time_ns -= 3600 * NS_PER_S;
	must_put(f, s);
	assert_int_equal(events_of(f->store, STORE_CLOCK), 1);
}

static void only_its_owner_may_read_it(void **state) {
	struct fixture *f = *state;
	struct stat st;
	glob_t all;
	char pattern[64];
	mode_t before = umask(0);
	must_open(f);
	umask(before);
	must_put(f, snapshot_make(NOON_NS));
	snprintf(pattern, sizeof(pattern), "%s/*", f->dir);
	assert_int_equal(glob(pattern, 0, NULL, &all), 0);
	assert_true(all.gl_pathc >= 3);
	for (size_t i = 0; i < all.gl_pathc; i++) {
		assert_int_equal(stat(all.gl_pathv[i], &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	globfree(&all);
}

static void overwrite(const char *path, off_t at, const char *text) {
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_return_code(fd, errno);
	assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
	close(fd);
}

static bool says(const struct fixture *f, const char *text) {
	for (size_t i = 0; i < f->diags.len; i++)
		if (strstr(f->diags.items[i].text, text))
			return true;
	return false;
}

static void assert_set_aside(struct fixture *f) {
	char pattern[96];
	glob_t all;
	assert_true(says(f, "set aside"));
	assert_int_equal(events_of(f->store, STORE_DAMAGED), 1);
	must_put(f, snapshot_make(NOON_NS));
	snprintf(pattern, sizeof(pattern), "%s.damaged-*", f->path);
	assert_int_equal(glob(pattern, 0, NULL, &all), 0);
	globfree(&all);
}

static void a_file_without_a_head_is_set_aside(void **state) {
	struct fixture *f = *state;
	must_open(f);
	must_close(f);
	overwrite(f->path, 0, "garbage all over the head of the file");
	must_open(f);
	assert_set_aside(f);
}

/* Versions of the format, size of pages, format of the schema, and that of our tables, which is below zero then. */
static void a_file_with_one_wrong_byte_in_its_head_is_set_aside(void **state) {
	static const off_t places[] = {18, 19, 17, 47, 60};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		must_open(f);
		must_close(f);
		overwrite(f->path, places[i], "\xf7");
		must_open(f);
		assert_true(says(f, "was damaged"));
		must_close(f);
		assert_return_code(unlink(f->path), errno);
		diags_release(&f->diags);
		f->diags = (struct diags){0};
	}
}

static void a_file_damaged_inside_is_set_aside(void **state) {
	struct fixture *f = *state;
	must_open(f);
	for (int i = 0; i < 100; i++)
		must_put(f, snapshot_make(NOON_NS + (uint64_t)i * STORE_MINUTE_NS));
	must_close(f);
	for (off_t page = 1; page < 8; page++)
		overwrite(f->path, page * 4096 + 3, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
	must_open(f);
	assert_set_aside(f);
}

static void a_file_that_has_gone_is_made_again(void **state) {
	struct fixture *f = *state;
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS);
	snapshot_write(s, 5);
	must_put(f, s);
	assert_return_code(unlink(f->path), errno);
	s = snapshot_make(NOON_NS + NS_PER_S);
	snapshot_write(s, 6);
	must_put(f, s);
	assert_int_equal(all_amounts(f->store).seen.writes, 6);
	assert_int_equal(access(f->path, F_OK), 0);
}

/* user_version and application_id of the head. */
static void a_newer_format_is_refused(void **state) {
	struct fixture *f = *state;
	must_open(f);
	must_close(f);
	overwrite(f->path, 62, "\x01");
	assert_int_equal(try_open(f, 0), -EPROTONOSUPPORT);
	assert_true(says(f, "newer logspill"));
	assert_int_equal(store_open_reading(&f->store, f->path, &f->diags), -EPROTONOSUPPORT);
}

static void the_database_of_another_program_is_left_alone(void **state) {
	struct fixture *f = *state;
	must_open(f);
	must_close(f);
	overwrite(f->path, 68, "else");
	assert_int_equal(try_open(f, 0), -EEXIST);
	assert_true(says(f, "left alone"));
}

static void a_link_is_not_followed(void **state) {
	struct fixture *f = *state;
	assert_return_code(symlink("/etc/hostname", f->path), errno);
	assert_int_equal(try_open(f, 0), -ELOOP);
}

/* As systemd makes those of a DynamicUser: /var/lib/logspill is a link to private/logspill. */
static void its_folder_may_be_a_link(void **state) {
	struct fixture *f = *state;
	char folder[64], link[48];
	snprintf(folder, sizeof(folder), "%s/private", f->dir);
	snprintf(link, sizeof(link), "%s/state", f->dir);
	assert_return_code(mkdir(folder, 0700), errno);
	assert_return_code(symlink("private", link), errno);
	snprintf(f->path, sizeof(f->path), "%s/store.db", link);
	must_open(f);
	must_close(f);
	must_open(f);
}

static void two_agents_do_not_write_to_one_file(void **state) {
	struct fixture *f = *state;
	struct fixture other = *f;
	must_open(f);
	assert_int_equal(try_open(&other, 0), -EBUSY);
	assert_true(says(&other, "another agent"));
	diags_release(&other.diags);
}

static void it_can_be_read_while_it_is_written(void **state) {
	struct fixture *f = *state;
	_cleanup_(store_closep) struct store *reader = NULL;
	must_open(f);
	struct snapshot *s = snapshot_make(NOON_NS);
	snapshot_write(s, 5);
	must_put(f, s);
	assert_int_equal(store_open_reading(&reader, f->path, &f->diags), 0);
	assert_int_equal(all_amounts(reader).seen.writes, 5);
	s = snapshot_make(NOON_NS + NS_PER_S);
	snapshot_write(s, 6);
	must_put(f, s);
	assert_int_equal(all_amounts(reader).seen.writes, 6);
}

static void what_is_not_there_cannot_be_read(void **state) {
	struct fixture *f = *state;
	assert_int_equal(store_open_reading(&f->store, f->path, &f->diags), -ENOENT);
	assert_true(diags_any(&f->diags));
	assert_int_equal(access(f->path, F_OK), -1);
}

static void old_rows_are_deleted(void **state) {
	struct fixture *f = *state;
	must_open(f);
	must_put(f, snapshot_make(NOON_NS));
	must_put(f, snapshot_make(NOON_NS + 100ull * 24 * 60 * STORE_MINUTE_NS));
	assert_int_equal(all_amounts(f->store).minutes, 2);
	assert_int_equal(store_trim(f->store, NOON_NS + 100ull * 24 * 60 * STORE_MINUTE_NS + 1), 0);
	assert_int_equal(all_amounts(f->store).minutes, 1);
}

/* Long texts, so that it takes few of them. */
static void the_file_stays_below_its_size(void **state) {
	struct fixture *f = *state;
	struct stat st;
	char text[4000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_int_equal(try_open(f, 1 << 20), 0);
	uint64_t now_ns = clock_realtime_ns();
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(store_note(f->store, STORE_CONFIG, now_ns + i * STORE_MINUTE_NS, 0, "%s", text), 0);
		if (i % 20 == 19)
			assert_int_equal(store_trim(f->store, now_ns + i * STORE_MINUTE_NS), 0);
		assert_return_code(stat(f->path, &st), errno);
		assert_in_range(st.st_size, 0, 1 << 20);
	}
	assert_true(events_of(f->store, STORE_TRIMMED) > 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(minutes_hold_what_came_since_the_last_snapshot),
	    TEST(what_is_on_its_way_is_seen_when_it_has_come),
	    TEST(a_minute_in_which_nothing_was_written_has_its_row),
	    TEST(a_reader_in_the_same_process_leaves_the_writer_its_locks),
	    TEST(blind_spots_are_open_until_it_is_noted_that_they_are_not),
	    TEST(a_finding_reads_as_it_was),
	    TEST(values_are_counted_over_runs),
	    TEST(findings_outside_the_period_are_not_read),
	    TEST(counts_go_on_over_runs_of_the_agent),
	    TEST(what_an_output_has_not_acknowledged_comes_again_after_a_restart),
	    TEST(the_time_between_two_runs_is_a_gap),
	    TEST(a_stall_is_a_gap_of_its_own_kind),
	    TEST(a_clock_that_is_set_is_noted),
	    TEST(only_its_owner_may_read_it),
	    TEST(a_file_without_a_head_is_set_aside),
	    TEST(a_file_with_one_wrong_byte_in_its_head_is_set_aside),
	    TEST(a_file_damaged_inside_is_set_aside),
	    TEST(a_file_that_has_gone_is_made_again),
	    TEST(a_newer_format_is_refused),
	    TEST(the_database_of_another_program_is_left_alone),
	    TEST(a_link_is_not_followed),
	    TEST(its_folder_may_be_a_link),
	    TEST(two_agents_do_not_write_to_one_file),
	    TEST(it_can_be_read_while_it_is_written),
	    TEST(what_is_not_there_cannot_be_read),
	    TEST(old_rows_are_deleted),
	    TEST(the_file_stays_below_its_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
