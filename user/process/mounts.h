/* SPDX-License-Identifier: MIT */
/*
 * Where the host sees a file that a process knows by another path, as in a container: by the mounts of both, as
 * /proc/PID/mountinfo lists them. One thread.
 */
#ifndef PROCESS_MOUNTS_H
#define PROCESS_MOUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mount_point {
	char device[16]; /* "8:1": of the file system */
	char *root;      /* what of it is mounted */
	char *path;      /* where */
	char *upper;     /* of an overlay: where its own files lie; else NULL */
};

/* In the order of mounting. */
struct mounts {
	struct mount_point *items;
	size_t len;
};

/* From the text of a mountinfo, which is cut up. 0 or -ENOMEM. */
int mounts_parse(struct mounts *ret, char *text);
void mounts_release(struct mounts *m);
/* A path inside of some mounts as others have it, malloc'ed; NULL: they have not, or no memory. */
char *mounts_translate(const struct mounts *from, const struct mounts *to, const char *path);

#define MOUNTS_KNOWN 16 /* namespaces */

/* Namespaces met, the latest in place of the oldest. To ask for a process's namespace takes as long as all else of a
 * sink's first sight, so that of the last one is kept as well. Zeroed is empty. */
struct mounts_cache {
	pid_t host_pid; /* whose namespace is the host's; 0: not found yet */
	pid_t last_pid;
	uint64_t last_ino, last_ns;
	struct mounts_namespace {
		uint64_t ino, read_ns;
		struct mounts mounts;
	} host, known[MOUNTS_KNOWN];
	size_t next;
};

void mounts_cache_release(struct mounts_cache *c);
/* The host's path, malloc'ed, of the file that a process has at `path`; NULL: the same, none, or not to be found out,
 * since the process has gone or we may not look. */
char *mounts_host_path(struct mounts_cache *c, pid_t pid, const char *path, uint64_t now_ns);

#endif
