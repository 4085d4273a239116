/* SPDX-License-Identifier: MIT */
/*
 * Which process it was. Its number does not tell: that is used again, and the process may execute another program. Any
 * thread.
 */
#ifndef PROCESS_PROCESS_ID_H
#define PROCESS_PROCESS_ID_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_ID_PROGRAM_SIZE 64

struct process_id {
	pid_t pid;
	uid_t uid;
	uint64_t start_ns; /* CLOCK_BOOTTIME */
	struct wire_image image;
	char program[PROCESS_ID_PROGRAM_SIZE]; /* what the path of the executable ends with; "": not known */
};

/* Opens /proc/PID; what is opened in it is of that process, whoever gets its number. -ESRCH: it has gone, or executes
 * another program by now; -errno. */
int process_id_open(const struct process_id *id);
/* Is the process of that folder still the same? To be asked behind what was opened in the folder. */
bool process_id_holds(const struct process_id *id, int folder);

#endif
