/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset): what is written to a log through
 * memory is no call. So the log is named when it is mapped: shared, from a descriptor that may write. What it is mapped
 * for at first does not matter, since mprotect() can change that.
 */
#include "bpf/hook.bpf.h"

#define MAP_TYPE 15
#define MAP_SHARED 1
#define MAP_SHARED_VALIDATE 3
#define MAP_ANONYMOUS 32

static __always_inline bool mapping_send(const struct call *call, const struct wire_sink_key *key) {
	struct wire_mapped *w = bpf_ringbuf_reserve(&ring, sizeof(*w), 0);

	if (!w)
		return false;
	w->kind = WIRE_MAPPED;
	w->tgid = current_tgid();
	w->sink = *key;
	/* In pages where a 32-bit program asks. */
	w->offset = call->args[5] << (call->compat ? 12 : 0);
	w->len = call->args[1];
	w->fd = call->args[4];
	w->reserved = 0;
	bpf_ringbuf_submit(w, ring_submit_flags(sizeof(*w)));
	return true;
}

/* The process is announced for its name alone: no data will come from here. */
static __always_inline void mapping_name(struct call *call, struct wire_followed *process, struct file *file,
                                         const struct wire_sink_key *key) {
	struct wire_sink_stats *stats;
	__s32 fd = call->args[4];
	__u64 len = call->args[1];

	if (is_not_log(key))
		return;
	stats = sink_stats_of(key, len);
	if (!stats)
		return;
	if (announce(call, file, fd, NR_mmap, &stats->announced) &&
	    announce(call, file, fd, NR_mmap, &process->announced) && follow_mapped && mapping_send(call, key))
		return;
	count_blind(stats, WIRE_BLIND_MAPPING, len);
}

HOOK(mmap, "mmap", NR(mmap)) {
	__u32 flags, type;
	struct wire_sink_key key;
	struct inode *inode;
	struct file *file;

	call_load_rest(call);
	flags = call->args[3];
	type = flags & MAP_TYPE;
	if (flags & MAP_ANONYMOUS || (type != MAP_SHARED && type != MAP_SHARED_VALIDATE))
		return;
	file = file_of(call->args[4]);
	if (!file || !(KREAD(file, f_mode) & FMODE_WRITE))
		return;
	inode = KREAD(file, f_inode);
	if ((KREAD(inode, i_mode) & S_IFMT) != S_IFREG)
		return;
	sink_key_init(&key, inode, process->target);
	mapping_name(call, process, file, &key);
}
