/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The raw hook: one program at the exit of every system call, and the hooks behind it by number. */
#include "bpf/syscall.bpf.h"
#include "bpf/target.bpf.h"

SEC("raw_tp/sys_exit")
int dispatch(struct bpf_raw_tracepoint_args *ctx) {
	struct call call = {.ctx = ctx, .ret = ctx->args[1], .exit_regs = ctx->args[0]};
	__u32 nr;

	if (!process_watched() || call.ret < 0)
		return 0;
	call_load(&call);
	nr = CALL_NR(&call);
	if (nr < SLOT_REQUEST && !call_is_compat())
		bpf_tail_call(ctx, &hooks, nr);
	return 0;
}
