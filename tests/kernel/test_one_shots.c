/* SPDX-License-Identifier: MIT */
/* Processes that live for one line, without end: each line is seen, and the watcher does not grow. */
#include "program.h"

#define PROCESSES 10000
#define AT_A_TIME 8
#define GROWTH_MAX (2 * 1024 * 1024)

static uint64_t processes(void) {
	const char *n = getenv("PROCESSES"); /* make check-long */
	return n ? strtoull(n, NULL, 10) : PROCESSES;
}

static size_t line_text(char ret[static 64], uint64_t i) {
	return (size_t)snprintf(ret, 64, "signup of u%08llu@brindlewick-post.com\n", (unsigned long long)i);
}

static void say_one_line(int log, uint64_t i) {
	char text[64];
	must_write(log, text, line_text(text, i));
	_exit(0);
}

static void live_for_one_line_each(const void *path) {
	int log = must_open_log(path);
	for (uint64_t i = 0, n = processes(); i < n; *told = ++i) {
		if (i >= AT_A_TIME)
			must_one_exit_0();
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid)
			say_one_line(log, i);
	}
	for (int i = 0; i < AT_A_TIME; i++)
		must_one_exit_0();
	writer_pause();
}

/* Until so many have been started. */
static void await_processes(uint64_t n) {
	for (uint64_t start = clock_monotonic_ns(), last = 0; *(volatile uint64_t *)told < n; poll(NULL, 0, 5)) {
		if (*told != last)
			start = clock_monotonic_ns();
		last = *told;
		if (clock_monotonic_ns() - start > PATIENCE_NS)
			fail_msg("%llu of %llu processes came", (unsigned long long)last, (unsigned long long)n);
	}
}

static void any_number_of_short_processes_is_seen_in_flat_memory(void **state) {
	struct watch *w = *state;
	struct program program;
	char path[108], pid[16], text[64];
	json_t *findings, *summary;
	watch_path(w, "a.log", path);
	struct writer writer = writer_start(live_for_one_line_each, path);
	snprintf(pid, sizeof(pid), "%d", writer.pid);
	writer_await(w, &writer);
	program_start(&program, w, -1, (const char *[]){"watch", "-p", pid, "-f", "jsonl", NULL});
	program_await_words(&program, "watching");
	writer_resume(&writer);
	await_processes(processes() / 5);
	size_t before = memory_of(program.pid);
	await_processes(processes());
	writer_await(w, &writer);
	size_t after = memory_of(program.pid);
	writer_resume(&writer);
	writer_join(w, &writer);
	program_join(&program, 1, 1);
	program_read(&program, &findings, &summary);
	printf("NOTE: %llu processes; %zu KiB of memory after a fifth of them, %zu after all\n",
	       (unsigned long long)processes(), before / 1024, after / 1024);
	if (after > before + GROWTH_MAX)
		fail_msg("%zu KiB more than after a fifth", (after - before) / 1024);
	assert_balanced(summary);
	assert_int_equal(amount(summary, "seen", "writes", NULL), processes());
	assert_int_equal(amount(summary, "seen", "bytes", NULL), processes() * line_text(text, 0));
	assert_int_equal(found(findings, "EMAIL"), amount(summary, "scanned", "writes", NULL));
	assert_int_equal(json_object_size(findings), 1);
	json_decref(findings);
	json_decref(summary);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(any_number_of_short_processes_is_seen_in_flat_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
