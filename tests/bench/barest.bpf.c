/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The floor that `make bench` measures against: the same hook, target filter, clock read, record header, exact-size
 * records and wake-up policy as logspill, but no sink decision and no counters.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_NUMBER(regs) ((regs)->orig_ax)
#define SYSCALL_BUFFER(regs) ((regs)->si)
#define NR_WRITE 1
#elif defined(__TARGET_ARCH_arm64)
#define SYSCALL_NUMBER(regs) ((regs)->syscallno)
#define SYSCALL_BUFFER(regs) ((regs)->regs[1])
#define NR_WRITE 64
#endif

char LICENSE[] SEC("license") = "Dual MIT/GPL";

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

static __always_inline __u64 wake_flags(__u64 step) {
	__u64 fill = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);

	if (idle) {
		idle = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	return fill >> bucket_shift != (fill - step) >> bucket_shift ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* What the kernel takes to run any program at all. */
SEC("tracepoint/syscalls/sys_exit_write")
int empty_tracepoint(struct trace_event_raw_sys_exit *ctx) {
	return 0;
}

SEC("raw_tp/sys_exit")
int empty_raw(struct bpf_raw_tracepoint_args *ctx) {
	return 0;
}

/* verifier: size is a constant at each call, so the record has exactly the size of what it holds. */
static __always_inline void copy(const void *from, __u64 time_ns, __u32 write_len, __u32 offset, const __u32 size) {
	__u64 id = bpf_get_current_pid_tgid();
	struct wire_data *d = bpf_ringbuf_reserve(&ring, sizeof(*d) + size, 0);

	if (!d) {
		dropped++;
		return;
	}
	__builtin_memset(d, 0, sizeof(*d));
	d->kind = WIRE_DATA;
	d->time_ns = time_ns;
	d->tgid = id >> 32;
	d->tid = (__u32)id;
	d->write_len = write_len;
	d->offset = offset;
	d->len = size;
	bpf_probe_read_user(d->payload, size, from + offset);
	bpf_ringbuf_submit(d, wake_flags(sizeof(*d) + size + 8));
}

static __always_inline int on_write(__s64 written, const void *from) {
	__u64 now = bpf_ktime_get_ns();

	switch (written) {
#define SIZE(n)                                                                                                        \
	case n:                                                                                                            \
		copy(from, now, n, 0, n);                                                                                      \
		break
		SIZE(16);
		SIZE(120);
		SIZE(1024);
		SIZE(4096);
		SIZE(16384);
		SIZE(65536);
#undef SIZE
	case 1048576:
		for (__u32 at = 0; at < 1048576; at += WIRE_PIECE_MAX)
			copy(from, now, 1048576, at, WIRE_PIECE_MAX);
	}
	return 0;
}

static __always_inline struct pt_regs *watched_regs(void) {
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (!bpf_map_lookup_elem(&processes, &tgid))
		return NULL;
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

SEC("tracepoint/syscalls/sys_exit_write")
int barest_tracepoint(struct trace_event_raw_sys_exit *ctx) {
	struct pt_regs *regs = watched_regs();

	return regs ? on_write(ctx->ret, (const void *)SYSCALL_BUFFER(regs)) : 0;
}

SEC("raw_tp/sys_exit")
int barest_raw(struct bpf_raw_tracepoint_args *ctx) {
	struct pt_regs *regs = watched_regs();

	return regs && SYSCALL_NUMBER(regs) == NR_WRITE ? on_write(ctx->args[1], (const void *)SYSCALL_BUFFER(regs)) : 0;
}
