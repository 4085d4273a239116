/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int file_read(const char *path, size_t max_bytes, struct buf *ret) {
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : file_read_fd(fd, max_bytes, ret);
}

int file_read_fd(int fd, size_t max_bytes, struct buf *ret) {
	size_t start = ret->len;
	for (;;) {
		int r = buf_reserve(ret, ret->len + 16384);
		if (r)
			return r;
		ssize_t n = read(fd, ret->data + ret->len, 16384);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		ret->len += (size_t)n;
		if (ret->len - start > max_bytes)
			return -EFBIG;
	}
}

int file_read_exactly(int fd, void *p, size_t len) {
	for (char *at = p; len;) {
		ssize_t n = read(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EBADMSG;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write_all(int fd, const void *p, size_t len) {
	for (const char *at = p; len;) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_and_sync(int fd, const void *p, size_t len, mode_t mode) {
	int r = file_write_all(fd, p, len);
	if (!r && fchmod(fd, mode) < 0)
		r = -errno;
	if (!r && fsync(fd) < 0)
		r = -errno;
	return r;
}

int file_write_atomic(const char *path, const void *p, size_t len, mode_t mode) {
	_cleanup_free_ char *temporary = NULL;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	_cleanup_close_ int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = write_and_sync(fd, p, len, mode);
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (r)
		unlink(temporary);
	return r;
}

int file_write_document(const char *path, const void *p, size_t len, mode_t mode) {
	struct stat named, st;
	bool foreign = !lstat(path, &named) && S_ISLNK(named.st_mode) && named.st_uid && named.st_uid != geteuid();
	if (foreign || stat(path, &st) < 0 || S_ISREG(st.st_mode))
		return file_write_atomic(path, p, len, mode);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : file_write_all(fd, p, len);
}

int file_open_append(const char *path, int flags) {
	_cleanup_close_ int fd =
	    open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC | flags, 0600);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* Somebody else may have given the file of a third one this name. */
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		return -EMLINK;
	return take_fd(&fd);
}

int file_identify(const char *path, struct stat *ret) {
	struct statx x;
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &x) < 0)
		return -errno;
	*ret =
	    (struct stat){.st_mode = x.stx_mode, .st_ino = x.stx_ino, .st_dev = makedev(x.stx_dev_major, x.stx_dev_minor)};
	return 0;
}

int file_mkdirs(const char *path, mode_t mode) {
	_cleanup_free_ char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	for (char *slash = copy + 1; *copy; slash++) {
		char was = *slash;
		if (was != '/' && was)
			continue;
		*slash = 0;
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -errno;
		*slash = was;
		if (!was)
			break;
	}
	struct stat st;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

char *file_folder(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
}
