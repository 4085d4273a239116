/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The announcer: what user space must know before the data. A program of its own, reached by a tail call from a hook at
 * the first sight of a file or a process and going back to it, so that no hook carries the walk up a path (which is
 * most of what the verifier would have to look at, once for each hook).
 */
#include "bpf/cgroup.bpf.h"
#include "bpf/hook.bpf.h"
#include "bpf/path.bpf.h"

#define ANNOUNCEMENT_HEAD (sizeof(struct wire_sink) - WIRE_PATH_MAX)

static __always_inline __u32 announcement_send(const struct announcement *a) {
	__u64 len = ANNOUNCEMENT_HEAD + a->sink.path_len;

	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(sizeof(a->sink)));
	return bpf_ringbuf_output(&ring, (void *)a, len, ring_output_flags(len)) ? ANNOUNCED_REFUSED : ANNOUNCED_YES;
}

static __always_inline void announce_sink(struct announcement *a, __u32 target) {
	struct file *file = a->sink_file;
	struct inode *inode = file ? KREAD(file, f_inode) : NULL;
	struct wire_sink_stats *stats;
	struct wire_sink *w = &a->sink;

	if (!inode)
		return;
	__builtin_memset(w, 0, ANNOUNCEMENT_HEAD);
	sink_key_init(&w->sink, inode, target);
	stats = sink_known(&w->sink);
	if (!stats || stats->announced)
		return;
	w->kind = WIRE_SINK;
	w->mode = KREAD(inode, i_mode);
	w->rdev = KREAD(inode, i_rdev);
	w->tgid = current_tgid();
	w->fd = a->fd;
	w->place = stats->place;
	w->flags = stdio_flags(ADDRESS_IN(a->sink_file)) | (KREAD(inode, i_nlink) ? 0 : WIRE_SINK_F_DELETED) |
	           (KREAD(file, f_flags) & O_APPEND ? WIRE_SINK_F_APPEND : 0);
	a->file = file;
	w->flags |= path_walk();
	stats->announced = announcement_send(a);
}

static __always_inline void announce_arguments(struct wire_process *w, struct task_struct *task) {
	__u64 from = BPF_CORE_READ(task, mm, arg_start), len = BPF_CORE_READ(task, mm, arg_end) - from;
	__u32 at = w->path_len;

	if (!len || at > WIRE_PATH_MAX - WIRE_ARGUMENTS_MAX)
		return;
	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(WIRE_ARGUMENTS_MAX));
	if (bpf_probe_read_user(w->path + at, len, (const void *)from)) /* paged out */
		return;
	w->arguments_len = len;
	w->path_len = at + len;
}

static __always_inline void announce_process(struct announcement *a, struct wire_followed *entry) {
	struct task_struct *task = current_task(), *leader = BPF_CORE_READ(task, group_leader);
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct wire_process *w = &a->process;

	__builtin_memset(w, 0, ANNOUNCEMENT_HEAD);
	w->kind = WIRE_PROCESS;
	w->tgid = current_tgid();
	w->parent_tgid = BPF_CORE_READ(leader, real_parent, tgid);
	w->uid = bpf_get_current_uid_gid();
	w->cgroup_id = bpf_get_current_cgroup_id();
	w->start_ns = BPF_CORE_READ(leader, start_boottime);
	bpf_core_read(w->comm, sizeof(w->comm), &leader->comm);
	w->target = entry->target & ~WIRE_SECOND_HOP;
	a->file = exe;
	if (exe)
		w->flags = path_walk();
	w->executable_len = w->path_len;
	a->node = cgroup_node(task);
	cgroup_walk();
	w->cgroup_len = w->path_len - w->executable_len;
	a->node = cgroup_node_v1(task);
	if (a->node)
		cgroup_walk();
	announce_arguments(w, task);
	entry->announced = announcement_send(a);
}

PROGRAM_PAIR(announce, "announce", STR(SLOT_ANNOUNCE)) {
	struct wire_followed *process = process_watched(call->id >> 32);
	struct announcement *a = announcement_current();

	if (!process || !a)
		return;
	preempt_forbid();
	announce_sink(a, process->target);
	if (!process->announced) {
		if (!process->collects)
			collector_begin(process);
		announce_process(a, process);
	}
	call_go(call, a->back);
	preempt_allow();
}
