/* SPDX-License-Identifier: MIT */
/* A target that ends while the watch goes on, and comes back. */
#include "capture/state.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static void stop_matching(struct capture *c, uint32_t target) {
	static const struct wire_match none = {.kind = WIRE_MATCH_NONE};
	(void)bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.matches), &target, &none, BPF_ANY);
	if (c->cgroup_fds[target] >= 0) {
		(void)bpf_map_delete_elem(bpf_map__fd(c->kernel.bpf->maps.cgroups), &target);
		close(c->cgroup_fds[target]);
		c->cgroup_fds[target] = -1;
	}
	if (c->judge.host == target + 1) {
		__atomic_store_n(&c->kernel.bpf->bss->host_target, 0, __ATOMIC_RELEASE);
		c->judge.host = 0;
	}
}

/* One pass over the table. How many it found. */
static int forget_processes(struct capture *c, uint32_t target) {
	int map = bpf_map__fd(c->kernel.bpf->maps.processes), found = 0;
	struct wire_followed entry;
	uint32_t pid, next;
	for (uint32_t *at = NULL; !bpf_map_get_next_key(map, at, &next); at = &pid) {
		pid = next;
		if (bpf_map_lookup_elem(map, &pid, &entry) || (entry.target & ~WIRE_SECOND_HOP) != target)
			continue;
		target_forget(c, (pid_t)pid);
		found++;
	}
	return found;
}

void target_forget_all(struct capture *c, uint32_t target) {
	stop_matching(c, target);
	/* Children of those that are still there are followed from birth. */
	while (forget_processes(c, target))
		;
}

int capture_end_target(struct capture *c, uint32_t target, const struct capture_handler *h) {
	target_forget_all(c, target);
	/* Programs run with preemption off: behind this none is left that had found its process in the table. */
	(void)!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	int r = capture_dispatch(c, h);
	size_t at = 0;
	c->handler = h;
	for (struct process *p; (p = table_next(&c->processes.by_pid, &at));)
		if (p->target % WIRE_TARGETS_MAX == target)
			capture_process_end(c, p);
	c->handler = NULL;
	return r < 0 ? r : 0;
}

void capture_resume_target(struct capture *c, uint32_t target) {
	c->resumes = target + 1;
}
