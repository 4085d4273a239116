/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* From a write to a sink and a process that user space knows of. */
#ifndef BPF_FIND_BPF_H
#define BPF_FIND_BPF_H

#include "bpf/path.bpf.h"
#include "bpf/sink.bpf.h"
#include "bpf/socket.bpf.h"

/*
 * Is it announced: the sink (file, and its descriptor or -1) or the process (together with a sink or, if file is NULL,
 * alone)? The announcer comes back by a tail call to the program in the slot `back`. We are behind this call only if it
 * could not be made, or if it was made and refused.
 */
static __always_inline bool announce(struct call *call, struct file *file, __s32 fd, __u32 back, __u32 *announced) {
	struct announcement *a;

	if (*announced == ANNOUNCED_YES)
		return true;
	a = announcement_current();
	if (*announced == ANNOUNCED_NOT && a) {
		a->sink_file = file;
		a->fd = fd;
		a->back = back;
		call_go(call, SLOT_ANNOUNCE);
	}
	*announced = ANNOUNCED_NOT;
	return false;
}

/* A pipe without a name that is nobody's standard output carries application data, unless a collector reads it. */
static __always_inline bool is_inner_pipe(const struct request *r, struct inode *inode) {
	struct super_block *sb = KREAD(inode, i_sb);
	struct wire_sink_key key = r->key;
	__u8 *birth;

	if (KREAD(sb, s_magic) != PIPEFS_MAGIC || stdio_flags(ADDRESS_IN(r->file)))
		return false;
	key.target &= ~WIRE_SECOND_HOP;
	birth = bpf_map_lookup_elem(&inner_pipes, &key);
	return !birth || *birth != WIRE_PIPE_COLLECTED;
}

/* Of the current request's file. 1: it may be a log. verifier: global and without arguments, as request_find_socket(),
 * so that it is looked at once and not for each kind of call. */
int __noinline request_find_file(void) {
	struct request *r = request_current();
	struct wire_sink_stats *stats;
	struct inode *inode;
	struct file *file;

	if (!r)
		return 0;
	stats = sink_of(r);
	if (stats ? stats->no_log : sink_is_no_log(r))
		return 0;
	if (!stats) {
		file = r->file;
		inode = KREAD(file, f_inode);
		if ((KREAD(inode, i_mode) & S_IFMT) == S_IFIFO && is_inner_pipe(r, inode))
			return 0;
		stats = sink_stats_of(&r->key, r->bytes);
		if (!stats)
			return 0;
	}
	r->place = stats->place;
	return 1;
}

/*
 * The sink of the current request, whose file is known. True: it may be a log, and has counters, though it may have to
 * be announced. What is most often no log is left here: a call takes as long as all this.
 */
static __always_inline bool request_find(struct request *r) {
	struct file *file = r->file;
	struct inode *inode;
	__u32 type;

	if (!file) { /* closed by another thread since */
		count_unplaced(r->target, r->bytes, 1);
		return false;
	}
	inode = KREAD(file, f_inode);
	type = KREAD(inode, i_mode) & S_IFMT;
	if (type != S_IFREG && type != S_IFIFO && type != S_IFCHR && type != S_IFSOCK)
		return false;
	r->data_flags = 0;
	sink_key_init(&r->key, inode, r->target);
	if (type == S_IFSOCK)
		return sk_may_log(socket_sk(file)) && request_find_socket();
	return !sink_was_no_log(r) && request_find_file();
}

#endif
