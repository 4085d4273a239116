/* SPDX-License-Identifier: MIT */
/* Whom, by what it is: name, executable, unit, container; what is there, what comes later, what turns into another. */
#include "cgroups.h"

#define ID "4f2e9d1c7b8a05364f2e9d1c7b8a05364f2e9d1c7b8a05364f2e9d1c7b8a0536"

/* Shells of our own, under names that nothing else here has. */
static void copy_shell(const struct watch *w, const char *name) {
	char command[256];
	snprintf(command, sizeof(command), "cp -L /bin/sh %s/%s", w->dir, name);
	assert_int_equal(system(command), 0);
}

static void make_shells(struct watch *w) {
	copy_shell(w, "wanted");
	copy_shell(w, "other");
}

static void watch_match(struct watch *w, enum capture_match by, const char *what) {
	struct diags diags = {0};
	int r = capture_add_match(w->capture, by, what, &diags);
	if (r < 0)
		diags_print(&diags, stdout);
	assert_return_code(r, -r);
	diags_release(&diags);
}

/* Waits for the file `go`; not for longer than a test that hangs. */
#define UNTIL_GO "n=0; until [ -e go ] || [ $((n += 1)) = 2000 ]; do sleep 0.01; done; "

/* sh -c SCRIPT under a name, in the directory; in a cgroup unless NULL. */
struct run {
	const char *dir, *name, *script, *cgroup;
};

static void execute(const void *arg) {
	const struct run *run = arg;
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", run->dir, run->name);
	must(!chdir(run->dir));
	if (run->cgroup)
		must_enter_cgroup(run->cgroup);
	execl(path, run->name, "-c", run->script, NULL);
	_exit(98);
}

static void run_later(struct watch *w, struct run run) {
	run.dir = w->dir;
	struct writer writer = writer_start(execute, &run);
	writer_go(w, &writer);
	writer_join(w, &writer);
}

/* All lines that were heard, in order. */
static void assert_heard(struct watch *w, const char *want) {
	char heard[256] = "";
	assert_lost_nothing(w);
	for (size_t i = 0; i < w->taken_len; i++)
		strncat(heard, w->taken[i].data, sizeof(heard) - strlen(heard) - 1);
	assert_string_equal(heard, want);
}

static void what_is_started_later_joins_by_name(void **state) {
	struct watch *w = *state;
	make_shells(w);
	watch_open(w);
	watch_match(w, CAPTURE_MATCH_COMM, "wanted");
	run_later(w, (struct run){.name = "other", .script = "echo no >>a.log"});
	run_later(w, (struct run){.name = "wanted", .script = "echo yes >>a.log; (echo child >>a.log); :"});
	run_later(w, (struct run){.name = "other", .script = "echo no >>a.log; ./wanted -c 'echo inner >>a.log'; :"});
	assert_heard(w, "yes\nchild\ninner\n");
}

static void names_are_compared_whole(void **state) {
	struct watch *w = *state;
	copy_shell(w, "wanted-not");
	copy_shell(w, "want");
	copy_shell(w, "a-name-beyond-fifteen");
	watch_open(w);
	watch_match(w, CAPTURE_MATCH_COMM, "wanted");
	watch_match(w, CAPTURE_MATCH_COMM, "a-name-beyond-fifteen");
	run_later(w, (struct run){.name = "wanted-not", .script = "echo no >>a.log"});
	run_later(w, (struct run){.name = "want", .script = "echo no >>a.log"});
	run_later(w, (struct run){.name = "a-name-beyond-fifteen", .script = "echo yes >>a.log"});
	assert_heard(w, "yes\n");
}

static void what_is_started_later_joins_by_executable(void **state) {
	struct watch *w = *state;
	char path[108];
	make_shells(w);
	watch_path(w, "wanted", path);
	watch_open(w);
	watch_match(w, CAPTURE_MATCH_EXE, path);
	run_later(w, (struct run){.name = "other", .script = "echo no >>a.log"});
	run_later(w, (struct run){.name = "wanted", .script = "echo yes >>a.log"});
	run_later(w, (struct run){.name = "other", .script = "ln wanted alias; ./alias -c 'echo alias >>a.log'; :"});
	assert_heard(w, "yes\nalias\n");
}

/* Its child stays in the target whatever it executes; it does not. */
static void what_executes_another_program_leaves_but_for_children(void **state) {
	struct watch *w = *state;
	make_shells(w);
	watch_open(w);
	watch_match(w, CAPTURE_MATCH_COMM, "wanted");
	run_later(w,
	          (struct run){.name = "wanted",
	                       .script = "echo 1 >>a.log; ./other -c 'echo 2 >>a.log; exec ./other -c \"echo 3 >>a.log\"';"
	                                 "exec ./other -c 'echo no >>a.log; exec ./wanted -c \"echo 4 >>a.log\"'"});
	assert_heard(w, "1\n2\n3\n4\n");
	assert_int_equal(capture_live_processes(w->capture), 0);
}

