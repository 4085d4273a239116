/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One body, two hooks. HOOK(buffer, "write,sendto", NR(write) "," NR(sendto)) { ... } becomes a program for these
 * calls' exit tracepoints, and one for the raw sys_exit dispatcher. Section names carry all that user space needs: it
 * attaches the first to the events its section names, or puts the second into `hooks` at the numbers its section names.
 * Calls that differ in what does not matter here share a program: each costs milliseconds to load. First argument of a
 * hooked call: the descriptor.
 */
#ifndef BPF_HOOK_BPF_H
#define BPF_HOOK_BPF_H

#include "bpf/emit.bpf.h"
#include "bpf/target.bpf.h"

#define STR_(x) #x
#define STR(x) STR_(x)
#define NR(name) STR(NR_##name)

#define PROGRAM_PAIR(name, event, slots)                                                                               \
	static __always_inline int body_##name(struct call *call);                                                         \
	SEC("tracepoint/" event)                                                                                           \
	int tp_##name(struct trace_event_raw_sys_exit *ctx) {                                                              \
		struct call call = {.ctx = ctx, .ret = ctx->ret};                                                              \
		return body_##name(&call);                                                                                     \
	}                                                                                                                  \
	SEC("raw_tp/" slots)                                                                                               \
	int raw_##name(struct bpf_raw_tracepoint_args *ctx) {                                                              \
		struct call call = {.ctx = ctx, .ret = ctx->args[1], .exit_regs = ctx->args[0]};                               \
		return body_##name(&call);                                                                                     \
	}                                                                                                                  \
	static __always_inline int body_##name(struct call *call)

#define HOOK(name, events, numbers)                                                                                    \
	static __always_inline int hook_##name(struct call *call, struct process_entry *process);                          \
	PROGRAM_PAIR(name, "sys_exit/" events, numbers) {                                                                  \
		struct process_entry *process = process_watched();                                                             \
                                                                                                                       \
		if (!process || call->ret < 0)                                                                                 \
			return 0;                                                                                                  \
		call_load(call);                                                                                               \
		return hook_##name(call, process);                                                                             \
	}                                                                                                                  \
	static __always_inline int hook_##name(struct call *call, struct process_entry *process)

/* Sink and process, ready for the bytes of a write; false when they do not go up. */
static __always_inline bool hook_find(struct call *call, struct process_entry *process, struct sink_ref *ref) {
	if (!ref->bytes || !sink_find(call, ref, process->target))
		return false;
	if (announce(call, ref, &process->announced))
		return true;
	count_lost_write(ref->stats, WIRE_LOSS_RING_FULL, ref->bytes);
	return false;
}

#endif
