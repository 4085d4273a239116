/* SPDX-License-Identifier: MIT */
/* Names made to hurt whoever prints them, and more files open than any table holds. */
#include "program.h"

#include <sys/resource.h>
#include <sys/stat.h>

/* Clears a screen, sets a title, ends a line of output, is no UTF-8: none of it is one of our own colours. */
#define EVIL "\033[2J\033]0;owned\007\r\nFAIL: \xff\xc3\x28\x9b\x32J"
#define LEAK "signup of tilda.orrin@brindlewick-post.com done\n"

/* Down to where no longer path can be opened from the root: 4,096 bytes with the NUL. */
static void must_make_evil_path(const char *dir, char ret_path[static 4200]) {
	char name[256];
	size_t room = 4095 - strlen("/") - strlen(EVIL ".log"), len;
	must(!chdir(dir));
	strcpy(ret_path, dir);
	for (;;) {
		memset(name, '\n', sizeof(name));
		memcpy(name, EVIL, strlen(EVIL));
		len = room - strlen(ret_path) - 1;
		if ((ssize_t)(room - strlen(ret_path)) < 2)
			break;
		name[len > 200 ? 200 : len] = 0;
		must(!mkdir(name, 0700) && !chdir(name));
		strcat(strcat(ret_path, "/"), name);
	}
	strcat(ret_path, "/" EVIL ".log");
}

/* In the target: an executable of an evil name, a process of an evil name, a log of an evil name. */
static void leak_evilly(const void *arg) {
	char path[4200], program[300];
	const char *dir = arg;
	must_make_evil_path(dir, path);
	must(strlen(path) == 4095);
	int log = must_open(EVIL ".log", O_WRONLY | O_CREAT | O_APPEND);
	must(!prctl(PR_SET_NAME, "\033[2J\n\xff\007"));
	must_write(log, LEAK, strlen(LEAK));
	snprintf(program, sizeof(program), "%s/" EVIL, dir);
	must(!symlink("/bin/true", program));
}

static void evil_main(int argc, char **argv) {
	if (argc != 3 || strcmp(argv[1], "--evil"))
		return;
	leak_evilly(argv[2]);
	exit(0);
}

static bool is_utf8(const char *text) {
	json_t *s = json_string(text);
	json_decref(s);
	return s;
}

/* Nothing that moves a cursor but our own colours, and one line where one was meant. */
static void assert_harmless(const char *path, const char *forbidden_line) {
	char *text = file_text(path);
	assert_true(strlen(text) > 0);
	assert_true(is_utf8(text));
	for (const char *p = text; *p; p++) {
		if (*p == '\033') {
			assert_int_equal(p[1], '[');
			p += 2 + strspn(p + 2, "0123456789;");
			assert_int_equal(*p, 'm');
		} else if ((unsigned char)*p < ' ' && *p != '\n') {
			fail_msg("byte %02x is printed raw", (unsigned char)*p);
		}
		assert_int_not_equal(*p, 0x7f);
		assert_false((unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0);
	}
	for (const char *line = text; line; line = (line = strchr(line, '\n')) ? line + 1 : NULL)
		assert_int_not_equal(strncmp(line, forbidden_line, strlen(forbidden_line)), 0);
	free(text);
}

static void run_evil(struct watch *w, struct program *p, const char *format, const char *color) {
	char self[300] = "", glob[140];
	snprintf(glob, sizeof(glob), "%s/**", w->dir);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	program_start(p, w, -1,
	              (const char *[]){"run", "-v", "-f", format, "--color", color, "--sink", glob, "--", self, "--evil",
	                               w->dir, NULL});
	program_join(p, 99, 99);
}

static void evil_names_reach_no_terminal_raw(void **state) {
	struct watch *w = *state;
	struct program p;
	run_evil(w, &p, "text", "always");
	assert_harmless(p.data, "FAIL: \xef");
	assert_harmless(p.data, "FAIL: \\");
}

static void evil_names_are_json(void **state) {
	struct watch *w = *state;
	struct program p;
	json_t *findings, *summary;
	run_evil(w, &p, "jsonl", "never");
	assert_harmless(p.data, "FAIL");
	program_read(&p, &findings, &summary);
	assert_int_equal(found(findings, "EMAIL"), 1);
	assert_int_equal(amount(summary, "seen", "writes", NULL), 1);
	assert_balanced(summary);
	json_decref(findings);
	json_decref(summary);
}

static void evil_path_is_known_to_its_last_byte(void **state) {
	struct watch *w = *state;
	char path[4200];
	watch_run(w, leak_evilly, w->dir);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, LEAK);
	assert_int_equal(strlen(w->taken[0].sink->name), 4095);
	assert_int_equal(strncmp(w->taken[0].sink->name, w->dir, strlen(w->dir)), 0);
	snprintf(path, sizeof(path), "/%s.log", EVIL);
	assert_string_equal(w->taken[0].sink->name + 4095 - strlen(path), path);
}

