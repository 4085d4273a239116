/* SPDX-License-Identifier: MIT */
#include "capture/reader.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static bool link_is(int dir, const char *name, const char *want) {
	char text[64];
	ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);
	return n > 0 && (size_t)n == strlen(want) && !memcmp(text, want, (size_t)n);
}

/* A descriptor's link says by its own mode what the descriptor can do. */
static bool reads_only(int dir, const char *name) {
	struct stat st;
	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && (st.st_mode & S_IRUSR) && !(st.st_mode & S_IWUSR);
}

bool reader_is(pid_t pid, uint64_t pipe_ino) {
	char path[64], want[64];
	bool found = false;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	snprintf(want, sizeof(want), "pipe:[%llu]", (unsigned long long)pipe_ino);
	DIR *fds = opendir(path);
	if (!fds)
		return false;
	int dir = dirfd(fds);
	/* A program started by one that forgot to close the reading end holds it, but reads nothing. */
	bool writes = link_is(dir, "1", want) || link_is(dir, "2", want);
	for (struct dirent *entry; !writes && !found && (entry = readdir(fds));)
		found = link_is(dir, entry->d_name, want) && reads_only(dir, entry->d_name);
	closedir(fds);
	return found;
}
