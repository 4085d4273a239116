/* SPDX-License-Identifier: MIT */
/* The processes that have written, by pid. One thread. */
#ifndef PROCESS_PROCESSES_H
#define PROCESS_PROCESSES_H

#include "base/table.h"
#include "bpf/wire.h"
#include "process/process.h"

struct processes {
	struct table by_pid;
	struct process *gone; /* of whom what was delivered may still be on its way */
	size_t gone_len;
};

void processes_init(struct processes *p);
void processes_release(struct processes *p);
struct process *processes_find(struct processes *p, uint32_t pid);
/* Finds or makes the process announced; after exec it changes its name. 0 or -ENOMEM. */
int processes_meet(struct processes *p, const struct wire_process *w, struct process **ret);
/* It has gone, but is still needed: another may take its number. */
void processes_keep(struct processes *p, struct process *process);
/* It has gone, and nothing more comes of it. */
void processes_remove(struct processes *p, struct process *process);
void processes_free_gone(struct processes *p);

#endif
