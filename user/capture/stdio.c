/* SPDX-License-Identifier: MIT */
#include "capture/stdio.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int add_file(struct stdio *s, const struct stat *st) {
	struct stdio_file file = {.ino = st->st_ino, .dev = major(st->st_dev) << 20 | minor(st->st_dev)};
	if (stdio_has(s, &(struct wire_sink_key){.ino = file.ino, .dev = file.dev}))
		return 0;
	struct stdio_file *files = reallocarray(s->files, s->len + 1, sizeof(*files));
	if (!files)
		return -ENOMEM;
	s->files = files;
	s->files[s->len++] = file;
	return 0;
}

int stdio_add(struct stdio *s, pid_t pid) {
	char path[64], who[16] = "self";
	if (pid)
		snprintf(who, sizeof(who), "%d", pid);
	int r = 0;
	for (int fd = 1; fd <= 2 && !r; fd++) {
		struct stat st;
		snprintf(path, sizeof(path), "/proc/%s/fd/%d", who, fd);
		if (!file_identify(path, &st) && S_ISREG(st.st_mode))
			r = add_file(s, &st);
	}
	return r;
}

bool stdio_has(const struct stdio *s, const struct wire_sink_key *key) {
	for (size_t i = 0; i < s->len; i++)
		if (s->files[i].ino == key->ino && s->files[i].dev == key->dev)
			return true;
	return false;
}

void stdio_release(struct stdio *s) {
	free(s->files);
	*s = (struct stdio){0};
}
