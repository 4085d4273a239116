/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A system call at its exit: number, arguments and result, whichever hook brought us there. */
#ifndef BPF_SYSCALL_BPF_H
#define BPF_SYSCALL_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/turn.bpf.h"

#if defined(__TARGET_ARCH_x86)
#define NR_write 1
#define NR_mmap 9
#define NR_pwrite64 18
#define NR_writev 20
#define NR_pipe 22
#define NR_sendfile 40
#define NR_sendto 44
#define NR_sendmsg 46
#define NR_io_submit 209
#define NR_splice 275
#define NR_tee 276
#define NR_vmsplice 278
#define NR_pipe2 293
#define NR_pwritev 296
#define NR_sendmmsg 307
#define NR_copy_file_range 326
#define NR_pwritev2 328
/* Of 32-bit programs. */
#define NR32_write 4
#define NR32_pipe 42
#define NR32_socketcall 102 /* SYS_* are its kinds */
#define SYS_SEND 9
#define SYS_SENDTO 11
#define SYS_SENDMSG 16
#define SYS_SENDMMSG 20
#define NR32_writev 146
#define NR32_pwrite64 181
#define NR32_pipe2 331
#define NR32_pwritev 334
#define NR32_sendmmsg 345
#define NR32_sendto 369
#define NR32_sendmsg 370
#define NR32_pwritev2 379
#define NR32_sendfile 187
#define NR32_old_mmap 90 /* its arguments lie in memory */
#define NR32_mmap 192
#define NR32_sendfile64 239
#define NR32_splice 313
#define NR32_tee 315
#define NR32_vmsplice 316
#define NR32_copy_file_range 377
#elif defined(__TARGET_ARCH_arm64)
#define NR_io_submit 2
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
#define NR_mmap 222
#define NR_pwritev2 287
/* Of 32-bit programs. */
#define NR32_write 4
#define NR32_pipe 42
#define NR32_writev 146
#define NR32_pwrite64 181
#define NR32_sendto 290
#define NR32_sendmsg 296
#define NR32_pipe2 359
#define NR32_pwritev 362
#define NR32_sendmmsg 374
#define NR32_pwritev2 393
#define NR32_mmap 192
#define NR32_sendfile 187
#define NR32_sendfile64 239
#define NR32_splice 340
#define NR32_tee 342
#define NR32_vmsplice 343
#define NR32_copy_file_range 391
#endif

/* The calls that any of our programs looks at. All others, at each of which a raw hook is run, cost one load. No number
 * means one call to 64-bit programs and another one to 32-bit ones, of those that are here. */
enum calls_of {
	CALLS_NATIVE = 1,
	CALLS_COMPAT,
};
#define CALL_NUMBERS 512
const volatile __u8 calls_of[CALL_NUMBERS] = {
#define NATIVE(name) [NR_##name] = CALLS_NATIVE
#define COMPAT(name) [NR32_##name] = CALLS_COMPAT
    NATIVE(write),
    NATIVE(pwrite64),
    NATIVE(writev),
    NATIVE(pwritev),
    NATIVE(pwritev2),
    NATIVE(vmsplice),
    NATIVE(sendto),
    NATIVE(sendmsg),
    NATIVE(sendmmsg),
    NATIVE(sendfile),
    NATIVE(tee),
    NATIVE(splice),
    NATIVE(copy_file_range),
    NATIVE(mmap),
    NATIVE(pipe2),
    NATIVE(io_submit),
    COMPAT(write),
    COMPAT(pwrite64),
    COMPAT(writev),
    COMPAT(pwritev),
    COMPAT(pwritev2),
    COMPAT(vmsplice),
    COMPAT(sendto),
    COMPAT(sendmsg),
    COMPAT(sendmmsg),
    COMPAT(sendfile),
    COMPAT(sendfile64),
    COMPAT(tee),
    COMPAT(splice),
    COMPAT(copy_file_range),
    COMPAT(mmap),
    COMPAT(pipe),
    COMPAT(pipe2),
#if defined(__TARGET_ARCH_x86)
    NATIVE(pipe),
    COMPAT(old_mmap),
    COMPAT(socketcall),
#endif
#undef NATIVE
#undef COMPAT
};

