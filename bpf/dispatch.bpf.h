/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The raw hook: one program at the exit of every system call, and the hooks behind it by number. */
#include "bpf/syscall.bpf.h"
#include "bpf/target.bpf.h"

static __always_inline void dispatch_call(struct call *call) {
	__u32 nr;

	call_load(call);
	nr = CALL_NR(call);
	if (nr < SLOT_REQUEST)
		call_go(call, nr);
}

static __always_inline int dispatch_compat(struct bpf_raw_tracepoint_args *ctx) {
	struct call call = {.ctx = ctx, .ret = ctx->args[1], .exit_regs = ctx->args[0], .compat = true};

	if (call.ret >= 0 && process_watched())
		dispatch_call(&call);
	return 0;
}

SEC("raw_tp/sys_exit")
int dispatch(struct bpf_raw_tracepoint_args *ctx) {
	struct call call = {.ctx = ctx, .ret = ctx->args[1], .exit_regs = ctx->args[0]};

	if (!process_watched() || call.ret < 0)
		return 0;
	if (call_is_compat())
		return dispatch_compat(ctx);
	dispatch_call(&call);
	return 0;
}

/* Beside the tracepoints of the calls, which do not show those of 32-bit programs. */
SEC("raw_tp/compat")
int dispatch_compat_only(struct bpf_raw_tracepoint_args *ctx) {
	return call_is_compat() ? dispatch_compat(ctx) : 0;
}
