/* SPDX-License-Identifier: MIT */
/* What a process has been doing before its watch began, and no hook shows any more: it runs 32-bit code, or has logs
 * mapped. One thread. */
#ifndef CAPTURE_PRESENT_H
#define CAPTURE_PRESENT_H

#include <sys/types.h>

struct capture;

/* Of a process that is watched from now on. 0 or -ENOMEM. */
int present_see(struct capture *c, pid_t pid);
/* Of all in the cgroup and below. */
int present_see_cgroup(struct capture *c, int cgroup_fd);

#endif
