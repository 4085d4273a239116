/* SPDX-License-Identifier: MIT */
/* Who wrote, beyond its name: what a finding keeps of the process of its first sight. Owned by the finding. */
#ifndef FIND_WRITER_H
#define FIND_WRITER_H

#include "process/cgroup.h"

#include <stdint.h>

struct finding_writer {
	uint32_t uid;
	char *cgroup;
	char *command_line; /* masked: find/command.h; NULL: not known */
	struct workload workload;
};

/* command_line may be NULL. 0 or -ENOMEM. */
int finding_writer_new(struct finding_writer **ret, uint32_t uid, const char *cgroup, const char *command_line);
int finding_writer_copy(struct finding_writer **ret, const struct finding_writer *from); /* 0 or -ENOMEM */
void finding_writer_free(struct finding_writer *w);

#endif