struct call {
	void *ctx;
	struct task_struct *task; /* the current one, and its numbers */
	__u64 id;
	__s64 ret;
	__u64 exit_regs; /* what a raw tracepoint was handed; the other hook has none and needs HAS_TASK_PT_REGS */
	bool raw;        /* a constant in each program */
	bool compat;     /* of a 32-bit program, which only the raw hook shows */
	__u32 nr;        /* as 64-bit programs number it */
	struct pt_regs *regs;
	__u64 args[6];
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
#define REG32(regs, n) REG32_X86_##n(regs)
#define REG32_X86_0(regs) REG_READ(regs, bx)
#define REG32_X86_1(regs) REG_READ(regs, cx)
#define REG32_X86_2(regs) REG_READ(regs, dx)
#define REG32_X86_3(regs) REG_READ(regs, si)
#define REG32_X86_4(regs) REG_READ(regs, di)
#define REG32_X86_5(regs) REG_READ(regs, bp)
#elif defined(__TARGET_ARCH_arm64)
#define REG(regs, n) REG_ARM64_##n(regs)
#define REG_ARM64_0(from) REG_READ(from, orig_x0)
#define REG_ARM64_1(from) REG_READ(from, regs[1])
#define REG_ARM64_2(from) REG_READ(from, regs[2])
#define REG_ARM64_3(from) REG_READ(from, regs[3])
#define REG_ARM64_4(from) REG_READ(from, regs[4])
#define REG_ARM64_5(from) REG_READ(from, regs[5])
#define REG_NR(regs) REG_READ(regs, syscallno)
#define REG32(regs, n) REG(regs, n)
#endif
/* By way of a local: CO-RE would relocate the access to struct call as well, which the kernel does not know. */
#define REG_READ(from, field)                                                                                          \
	({                                                                                                                 \
		struct pt_regs *regs_ = (from);                                                                                \
		HAS_TASK_PT_REGS ? regs_->field : BPF_CORE_READ(regs_, field);                                                 \
	})

/* 32-bit programs use other numbers for the same calls. */
static __always_inline bool task_is_compat(struct task_struct *task) {
#if defined(__TARGET_ARCH_x86)
	return KREAD(task, thread_info.status) & 2; /* TS_COMPAT */
#elif defined(__TARGET_ARCH_arm64)
	return KREAD(task, thread_info.flags) & (1 << 22); /* TIF_32BIT */
#endif
}

#define NR_NONE (~0u)

static __always_inline __u32 nr_of_compat(__u32 nr) {
	switch (nr) {
	case NR32_write:
		return NR_write;
	case NR32_pwrite64:
		return NR_pwrite64;
	case NR32_writev:
		return NR_writev;
	case NR32_pwritev:
		return NR_pwritev;
	case NR32_pwritev2:
		return NR_pwritev2;
	case NR32_vmsplice:
		return NR_vmsplice;
	case NR32_sendto:
		return NR_sendto;
	case NR32_sendmsg:
		return NR_sendmsg;
	case NR32_sendmmsg:
		return NR_sendmmsg;
	case NR32_sendfile:
	case NR32_sendfile64:
		return NR_sendfile;
	case NR32_tee:
		return NR_tee;
	case NR32_splice:
		return NR_splice;
	case NR32_copy_file_range:
		return NR_copy_file_range;
	case NR32_mmap:
		return NR_mmap;
	case NR32_pipe:
	case NR32_pipe2:
		return NR_pipe2;
	}
	return NR_NONE;
}

/*
 * int socketcall(int kind, const __u32 *args), how 32-bit x86 programs reach all calls for sockets, or did until the C
 * libraries learned of numbers for each; void *old_mmap(const __u32 *args).
 */
static __always_inline void call_unwrap(struct call *call) {
#ifdef NR32_socketcall
	bool is_mmap = call->nr == NR32_old_mmap;
	__u32 kind = is_mmap ? 0 : call->args[0], args[6] = {};
	const void *from = (const void *)(is_mmap ? call->args[0] : call->args[1]);

	if (!is_mmap && call->nr != NR32_socketcall)
		return;
	/* send() and sendmsg() have less, which may end where the memory does. */
	if (bpf_probe_read_user(args, sizeof(args), from))
		bpf_probe_read_user(args, 3 * sizeof(*args), from);
	call->nr = is_mmap                                  ? NR32_mmap
	           : kind == SYS_SEND || kind == SYS_SENDTO ? NR32_sendto
	           : kind == SYS_SENDMSG                    ? NR32_sendmsg
	           : kind == SYS_SENDMMSG                   ? NR32_sendmmsg
	                                                    : NR_NONE;
	call->args[0] = args[0];
	call->args[1] = args[1];
	call->args[2] = args[2];
	call->args[3] = args[3];
	call->args[4] = kind == SYS_SEND ? 0 : args[4];
	call->args[5] = kind == SYS_SEND ? 0 : is_mmap ? args[5] >> 12 : args[5]; /* mmap2() counts pages */
#endif
}

static __always_inline void call_load_compat(struct call *call, struct pt_regs *regs) {
	call->args[0] = (__u32)REG32(regs, 0);
	call->args[1] = (__u32)REG32(regs, 1);
	call->args[2] = (__u32)REG32(regs, 2);
	call->args[3] = (__u32)REG32(regs, 3);
	call->args[4] = (__u32)REG32(regs, 4);
	call->args[5] = (__u32)REG32(regs, 5);
	call_unwrap(call);
	call->nr = nr_of_compat(call->nr);
}

/* Number and first arguments. Apart, since most calls are nobody's whom we watch. */
static __always_inline void call_load(struct call *call) {
	struct pt_regs *regs;

	if (HAS_RDONLY_CAST)
		regs = bpf_rdonly_cast(call->raw ? (void *)call->exit_regs : KREAD(call->task, stack) + regs_in_stack,
		                       bpf_core_type_id_kernel(struct pt_regs));
	else if (HAS_TASK_PT_REGS)
		regs = (struct pt_regs *)bpf_task_pt_regs(call->task);
	else
		regs = (struct pt_regs *)call->exit_regs;
	call->regs = regs;
	call->nr = REG_NR(regs);
	call->compat = call->raw && task_is_compat(call->task);
	if (call->compat)
		return call_load_compat(call, regs);
	call->args[0] = REG(regs, 0);
	call->args[1] = REG(regs, 1);
	call->args[2] = REG(regs, 2);
	/* verifier: up to 5.10 it does not see that call_load_rest() is left out for compat calls alone */
	call->args[3] = call->args[4] = call->args[5] = 0;
}

/* The others, which few calls have. */
static __always_inline void call_load_rest(struct call *call) {
	if (call->compat)
		return;
	call->args[3] = REG(call->regs, 3);
	call->args[4] = REG(call->regs, 4);
	call->args[5] = REG(call->regs, 5);
}

/* Is this exit, as a raw tracepoint shows it, one of those? Before 6.2 it takes as long to find out as whose it is. */
static __always_inline bool exit_is_looked_at(const struct bpf_raw_tracepoint_args *ctx) {
	struct pt_regs *regs;
	__u64 nr;

	if (!HAS_RDONLY_CAST)
		return true;
	regs = bpf_rdonly_cast((void *)ctx->args[0], bpf_core_type_id_kernel(struct pt_regs));
	nr = REG_NR(regs);
	return nr < CALL_NUMBERS && (compat_only ? calls_of[nr] == CALLS_COMPAT : calls_of[nr]);
}

static __always_inline void call_begin(struct call *call, void *ctx) {
	call->ctx = ctx;
	call->task = current_task();
	call->id = task_id(call->task);
}

/* Goes on in the program in that slot; comes back only if there is none. */
static __always_inline void program_go(void *ctx, __u32 slot) {
	preempt_allow();
	bpf_tail_call(ctx, &hooks, slot);
	preempt_forbid();
}

static __always_inline void call_go(struct call *call, __u32 slot) {
	program_go(call->ctx, slot);
}

#endif
