/* SPDX-License-Identifier: MIT */
/* The kernel's log and terminals, which are logs without a file. */
#include "harness.h"

#include <pty.h>
#include <sys/uio.h>

static void log_to_kernel(const void *arg) {
	static char level[] = "<7>", text[] = "a record of a test\n";
	const struct iovec iov[] = {{level, 3}, {text, sizeof(text) - 1}};
	(void)arg;
	int log = must_open("/dev/kmsg", O_WRONLY);
	must_write(log, "<7>a record of a test\n", 22);
	must(writev(log, iov, 2) == 22);
}

static void each_write_to_kmsg_is_a_record(void **state) {
	struct watch *w = *state;
	if (access("/dev/kmsg", W_OK))
		skip_because("there is no /dev/kmsg to write to");
	watch_run(w, log_to_kernel, NULL);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_taken_text(w, i, "<7>a record of a test\n");
		assert_int_equal(w->taken[i].sink->kind, SINK_KMSG);
		assert_int_equal(w->taken[i].sink->framing, SINK_DATAGRAM);
		assert_string_equal(w->taken[i].sink->name, "/dev/kmsg");
	}
}

static int terminal;

/* As standard output, unless that is 0. */
static void write_to_terminal(const void *stdio) {
	int fd = *(const int *)stdio;
	if (fd)
		must(dup2(terminal, fd) == fd);
	must_write(fd ? fd : terminal, "a line\n", 7);
}

static void run_terminal(struct watch *w, int stdio, bool named) {
	char name[64];
	int keeper;
	assert_return_code(openpty(&keeper, &terminal, name, NULL, NULL), errno);
	if (named)
		watch_open_sink(w, name);
	watch_run(w, write_to_terminal, &stdio);
	close(keeper);
	close(terminal);
	assert_lost_nothing(w);
}

static void a_terminal_is_a_log_when_it_is_the_output(void **state) {
	struct watch *w = *state;
	run_terminal(w, STDOUT_FILENO, false);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "a line\n");
	assert_int_equal(w->taken[0].sink->kind, SINK_TTY);
}

static void a_terminal_that_is_named_is_a_log(void **state) {
	struct watch *w = *state;
	run_terminal(w, 0, true);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "a line\n");
	assert_int_equal(w->taken[0].sink->kind, SINK_TTY);
}

static void a_terminal_that_is_neither_is_none(void **state) {
	struct watch *w = *state;
	run_terminal(w, 0, false);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.seen_bytes, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(each_write_to_kmsg_is_a_record),
	    BOTH_HOOKS(a_terminal_is_a_log_when_it_is_the_output),
	    BOTH_HOOKS(a_terminal_that_is_named_is_a_log),
	    BOTH_HOOKS(a_terminal_that_is_neither_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
