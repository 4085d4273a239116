/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The user stack of a write, copied for user space to unwind: at sinks where that was asked for, so many times. */
#ifndef BPF_STACK_BPF_H
#define BPF_STACK_BPF_H

#include "bpf/ring.bpf.h"

#define PAGE_BYTES 4096

static __always_inline void stack_registers(struct wire_stack *s, struct pt_regs *regs) {
	/* In the numbers of DWARF: System V ABI, AMD64 supplement, figure 3.36; DWARF for the Arm 64-bit architecture. */
#if defined(__TARGET_ARCH_x86)
	s->registers[0] = regs->ax;
	s->registers[1] = regs->dx;
	s->registers[2] = regs->cx;
	s->registers[3] = regs->bx;
	s->registers[4] = regs->si;
	s->registers[5] = regs->di;
	s->registers[6] = regs->bp;
	s->registers[7] = regs->sp;
	s->registers[8] = regs->r8;
	s->registers[9] = regs->r9;
	s->registers[10] = regs->r10;
	s->registers[11] = regs->r11;
	s->registers[12] = regs->r12;
	s->registers[13] = regs->r13;
	s->registers[14] = regs->r14;
	s->registers[15] = regs->r15;
	s->registers[16] = regs->ip;
	s->from = regs->sp;
#elif defined(__TARGET_ARCH_arm64)
	for (int i = 0; i < 31; i++)
		s->registers[i] = regs->regs[i];
	s->registers[31] = regs->sp;
	s->registers[32] = regs->pc;
	s->from = regs->sp;
#endif
}

static __always_inline void stack_image(struct wire_image *image) {
	struct mm_struct *mm = BPF_CORE_READ(current_task(), mm);

	image->code_from = BPF_CORE_READ(mm, start_code);
	image->code_to = BPF_CORE_READ(mm, end_code);
	image->stack = BPF_CORE_READ(mm, start_stack);
}

/* Page by page: where the stack ends, so does the copy. */
static __always_inline void stack_bytes(struct wire_stack *s) {
	s->len = 0;
	for (int i = 0; i < WIRE_STACK_MAX / PAGE_BYTES; i++) {
		__u64 at = s->len;
		__u64 len = PAGE_BYTES - ((s->from + at) & (PAGE_BYTES - 1));

		if (at > WIRE_STACK_MAX - PAGE_BYTES)
			return;
		asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(PAGE_BYTES));
		if (bpf_probe_read_user(s->bytes + at, len, (const void *)(s->from + at)))
			return;
		s->len = at + len;
	}
}

/* verifier: global, so that it is looked at once. */
int __noinline stack_send(__u64 time_ns) {
	struct wire_stack *s;
	__u64 id = bpf_get_current_pid_tgid();

	if (!HAS_TASK_PT_REGS)
		return 0;
	s = bpf_ringbuf_reserve(&ring, sizeof(*s), 0);
	if (!s)
		return 0;
	s->kind = WIRE_STACK;
	s->time_ns = time_ns;
	s->tgid = id >> 32;
	s->tid = id;
	bpf_get_current_comm(s->comm, sizeof(s->comm));
	stack_image(&s->image);
	stack_registers(s, (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()));
	stack_bytes(s);
	if (!s->len) /* a worker of the kernel's, that has none */
		bpf_ringbuf_discard(s, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(s, ring_submit_flags(sizeof(*s)));
	return 0;
}

/* Of the write that goes up next with that time. */
static __always_inline void stack_if_wanted(struct wire_sink_stats *stats, __u64 time_ns) {
	__u32 wanted = stats->stacks_wanted;

	if (!wanted && !every_stack)
		return;
	if (wanted) /* two at once count as one: it is a budget, not a book */
		stats->stacks_wanted = wanted - 1;
	stack_send(time_ns);
}

#endif
