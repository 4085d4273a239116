/* SPDX-License-Identifier: MIT */
/* Who wrote. Owned by the capture; good until the settle callback after its process_exit has returned, or
 * capture_close(). */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent_pid;
	uint32_t target;
	uint32_t uid;
	uint64_t cgroup_id;
	uint64_t start_ns;
	char comm[16 + 1];
	char *cgroup;       /* from the root of the hierarchy, as the host names it */
	char *executable;   /* as the kernel side saw it at the first write after exec; "" when unknown */
	char *command_line; /* masked by who was told the arguments; NULL: not known */
	unsigned int held;  /* writes of it that the capture holds back */
	bool ended;         /* it has gone, and is kept for these */
	struct process *next_gone;
};

/* The name of a live process, as the kernel has it: any bytes. -errno: it has gone. */
int process_comm(pid_t pid, char ret[16 + 1]);

#endif
