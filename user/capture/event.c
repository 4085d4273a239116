/* SPDX-License-Identifier: MIT */
#include "capture/event.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Not every host mounts tracefs (containers, minimal images). One that no path leads to serves as well, and goes with
 * its last descriptor. */
static int tracefs_mount_detached(void) {
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	int root = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
	return root < 0 ? -errno : root;
}

/* Not by access(), which does not count ambient capabilities: all that a service of systemd has. */
static int tracefs_open(void) {
	static const char *const usual[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	struct stat st;
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		int root = open(usual[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			continue;
		if (!fstatat(root, "events", &st, 0))
			return root;
		close(root);
	}
	return tracefs_mount_detached();
}

static int event_id(const char *name) {
	char path[128], text[24];
	_cleanup_close_ int root = tracefs_open();
	if (root < 0)
		return root;
	snprintf(path, sizeof(path), "events/%s/id", name);
	_cleanup_close_ int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = 0;
	return atoi(text);
}

int event_open(const char *name) {
	int id = event_id(name);
	if (id < 0)
		return id;
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = (__u64)id};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
