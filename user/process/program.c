/* SPDX-License-Identifier: MIT */
#include "process/program.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define SCRIPTS_MAX 5 /* interpreters that are scripts: the kernel follows no more */

/* "#!/bin/sh -e" -> "/bin/sh", in place; NULL: it is no script. */
static char *interpreter(char *head) {
	if (strncmp(head, "#!", 2))
		return NULL;
	char *path = head + 2 + strspn(head + 2, " \t");
	path[strcspn(path, " \t\n")] = 0;
	return path;
}

bool program_is_32_bit(const char *path) {
	char head[256 + 1];
	for (int i = 0; path && i <= SCRIPTS_MAX; i++) {
		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);
		if (n < EI_NIDENT)
			return false;
		head[n] = 0;
		if (!memcmp(head, ELFMAG, SELFMAG))
			return head[EI_CLASS] == ELFCLASS32;
		path = interpreter(head);
	}
	return false;
}

/* The kernel wrote the pairs of the auxiliary vector as wide as the program's registers are. */
bool program_runs_32_bit(pid_t pid) {
	_cleanup_(buf_release) struct buf vector = {0};
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	if (file_read(path, 4096, &vector))
		return false;
	for (size_t at = 0; at + sizeof(Elf32_auxv_t) <= vector.len; at += sizeof(Elf32_auxv_t)) {
		Elf32_auxv_t pair;
		memcpy(&pair, vector.data + at, sizeof(pair));
		if (pair.a_type == AT_PHENT && pair.a_un.a_val == sizeof(Elf32_Phdr))
			return true;
	}
	return false;
}

bool program_command_is_32_bit(const char *command) {
	char path[PATH_MAX];
	const char *dirs = getenv("PATH") ?: "/usr/local/bin:/usr/bin:/bin";
	if (strchr(command, '/'))
		return program_is_32_bit(command);
	for (size_t len; len = strcspn(dirs, ":"), true; dirs += len + 1) {
		if (snprintf(path, sizeof(path), "%.*s%s%s", (int)len, dirs, len ? "/" : "", command) < (int)sizeof(path) &&
		    !access(path, X_OK))
			return program_is_32_bit(path);
		if (!dirs[len])
			return false;
	}
}
