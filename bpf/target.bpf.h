/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Whom: is the current process watched? */
#ifndef BPF_TARGET_BPF_H
#define BPF_TARGET_BPF_H

#include "bpf/maps.bpf.h"

/* No: it is not, nor may it become so by its cgroup. A bystander leaves by this, for a tenth of a look-up. */
static __always_inline bool process_may_be_followed(__u32 tgid) {
	return processes_at[tgid % WIRE_PROCESS_SLOTS] || targets_len;
}

/* Follows a process. The table may be full: then its target says how many were not followed. */
static __always_inline void process_follow(__u32 tgid, __u32 target, __u32 collects) {
	struct wire_followed entry = {.target = target, .collects = collects};
	__u64 index = target;
	long err;

	__sync_fetch_and_add(&processes_at[tgid % WIRE_PROCESS_SLOTS], 1); /* first: nobody is to be in the table unseen */
	err = bpf_map_update_elem(&processes, &tgid, &entry, BPF_NOEXIST);
	if (!err) {
		__sync_fetch_and_add(&live_processes, 1);
		return;
	}
	__sync_fetch_and_add(&processes_at[tgid % WIRE_PROCESS_SLOTS], -1);
	if (err == -17 || target >= WIRE_TARGETS_MAX) /* EEXIST: another thread was first */
		return;
	/* verifier: the bound is forgotten with the register that was compared */
	asm volatile("%0 &= %1" : "+r"(index) : "i"(WIRE_TARGETS_MAX - 1));
	__sync_fetch_and_add(&target_stats[index].untracked_processes, 1);
}

/* verifier: global, as each function that a loop calls: it is looked at once and not at each turn. */
int __noinline is_in_cgroup(__u32 target) {
	return bpf_current_task_under_cgroup(&cgroups, target) == 1;
}

/* The target whose cgroup the current process is in, or that of the host, or none: WIRE_TARGETS_MAX or above. */
int __noinline cgroup_target(void) {
#pragma clang loop unroll(disable)
	for (__u32 target = 0; target < WIRE_TARGETS_MAX; target++) {
		if (target >= targets_len)
			break;
		if (is_in_cgroup(target))
			return target;
	}
	return host_target - 1;
}

/* A member of a watched cgroup, or of a watched host, enters the table at its first write. */
static __always_inline struct wire_followed *process_of_cgroup(__u32 tgid) {
	__u32 target = cgroup_target();

	if (target >= WIRE_TARGETS_MAX)
		return NULL;
	process_follow(tgid, target, 0);
	return bpf_map_lookup_elem(&processes, &tgid);
}

/* Of the current process. */
static __always_inline struct wire_followed *process_watched(__u32 tgid) {
	struct wire_followed *process;

	if (!process_may_be_followed(tgid) || tgid == self_tgid || stopped)
		return NULL;
	process = bpf_map_lookup_elem(&processes, &tgid);
	if (!process && targets_len)
		process = process_of_cgroup(tgid);
	return process;
}

#endif
