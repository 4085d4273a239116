/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Whom: is the current process watched? A bystander leaves after one lookup. */
#ifndef BPF_TARGET_BPF_H
#define BPF_TARGET_BPF_H

#include "bpf/maps.bpf.h"

/* Follows a process. The table may be full: then its target says how many were not followed. */
static __always_inline void process_follow(__u32 tgid, __u32 target) {
	struct process_entry entry = {.target = target};
	long err = bpf_map_update_elem(&processes, &tgid, &entry, BPF_NOEXIST);

	if (!err)
		__sync_fetch_and_add(&live_processes, 1);
	else if (err != -17 && target < WIRE_TARGETS_MAX) /* EEXIST: another thread was first */
		__sync_fetch_and_add(&target_stats[target].untracked_processes, 1);
}

/*
 * A member of a watched cgroup enters the table at its first write.
 * verifier: global, so that it is looked at by itself; inline, each way out of the loop would multiply what follows.
 */
int __noinline process_follow_cgroup(__u32 tgid) {
	for (__u32 target = 0; target < WIRE_TARGETS_MAX; target++) {
		if (target >= targets_len)
			break;
		if (bpf_current_task_under_cgroup(&cgroups, target) == 1) {
			process_follow(tgid, target);
			return 1;
		}
	}
	return 0;
}

static __always_inline struct process_entry *process_watched(void) {
	__u32 tgid = current_tgid();
	struct process_entry *process;

	if (tgid == self_tgid || stopped)
		return NULL;
	process = bpf_map_lookup_elem(&processes, &tgid);
	if (!process && targets_len && process_follow_cgroup(tgid))
		process = bpf_map_lookup_elem(&processes, &tgid);
	return process;
}

#endif
