/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* int sendmmsg(int fd, struct mmsghdr *msgs, unsigned int len, int flags): its result is a number of messages. */
#ifndef BPF_MESSAGES_BPF_H
#define BPF_MESSAGES_BPF_H

#include "bpf/hook.bpf.h"
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
	/* The one that is going up. Not on the stack: see struct request. */
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
	struct request *r = request_current();
	struct wire_sink_stats *stats;
	__u32 place;

	if (!m || !m->left || !r)
		return 1;
	request_init(r);
	r->fd = m->fd;
	r->file = file_of(m->fd);
	r->compat = m->compat;
	r->target = m->target;
	/* Closed by another thread since, or unmapped: how long they were is lost too. */
	if (!r->file || !messages_read(m, &r->bytes)) {
		count_unplaced(m->target, 0, m->left);
		return 1;
	}
	r->name = m->msg.msg_name;
	r->name_len = m->msg.msg_namelen;
	r->kind = REQUEST_IOVECS;
	r->from = (__u64)m->msg.msg_iov;
	r->from_len = m->msg.msg_iovlen;
	if (!r->bytes || !request_find(r))
		return 0;
	place = r->place;
	stats = bpf_map_lookup_elem(&sink_stats, &place);
	if (!stats || is_rewritten(r, stats))
		return 0;
	if (m->refused)
		count_lost_write(stats, WIRE_LOSS_RING_FULL, r->bytes);
	else
		request_emit_bytes(r, stats);
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

int __noinline emit_message_all(void) {
#pragma clang loop unroll(disable)
	for (int i = 0; i < MESSAGES_MAX / MESSAGE_BATCH; i++)
		if (emit_message_batch())
			break;
	return 0;
}

/* Sockets alone take messages, and most of them are no log. */
static __always_inline bool messages_may_log(const struct request *r) {
	struct file *file = file_of(r->fd);

	if (!file)
		count_unplaced(r->target, 0, r->from_len);
	return file && sk_may_log(socket_sk(file));
}

static __always_inline void messages_begin(struct messages *m, const struct request *r, bool refused) {
	m->next = r->from;
	m->left = r->from_len;
	m->fd = r->fd;
	m->target = r->target;
	m->compat = r->compat;
	m->refused = refused;
}

#endif
