/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Whom, by what it is: the targets that a process joins by the program it executes or the cgroup it does so in. */
#ifndef BPF_MATCH_BPF_H
#define BPF_MATCH_BPF_H

#include "bpf/cgroup.bpf.h"
#include "bpf/target.bpf.h"

#define MATCH_WORDS (WIRE_MATCH_NAME_MAX / 8)
#define CONTAINER_ID_LEN 64

struct match_name {
	__u64 words[MATCH_WORDS];
};

/* Is that what the target's name is? The announcement's path is the scratch: names are too large for the stack.
 * verifier: global, and each loop without a branch, so that it is looked at once. */
int __noinline name_is(__u32 target, __u64 at) {
	struct announcement *a = announcement_current();
	struct wire_match *m = bpf_map_lookup_elem(&matches, &target);
	const struct match_name *want;
	struct match_name *name;
	__u64 differs = 0;
	__u32 len;

	if (!a || !m)
		return 0;
	want = (const void *)m->name;
	name = (void *)a->sink.path;
	len = m->len;
	__builtin_memset(name, 0, sizeof(*name));
	if (len > sizeof(*name) || bpf_probe_read_kernel(name, len, (const void *)at))
		return 0;
	for (int i = 0; i < MATCH_WORDS; i++)
		differs |= name->words[i] ^ want->words[i];
	return !differs;
}

/* "ID" or "RUNTIME-ID", with or without ".scope": where the id begins. */
static __always_inline bool container_is(__u32 target, struct announcement *a, __u64 name) {
	long len = bpf_probe_read_kernel_str(a->sink.path, 256, (const void *)name) - 1;

	if (len >= CONTAINER_ID_LEN && name_is(target, name + len - CONTAINER_ID_LEN))
		return true;
	len -= sizeof(".scope") - 1;
	return len >= CONTAINER_ID_LEN && name_is(target, name + len - CONTAINER_ID_LEN);
}

/* verifier: global, as is_in_cgroup(). */
int __noinline node_matches(__u32 target) {
	struct announcement *a = announcement_current();
	struct wire_match *m = bpf_map_lookup_elem(&matches, &target);
	struct kernfs_node *node;
	__u64 name;

	if (!a || !m)
		return 0;
	node = a->node;
	name = (__u64)BPF_CORE_READ(node, name);
	if (m->kind == WIRE_MATCH_CONTAINER)
		return container_is(target, a, name);
	return m->kind == WIRE_MATCH_UNIT && name_is(target, name);
}

/* Whether the current process's group, or one above it, is of the target. */
int __noinline cgroup_matches(__u32 target, __u32 v1) {
	struct announcement *a = announcement_current();

	if (!a)
		return 0;
	a->node = v1 ? cgroup_node_v1(current_task()) : cgroup_node(current_task());
#pragma clang loop unroll(disable)
	for (int i = 0; i < CGROUP_STEPS && a->node; i++) {
		if (node_matches(target))
			return 1;
		a->node = node_parent(a->node);
	}
	return 0;
}

static __always_inline bool program_is(const struct wire_match *m, struct task_struct *task) {
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	return BPF_CORE_READ(inode, i_ino) == m->ino && BPF_CORE_READ(inode, i_sb, s_dev) == m->dev;
}

int __noinline is_matched(__u32 target) {
	struct wire_match *m = bpf_map_lookup_elem(&matches, &target);
	struct announcement *a = announcement_current();
	struct task_struct *leader = BPF_CORE_READ(current_task(), group_leader);

	if (!a || !m || m->kind == WIRE_MATCH_NONE)
		return 0;
	if (m->kind == WIRE_MATCH_COMM)
		return name_is(target, (__u64)&leader->comm);
	if (m->kind == WIRE_MATCH_EXE)
		return program_is(m, leader);
	return cgroup_matches(target, 0) || cgroup_matches(target, 1);
}

/* The target that the current process is of by itself, or WIRE_TARGETS_MAX. verifier: global, or each turn
 * of the loop would be a way into what follows. */
int __noinline match_target(void) {
#pragma clang loop unroll(disable)
	for (__u32 target = 0; target < WIRE_TARGETS_MAX; target++) {
		if (target >= matches_len)
			break;
		if (is_matched(target))
			return target;
	}
	return WIRE_TARGETS_MAX;
}

#endif
