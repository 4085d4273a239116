/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Whose turn it is on a cpu. Our programs put things together in memory that there is once for each cpu. Up to 6.19 the
 * kernel preempts no program at a tracepoint. Since 7.0 it does and leaves out, until that one goes on, the same
 * program alone: any other of ours would change this memory under its hands. So one of them takes the turn, and those
 * that preempt it go without: it is counted, as what the kernel leaves out is.
 *
 * While the turn is used preemption is forbidden: the pieces of a write would come so far apart that user space took it
 * for cut short. It waits until the program ends, which the kernel still takes for running, or goes on to another one,
 * where the verifier wants it allowed.
 */
#ifndef BPF_TURN_BPF_H
#define BPF_TURN_BPF_H

#include "bpf/kernel.bpf.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

/* Constant once loaded, as HAS_TASK_PT_REGS is. */
#define IS_PREEMPTED (LINUX_KERNEL_VERSION >= (7 << 16))

struct turn {
	__u64 takers;
	__u64 owner; /* a thread; it may go on from program to program */
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct turn);
} turns SEC(".maps");

__u64 missed_turns;

static __always_inline struct turn *turn_of_cpu(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&turns, &zero);
}

static __always_inline void preempt_forbid(void) {
	if (IS_PREEMPTED)
		bpf_preempt_disable();
}

static __always_inline void preempt_allow(void) {
	if (IS_PREEMPTED)
		bpf_preempt_enable();
}

/* By additions that return nothing: the others came with 5.12, and older kernels refuse them wherever they stand. Of
 * those that come between each other's two at most one finds itself alone. */
static __always_inline bool turn_is_free(struct turn *t) {
	__sync_fetch_and_add(&t->takers, 1);
	if (*(volatile __u64 *)&t->takers == 1)
		return true;
	__sync_fetch_and_add(&t->takers, -1);
	return false;
}

/* False: it is another thread's. */
static __always_inline bool turn_take(void) {
	struct turn *t;
	__u64 self;

	if (!IS_PREEMPTED)
		return true;
	self = bpf_get_current_pid_tgid();
	t = turn_of_cpu();
	if (!t)
		return false;
	if (t->owner == self)
		return true;
	if (!turn_is_free(t)) {
		__sync_fetch_and_add(&missed_turns, 1);
		return false;
	}
	t->owner = self;
	return true;
}

/* At the end of each program that may have taken it, or gone on from one that had. */
static __always_inline void turn_give(void) {
	struct turn *t;

	if (!IS_PREEMPTED)
		return;
	t = turn_of_cpu();
	if (!t || t->owner != bpf_get_current_pid_tgid())
		return;
	t->owner = 0;
	__sync_fetch_and_add(&t->takers, -1);
}

#endif
