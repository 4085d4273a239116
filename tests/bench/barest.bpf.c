/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The floor that `make bench` measures against: the same hook, target filter, clock read, record header, exact-size
 * record and wake-up policy as logspill, but no sink decision and no counters.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_BUFFER(regs) ((regs)->si)
#elif defined(__TARGET_ARCH_arm64)
#define SYSCALL_BUFFER(regs) ((regs)->regs[1])
#endif

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Constant for the verifier once loaded, so the record has exactly the size of the write. */
const volatile __u32 payload_bytes = 120;
const volatile __u64 bucket_shift = 20;
__u32 idle;
__u64 dropped;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WIRE_PROCESSES_MAX);
	__type(key, __u32);
	__type(value, __u64);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

static __u64 wake_flags(__u64 step) {
	__u64 fill = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	if (idle) {
		idle = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	return fill >> bucket_shift != (fill - step) >> bucket_shift ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

SEC("tracepoint/syscalls/sys_exit_write")
int barest_write(struct trace_event_raw_sys_exit *ctx) {
	__u64 id = bpf_get_current_pid_tgid();
	__u32 tgid = id >> 32;
	if (!bpf_map_lookup_elem(&processes, &tgid) || ctx->ret != payload_bytes)
		return 0;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct wire_data *d = bpf_ringbuf_reserve(&ring, sizeof(*d) + payload_bytes, 0);
	if (!d) {
		dropped++;
		return 0;
	}
	__builtin_memset(d, 0, sizeof(*d));
	d->kind = WIRE_DATA;
	d->time_ns = bpf_ktime_get_ns();
	d->tgid = tgid;
	d->tid = (__u32)id;
	d->len = d->write_len = payload_bytes;
	bpf_probe_read_user(d->payload, payload_bytes, (const void *)SYSCALL_BUFFER(regs));
	bpf_ringbuf_submit(d, wake_flags(sizeof(*d) + payload_bytes + 8));
	return 0;
}
