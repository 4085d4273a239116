/* SPDX-License-Identifier: MIT */
#include "process/processes.h"

#include "base/cleanup.h"
#include "process/cgroup.h"
#include "process/wire_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static uint64_t hash(const void *item) {
	return table_mix((uint64_t)((const struct process *)item)->pid);
}

static bool same(const void *a, const void *b) {
	return ((const struct process *)a)->pid == ((const struct process *)b)->pid;
}

static void process_free(struct process *p) {
	free(p->executable);
	free(p->cgroup);
	free(p->command_line);
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
	processes_free_gone(p);
}

struct process *processes_find(struct processes *p, uint32_t pid) {
	struct process like = {.pid = (pid_t)pid};
	return table_find(&p->by_pid, &like);
}

static char *path_new(const __u8 *names, uint32_t len, bool rooted) {
	char path[WIRE_PATH_MAX];
	wire_path(names, len, rooted, path, sizeof(path));
	return strdup(path);
}

/* Of the two hierarchies that a host may have, the one that names a container; else the newer, if it says anything. */
static char *cgroup_new(const struct wire_process *w) {
	const __u8 *names = w->path + w->executable_len, *names_v1 = names + w->cgroup_len;
	_cleanup_free_ char *cgroup = path_new(names, w->cgroup_len, true);
	uint32_t v1_len = w->path_len - w->executable_len - w->cgroup_len - w->arguments_len;
	_cleanup_free_ char *v1 = path_new(names_v1, v1_len, true);
	if (!cgroup || !v1)
		return NULL;
	if (cgroup_names_container(v1) && !cgroup_names_container(cgroup))
		return take(v1);
	return strcmp(cgroup, "/") ? take(cgroup) : take(v1);
}

static int describe(struct process *p, const struct wire_process *w) {
	if ((uint32_t)w->executable_len + w->cgroup_len + w->arguments_len > w->path_len || w->path_len > WIRE_PATH_MAX)
		return -EINVAL;
	_cleanup_free_ char *executable = path_new(w->path, w->executable_len, w->executable_len > 0);
	_cleanup_free_ char *cgroup = cgroup_new(w);
	if (!executable || !cgroup)
		return -ENOMEM;
	free(p->executable);
	free(p->cgroup);
	free(p->command_line);
	p->executable = take(executable);
	p->cgroup = take(cgroup);
	p->command_line = NULL;
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
	process->next_gone = p->gone;
	p->gone = process;
	p->gone_len++;
}

void processes_free_gone(struct processes *p) {
	for (struct process *next; p->gone; p->gone = next) {
		next = p->gone->next_gone;
		process_free(p->gone);
	}
	p->gone_len = 0;
}

int process_comm(pid_t pid, char ret[16 + 1]) {
	char path[64], comm[16 + 1];
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, comm, sizeof(comm));
	if (n <= 0)
		return n ? -errno : -ESRCH;
	comm[n - 1] = 0; /* a newline */
	memcpy(ret, comm, (size_t)n);
	return 0;
}
