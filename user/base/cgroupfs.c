/* SPDX-License-Identifier: MIT */
#include "base/cgroupfs.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool cgroupfs_mount(char *ret, size_t size) {
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	char path[512];
	while (f && getline(&line, &cap, f) > 0) {
		if (!strstr(line, " - cgroup2 ") || sscanf(line, "%*s %*s %*s %*s %511s", path) != 1)
			continue;
		snprintf(ret, size, "%s", path);
		return true;
	}
	return false;
}

int cgroupfs_of_process(pid_t pid, char *ret, size_t size) {
	char path[64], mount[512];
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	if (!cgroupfs_mount(mount, sizeof(mount)))
		return -ENOENT;
	while (getline(&line, &cap, f) > 0) {
		if (strncmp(line, "0::", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = 0;
		return snprintf(ret, size, "%s%s", mount, line + 3) < (int)size ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}
