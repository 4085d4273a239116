/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* int sendmmsg(int fd, struct mmsghdr *msgs, unsigned int len, int flags): its result is a number of messages. */
#include "bpf/iovec.bpf.h"

#define MESSAGES_MAX 1024 /* UIO_MAXIOV */
#define MESSAGE_BATCH 32

/* The messages of the current sendmmsg(). In a map for the reason given at struct emit. */
struct messages {
	__u64 next;
	__u32 left;
	__u32 fd;
	__u32 target;
	bool compat;
	bool refused; /* the process could not be announced */
	/* The one that is going up. Not on the stack, of which kernels up to 6.1 give all functions together 512 bytes. */
	struct user_msghdr msg;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct messages);
} current_messages SEC(".maps");

/* Reads the next message and how much of it was sent. */
static __always_inline bool messages_read(struct messages *m, __u64 *len) {
	__u64 len_at =
	    m->compat ? __builtin_offsetof(struct compat_mmsghdr, msg_len) : __builtin_offsetof(struct mmsghdr, msg_len);
	__u32 sent;

	if (!message_read(&m->msg, m->next, m->compat) ||
	    bpf_probe_read_user(&sent, sizeof(sent), (const void *)(m->next + len_at)))
		return false;
	*len = sent;
	m->next += m->compat ? sizeof(struct compat_mmsghdr) : sizeof(struct mmsghdr);
	m->left--;
	return true;
}

/* Sends one message. verifier: global, see emit_piece(). */
int __noinline emit_message(void) {
	__u32 zero = 0;
	struct messages *m = bpf_map_lookup_elem(&current_messages, &zero);
	struct sink_ref ref = {};
	struct file *file;

	if (!m || !m->left)
		return 1;
	file = file_of(m->fd);
	/* Closed by another thread since, or unmapped: how long they were is lost too. */
	if (!file || !messages_read(m, &ref.bytes)) {
		count_unplaced(m->target, 0, m->left);
		return 1;
	}
	ref.fd = m->fd;
	ref.name = m->msg.msg_name;
	ref.name_len = m->msg.msg_namelen;
	sink_key_init(&ref.key, KREAD(file, f_inode), m->target);
	if (!ref.bytes || !socket_find(&ref, file, KREAD(file, f_inode)) || is_rewritten(&ref))
		return 0;
	if (m->refused)
		count_lost_write(ref.stats, WIRE_LOSS_RING_FULL, ref.bytes);
	else
		emit_iovecs(&ref, m->msg.msg_iov, m->msg.msg_iovlen, m->compat ? IOVECS_COMPAT : IOVECS_NATIVE);
	return 0;
}

/* 0 when there may be more. verifier: see emit_iovec_batch(). */
int __noinline emit_message_batch(void) {
#pragma clang loop unroll(disable)
	for (int i = 0; i < MESSAGE_BATCH; i++)
		if (emit_message())
			return 1;
	return 0;
}

HOOK(messages, "sendmmsg", NR(sendmmsg)) {
	struct file *file = file_of(CALL_ARG(call, 0));
	__u32 zero = 0;
	struct messages *m = bpf_map_lookup_elem(&current_messages, &zero);

	if (!file)
		count_unplaced(process->target, 0, call->ret);
	if (!m || !file || !sk_may_log(socket_sk(file)))
		return 0;
	collector_check(process);
	/* Before it is known whether any message is a log: the announcer cannot be called from emit_message(). */
	m->refused = !announce(call, NULL, &process->announced);
	m->next = CALL_ARG(call, 1);
	m->left = call->ret;
	m->fd = CALL_ARG(call, 0);
	m->target = process->target;
	m->compat = call->compat;
#pragma clang loop unroll(disable)
	for (int i = 0; i < MESSAGES_MAX / MESSAGE_BATCH; i++)
		if (emit_message_batch())
			break;
	return 0;
}

HOOK_COMPAT(messages, NR32(sendmmsg))
