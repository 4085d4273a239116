/* SPDX-License-Identifier: MIT */
/* What a process has been doing before its watch began, and no hook shows any more: it runs 32-bit code, has logs
 * mapped, or collects what comes through a pipe. One thread. */
#ifndef CAPTURE_PRESENT_H
#define CAPTURE_PRESENT_H

#include <stdint.h>
#include <sys/types.h>

struct capture;

/* Of a process that is watched from now on. 0 or -ENOMEM. */
int present_see(struct capture *c, pid_t pid, uint32_t target);
/* Of all in the target's cgroup and below. */
int present_see_cgroup(struct capture *c, int cgroup_fd, uint32_t target);

#endif
