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

static __always_inline bool mapping_send(struct call *call, const struct sink_ref *ref) {
	struct wire_mapped *w = bpf_ringbuf_reserve(&ring, sizeof(*w), 0);

	if (!w)
		return false;
	w->kind = WIRE_MAPPED;
	w->tgid = current_tgid();
	w->sink = ref->key;
	/* In pages where a 32-bit program asks. */
	w->offset = CALL_ARG(call, 5) << (call->compat ? 12 : 0);
	w->len = ref->bytes;
	w->fd = ref->fd;
	w->reserved = 0;
	bpf_ringbuf_submit(w, ring_submit_flags(sizeof(*w)));
	return true;
}

/* The process is announced for its name alone: no data will come from here. */
static __always_inline void mapping_name(struct call *call, struct wire_followed *process, struct sink_ref *ref) {
	if (is_not_log(&ref->key))
		return;
	ref->stats = sink_stats_of(ref);
	if (!ref->stats)
		return;
	if (announce(call, ref, &ref->stats->announced) && announce(call, ref, &process->announced) && follow_mapped &&
	    mapping_send(call, ref))
		return;
	count_blind(ref->stats, WIRE_BLIND_MAPPING, ref->bytes);
}

HOOK(mmap, "mmap", NR(mmap)) {
	struct sink_ref ref = {.fd = CALL_ARG(call, 4), .bytes = CALL_ARG(call, 1)};
	__u32 flags = CALL_ARG(call, 3), type = flags & MAP_TYPE;
	struct inode *inode;

	if (flags & MAP_ANONYMOUS || (type != MAP_SHARED && type != MAP_SHARED_VALIDATE))
		return 0;
	ref.file = file_of(ref.fd);
	if (!ref.file || !(KREAD(ref.file, f_mode) & FMODE_WRITE))
		return 0;
	inode = KREAD(ref.file, f_inode);
	if ((KREAD(inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	sink_key_init(&ref.key, inode, process->target);
	mapping_name(call, process, &ref);
	return 0;
}

HOOK_COMPAT(mmap, NR32(mmap))