/* As many components as a path has room for, then more by going down: where it is cut, the name says so. */
static void write_deep_down(const void *arg) {
	int steps = (4095 - (int)strlen(arg)) / 2 - 1;
	must(!chdir(arg));
	for (int i = 0; i < steps; i++)
		must(!mkdir("d", 0700) && !chdir("d"));
	must_write(must_open_log("a"), "deep\n", 5);
	told[0] = (uint64_t)steps;
	for (int i = 0; i < 100; i++)
		must(!mkdir("e", 0700) && !chdir("e"));
	must_write(must_open_log("b"), "deeper\n", 7);
	for (int i = 0; i < 100; i++)
		must((!unlink("b") || errno == ENOENT) && !chdir("..") && !rmdir("e"));
	for (int i = 0; i < steps; i++)
		must((!unlink("a") || errno == ENOENT) && !chdir("..") && !rmdir("d"));
}

static void deep_paths_are_known_and_deeper_ones_said_to_be_cut(void **state) {
	struct watch *w = *state;
	watch_open_sink(w, "**");
	watch_run(w, write_deep_down, w->dir);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_text(w, 0, "deep\n");
	const char *deep = w->taken[0].sink->name, *deeper = w->taken[1].sink->name;
	assert_int_equal(strlen(deep), strlen(w->dir) + 2 * told[0] + 2);
	assert_int_equal(strncmp(deep, w->dir, strlen(w->dir)), 0);
	assert_taken_text(w, 1, "deeper\n");
	assert_int_equal(strncmp(deeper, ".../d/d/d/", 10), 0);
	assert_int_equal(strlen(deeper), 3 + 4096);
}

#define FILES 100000
#define HOLDERS 8 /* processes that share them: how many one may hold is limited */

static void open_some(const char *dir, int from, int to, int done, int until) {
	char path[64], text[32], c;
	int *fds = malloc(FILES * sizeof(*fds));
	must(fds);
	for (int i = from; i < to; i++) {
		snprintf(path, sizeof(path), "%s/%d.log", dir, i);
		fds[i] = must_open_log(path);
		must(!unlink(path));
	}
	for (int i = from; i < to; i++)
		must_write(fds[i], text, (size_t)snprintf(text, sizeof(text), "%d\n", i));
	must(write(done, "", 1) == 1 && read(until, &c, 1) == 0);
	_exit(0);
}

/* All open at once, and all without a name by the time of their first write. */
static void write_to_many_files(const void *arg) {
	const struct rlimit limit = {FILES / HOLDERS + 500, FILES / HOLDERS + 500};
	int done[2], until[2];
	char c;
	must(!setrlimit(RLIMIT_NOFILE, &limit) && !pipe2(done, O_CLOEXEC) && !pipe2(until, O_CLOEXEC));
	for (int i = 0; i < HOLDERS; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid) {
			close(until[1]);
			open_some(arg, FILES / HOLDERS * i, FILES / HOLDERS * (i + 1), done[1], until[0]);
		}
	}
	for (int i = 0; i < HOLDERS; i++)
		must(read(done[0], &c, 1) == 1);
	close(until[1]);
	for (int i = 0; i < HOLDERS; i++)
		must(wait(NULL) > 0);
}

static void hundred_thousand_open_files_are_captured_or_counted(void **state) {
	struct watch *w = *state;
	uint64_t bytes = 0;
	bool *had = calloc(FILES, sizeof(*had));
	assert_non_null(had);
	watch_open_with(w, (struct capture_config){.ring_bytes = 128 * 1024 * 1024});
	watch_run(w, write_to_many_files, w->dir);
	for (int i = 0; i < FILES; i++)
		bytes += (uint64_t)snprintf(NULL, 0, "%d\n", i);
	assert_int_equal(w->totals.seen_writes, FILES);
	assert_int_equal(w->totals.seen_bytes, bytes);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, totals_lost_bytes(&w->totals));
	for (size_t i = 0; i < w->taken_len; i++) {
		int n = atoi(w->taken[i].data);
		assert_in_range(n, 0, FILES - 1);
		assert_int_equal(w->taken[i].len, snprintf(NULL, 0, "%d\n", n));
		assert_false(had[n]);
		had[n] = true;
	}
	printf("NOTE: of %d open files %zu were captured\n", FILES, w->taken_len);
	free(had);
}

int main(int argc, char **argv) {
	evil_main(argc, argv);
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(evil_names_reach_no_terminal_raw),
	    BOTH_HOOKS(evil_names_are_json),
	    BOTH_HOOKS(evil_path_is_known_to_its_last_byte),
	    BOTH_HOOKS(deep_paths_are_known_and_deeper_ones_said_to_be_cut),
	    ONE_HOOK(hundred_thousand_open_files_are_captured_or_counted, "tracepoint", CAPTURE_HOOK_TRACEPOINT),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
