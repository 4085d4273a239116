/* SPDX-License-Identifier: MIT */
/* Who wrote, beyond its name: what a finding keeps of the process of its first sight. Owned by the finding. */
#ifndef FIND_WRITER_H
#define FIND_WRITER_H

#include "capture/cgroup.h"

#include <stdint.h>

struct finding_writer {
	uint32_t uid;
	char *cgroup;
	struct workload workload;
};

int finding_writer_new(struct finding_writer **ret, uint32_t uid, const char *cgroup); /* 0 or -ENOMEM */
void finding_writer_free(struct finding_writer *w);

#endif
