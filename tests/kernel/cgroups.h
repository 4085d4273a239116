/* SPDX-License-Identifier: MIT */
/* A cgroup of a test's own. */
#ifndef TESTS_KERNEL_CGROUPS_H
#define TESTS_KERNEL_CGROUPS_H

#include "harness.h"

#include <sys/stat.h>

/* Where cgroup v2 is mounted, be it beside v1; "" when it is not. */
static inline void cgroup_mount(char ret_path[static 256]) {
	char line[1024];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	ret_path[0] = 0;
	while (f && !ret_path[0] && fgets(line, sizeof(line), f))
		if (strstr(line, " - cgroup2 "))
			assert_int_equal(sscanf(line, "%*s %*s %*s %*s %255s", ret_path), 1);
	if (f)
		fclose(f);
}

/* Makes w->cgroup, which goes with the watch. */
static inline void watch_make_cgroup(struct watch *w) {
	char mount[256];
	cgroup_mount(mount);
	if (!mount[0])
		skip_because("cgroup v2 is not mounted");
	snprintf(w->cgroup, sizeof(w->cgroup), "%s/kernel-test-%d", mount, getpid());
	assert_return_code(mkdir(w->cgroup, 0755), errno);
}

/* Ours, to come back to. */
static inline void cgroup_of_self(char ret_path[static 600]) {
	char mount[256], line[1024];
	FILE *f = fopen("/proc/self/cgroup", "re");
	cgroup_mount(mount);
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = 0;
		assert_in_range(snprintf(ret_path, 600, "%s%s", mount, line + 3), 1, 599);
	}
	fclose(f);
}

static inline void must_enter_cgroup(const char *path) {
	char procs[640];
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	int fd = must_open(procs, O_WRONLY);
	must(dprintf(fd, "%d", getpid()) > 0);
	close(fd);
}

static inline void watch_cgroup(struct watch *w, const char *path) {
	struct diags diags = {0};
	int r = capture_add_cgroup(w->capture, path, &diags);
	if (r < 0)
		diags_print(&diags, stdout);
	assert_return_code(r, -r);
	diags_release(&diags);
}

#endif
