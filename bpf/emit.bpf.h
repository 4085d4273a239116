/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Copies what was written into the ring, in pieces, and counts it: seen = sent + lost, always. */
#ifndef BPF_EMIT_BPF_H
#define BPF_EMIT_BPF_H

#include "bpf/find.bpf.h"

/* What became of a piece: sent, or a reason of enum wire_loss. */
#define EMIT_SENT WIRE_LOSS_COUNT

static __always_inline void emit_head_init(struct wire_data *head, const struct sink_ref *ref) {
	__u64 id = bpf_get_current_pid_tgid();
	bool cut = ref->bytes > WIRE_WRITE_MAX;

	head->kind = WIRE_DATA;
	head->flags = ref->data_flags | (cut ? WIRE_F_TRUNCATED : 0);
	head->time_ns = bpf_ktime_get_ns();
	head->sink = ref->key;
	head->gaps = ref->stats->gaps;
	head->tgid = id >> 32;
	head->tid = id;
	head->write_len = cut ? WIRE_WRITE_MAX : ref->bytes;
	head->offset = head->len = 0;
	head->reserved = 0;
}

/* Sends len <= size bytes in a record of a size that the verifier knows. */
static __always_inline __u32 emit_sized(const struct wire_data *head, const void *from, __u64 len, const __u32 size) {
	struct wire_data *data = bpf_ringbuf_reserve(&ring, sizeof(*data) + size, 0);

	if (!data)
		return WIRE_LOSS_RING_FULL;
	*data = *head;
	data->len = len;
	/* verifier: clang proves this away, or checks a copy of len, unless it is hidden */
	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(size));
	if (bpf_probe_read_user(data->payload, len, from)) {
		bpf_ringbuf_discard(data, BPF_RB_NO_WAKEUP);
		return WIRE_LOSS_FAULT;
	}
	bpf_ringbuf_submit(data, ring_submit_flags(sizeof(*data) + size));
	return EMIT_SENT;
}

/* Half-octave classes: exact sizes (dynptr) are no faster and need 6.1. */
static __always_inline __u32 emit_piece(const struct wire_data *head, const void *from, __u64 len) {
#define CLASS(size)                                                                                                    \
	if (len <= (size))                                                                                                 \
	return emit_sized(head, from, len, size)
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
	return emit_sized(head, from, len, WIRE_PIECE_MAX);
#undef CLASS
}

/* A write of a single piece: nearly all of them. */
static __always_inline void emit_small(const struct sink_ref *ref, const void *from) {
	struct wire_data head;
	__u32 fate;

	emit_head_init(&head, ref);
	fate = emit_piece(&head, from, ref->bytes);
	__sync_fetch_and_add(&ref->stats->seen_bytes, ref->bytes);
	__sync_fetch_and_add(&ref->stats->seen_writes, 1);
	if (fate < EMIT_SENT)
		count_lost(ref->stats, fate, ref->bytes, 1);
}

/* A write that goes up in pieces. In a map, since the verifier would follow each way its numbers can take on the stack;
 * one for each cpu is enough, as the kernel never enters a program again on a cpu where it is running. */
struct emit {
	__u64 bytes; /* written */
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

static __always_inline struct emit *emit_begin(const struct sink_ref *ref) {
	struct emit *e = emit_current();

	if (e) {
		emit_head_init(&e->head, ref);
		e->bytes = ref->bytes;
		e->sent = e->lost_ring = e->lost_fault = 0;
	}
	return e;
}

static __always_inline void emit_end(const struct emit *e, struct wire_sink_stats *stats) {
	__u64 truncated = e->bytes - e->sent - e->lost_ring - e->lost_fault;

	__sync_fetch_and_add(&stats->seen_bytes, e->bytes);
	__sync_fetch_and_add(&stats->seen_writes, 1);
	/* A write of which nothing went up is lost for one reason only. */
	if (e->lost_ring)
		count_lost(stats, WIRE_LOSS_RING_FULL, e->lost_ring, !e->sent);
	if (e->lost_fault)
		count_lost(stats, WIRE_LOSS_FAULT, e->lost_fault, !e->sent && !e->lost_ring);
	if (truncated)
		count_lost(stats, WIRE_LOSS_TRUNCATED, truncated, !e->sent && !e->lost_ring && !e->lost_fault);
}

static __always_inline void emit_count(struct emit *e, __u32 fate, __u64 len) {
	if (fate == EMIT_SENT)
		e->sent += len;
	else if (fate == WIRE_LOSS_FAULT)
		e->lost_fault += len;
	else
		e->lost_ring += len;
	e->head.offset += len;
}

/*
 * The next len bytes of the current write. What is beyond WIRE_WRITE_MAX stays unsent: emit_end() counts it.
 * verifier: global, so that it is looked at once and not at each call in a loop.
 */
int __noinline emit_buffer(__u64 from, __u64 len) {
	struct emit *e = emit_current();
	__u32 room;

	if (!e)
		return 0;
	room = WIRE_WRITE_MAX - e->head.offset;
	if (len > room)
		len = room;
	for (int i = 0; i < WIRE_WRITE_MAX / WIRE_PIECE_MAX; i++) {
		if (len < WIRE_PIECE_MAX)
			break;
		emit_count(e, emit_sized(&e->head, (const void *)from, WIRE_PIECE_MAX, WIRE_PIECE_MAX), WIRE_PIECE_MAX);
		from += WIRE_PIECE_MAX;
		len -= WIRE_PIECE_MAX;
	}
	if (len)
		emit_count(e, emit_piece(&e->head, (const void *)from, len), len);
	return 0;
}

static __always_inline void emit_large(const struct sink_ref *ref, const void *from) {
	struct emit *e = emit_begin(ref);

	if (!e)
		return;
	emit_buffer((__u64)from, ref->bytes);
	emit_end(e, ref->stats);
}

#endif
