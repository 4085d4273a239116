/* SPDX-License-Identifier: MIT */
/*
 * Which code leaks: asks for stacks at logs that leak, has them named, and adds the origins to the findings. Stacks are
 * taken for the first matches of a finding, then ever more rarely, and asked for at most ORIGINS_GRANTS_PER_S times a
 * second, while there is CPU time to name them. One thread.
 */
#ifndef APP_ORIGINS_H
#define APP_ORIGINS_H

#include "capture/capture.h"
#include "find/find.h"

enum origins_when { ORIGINS_LEAKING, ORIGINS_ALWAYS, ORIGINS_NEVER };

#define ORIGINS_GRANTS_PER_S 20
/* Of a finding the first time, then twice as many each time, and at most ... */
#define ORIGINS_STACKS_PER_GRANT 4
#define ORIGINS_STACKS_MAX 32
/* Stacks of a finding as soon as there are any; then one each time its matches have doubled. */
#define ORIGINS_AT_ONCE 3
#define ORIGINS_CPU_SHARE 0.1    /* of a core, to name them, after ... */
#define ORIGINS_CPU_S 2.0        /* seconds of it at first */
#define ORIGINS_LIMIT_SHARE 0.25 /* of the limit, if the watch has one, and no more at first */

struct origins;

struct origins_counters {
	uint64_t stacks; /* delivered by the kernel */
	uint64_t named;  /* of these: origins of findings */
	uint64_t failed; /* no answer, or not in time, or too many waiting */
	uint64_t cpu_ns; /* that naming took */
};

/* Early: it starts a process of ours that names stacks. max_cpu: of a core, for all of the watch; 0: no limit. 0 or
 * -errno. */
int origins_new(struct origins **ret, enum origins_when when, double max_cpu);
void origins_free(struct origins *o);
/* For capture_handler.stack. */
void origins_take(struct origins *o, const struct origin_stack *stack);
/* A match of the finding in a record that began with a write of that process and time. */
void origins_match(struct origins *o, struct capture *c, const struct sink *sink, struct finding *f,
                   const struct process *process, uint64_t time_ns);
/* Adds answers that have come. */
void origins_step(struct origins *o, struct findings *found);
/* Is there an answer to come, or a stack to be wiped? */
bool origins_awaits(const struct origins *o);
/* The findings make way for others: what comes for them is counted as failed. */
void origins_forget(struct origins *o);
/* Waits for those that are still to come, for at most so long. */
void origins_finish(struct origins *o, struct findings *found, uint64_t timeout_ns);
void origins_counters(const struct origins *o, struct origins_counters *ret);
uint64_t origins_cpu_ns(const struct origins *o);

#endif
