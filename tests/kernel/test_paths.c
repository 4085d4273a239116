/* SPDX-License-Identifier: MIT */
/* A log's name is its path as the writer sees it, whatever the path looks like. */
#include "harness.h"

#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Goes down into new folders and writes to a.log there. */
struct dive {
	const char *dir;
	int depth;
	const char *folder;
	const char *base; /* of the log */
};

static void write_deep(const void *arg) {
	const struct dive *d = arg;
	must(!chdir(d->dir));
	for (int i = 0; i < d->depth; i++)
		must(!mkdir(d->folder, 0700) && !chdir(d->folder));
	must_write(must_open_log(d->base), "x", 1);
}

static char *path_of_dive(const struct dive *d) {
	char *path = calloc(1, strlen(d->dir) + (size_t)d->depth * (strlen(d->folder) + 1) + strlen(d->base) + 2);
	assert_non_null(path);
	char *end = stpcpy(path, d->dir);
	for (int i = 0; i < d->depth; i++)
		end = stpcpy(stpcpy(end, "/"), d->folder);
	stpcpy(stpcpy(end, "/"), d->base);
	return path;
}

static void run_dive(struct watch *w, int depth, const char *folder, const char *base) {
	struct dive d = {w->dir, depth, folder, base};
	char *want = path_of_dive(&d);
	watch_run(w, write_deep, &d);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_string_equal(w->taken[0].sink->name, want);
	assert_string_equal(w->taken[0].sink->label, want);
	free(want);
}

static void deep_path_is_whole(void **state) {
	run_dive(*state, 60, "d", "a.log");
}

static void long_names_are_whole(void **state) {
	char folder[NAME_MAX + 1] = "", base[NAME_MAX + 1] = "";
	memset(folder, 'f', NAME_MAX);
	memset(base, 'b', NAME_MAX);
	strcpy(base + NAME_MAX - 4, ".log");
	run_dive(*state, 13, folder, base);
}

static void any_bytes_may_stand_in_a_name(void **state) {
	run_dive(*state, 1, "\xff\x01 \"'\n\t\\", "\xe2\x80\xae\x1b[31m.log");
}

/* Deeper than the walk goes: the leaf end tells what it is. */
static void deeper_path_keeps_its_leaf(void **state) {
	struct watch *w = *state;
	struct dive d = {w->dir, 200, "deep", "a.log"};
	watch_run(w, write_deep, &d);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	const char *name = w->taken[0].sink->name;
	assert_true(strlen(name) > 60 * strlen("/deep"));
	assert_string_equal(name + strlen(name) - strlen("/deep/deep/a.log"), "/deep/deep/a.log");
}

/* Mounts upon mounts, in a namespace of the writer's own. */
static void write_below_mounts(const void *arg) {
	const char *dir = arg;
	must(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(!chdir(dir) && !mkdir("outer", 0700) && !mount("none", "outer", "tmpfs", 0, NULL));
	must(!chdir("outer") && !mkdir("inner", 0700) && !mount("none", "inner", "tmpfs", 0, NULL));
	must(!chdir("inner") && !mkdir("sub", 0700) && !mkdir("bound", 0700));
	must(!mount("sub", "bound", NULL, MS_BIND, NULL));
	must_write(must_open_log("bound/a.log"), "x", 1);
}

static void mounts_are_crossed(void **state) {
	struct watch *w = *state;
	char want[108];
	watch_path(w, "outer/inner/bound/a.log", want);
	watch_run(w, write_below_mounts, w->dir);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_string_equal(w->taken[0].sink->name, want);
}

/* What a container has: folders of the host under other names, and an overlay as the root of it all. */
static void write_in_a_container(const void *arg) {
	const char *dir = arg;
	char layers[200];
	must(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(!chdir(dir) && !mkdir("volume", 0700) && !mkdir("bound", 0700));
	must(!mount("volume", "bound", NULL, MS_BIND, NULL));
	must(!mkdir("lower", 0700) && !mkdir("upper", 0700) && !mkdir("work", 0700) && !mkdir("root", 0700));
	snprintf(layers, sizeof(layers), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", dir, dir, dir);
	must(!mount("overlay", "root", "overlay", 0, layers) || errno == ENODEV);
	must_write(must_open_log("bound/a.log"), "x", 1);
	must_write(must_open_log("root/a.log"), "x", 1);
	writer_pause(); /* who has gone can be asked nothing */
}

static void log_of_a_container_is_known_by_the_hosts_path_too(void **state) {
	struct watch *w = *state;
	char inside[108], outside[108], root[108], upper[108];
	watch_path(w, "bound/a.log", inside);
	watch_path(w, "volume/a.log", outside);
	watch_path(w, "root/a.log", root);
	watch_path(w, "upper/a.log", upper);
	struct writer writer = writer_start(write_in_a_container, w->dir);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	watch_until_bytes(w, 2);
	writer_resume(&writer);
	writer_join(w, &writer);
	assert_lost_nothing(w);
	assert_string_equal(w->taken[0].sink->name, inside);
	assert_string_equal(w->taken[0].sink->host_path, outside);
	assert_string_equal(w->taken[1].sink->name, root);
	if (access(root, F_OK)) /* else there is no overlay here */
		assert_string_equal(w->taken[1].sink->host_path, upper);
}

static void logs_of_the_host_have_one_path(void **state) {
	struct watch *w = *state;
	struct dive d = {w->dir, 1, "d", "a.log"};
	watch_run(w, write_deep, &d);
	assert_lost_nothing(w);
	assert_null(w->taken[0].sink->host_path);
}

/* A program of a name of its own. */
static void exec_copy(const void *arg) {
	const char *dir = arg;
	char command[300];
	snprintf(command, sizeof(command), "cp /bin/sh '%s/my shell'", dir);
	must(!system(command));
	snprintf(command, sizeof(command), "echo x >%s/a.log", dir);
	must(!chdir(dir));
	pid_t pid = fork();
	if (!pid) {
		execl("./my shell", "sh", "-c", command, NULL);
		_exit(98);
	}
	must_exit_0(pid);
}

static void executable_is_known_by_its_path(void **state) {
	struct watch *w = *state;
	char want[108];
	watch_path(w, "my shell", want);
	watch_run(w, exec_copy, w->dir);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_string_equal(w->taken[0].executable, want);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(deep_path_is_whole),
	    BOTH_HOOKS(long_names_are_whole),
	    BOTH_HOOKS(any_bytes_may_stand_in_a_name),
	    BOTH_HOOKS(deeper_path_keeps_its_leaf),
	    BOTH_HOOKS(mounts_are_crossed),
	    BOTH_HOOKS(log_of_a_container_is_known_by_the_hosts_path_too),
	    BOTH_HOOKS(logs_of_the_host_have_one_path),
	    BOTH_HOOKS(executable_is_known_by_its_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
