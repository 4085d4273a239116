/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A system call at its exit: number, arguments and result, whichever hook brought us there. */
#ifndef BPF_SYSCALL_BPF_H
#define BPF_SYSCALL_BPF_H

#include "bpf/kernel.bpf.h"

#if defined(__TARGET_ARCH_x86)
#define NR_write 1
#define NR_pwrite64 18
#define NR_writev 20
#define NR_pipe 22
#define NR_sendfile 40
#define NR_sendto 44
#define NR_sendmsg 46
#define NR_splice 275
#define NR_tee 276
#define NR_vmsplice 278
#define NR_pipe2 293
#define NR_pwritev 296
#define NR_sendmmsg 307
#define NR_copy_file_range 326
#define NR_pwritev2 328
#elif defined(__TARGET_ARCH_arm64)
#define NR_pipe2 59
#define NR_write 64
#define NR_writev 66
#define NR_pwrite64 68
#define NR_pwritev 70
#define NR_sendfile 71
#define NR_vmsplice 75
#define NR_splice 76
#define NR_tee 77
#define NR_sendto 206
#define NR_sendmsg 211
#define NR_sendmmsg 269
#define NR_copy_file_range 285
#define NR_pwritev2 287
#endif

struct call {
	void *ctx;
	__s64 ret;
	__u64 exit_regs; /* what a raw tracepoint was handed; the other hook has none and needs HAS_TASK_PT_REGS */
	struct pt_regs *regs;
	__u32 nr; /* of the call; or of the program that another one called */
};

/* Exit does not touch the argument registers; arm64 keeps the first in orig_x0, since x0 is the result. */
#if defined(__TARGET_ARCH_x86)
#define REG(regs, n) REG_X86_##n(regs)
#define REG_X86_0(regs) REG_READ(regs, di)
#define REG_X86_1(regs) REG_READ(regs, si)
#define REG_X86_2(regs) REG_READ(regs, dx)
#define REG_X86_3(regs) REG_READ(regs, r10)
#define REG_X86_4(regs) REG_READ(regs, r8)
#define REG_X86_5(regs) REG_READ(regs, r9)
#define REG_NR(regs) REG_READ(regs, orig_ax)
#elif defined(__TARGET_ARCH_arm64)
#define REG(regs, n) REG_ARM64_##n(regs)
#define REG_ARM64_0(regs) REG_READ(regs, orig_x0)
#define REG_ARM64_1(regs) REG_READ(regs, regs[1])
#define REG_ARM64_2(regs) REG_READ(regs, regs[2])
#define REG_ARM64_3(regs) REG_READ(regs, regs[3])
#define REG_ARM64_4(regs) REG_READ(regs, regs[4])
#define REG_ARM64_5(regs) REG_READ(regs, regs[5])
#define REG_NR(regs) REG_READ(regs, syscallno)
#endif
#define REG_READ(regs, field) (HAS_TASK_PT_REGS ? (regs)->field : BPF_CORE_READ(regs, field))

#define CALL_ARG(call, n) ((__u64)REG((call)->regs, n))
#define CALL_NR(call) ((call)->nr)

/* Before the first CALL_ARG() or CALL_NR(). Apart, since most calls are none of ours. */
static __always_inline void call_load(struct call *call) {
	if (HAS_TASK_PT_REGS)
		call->regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	else
		call->regs = (struct pt_regs *)call->exit_regs;
	call->nr = REG_NR(call->regs);
}

/* 32-bit programs use other numbers for the same calls. */
static __always_inline bool call_is_compat(void) {
	struct task_struct *task = current_task();
#if defined(__TARGET_ARCH_x86)
	return KREAD(task, thread_info.status) & 2; /* TS_COMPAT */
#elif defined(__TARGET_ARCH_arm64)
	return KREAD(task, thread_info.flags) & (1 << 22); /* TIF_32BIT */
#endif
}

#endif
