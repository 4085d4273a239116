/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Whom, over time: children join their parent's target before they run, exec renews a process, exit ends it. */
#include "bpf/collector.bpf.h"
#include "bpf/match.bpf.h"
#include "bpf/ring.bpf.h"
#include "bpf/target.bpf.h"
#include "bpf/turn.bpf.h"

/* One program, and where programs are preempted a second one: of those that are left out then (turn.bpf.h) the other is
 * run, and what both do is done once. With one fork all would be missed that the child ever writes, for one call
 * counted; with an exit, whoever has its number next would be taken for it. */
#define TWICE(name, event)                                                                                             \
	static __always_inline void body_##name(struct bpf_raw_tracepoint_args *ctx);                                      \
	SEC("raw_tp/" event)                                                                                               \
	int on_##name(struct bpf_raw_tracepoint_args *ctx) {                                                               \
		body_##name(ctx);                                                                                              \
		return 0;                                                                                                      \
	}                                                                                                                  \
	SEC("raw_tp/" event)                                                                                               \
	int on_##name##_again(struct bpf_raw_tracepoint_args *ctx) {                                                       \
		if (IS_PREEMPTED)                                                                                              \
			body_##name(ctx);                                                                                          \
		return 0;                                                                                                      \
	}                                                                                                                  \
	static __always_inline void body_##name(struct bpf_raw_tracepoint_args *ctx)

TWICE(fork, "sched_process_fork") {
	struct task_struct *parent = (struct task_struct *)ctx->args[0];
	struct task_struct *child = (struct task_struct *)ctx->args[1];
	__u32 parent_tgid = KREAD(parent, tgid), tgid = KREAD(child, tgid);
	struct wire_followed *entry;

	if (tgid == parent_tgid) /* a thread */
		return;
	entry = bpf_map_lookup_elem(&processes, &parent_tgid);
	if (entry)
		process_follow(tgid, entry->target, entry->collects);
}

#define ELFCLASS32 1
#define EM_X86_64 62

/* A 32-bit program, or the interpreter of a script, by its ELF header. One made for x86-64 (x32) uses numbers that no
 * hook knows. */
static __always_inline bool is_unseen(struct linux_binprm *bprm) {
	__u8 head[20] = {};

	bpf_core_read(head, sizeof(head), &bprm->buf);
	return head[0] == 0x7f && head[1] == 'E' && head[2] == 'L' && head[3] == 'F' && head[4] == ELFCLASS32 &&
	       (!sees_compat || head[18] == EM_X86_64);
}

/* User space is woken at once: until it has attached the hooks, nothing shows what the program writes. */
static __always_inline void send_compat(struct linux_binprm *bprm) {
	struct wire_compat *w;

	__sync_fetch_and_add(&unseen_compat, 1);
	w = bpf_ringbuf_reserve(&ring, sizeof(*w), 0);
	if (!w)
		return;
	w->kind = WIRE_COMPAT;
	w->tgid = current_tgid();
	bpf_probe_read_kernel_str(w->program, sizeof(w->program), BPF_CORE_READ(bprm, interp));
	bpf_ringbuf_submit(w, BPF_RB_FORCE_WAKEUP);
}

static __always_inline void send_exit(__u32 tgid) {
	struct wire_exit *w = bpf_ringbuf_reserve(&ring, sizeof(*w), 0);

	if (!w) /* user space finds out by itself that it has gone */
		return;
	w->kind = WIRE_EXIT;
	w->tgid = tgid;
	w->time_ns = bpf_ktime_get_ns();
	bpf_ringbuf_submit(w, ring_submit_flags(sizeof(*w)));
}

static __always_inline void process_forget(__u32 tgid) {
	struct wire_followed *entry = bpf_map_lookup_elem(&processes, &tgid);
	bool announced = entry && entry->announced;

	if (!entry || bpf_map_delete_elem(&processes, &tgid))
		return;
	__sync_fetch_and_add(&live_processes, -1);
	__sync_fetch_and_add(&processes_at[tgid % WIRE_PROCESS_SLOTS], -1);
	__sync_fetch_and_add(&recalls, 1);
	if (announced)
		send_exit(tgid);
}

static __always_inline bool is_child_of_target(void) {
	__u32 parent = BPF_CORE_READ(current_task(), group_leader, real_parent, tgid);

	return bpf_map_lookup_elem(&processes, &parent) != NULL;
}

/* What it is now decides, unless it belongs to a target for another reason. */
static __always_inline void match_again(void) {
	__u32 tgid = current_tgid(), target;
	struct wire_followed *entry = bpf_map_lookup_elem(&processes, &tgid);

	if (tgid == self_tgid || stopped || (entry && !entry->matched))
		return;
	target = match_target();
	if (target < WIRE_TARGETS_MAX) {
		if (!entry)
			process_follow(tgid, target, 0);
		entry = bpf_map_lookup_elem(&processes, &tgid);
		if (entry)
			entry->matched = 1;
	} else if (entry && !is_child_of_target()) {
		process_forget(tgid);
	}
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx) {
	struct linux_binprm *bprm = (struct linux_binprm *)ctx->args[2];
	struct wire_followed *entry;

	if (matches_len && turn_take()) {
		preempt_forbid();
		match_again();
		preempt_allow();
		turn_give();
	}
	entry = process_watched(current_tgid());
	if (!entry)
		return 0;
	entry->announced = ANNOUNCED_NOT;
	collector_begin(entry);
	if (is_unseen(bprm))
		send_compat(bprm);
	return 0;
}

TWICE(exit, "sched_process_exit") {
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct signal_struct *signal = KREAD(task, signal);

	if (!KREAD(signal, live.counter)) /* two last threads: one of them reports */
		process_forget(KREAD(task, tgid));
}

#define SELF_EXCLUDE 0xffffffffu

/* Run by user space on itself (BPF_PROG_TEST_RUN): names the calling process as this kernel numbers it, which in a pid
 * namespace it cannot know. args[0] is the target to join, or SELF_EXCLUDE. */
SEC("raw_tp/self")
int join_self(struct bpf_raw_tracepoint_args *ctx) {
	__u32 target = ctx->args[0];

	if (target == SELF_EXCLUDE)
		self_tgid = current_tgid();
	else
		process_follow(current_tgid(), target, 0);
	return 0;
}

/* Run by user space before all others: the helper that says it takes longer than all else that is done for what is no
 * log. */
SEC("raw_tp/self")
int find_regs(struct bpf_raw_tracepoint_args *ctx) {
	struct task_struct *task = current_task();

	if (!HAS_RDONLY_CAST)
		return 0;
	regs_in_stack = bpf_task_pt_regs(task);
	regs_in_stack = ADDRESS_IN(regs_in_stack) - (__u64)KREAD(task, stack);
	return 0;
}
