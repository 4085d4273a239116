/* SPDX-License-Identifier: MIT */
#include "test_emit.h"

#include "emit/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SECOND 1000000000ull

/* A format whose lines are easy to read back. */
static char *count_line(const struct finding *f, const struct emit_context *context) {
	char *line;
	return asprintf(&line, "%zu:%lu%s\n", f->index, f->count, context->again ? " again" : "") < 0 ? NULL : line;
}

static char *sum_line(const struct summary *s, const struct emit_context *context) {
	(void)context;
	char *line;
	return asprintf(&line, "sum %lu\n", s->matches) < 0 ? NULL : line;
}

static const struct emit_format counts = {.name = "counts", .finding = count_line, .summary = sum_line};

struct place {
	char dir[64], file[80];
};

static int make_place(void **state) {
	struct place *p = calloc(1, sizeof(*p));
	strcpy(p->dir, "/tmp/test_emit.XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->file, sizeof(p->file), "%s/out", p->dir);
	*state = p;
	return 0;
}

static int remove_place(void **state) {
	struct place *p = *state;
	unlink(p->file);
	int r = rmdir(p->dir);
	free(p);
	return r;
}

static void assert_file(const char *path, const char *want) {
	_cleanup_(buf_release) struct buf text = {0};
	assert_int_equal(file_read(path, 1 << 20, &text), 0);
	assert_int_equal(buf_append(&text, "", 1), 0);
	assert_string_equal(text.data, want);
}

static void formats_are_found_by_name(void **state) {
	(void)state;
	assert_string_equal(emit_format_find("text")->name, "text");
	assert_string_equal(emit_format_find("jsonl")->name, "jsonl");
	assert_null(emit_format_find("yaml"));
	assert_null(emit_format_find(""));
}

static void new_findings_go_out_at_once_and_changes_once_a_second(void **state) {
	struct place *p = *state;
	struct finding a = {.index = 0, .count = 1}, b = {.index = 40, .count = 1};
	struct emitter *e;
	assert_int_equal(emitter_open(&e, &counts, p->file, false), 0);
	assert_int_equal(emitter_finding(e, &a, 5 * SECOND, false), 0);
	assert_int_equal(emitter_finding(e, &b, 5 * SECOND, false), 0);
	a.count = 2;
	assert_int_equal(emitter_finding(e, &a, 6 * SECOND - 1, false), 0);
	assert_file(p->file, "0:1\n40:1\n");
	a.count = 3;
	assert_int_equal(emitter_finding(e, &a, 6 * SECOND, false), 0);
	assert_int_equal(emitter_finding(e, &b, 8 * SECOND, false), 0);
	assert_file(p->file, "0:1\n40:1\n0:3 again\n");
	a.count = 4;
	assert_int_equal(emitter_finding(e, &a, 6 * SECOND + 1, true), 0);
	assert_int_equal(emitter_finding(e, &a, 6 * SECOND + 1, true), 0);
	assert_int_equal(emitter_finding(e, &b, 6 * SECOND + 1, true), 0);
	assert_int_equal(emitter_summary(e, &(struct summary){.matches = 5}), 0);
	assert_int_equal(emitter_close(e), 0);
	assert_file(p->file, "0:1\n40:1\n0:3 again\n0:4 again\nsum 5\n");
}

static void two_outputs_each_get_every_finding(void **state) {
	struct place *p = *state;
	char other[96];
	snprintf(other, sizeof(other), "%s/other", p->dir);
	const struct finding f = {.count = 1};
	struct emitter *a, *b;
	assert_int_equal(emitter_open(&a, &counts, p->file, false) | emitter_open(&b, &counts, other, false), 0);
	assert_int_equal(emitter_finding(a, &f, 0, false) | emitter_finding(b, &f, 0, false), 0);
	assert_int_equal(emitter_close(a) | emitter_close(b), 0);
	assert_file(p->file, "0:1\n");
	assert_file(other, "0:1\n");
	unlink(other);
}

static void a_file_is_private_and_appended_to(void **state) {
	struct place *p = *state;
	const struct finding f = {.count = 1};
	struct stat st;
	for (int i = 0; i < 2; i++) {
		struct emitter *e;
		assert_int_equal(emitter_open(&e, &counts, p->file, false), 0);
		assert_int_equal(emitter_finding(e, &f, 0, false), 0);
		assert_int_equal(emitter_close(e), 0);
	}
	assert_file(p->file, "0:1\n0:1\n");
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void bad_places_are_refused(void **state) {
	struct place *p = *state;
	struct emitter *e = NULL;
	assert_int_equal(symlink("elsewhere", p->file), 0);
	assert_int_equal(emitter_open(&e, &counts, p->file, false), -ELOOP);
	assert_int_equal(emitter_open(&e, &counts, p->dir, false), -EISDIR);
	assert_int_equal(emitter_open(&e, &counts, "/proc/no/such/place", false), -ENOENT);
	assert_null(e);
}

static void a_borrowed_descriptor_stays_open(void **state) {
	(void)state;
	int ends[2];
	struct emitter *e;
	char text[16] = {0};
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(emitter_open_fd(&e, &counts, ends[1], false), 0);
	assert_int_equal(emitter_finding(e, &(struct finding){.count = 7}, 0, false), 0);
	assert_int_equal(emitter_close(e), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(read(ends[0], text, sizeof(text)), 5);
	assert_string_equal(text, "0:7\nx");
	close(ends[0]);
	close(ends[1]);
}

static void a_full_disk_is_said_each_time(void **state) {
	(void)state;
	struct finding f = {.count = 1};
	struct emitter *e;
	assert_int_equal(emitter_open(&e, &counts, "/dev/full", false), 0);
	for (int i = 0; i < 2; i++, f.count++)
		assert_int_equal(emitter_finding(e, &f, 0, true), -ENOSPC);
	assert_int_equal(emitter_summary(e, &(struct summary){0}), -ENOSPC);
	assert_int_equal(emitter_close(e), -ENOSPC);
}

static void a_closed_pipe_is_an_error_and_not_a_signal(void **state) {
	(void)state;
	int ends[2];
	struct emitter *e;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(emitter_open_fd(&e, &counts, ends[1], false), 0);
	close(ends[0]);
	assert_int_equal(emitter_finding(e, &(struct finding){.count = 1}, 0, false), -EPIPE);
	assert_int_equal(emitter_close(e), -EPIPE);
	close(ends[1]);
}

/* In a child, as the limit holds for the process. */
static void no_half_line_stays_when_space_runs_out(void **state) {
	struct place *p = *state;
	pid_t child = fork();
	if (!child) {
		struct emitter *e;
		struct finding f = {.count = 1000000};
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){15, 15});
		int r = emitter_open(&e, &counts, p->file, false) || emitter_finding(e, &f, 0, true) ||
		        (f.index = 1, emitter_finding(e, &f, 0, true) != -EFBIG) || emitter_close(e) != -EFBIG;
		_exit(r);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_file(p->file, "0:1000000\n");
}

static void *read_all(void *arg) {
	char bytes[4096];
	size_t total = 0;
	for (ssize_t n; (n = read(*(int *)arg, bytes, sizeof(bytes))) > 0;)
		total += (size_t)n;
	return (void *)total;
}

/* stdout may share its file description with a program that has made it non-blocking. */
static void a_slow_reader_of_a_nonblocking_pipe_gets_everything(void **state) {
	(void)state;
	enum { LINES = 20000 };
	int ends[2];
	struct emitter *e;
	struct finding f = {0};
	pthread_t reader;
	void *total;
	size_t want = 0;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(emitter_open_fd(&e, &counts, ends[1], false), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_all, &ends[0]), 0);
	for (f.count = 1; f.count <= LINES; f.count++) {
		assert_int_equal(emitter_finding(e, &f, 0, true), 0);
		want += (size_t)snprintf(NULL, 0, "0:%lu%s\n", f.count, f.count > 1 ? " again" : "");
	}
	assert_int_equal(emitter_close(e), 0);
	close(ends[1]);
	assert_int_equal(pthread_join(reader, &total), 0);
	assert_int_equal((size_t)total, want);
	close(ends[0]);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(formats_are_found_by_name),
	    WITH_PLACE(new_findings_go_out_at_once_and_changes_once_a_second),
	    WITH_PLACE(two_outputs_each_get_every_finding),
	    WITH_PLACE(a_file_is_private_and_appended_to),
	    WITH_PLACE(bad_places_are_refused),
	    cmocka_unit_test(a_borrowed_descriptor_stays_open),
	    cmocka_unit_test(a_full_disk_is_said_each_time),
	    cmocka_unit_test(a_closed_pipe_is_an_error_and_not_a_signal),
	    WITH_PLACE(no_half_line_stays_when_space_runs_out),
	    cmocka_unit_test(a_slow_reader_of_a_nonblocking_pipe_gets_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
