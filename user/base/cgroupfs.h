/* SPDX-License-Identifier: MIT */
/* Where cgroups of version 2 are as folders. Any thread. */
#ifndef BASE_CGROUPFS_H
#define BASE_CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The mount, which on hybrid hosts is not /sys/fs/cgroup. false: there is none. */
bool cgroupfs_mount(char *ret, size_t size);
/* A process's. 0; -ENOENT: it is in none; -errno: there is no such process. */
int cgroupfs_of_process(pid_t pid, char *ret, size_t size);

#endif
