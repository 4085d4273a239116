/* SPDX-License-Identifier: MIT */
#include "base/trust.h"

#include "base/capabilities.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define OTHERS (S_IWGRP | S_IWOTH)
#define OWNERS_MAX 4

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool rights;
static uid_t owners[OWNERS_MAX]; /* who may decide; the first is root */
static size_t owners_len = 1;

static void look_at_ourselves(void) {
	const char *caller = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
	struct stat program;
	rights = geteuid() == 0 || capabilities_any();
	owners[owners_len++] = geteuid();
	if (caller && *caller)
		owners[owners_len++] = (uid_t)strtoul(caller, NULL, 10);
	if (!stat("/proc/self/exe", &program))
		owners[owners_len++] = program.st_uid;
}

static bool is_trusted(uid_t owner) {
	for (size_t i = 0; i < owners_len; i++)
		if (owners[i] == owner)
			return true;
	return false;
}

/* Of a folder that others can write to, files are theirs to replace, unless it is sticky, as /tmp is. A volume of
 * Kubernetes is open to all, and mounted so that nobody can. */
static bool refuse_folder(const char *path, const char *file, struct diags *diags) {
	_cleanup_free_ char *folder = file_folder(file);
	struct statvfs mount;
	struct stat st;
	if (!folder || stat(folder, &st) || statvfs(folder, &mount) || mount.f_flag & ST_RDONLY)
		return false;
	if (!is_trusted(st.st_uid))
		diags_add(diags, path, 0, 0,
		          "the folder %s belongs to another user (%u), who could put another file there: chown root", folder,
		          st.st_uid);
	else if (st.st_mode & OTHERS && !(st.st_mode & S_ISVTX))
		diags_add(diags, path, 0, 0, "others can write to the folder %s, and so put another file there: chmod go-w",
		          folder);
	else
		return false;
	return true;
}

static bool refuse_file(const char *path, const struct stat *st, struct diags *diags) {
	if (!is_trusted(st->st_uid))
		diags_add(diags, path, 0, 0,
		          "it belongs to another user (%u), who could decide what is watched and found: chown root",
		          st->st_uid);
	else if (st->st_mode & OTHERS)
		diags_add(diags, path, 0, 0, "others can write to it, and so decide what is watched and found: chmod go-w");
	else
		return false;
	return true;
}

/* Where a link leads to, and who could let it lead elsewhere. */
static bool refuse_link(const char *path, int fd, struct diags *diags) {
	char name[32], target[PATH_MAX];
	struct stat st;
	if (lstat(path, &st) || !S_ISLNK(st.st_mode))
		return false;
	if (!is_trusted(st.st_uid)) {
		diags_add(diags, path, 0, 0, "it is a link of another user (%u): name the file itself", st.st_uid);
		return true;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(name, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = 0;
	return refuse_folder(path, target, diags);
}

int trust_open(const char *path, enum trust trust, struct diags *ret_diags) {
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	pthread_once(&once, look_at_ourselves);
	if (S_ISREG(st.st_mode) && (trust == TRUST_ALWAYS || rights) &&
	    (refuse_file(path, &st, ret_diags) || refuse_link(path, fd, ret_diags) || refuse_folder(path, path, ret_diags)))
		return -EPERM;
	return take_fd(&fd);
}
