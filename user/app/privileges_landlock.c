/* SPDX-License-Identifier: MIT */
#include "app/privileges_filter.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                                          \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |           \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define EVERYTHING                                                                                                     \
	(LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1) /* of the first version, 5.13: its highest bit and all below                 \
	                                       */

static int allow(int ruleset, const char *path, uint64_t access) {
	struct stat st;
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	const struct landlock_path_beneath_attr beneath = {
	    .allowed_access = S_ISDIR(st.st_mode) ? access : access & OF_FILES,
	    .parent_fd = fd,
	};
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0 ? -errno : 0;
}

static int allow_all(int ruleset, const char *const *paths, uint64_t access) {
	int r = 0;
	for (size_t i = 0; !r && paths && paths[i]; i++)
		r = allow(ruleset, paths[i], access);
	return r;
}

int privileges_landlock(const char *const *read, const char *const *write) {
	const struct landlock_ruleset_attr attributes = {.handled_access_fs = EVERYTHING};
	_cleanup_close_ int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (ruleset < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	int r = allow_all(ruleset, read, READ);
	if (!r)
		r = allow_all(ruleset, write, WRITE);
	if (!r && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	return r;
}
