/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The path of the current process's cgroup, leaf first, from the root of its hierarchy: whatever namespaces it is in.
 */
#ifndef BPF_CGROUP_BPF_H
#define BPF_CGROUP_BPF_H

#include "bpf/path.bpf.h"

#define CGROUP_STEPS 64

static __always_inline struct kernfs_node *node_parent(struct kernfs_node *node) {
	if (bpf_core_field_exists(node->__parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ((struct kernfs_node___before_6_15 *)node, parent);
}

static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task) {
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
}

/* Where the memory controller has a hierarchy of its own (v1), container runtimes name their containers in it, and not
 * always in v2 beside it. NULL: it has none. */
static __always_inline struct kernfs_node *cgroup_node_v1(struct task_struct *task) {
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *state = NULL;
	struct cgroup *group;

	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		bpf_core_read(&state, sizeof(state),
		              &set->subsys[0] + bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	group = state ? BPF_CORE_READ(state, cgroup) : NULL;
	if (!group || BPF_CORE_READ(group, root) == BPF_CORE_READ(set, dfl_cgrp, root))
		return NULL;
	return BPF_CORE_READ(group, kn);
}

/* One name, and a step up. verifier: as path_step(). */
int __noinline cgroup_step(void) {
	struct announcement *a = announcement_current();
	struct kernfs_node *node, *parent;

	if (!a)
		return 0;
	node = a->node;
	parent = node_parent(node);
	if (!parent || !path_append(&a->sink, BPF_CORE_READ(node, name)))
		return 0;
	a->node = parent;
	return 1;
}

/* Appends the names from the announcement's node on to its path. */
int __noinline cgroup_walk(void) {
#pragma clang loop unroll(disable)
	for (int i = 0; i < CGROUP_STEPS; i++)
		if (!cgroup_step())
			break;
	return 0;
}

#endif
