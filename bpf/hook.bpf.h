/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One body, two hooks. HOOK(mmap, "mmap", NR(mmap)) { ... } becomes a program for these calls' exit tracepoints, and
 * one that the raw sys_exit tracepoint's program (hook_write.bpf.h) goes on to, for calls of 32-bit programs as well.
 * Section names carry all that user space needs: it attaches the first to the events its section names, and puts the
 * second into `hooks` at the numbers its section names. Calls that differ in what does not matter here share a program:
 * each costs milliseconds to load.
 */
#ifndef BPF_HOOK_BPF_H
#define BPF_HOOK_BPF_H

#include "bpf/collector.bpf.h"
#include "bpf/find.bpf.h"
#include "bpf/target.bpf.h"

#define STR_(x) #x
#define STR(x) STR_(x)
#define NR(name) STR(NR_##name)

#define PROGRAM_PAIR(name, event, slots)                                                                               \
	static __always_inline void body_##name(struct call *call);                                                        \
	SEC("tracepoint/" event)                                                                                           \
	int tp_##name(struct trace_event_raw_sys_exit *ctx) {                                                              \
		struct call call;                                                                                              \
                                                                                                                       \
		call_begin(&call, ctx);                                                                                        \
		call.ret = ctx->ret;                                                                                           \
		call.raw = false;                                                                                              \
		body_##name(&call);                                                                                            \
		turn_give();                                                                                                   \
		return 0;                                                                                                      \
	}                                                                                                                  \
	SEC("raw_tp/" slots)                                                                                               \
	int raw_##name(struct bpf_raw_tracepoint_args *ctx) {                                                              \
		struct call call;                                                                                              \
                                                                                                                       \
		call_begin(&call, ctx);                                                                                        \
		call.ret = ctx->args[1];                                                                                       \
		call.exit_regs = ctx->args[0];                                                                                 \
		call.raw = true;                                                                                               \
		body_##name(&call);                                                                                            \
		turn_give();                                                                                                   \
		return 0;                                                                                                      \
	}                                                                                                                  \
	static __always_inline void body_##name(struct call *call)

#define HOOK(name, events, numbers)                                                                                    \
	static __always_inline void hook_##name(struct call *call, struct wire_followed *process);                         \
	PROGRAM_PAIR(name, "sys_exit/" events, numbers) {                                                                  \
		struct wire_followed *process = process_watched(call->id >> 32);                                               \
                                                                                                                       \
		if (!process || call->ret < 0 || !turn_take())                                                                 \
			return;                                                                                                    \
		preempt_forbid();                                                                                              \
		call_load(call);                                                                                               \
		hook_##name(call, process);                                                                                    \
		preempt_allow();                                                                                               \
	}                                                                                                                  \
	static __always_inline void hook_##name(struct call *call, struct wire_followed *process)

#endif
