/* SPDX-License-Identifier: MIT */
#include "process/process_id.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAT_SIZE 1024

/* Fields 26 to 28 (proc_pid_stat(5)). The second is the name, which may hold anything. */
static bool parse_image(const char *stat, struct wire_image *ret) {
	static const char format[] = " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
	                             " %*s %*s %llu %llu %llu";
	const char *name_end = strrchr(stat, ')');
	return name_end && sscanf(name_end + 1, format, &ret->code_from, &ret->code_to, &ret->stack) == 3;
}

/* Without random addresses programs of one size look alike. Inodes would not do: those of overlayfs have two numbers.
 */
static bool has_program(int folder, const char *program) {
	char path[PATH_MAX];
	size_t len = strlen(program);
	ssize_t n = *program ? readlinkat(folder, "exe", path, sizeof(path) - 1) : 0;
	if (n <= 0)
		return !n;
	path[n] = 0;
	const char *name = strrchr(path, '/');
	return name && !strncmp(name + 1, program, len) &&
	       (len == PROCESS_ID_PROGRAM_SIZE - 1 || !name[1 + len] || !strcmp(name + 1 + len, " (deleted)"));
}

bool process_id_holds(const struct process_id *id, int folder) {
	char stat[STAT_SIZE];
	struct wire_image now = {0};
	_cleanup_close_ int fd = openat(folder, "stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	if (n <= 0)
		return false;
	stat[n] = 0;
	return parse_image(stat, &now) && !memcmp(&now, &id->image, sizeof(now)) && has_program(folder, id->program);
}

int process_id_open(const struct process_id *id) {
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d", id->pid);
	_cleanup_close_ int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return process_id_holds(id, folder) ? take_fd(&folder) : -ESRCH;
}
