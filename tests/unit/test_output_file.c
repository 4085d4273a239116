/* SPDX-License-Identifier: MIT */
/* Findings in a file: rotation, links, disks that are full or cannot be written; and what the journal before it does.
 */
#include "test_disk.h"
#include "test_output.h"

#include <sys/stat.h>

static size_t lines_of(const char *path) {
	_cleanup_(buf_release) struct buf b = {0};
	size_t lines = 0;
	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	for (size_t i = 0; i < b.len; i++)
		lines += b.data[i] == '\n';
	return lines;
}

static void a_file_that_is_moved_away_is_made_anew(void **state) {
	(void)state;
	struct setting s = {0};
	char path[96], moved[96];
	struct stat st;
	make_dir(&s);
	snprintf(path, sizeof(path), "%s/findings.jsonl", s.dir);
	snprintf(moved, sizeof(moved), "%s/findings.jsonl.1", s.dir);
	const struct output_settings o = {.name = "f", .driver = "file", .path = path};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	assert_int_equal(rename(path, moved), 0);
	add(&s, OUTPUT_UPDATE);
	add(&s, OUTPUT_RESOLVED);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	assert_int_equal(lines_of(moved), 1);
	assert_int_equal(lines_of(path), 2);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(counters(&s).sent, 3);
	unlink(path);
	unlink(moved);
	rmdir(s.dir);
	end(&s);
}

static void a_symbolic_link_is_not_followed_and_the_events_wait(void **state) {
	(void)state;
	struct setting s = {0};
	char path[96], aim[96];
	make_dir(&s);
	snprintf(path, sizeof(path), "%s/findings.jsonl", s.dir);
	snprintf(aim, sizeof(aim), "%s/aim", s.dir);
	assert_int_equal(symlink(aim, path), 0);
	const struct output_settings o = {.name = "f", .driver = "file", .path = path};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	wait_for_failure(&s);
	assert_int_equal(access(aim, F_OK), -1);
	assert_int_equal(counters(&s).queued, 1);
	unlink(path);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	assert_int_equal(lines_of(path), 1);
	assert_int_equal(counters(&s).queued, 0);
	unlink(path);
	rmdir(s.dir);
	end(&s);
}

static void a_full_queue_gives_up_the_oldest_and_counts_them(void **state) {
	(void)state;
	struct setting s = {0};
	struct diags diags = {0};
	char path[96];
	make_dir(&s);
	snprintf(path, sizeof(path), "%s/f", s.dir);
	assert_int_equal(output_queue_new(&s.queue, 8), 0);
	const struct output_journal journal = output_queue_journal(s.queue);
	const struct output_settings o = {.name = "f", .driver = "file", .path = path};
	assert_int_equal(output_new(&s.output, &o, &journal, &diags), 0);
	add(&s, OUTPUT_NEW);
	assert_int_equal(output_start(s.output), 0);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0); /* not to be written to */
	add(&s, OUTPUT_NEW);
	wait_for_failure(&s);
	for (int i = 0; i < 20; i++)
		add(&s, OUTPUT_UPDATE);
	rmdir(path);
	assert_true(output_flush(s.output, 20 * SECOND_NS));
	const struct snapshot_output c = counters(&s);
	assert_int_equal(c.sent + c.dropped, 22);
	assert_int_equal(c.dropped, 13);
	unlink(path);
	rmdir(s.dir);
	end(&s);
}

/* With room for what the small disk cannot take at once. */
static void every_line_is_whole(const char *path, size_t lines) {
	_cleanup_(buf_release) struct buf b = {0};
	size_t n = 0;
	assert_int_equal(file_read(path, 4 << 20, &b), 0);
	assert_int_equal(buf_append(&b, "", 1), 0);
	for (char *line = b.data, *end; (end = strchr(line, '\n')); line = end + 1, n++) {
		json_auto_t *event = json_loadb(line, (size_t)(end - line), 0, NULL);
		assert_non_null(event);
	}
	assert_int_equal(n, lines);
}

