/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One body, two hooks. HOOK(write) { ... } becomes a program for the tracepoint sys_exit_write and one for the raw
 * sys_exit dispatcher. Section names carry all that user space needs: it attaches the first to the event its section
 * names, or puts the second into `hooks` at the number its section names. A hook's first argument is the descriptor.
 */
#ifndef BPF_HOOK_BPF_H
#define BPF_HOOK_BPF_H

#include "bpf/emit.bpf.h"
#include "bpf/target.bpf.h"

#define STR_(x) #x
#define STR(x) STR_(x)

#define PROGRAM_PAIR(name, event, slot)                                                                                \
	static __always_inline int body_##name(struct call *call);                                                         \
	SEC("tracepoint/" event)                                                                                           \
	int tp_##name(struct trace_event_raw_sys_exit *ctx) {                                                              \
		struct call call = {.ctx = ctx, .ret = ctx->ret};                                                              \
		call.regs = call_regs(0);                                                                                      \
		return body_##name(&call);                                                                                     \
	}                                                                                                                  \
	SEC("raw_tp/" STR(slot))                                                                                           \
	int raw_##name(struct bpf_raw_tracepoint_args *ctx) {                                                              \
		struct call call = {.ctx = ctx, .ret = ctx->args[1]};                                                          \
		call.regs = call_regs(ctx->args[0]);                                                                           \
		return body_##name(&call);                                                                                     \
	}                                                                                                                  \
	static __always_inline int body_##name(struct call *call)

#define HOOK(name)                                                                                                     \
	static __always_inline int hook_##name(struct call *call, struct process_entry *process);                          \
	PROGRAM_PAIR(name, "syscalls/sys_exit_" #name, NR_##name) {                                                        \
		struct process_entry *process = process_watched();                                                             \
                                                                                                                       \
		return process && call->ret > 0 ? hook_##name(call, process) : 0;                                              \
	}                                                                                                                  \
	static __always_inline int hook_##name(struct call *call, struct process_entry *process)

/* Sink and process, ready for the bytes of a write; false when they do not go up. */
static __always_inline bool hook_find(struct call *call, struct process_entry *process, struct sink_ref *ref) {
	if (!sink_find(call, ref, process->target))
		return false;
	if (announce(call, &process->announced, SLOT_ANNOUNCE_PROCESS))
		return true;
	count_lost_write(ref->stats, WIRE_LOSS_RING_FULL, ref->bytes);
	return false;
}

/* A call that writes one buffer. */
static __always_inline int hook_buffer(struct call *call, struct process_entry *process, struct sink_ref *ref,
                                       const void *from) {
	if (!hook_find(call, process, ref))
		return 0;
	if (ref->bytes <= WIRE_PIECE_MAX)
		emit_small(ref, from);
	else
		emit_large(ref, from);
	return 0;
}

#endif
