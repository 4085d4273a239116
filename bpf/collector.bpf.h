/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Collectors: programs such as tee, logger and rsyslogd, known by name, that write on what others have written. One
 * whose input is seen is a second hop: its writes would be counted twice. One whose input is not seen is a program
 * like any other.
 */
#ifndef BPF_COLLECTOR_BPF_H
#define BPF_COLLECTOR_BPF_H

#include "bpf/sink.bpf.h"

/* The key of the pipe that is the current process's standard input, as its writers are counted. */
static __always_inline bool stdin_pipe(struct wire_sink_key *key, __u32 target) {
	struct file *file = file_of(0);
	struct inode *inode = file ? KREAD(file, f_inode) : NULL;

	if (!inode || (KREAD(inode, i_mode) & S_IFMT) != S_IFIFO)
		return false;
	sink_key_init(key, inode, target);
	return true;
}

/* At exec, and at the first write of a process that was there before: what does it collect? A pipe of the target's own
 * that it reads is a log from here on; what is in it already has come up, and user space has held it. */
static __always_inline void collector_look(struct wire_followed *process) {
	struct task_struct *task = current_task(), *leader = BPF_CORE_READ(task, group_leader);
	struct wire_sink_key key;
	struct comm comm = {};
	__u32 *collects;
	__u8 collected = WIRE_PIPE_COLLECTED;

	bpf_core_read_str(comm.name, sizeof(comm.name), &leader->comm); /* up to 5.16 followed by an older name's rest */
	collects = bpf_map_lookup_elem(&collectors, &comm);
	process->target &= ~WIRE_SECOND_HOP;
	process->collects = collects ? *collects : 0;
	if (process->collects & WIRE_COLLECTS_FILES)
		process->target |= WIRE_SECOND_HOP;
	if (!(process->collects & WIRE_COLLECTS_STDIN) || !stdin_pipe(&key, process->target) ||
	    !bpf_map_lookup_elem(&inner_pipes, &key))
		return;
	bpf_map_update_elem(&inner_pipes, &key, &collected, BPF_ANY);
	bpf_map_delete_elem(&not_logs, &key);
	process->target |= WIRE_SECOND_HOP;
}

/* What cpus remember of it was so before. */
static __always_inline void collector_begin(struct wire_followed *process) {
	collector_look(process);
	__sync_fetch_and_add(&recalls, 1);
}

/* Has a collector's input been seen by now? */
static __always_inline void collector_check(struct wire_followed *process) {
	struct wire_sink_key key;
	__u32 target = process->target;

	if (!process->collects || target >= WIRE_TARGETS_MAX)
		return;
	if (process->collects & target_stats[target].collected ||
	    (process->collects & WIRE_COLLECTS_STDIN && stdin_pipe(&key, target) && sink_known(&key)))
		process->target |= WIRE_SECOND_HOP;
}

#endif
