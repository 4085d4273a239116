/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Writes whose bytes lie in many buffers. Each buffer that is not empty goes up as a piece of its own, or several. */
#ifndef BPF_IOVEC_BPF_H
#define BPF_IOVEC_BPF_H

#include "bpf/emit.bpf.h"

#define IOVECS_MAX 1024 /* UIO_MAXIOV: the kernel takes no more */
#define IOVEC_BATCH 8   /* read at once: a read costs as much for one as for eight */

enum iovecs_kind {
	IOVECS_NATIVE,
	IOVECS_COMPAT,    /* of a 32-bit program */
	IOVECS_IN_KERNEL, /* in memory of ours */
};

/* The iovecs of the current write. In a map for the reason given at struct emit. */
struct iovecs {
	__u64 next;
	__u64 len;  /* iovecs not yet read */
	__u64 left; /* bytes of the write not yet found */
	enum iovecs_kind kind;
	union {
		struct iovec batch[IOVEC_BATCH];
		struct compat_iovec compat_batch[IOVEC_BATCH];
	};
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct iovecs);
} current_iovecs SEC(".maps");

static __always_inline struct iovecs *iovecs_current(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&current_iovecs, &zero);
}

/* Fills the batch; false when there are no more or they cannot be read. */
static __always_inline bool iovecs_read(struct iovecs *v) {
	__u64 n = v->len, size = v->kind == IOVECS_COMPAT ? sizeof(struct compat_iovec) : sizeof(struct iovec);
	const void *next = (const void *)v->next;

	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(n) : "i"(IOVEC_BATCH));
	if (!n)
		return false;
	if (v->kind == IOVECS_IN_KERNEL ? bpf_probe_read_kernel(v->batch, n * sizeof(struct iovec), next)
	                                : bpf_probe_read_user(v->batch, n * size, next))
		return false;
	v->next += n * size;
	v->len -= n;
	return true;
}

static __always_inline struct iovec iovecs_at(const struct iovecs *v, __u32 i) {
	struct iovec one = v->batch[i];

	if (v->kind == IOVECS_COMPAT) {
		one.iov_base = (void *)(__u64)v->compat_batch[i].iov_base;
		one.iov_len = v->compat_batch[i].iov_len;
	}
	return one;
}

/* A message as a 64-bit program has it, whoever sent it. */
static __always_inline bool message_read(struct user_msghdr *msg, __u64 from, bool compat) {
	struct compat_msghdr compat_msg;

	if (!compat)
		return !bpf_probe_read_user(msg, sizeof(*msg), (const void *)from);
	if (bpf_probe_read_user(&compat_msg, sizeof(compat_msg), (const void *)from))
		return false;
	msg->msg_name = (void *)(__u64)compat_msg.msg_name;
	msg->msg_namelen = compat_msg.msg_namelen;
	msg->msg_iov = (struct iovec *)(__u64)compat_msg.msg_iov;
	msg->msg_iovlen = compat_msg.msg_iovlen;
	msg->msg_control = (void *)(__u64)compat_msg.msg_control;
	msg->msg_controllen = compat_msg.msg_controllen;
	return true;
}

/* Sends the i-th iovec. 0 when there may be more to send. verifier: global, see emit_piece(). */
int __noinline emit_iovec(__u32 i) {
	struct iovecs *v = iovecs_current();
	struct emit *e = emit_current();
	struct iovec one;

	if (!v || !e)
		return 1;
	i &= IOVEC_BATCH - 1;
	if (!i && !iovecs_read(v))
		return 1;
	one = iovecs_at(v, i);
	if (one.iov_len > v->left)
		one.iov_len = v->left;
	emit_buffer(e, (__u64)one.iov_base, one.iov_len);
	v->left -= one.iov_len;
	return !v->left;
}

/* Sends a batch of iovecs. 0 when there may be more. verifier: global; a loop in a loop is looked at 8 + 128 times, one
 * of a thousand turns a thousand times, and the less a loop's function holds the cheaper is each. */
int __noinline emit_iovec_batch(void) {
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < IOVEC_BATCH; i++)
		if (emit_iovec(i))
			return 1;
	return 0;
}

int __noinline emit_iovec_all(void) {
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < IOVECS_MAX / IOVEC_BATCH; i++)
		if (emit_iovec_batch())
			break;
	return 0;
}

/* The first one, which is read again later. */
static __always_inline struct iovec iovecs_peek(struct iovecs *v) {
	__u64 next = v->next, len = v->len;
	struct iovec first = {};

	if (iovecs_read(v))
		first = iovecs_at(v, 0);
	v->next = next;
	v->len = len;
	if (first.iov_len > v->left)
		first.iov_len = v->left;
	return first;
}

static __always_inline void iovecs_begin(struct iovecs *v, const struct request *r) {
	v->next = r->from;
	v->len = r->from_len;
	v->kind = r->in_kernel ? IOVECS_IN_KERNEL : r->compat ? IOVECS_COMPAT : IOVECS_NATIVE;
	v->left = r->bytes;
}

/* The bytes of a request, which go up. */
static __always_inline void request_emit_bytes(const struct request *r, struct wire_sink_stats *stats) {
	bool one = r->kind == REQUEST_BUFFER;
	struct iovec first = {.iov_base = (void *)r->from, .iov_len = r->bytes};
	struct iovecs *v;
	struct emit *e;

	if (!one) {
		v = iovecs_current();
		if (!v)
			return;
		iovecs_begin(v, r);
		if (shedding)
			first = iovecs_peek(v);
	}
	e = emit_begin(r, stats, (__u64)first.iov_base, first.iov_len);
	if (!e)
		return;
	if (one)
		emit_buffer(e, r->from, r->bytes);
	else
		emit_iovec_all();
	emit_end(e, stats);
}

/* A request whose sink and process are known. */
static __always_inline void request_emit(const struct request *r, struct wire_sink_stats *stats) {
	if (r->zero_copy || r->unreadable || r->memfd)
		count_lost_write(stats, WIRE_LOSS_UNSUPPORTED, r->bytes);
	else
		request_emit_bytes(r, stats);
	if (r->zero_copy)
		count_blind(stats, WIRE_BLIND_ZERO_COPY, r->bytes);
	if (r->memfd)
		count_blind(stats, WIRE_BLIND_MEMFD, r->bytes);
	if (r->assumed)
		count_blind(stats, WIRE_BLIND_ASSUMED, r->bytes);
}

#endif
