/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Copies what was written into the ring, in pieces, and counts it: seen = sent + lost, always. */
#ifndef BPF_EMIT_BPF_H
#define BPF_EMIT_BPF_H

#include "bpf/find.bpf.h"
#include "bpf/shed.bpf.h"
#include "bpf/stack.bpf.h"

/* The write that is going up. In a map for the reason given at struct request. */
struct emit {
	__u64 from; /* what has not yet been sent */
	__u64 left;
	__u64 bytes; /* of the whole write */
	__u64 sent;
	__u64 lost_ring;
	__u64 lost_fault;
	struct wire_data head; /* of the next piece */
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct emit);
} emits SEC(".maps");

static __always_inline struct emit *emit_current(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&emits, &zero);
}

/* from: where the write's first len bytes lie, or more than these. NULL: it does not go up. */
static __always_inline struct emit *emit_begin(const struct request *r, struct wire_sink_stats *stats, __u64 from,
                                               __u64 len) {
	__u64 now_ns = 0;
	bool cut = r->bytes > WIRE_WRITE_MAX;
	struct emit *e = emit_current();

	if (!e)
		return NULL;
	e->bytes = r->bytes;
	e->sent = e->lost_ring = e->lost_fault = 0;
	e->head.kind = WIRE_DATA;
	e->head.flags = r->data_flags | (cut ? WIRE_F_TRUNCATED : 0);
	if (shedding && shed_write(stats, r->bytes, from, len, &now_ns))
		return NULL;
	e->head.time_ns = now_ns ? now_ns : bpf_ktime_get_ns();
	e->head.sink = r->key;
	e->head.gaps = stats->gaps;
	e->head.tgid = r->id >> 32;
	e->head.tid = r->id;
	e->head.write_len = cut ? WIRE_WRITE_MAX : r->bytes;
	e->head.offset = 0;
	e->head.reserved = 0;
	stack_if_wanted(stats, e->head.time_ns);
	return e;
}

static __always_inline void emit_end(const struct emit *e, struct wire_sink_stats *stats) {
	__u64 truncated;

	__sync_fetch_and_add(&stats->seen_bytes, e->bytes);
	__sync_fetch_and_add(&stats->seen_writes, 1);
	if (e->sent == e->bytes)
		return;
	truncated = e->bytes - e->sent - e->lost_ring - e->lost_fault;
	/* A write of which nothing went up is lost for one reason only. */
	if (e->lost_ring)
		count_lost(stats, WIRE_LOSS_RING_FULL, e->lost_ring, !e->sent);
	if (e->lost_fault)
		count_lost(stats, WIRE_LOSS_FAULT, e->lost_fault, !e->sent && !e->lost_ring);
	if (truncated)
		count_lost(stats, WIRE_LOSS_TRUNCATED, truncated, !e->sent && !e->lost_ring && !e->lost_fault);
}

/* Sends len <= size bytes in a record of a size that the verifier knows. */
static __always_inline void emit_sized(struct emit *e, const void *from, __u64 len, const __u32 size) {
	struct wire_data *data = bpf_ringbuf_reserve(&ring, sizeof(*data) + size, 0);

	if (!data) {
		e->lost_ring += len;
		return;
	}
	*data = e->head;
	data->len = len;
	/* verifier: clang proves this away, or checks a copy of len, unless it is hidden */
	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(size));
	if (bpf_probe_read_user(data->payload, len, from)) {
		bpf_ringbuf_discard(data, BPF_RB_NO_WAKEUP);
		e->lost_fault += len;
		return;
	}
	bpf_ringbuf_submit(data, ring_submit_flags(sizeof(*data) + size));
	e->sent += len;
}

/* Half-octave classes: exact sizes (dynptr) are no faster and need 6.1. */
static __always_inline void emit_by_class(struct emit *e, const void *from, __u64 len) {
#define CLASS(size)                                                                                                    \
	if (len <= (size))                                                                                                 \
	return emit_sized(e, from, len, size)
	CLASS(64);
	CLASS(96);
	CLASS(128);
	CLASS(192);
	CLASS(256);
	CLASS(384);
	CLASS(512);
	CLASS(768);
	CLASS(1024);
	CLASS(1536);
	CLASS(2048);
	CLASS(3072);
	CLASS(4096);
	CLASS(6144);
	CLASS(8192);
	CLASS(12288);
	CLASS(16384);
	CLASS(24576);
	CLASS(32768);
	CLASS(49152);
	CLASS(WIRE_PIECE_MAX);
#undef CLASS
}

/*
 * Sends the next piece; 0 when none is left.
 * verifier: global and without arguments, so that it is looked at once and not at each turn of a loop.
 */
int __noinline emit_piece(void) {
	struct emit *e = emit_current();
	__u64 len;

	if (!e)
		return 0;
	len = WIRE_WRITE_MAX - e->head.offset;
	if (len > WIRE_PIECE_MAX)
		len = WIRE_PIECE_MAX;
	if (len > e->left)
		len = e->left;
	if (!len)
		return 0;
	emit_by_class(e, (const void *)e->from, len);
	e->head.offset += len;
	e->from += len;
	e->left -= len;
	return e->left != 0;
}

/*
 * The next len bytes of the write. What is beyond WIRE_WRITE_MAX stays unsent: emit_end() counts it.
 * verifier: loops that call stay rolled, here and elsewhere; each place that calls is looked at with all that lies
 * below it, and sendmmsg() unrolled took 180 ms to load on 6.18 instead of 8.
 */
static __always_inline void emit_buffer(struct emit *e, __u64 from, __u64 len) {
	e->from = from;
	e->left = len;
#pragma clang loop unroll(disable)
	for (int i = 0; i <= WIRE_WRITE_MAX / WIRE_PIECE_MAX; i++)
		if (!emit_piece())
			break;
}

#endif