static void what_runs_already_joins_with_its_children(void **state) {
	struct watch *w = *state;
	make_shells(w);
	struct run run = {
	    w->dir, "wanted",
	    "(echo >ready.child; " UNTIL_GO "echo child >>a.log) & echo >ready; " UNTIL_GO "wait; echo yes >>a.log", NULL};
	char path[108];
	struct writer writer = writer_start(execute, &run);
	writer_go(w, &writer);
	for (int i = 0; i < 2; i++) {
		watch_path(w, i ? "ready" : "ready.child", path);
		await_file(path);
	}
	watch_open(w);
	watch_match(w, CAPTURE_MATCH_COMM, "wanted");
	watch_path(w, "go", path);
	close(must_open(path, O_WRONLY | O_CREAT));
	writer_join(w, &writer);
	assert_heard(w, "child\nyes\n");
}

static void make_group(struct watch *w, const char *name, char ret_path[static 480]) {
	snprintf(ret_path, 480, "%s/%s", w->cgroup, name);
	assert_return_code(mkdir(ret_path, 0755), errno);
}

static void a_unit_is_the_group_of_its_name(void **state) {
	struct watch *w = *state;
	char unit[480], below[480], alike[480];
	make_shells(w);
	watch_make_cgroup(w);
	make_group(w, "shop.service", unit);
	make_group(w, "shop.service/worker", below);
	make_group(w, "workshop.service", alike);
	watch_open(w);
	watch_match(w, CAPTURE_MATCH_UNIT, "shop");
	run_later(w, (struct run){.name = "other", .script = "echo no >>a.log"});
	run_later(w, (struct run){.name = "other", .script = "echo no >>a.log", .cgroup = alike});
	run_later(w, (struct run){.name = "other", .script = "echo yes >>a.log", .cgroup = unit});
	run_later(w, (struct run){.name = "other", .script = "echo below >>a.log", .cgroup = below});
	rmdir(below);
	rmdir(unit);
	rmdir(alike);
	assert_heard(w, "yes\nbelow\n");
}

static void a_container_is_known_by_the_beginning_of_its_id(void **state) {
	static const char *const names[] = {ID, "docker-" ID ".scope"};
	struct watch *w = *state;
	char group[480];
	make_shells(w);
	watch_make_cgroup(w);
	for (size_t i = 0; i < LEN(names); i++) {
		struct diags diags = {0};
		make_group(w, names[i], group);
		struct run run = {w->dir, "other", "echo >ready; " UNTIL_GO "echo present >>a.log", group};
		char ready[108], go[108];
		watch_path(w, "ready", ready);
		watch_path(w, "go", go);
		struct writer writer = writer_start(execute, &run);
		writer_go(w, &writer);
		await_file(ready);
		if (!w->capture)
			watch_open(w);
		assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_CONTAINER, "9d1c7b8a", &diags), -ENOENT);
		watch_match(w, CAPTURE_MATCH_CONTAINER, "4f2e9d1c7b8a");
		diags_release(&diags);
		close(must_open(go, O_WRONLY | O_CREAT));
		writer_join(w, &writer);
		run_later(w, (struct run){.name = "other", .script = "echo later >>a.log", .cgroup = group});
		unlink(ready);
		unlink(go);
		rmdir(group);
	}
	assert_heard(w, "present\nlater\npresent\nlater\n");
}

static void what_cannot_be_is_refused(void **state) {
	struct watch *w = *state;
	struct diags diags = {0};
	watch_open(w);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_COMM, "", &diags), -EINVAL);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_COMM, "/bin/sh", &diags), -EINVAL);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_EXE, "/nonexistent", &diags), -ENOENT);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_EXE, "/tmp", &diags), -EINVAL);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_UNIT, "a/b", &diags), -EINVAL);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_CONTAINER, "web", &diags), -EINVAL);
	assert_int_equal(capture_add_match(w->capture, CAPTURE_MATCH_CONTAINER, "0123456", &diags), -EINVAL);
	assert_int_equal(diags.len, 7);
	diags_release(&diags);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(what_is_started_later_joins_by_name),
	    BOTH_HOOKS(names_are_compared_whole),
	    BOTH_HOOKS(what_is_started_later_joins_by_executable),
	    BOTH_HOOKS(what_executes_another_program_leaves_but_for_children),
	    BOTH_HOOKS(what_runs_already_joins_with_its_children),
	    BOTH_HOOKS(a_unit_is_the_group_of_its_name),
	    BOTH_HOOKS(a_container_is_known_by_the_beginning_of_its_id),
	    BOTH_HOOKS(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