static void a_full_disk_costs_no_finding_and_leaves_no_half_line(void **state) {
	(void)state;
	struct setting s = {0};
	char path[96], filler[96];
	make_dir(&s);
	disk_mount_small(s.dir);
	snprintf(path, sizeof(path), "%s/findings.jsonl", s.dir);
	snprintf(filler, sizeof(filler), "%s/filler", s.dir);
	const struct output_settings o = {.name = "f", .driver = "file", .path = path};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	disk_fill(filler);
	for (int i = 0; i < 100; i++)
		add(&s, OUTPUT_UPDATE);
	wait_for_failure(&s);
	assert_int_equal(counters(&s).dropped, 0);
	assert_int_equal(unlink(filler), 0);
	assert_true(output_flush(s.output, 20 * SECOND_NS));
	every_line_is_whole(path, 101);
	assert_int_equal(counters(&s).sent, 101);
	end(&s);
	disk_unmount(s.dir);
}

static void a_disk_that_cannot_be_written_is_waited_for(void **state) {
	(void)state;
	struct setting s = {0};
	char path[96];
	make_dir(&s);
	disk_mount_small(s.dir);
	disk_make_read_only(s.dir, true);
	snprintf(path, sizeof(path), "%s/findings.jsonl", s.dir);
	const struct output_settings o = {.name = "f", .driver = "file", .path = path};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	wait_for_failure(&s);
	struct snapshot_output c;
	assert_int_equal(output_fill(s.output, &c), 0);
	assert_true(c.broken);
	assert_int_equal(c.queued, 1);
	assert_non_null(strstr(c.last_error, "Read-only file system"));
	free(c.name);
	free(c.last_error);
	disk_make_read_only(s.dir, false);
	assert_true(output_flush(s.output, 20 * SECOND_NS));
	every_line_is_whole(path, 1);
	end(&s);
	disk_unmount(s.dir);
}

static void what_is_less_severe_than_it_wants_is_passed_over(void **state) {
	(void)state;
	struct setting s = {0};
	char path[96];
	struct finding severe = test_finding();
	struct rule rule = *severe.rule;
	rule.severity = RULE_CRITICAL;
	severe.rule = &rule;
	make_dir(&s);
	snprintf(path, sizeof(path), "%s/findings.jsonl", s.dir);
	const struct output_settings o = {.name = "f", .driver = "file", .path = path, .min_severity = RULE_HIGH};
	begin(&s, &o);
	add(&s, OUTPUT_NEW);
	add_finding(&s, &severe, OUTPUT_NEW);
	for (int i = 0; i < 100; i++) /* more than it is handed at once */
		add(&s, OUTPUT_UPDATE);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	every_line_is_whole(path, 1);
	assert_int_equal(counters(&s).sent, 1);
	assert_int_equal(counters(&s).dropped, 0);
	assert_int_equal(counters(&s).queued, 0);
	unlink(path);
	rmdir(s.dir);
	end(&s);
}

static void what_is_damaged_in_the_journal_is_counted_and_passed_over(void **state) {
	(void)state;
	static const char *const damaged[] = {"", "{\"logspill\":{\"fi", "[]", "{\"a\":\"\xff\"}"};
	const size_t len = sizeof(damaged) / sizeof(*damaged);
	struct setting s = {0};
	char path[96];
	make_dir(&s);
	snprintf(path, sizeof(path), "%s/findings.jsonl", s.dir);
	begin(&s, &(struct output_settings){.name = "f", .driver = "file", .path = path});
	add(&s, OUTPUT_NEW);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(output_queue_add(s.queue, OUTPUT_NEW, LATER_NS, "id", damaged[i], &s.seq), 0);
	add(&s, OUTPUT_UPDATE);
	assert_true(output_flush(s.output, 10 * SECOND_NS));
	every_line_is_whole(path, 2);
	struct snapshot_output c;
	assert_int_equal(output_fill(s.output, &c), 0);
	assert_int_equal(c.sent, 2);
	assert_int_equal(c.dropped, len);
	assert_int_equal(c.failed, 0);
	assert_int_equal(c.queued, 0);
	assert_non_null(strstr(c.last_error, "could not be read"));
	free(c.name);
	free(c.last_error);
	unlink(path);
	rmdir(s.dir);
	end(&s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_that_is_moved_away_is_made_anew),
	    cmocka_unit_test(a_symbolic_link_is_not_followed_and_the_events_wait),
	    cmocka_unit_test(a_full_queue_gives_up_the_oldest_and_counts_them),
	    cmocka_unit_test(what_is_less_severe_than_it_wants_is_passed_over),
	    cmocka_unit_test(what_is_damaged_in_the_journal_is_counted_and_passed_over),
	    cmocka_unit_test(a_full_disk_costs_no_finding_and_leaves_no_half_line),
	    cmocka_unit_test(a_disk_that_cannot_be_written_is_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
