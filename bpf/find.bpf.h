/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* From a system call to a sink and a process that user space knows of. */
#ifndef BPF_FIND_BPF_H
#define BPF_FIND_BPF_H

#include "bpf/path.bpf.h"
#include "bpf/sink.bpf.h"
#include "bpf/socket.bpf.h"

static __always_inline void announcer_call(struct call *call, const struct sink_ref *ref) {
	struct announcement *a = announcement_current();

	if (!a)
		return;
	a->sink_file = ref ? ref->file : NULL;
	a->fd = ref ? ref->fd : -1;
	a->back = CALL_NR(call);
	call_go(call, SLOT_ANNOUNCE);
}

/* Is it announced: the sink (ref) or the process (together with a sink or, if ref is NULL, alone)? The announcer comes
 * back by a tail call to the program that called it. We are behind this call only if it could not be made, or if it was
 * made and refused. */
static __always_inline bool announce(struct call *call, const struct sink_ref *ref, __u32 *announced) {
	if (*announced == ANNOUNCED_YES)
		return true;
	if (*announced == ANNOUNCED_NOT)
		announcer_call(call, ref);
	*announced = ANNOUNCED_NOT;
	return false;
}

/* A pipe without a name that is nobody's standard output carries application data. */
static __always_inline bool is_inner_pipe(struct inode *inode) {
	struct super_block *sb = KREAD(inode, i_sb);

	return KREAD(sb, s_magic) == PIPEFS_MAGIC && !stdio_flags(inode);
}

static __always_inline bool file_find(struct call *call, struct sink_ref *ref, struct inode *inode, bool fifo) {
	if (sink_is_no_log(ref))
		return false;
	if (!ref->stats) {
		if (fifo && is_inner_pipe(inode))
			return false;
		ref->stats = sink_stats_of(ref);
		if (!ref->stats)
			return false;
	}
	if (announce(call, ref, &ref->stats->announced))
		return true;
	count_lost_write(ref->stats, WIRE_LOSS_RING_FULL, ref->bytes);
	return false;
}

/* Can the bytes go up? Then ref is complete. */
static __always_inline bool sink_find(struct call *call, struct sink_ref *ref, __u32 target) {
	struct file *file;
	struct inode *inode;
	__u32 type;

	if (!ref->file)
		ref->file = file_of(ref->fd);
	file = ref->file;
	if (!file) { /* closed by another thread since */
		count_unplaced(target, ref->bytes, 1);
		return false;
	}
	inode = KREAD(file, f_inode);
	type = KREAD(inode, i_mode) & S_IFMT;
	ref->data_flags = 0;
	if (type == S_IFSOCK) {
		sink_key_init(&ref->key, inode, target);
		return socket_find(ref, file, inode);
	}
	if (type != S_IFREG && type != S_IFIFO && type != S_IFCHR)
		return false;
	sink_key_init(&ref->key, inode, target);
	return file_find(call, ref, inode, type == S_IFIFO);
}

#endif
