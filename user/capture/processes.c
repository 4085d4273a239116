/* SPDX-License-Identifier: MIT */
#include "capture/processes.h"

#include "base/cleanup.h"
#include "capture/judge.h"

#include <errno.h>
#include <string.h>

static uint64_t hash(const void *item) {
	return table_mix((uint64_t)((const struct process *)item)->pid);
}

static bool same(const void *a, const void *b) {
	return ((const struct process *)a)->pid == ((const struct process *)b)->pid;
}

static void process_free(struct process *p) {
	free(p->executable);
	free(p);
}
DEFINE_CLEANUP(struct process *, process_free)

void processes_init(struct processes *p) {
	*p = (struct processes){.by_pid = {.hash = hash, .same = same}};
}

void processes_release(struct processes *p) {
	size_t at = 0;
	for (struct process *one; (one = table_next(&p->by_pid, &at));)
		process_free(one);
	table_release(&p->by_pid);
}

struct process *processes_find(struct processes *p, uint32_t pid) {
	struct process like = {.pid = (pid_t)pid};
	return table_find(&p->by_pid, &like);
}

static int describe(struct process *p, const struct wire_process *w) {
	char path[WIRE_PATH_MAX];
	judge_path_of(w->path, w->path_len, w->path_len > 0, path, sizeof(path));
	char *executable = strdup(path);
	if (!executable)
		return -ENOMEM;
	free(p->executable);
	p->executable = executable;
	p->parent_pid = (pid_t)w->parent_tgid;
	p->target = w->target;
	p->uid = w->uid;
	p->cgroup_id = w->cgroup_id;
	p->start_ns = w->start_ns;
	memcpy(p->comm, w->comm, WIRE_COMM_MAX);
	return 0;
}

int processes_meet(struct processes *p, const struct wire_process *w, struct process **ret) {
	struct process *known = processes_find(p, w->tgid);
	if (known) {
		*ret = known;
		return describe(known, w);
	}
	_cleanup_(process_freep) struct process *new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->pid = (pid_t)w->tgid;
	if (describe(new, w) || table_add(&p->by_pid, new))
		return -ENOMEM;
	*ret = take(new);
	return 0;
}

/* One that is kept for what it wrote may have a successor of the same number in the table. */
static void unlist(struct processes *p, struct process *process) {
	if (processes_find(p, (uint32_t)process->pid) == process)
		table_remove(&p->by_pid, process);
}

void processes_keep(struct processes *p, struct process *process) {
	process->ended = true;
	unlist(p, process);
}

void processes_remove(struct processes *p, struct process *process) {
	unlist(p, process);
	process_free(process);
}
