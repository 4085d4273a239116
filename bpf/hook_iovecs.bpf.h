/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Of many buffers:
 * ssize_t writev(int fd, const struct iovec *iov, int len), and pwritev(), pwritev2() with more behind;
 * ssize_t vmsplice(int fd, const struct iovec *iov, size_t len, unsigned int flags), which lends the pages to a pipe,
 * or from the other end of a pipe only reads; ssize_t sendmsg(int fd, const struct msghdr *msg, int flags).
 *
 * Of none, from file to file inside the kernel: there is nothing to read, but the bytes count, and the sink is named:
 * ssize_t sendfile(int to, int from, off_t *offset, size_t len);
 * ssize_t tee(int from, int to, size_t len, unsigned int flags);
 * ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t len, unsigned int flags), and
 * copy_file_range(), which has the same arguments.
 *
 * And what other programs found: request.bpf.h.
 */
#include "bpf/iovec.bpf.h"
#include "bpf/request.bpf.h"

#define IOVEC_CALLS "writev,pwritev,pwritev2,vmsplice,sendmsg,"
#define IOVEC_NUMBERS NR(writev) "," NR(pwritev) "," NR(pwritev2) "," NR(vmsplice) "," NR(sendmsg) ","
#define COPY_CALLS "sendfile64,tee,splice,copy_file_range"
#define COPY_NUMBERS NR(sendfile) "," NR(tee) "," NR(splice) "," NR(copy_file_range) ","

static __always_inline bool is_writing_end(struct file *file) {
	return file && KREAD(file, f_mode) & FMODE_WRITE;
}

/*
 * To journald goes an entry too large for a datagram as an empty one that hands over a memory file, which the sender
 * has still open here. Its bytes came by calls of their own, before anybody knew what it would be for.
 * verifier: global, so that its ways out do not multiply those of the rest.
 */
int __noinline request_use_memfd(void) {
	struct request *r = request_current();
	struct cmsghdr head;
	struct compat_cmsghdr compat_head;
	__s32 fd;
	__u64 at;
	struct file *file;
	struct inode *inode;
	bool bad;

	if (!r)
		return 0;
	at = r->control;
	if (r->compat) {
		bad = bpf_probe_read_user(&compat_head, sizeof(compat_head), (const void *)at);
		head.cmsg_level = compat_head.cmsg_level;
		head.cmsg_type = compat_head.cmsg_type;
		at += sizeof(compat_head);
	} else {
		bad = bpf_probe_read_user(&head, sizeof(head), (const void *)at);
		at += sizeof(head);
	}
	if (bad || head.cmsg_level != SOL_SOCKET || head.cmsg_type != SCM_RIGHTS ||
	    bpf_probe_read_user(&fd, sizeof(fd), (const void *)at))
		return 0;
	file = file_of(fd);
	if (!file)
		return 0;
	inode = KREAD(file, f_inode);
	if ((KREAD(inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	r->bytes = KREAD(inode, i_size);
	r->memfd = true;
	return 0;
}

static __always_inline void request_use_message(struct request *r) {
	struct user_msghdr msg;

	if (!message_read(&msg, (__u64)r->iovecs, r->compat))
		__builtin_memset(&msg, 0, sizeof(msg)); /* it counts all the same */
	r->name = msg.msg_name;
	r->name_len = msg.msg_namelen;
	r->iovecs = msg.msg_iov;
	r->iovecs_len = msg.msg_iovlen;
	r->control = (__u64)msg.msg_control;
	if (!r->bytes && msg.msg_controllen)
		request_use_memfd();
}

static __always_inline bool is_sendfile(const struct call *call) {
	return CALL_IS(call, sendfile) || (call->compat && CALL_NR(call) == NR32_sendfile64);
}

/* False: it is no write. */
static __always_inline bool request_take_call(struct request *r, struct call *call) {
	request_init(r);
	r->compat = call->compat;
	r->back = CALL_NR(call);
	r->bytes = call->ret;
	r->fd = CALL_ARG(call, 0);
	r->iovecs = (const struct iovec *)CALL_ARG(call, 1);
	r->iovecs_len = CALL_ARG(call, 2);
	if (CALL_IS(call, sendmsg))
		request_use_message(r);
	else if (CALL_IS(call, vmsplice))
		return is_writing_end(file_of(r->fd));
	else if (is_sendfile(call) || CALL_IS(call, tee) || CALL_IS(call, splice) || CALL_IS(call, copy_file_range))
		r->zero_copy = true;
	if (CALL_IS(call, tee))
		r->fd = CALL_ARG(call, 1);
	else if (CALL_IS(call, splice) || CALL_IS(call, copy_file_range))
		r->fd = CALL_ARG(call, 2);
	return true;
}

static __always_inline void request_emit(const struct request *r, const struct sink_ref *ref) {
	if (r->zero_copy || r->unreadable || r->memfd)
		count_lost_write(ref->stats, WIRE_LOSS_UNSUPPORTED, ref->bytes);
	else
		emit_iovecs(ref, r->iovecs, r->iovecs_len,
		            r->in_kernel ? IOVECS_IN_KERNEL
		            : r->compat  ? IOVECS_COMPAT
		                         : IOVECS_NATIVE);
	if (r->zero_copy)
		count_blind(ref->stats, WIRE_BLIND_ZERO_COPY, ref->bytes);
	if (r->memfd)
		count_blind(ref->stats, WIRE_BLIND_MEMFD, ref->bytes);
	if (r->assumed)
		count_blind(ref->stats, WIRE_BLIND_ASSUMED, ref->bytes);
}

PROGRAM_PAIR(iovecs, "sys_exit/" IOVEC_CALLS COPY_CALLS, IOVEC_NUMBERS COPY_NUMBERS STR(SLOT_REQUEST)) {
	struct wire_followed *process = process_watched();
	struct request *r = request_current();
	struct sink_ref ref = {};

	if (!process || !r)
		return 0;
	if (!r->pending) {
		if (call->ret < 0)
			return 0;
		call_load(call);
		if (!request_take_call(r, call))
			return 0;
	}
	call->nr = r->back;
	ref.fd = r->fd;
	ref.file = r->file;
	ref.bytes = r->bytes;
	ref.name = r->name;
	ref.name_len = r->name_len;
	ref.name_in_kernel = r->in_kernel;
	if (hook_find(call, process, &ref))
		request_emit(r, &ref);
	r->pending = false;
	if (!r->next)
		return 0;
	r->resumed = true;
	call_go(call, r->next);
	r->resumed = false;
	return 0;
}

#define COMPAT_IOVEC_NUMBERS NR32(writev) "," NR32(pwritev) "," NR32(pwritev2) "," NR32(vmsplice) "," NR32(sendmsg) ","
#define COMPAT_COPY_NUMBERS NR32(sendfile) "," NR32(sendfile64) "," NR32(tee) "," NR32(splice) "," NR32(copy_file_range)

HOOK_COMPAT(iovecs, COMPAT_IOVEC_NUMBERS COMPAT_COPY_NUMBERS)
