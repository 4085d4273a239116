/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Announcers: what user space must know before the data. Programs of their own, reached by a tail call from a hook at
 * the first sight of a file or a process and going back to it, so that no hook carries the walk up a path (which is
 * most of what the verifier would have to look at, once for each hook).
 */
#include "bpf/hook.bpf.h"
#include "bpf/path.bpf.h"

static __always_inline struct announcement *announcement_new(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&announcements, &zero);
}

static __always_inline __u32 announcement_send(const struct announcement *a, __u64 head_len, __u64 path_len) {
	__u64 len = head_len + path_len;

	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(sizeof(*a)));
	return bpf_ringbuf_output(&ring, (void *)a, len, ring_output_flags(len)) ? ANNOUNCED_REFUSED : ANNOUNCED_YES;
}

static __always_inline int announce_sink(struct wire_sink_stats *stats, const struct wire_sink_key *key,
                                         struct file *file, struct inode *inode, __u32 fd) {
	struct announcement *a = announcement_new();
	struct wire_sink *w;

	if (!a)
		return 0;
	w = &a->sink;
	__builtin_memset(w, 0, sizeof(*w) - WIRE_PATH_MAX);
	w->kind = WIRE_SINK;
	w->sink = *key;
	w->mode = KREAD(inode, i_mode);
	w->rdev = KREAD(inode, i_rdev);
	w->tgid = current_tgid();
	w->fd = fd;
	w->flags = stdio_flags(inode) | (KREAD(inode, i_nlink) ? 0 : WIRE_SINK_F_DELETED);
	w->flags |= path_walk(file, w->path, &w->path_len);
	stats->announced = announcement_send(a, sizeof(*w) - WIRE_PATH_MAX, w->path_len);
	return 0;
}

static __always_inline void announce_process(struct process_entry *entry) {
	struct announcement *a = announcement_new();
	struct task_struct *task = current_task(), *leader = BPF_CORE_READ(task, group_leader);
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct wire_process *w;

	if (!a)
		return;
	w = &a->process;
	__builtin_memset(w, 0, sizeof(*w) - WIRE_PATH_MAX);
	w->kind = WIRE_PROCESS;
	w->tgid = current_tgid();
	w->parent_tgid = BPF_CORE_READ(leader, real_parent, tgid);
	w->uid = bpf_get_current_uid_gid();
	w->cgroup_id = bpf_get_current_cgroup_id();
	w->start_ns = BPF_CORE_READ(leader, start_boottime);
	bpf_core_read(w->comm, sizeof(w->comm), &leader->comm);
	w->target = entry->target;
	if (exe)
		path_walk(exe, w->path, &w->path_len);
	entry->announced = announcement_send(a, sizeof(*w) - WIRE_PATH_MAX, w->path_len);
}

PROGRAM_PAIR(announce_sink, "announce/sink", SLOT_ANNOUNCE_SINK) {
	struct process_entry *process = process_watched();
	__u32 fd = CALL_ARG(call, 0);
	struct file *file = file_of(fd);
	struct wire_sink_stats *stats;
	struct wire_sink_key key;
	struct inode *inode;

	if (!process || !file)
		return 0;
	inode = KREAD(file, f_inode);
	sink_key_init(&key, inode, process->target);
	stats = bpf_map_lookup_elem(&sinks, &key);
	if (stats)
		announce_sink(stats, &key, file, inode, fd);
	bpf_tail_call(call->ctx, &hooks, CALL_NR(call));
	return 0;
}

PROGRAM_PAIR(announce_process, "announce/process", SLOT_ANNOUNCE_PROCESS) {
	struct process_entry *process = process_watched();

	if (!process)
		return 0;
	announce_process(process);
	bpf_tail_call(call->ctx, &hooks, CALL_NR(call));
	return 0;
}
