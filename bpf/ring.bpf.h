/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* When the agent is woken: per record it would cost the writer microseconds, so it is per bucket of the ring. */
#ifndef BPF_RING_BPF_H
#define BPF_RING_BPF_H

#include "bpf/maps.bpf.h"

/* Flags for a record that takes the fill of the ring from before to after. A change of bucket cannot be missed as a
 * comparison with a threshold can; what stays inside a bucket the agent fetches by its timer. */
static __always_inline __u64 ring_wake_flags(__u64 before, __u64 after) {
	if (agent_idle) {
		agent_idle = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	return before >> wake_shift != after >> wake_shift ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* What a record takes: the ring's own header, and 8-byte alignment. */
static __always_inline __u64 ring_space(__u64 size) {
	return (size + 8 + 7) & ~7ULL;
}

/* For a record that has been reserved. */
static __always_inline __u64 ring_submit_flags(__u64 size) {
	__u64 fill = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);

	return ring_wake_flags(fill - ring_space(size), fill);
}

/* For bpf_ringbuf_output(). */
static __always_inline __u64 ring_output_flags(__u64 size) {
	__u64 fill = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);

	return ring_wake_flags(fill, fill + ring_space(size));
}

#endif
