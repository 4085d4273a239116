/* SPDX-License-Identifier: MIT */
/* A small disk of the test's own, in a mount namespace of its own: what fills it fills nobody else's. */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

/* Over the folder; skips the test where that is not allowed. */
static inline void disk_mount_small(const char *dir) {
	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=700")) {
		print_message("SKIP: no right to mount a small disk\n");
		skip();
	}
}

static inline void disk_unmount(const char *dir) {
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

/* With one file, until nothing more fits. */
static inline void disk_fill(const char *path) {
	static const char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_return_code(fd, errno);
	while (write(fd, block, sizeof(block)) == sizeof(block))
		;
	close(fd);
}

static inline void disk_make_read_only(const char *dir, bool yes) {
	assert_return_code(mount("none", dir, "none", MS_REMOUNT | (yes ? MS_RDONLY : 0), NULL), errno);
}

#endif
