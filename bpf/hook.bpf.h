/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One body, two hooks. HOOK(buffer, "write,sendto", NR(write) "," NR(sendto)) { ... } becomes a program for these
 * calls' exit tracepoints, and one for the raw sys_exit dispatcher. HOOK_COMPAT(buffer, NR32(write) "," NR32(sendto))
 * behind it makes of the same body one for the calls of 32-bit programs, which only the raw tracepoint shows. Section
 * names carry all that user space needs: it attaches the first to the events its section names, and puts the others
 * into `hooks` and `compat_hooks` at the numbers their sections name. Calls that differ in what does not matter here
 * share a program: each costs milliseconds to load. First argument of a hooked call: the descriptor.
 */
#ifndef BPF_HOOK_BPF_H
#define BPF_HOOK_BPF_H

#include "bpf/collector.bpf.h"
#include "bpf/emit.bpf.h"
#include "bpf/target.bpf.h"

#define STR_(x) #x
#define STR(x) STR_(x)
#define NR(name) STR(NR_##name)
#define NR32(name) STR(NR32_##name)

#define PROGRAM_RAW(name, prefix, slots, is_compat)                                                                    \
	SEC("raw_tp/" slots)                                                                                               \
	int prefix##_##name(struct bpf_raw_tracepoint_args *ctx) {                                                         \
		struct call call = {.ctx = ctx, .ret = ctx->args[1], .exit_regs = ctx->args[0], .compat = is_compat};          \
		return body_##name(&call);                                                                                     \
	}

#define PROGRAM_PAIR(name, event, slots)                                                                               \
	static __always_inline int body_##name(struct call *call);                                                         \
	SEC("tracepoint/" event)                                                                                           \
	int tp_##name(struct trace_event_raw_sys_exit *ctx) {                                                              \
		struct call call = {.ctx = ctx, .ret = ctx->ret};                                                              \
		return body_##name(&call);                                                                                     \
	}                                                                                                                  \
	PROGRAM_RAW(name, raw, slots, false)                                                                               \
	static __always_inline int body_##name(struct call *call)

#define HOOK(name, events, numbers)                                                                                    \
	static __always_inline int hook_##name(struct call *call, struct wire_followed *process);                          \
	PROGRAM_PAIR(name, "sys_exit/" events, numbers) {                                                                  \
		struct wire_followed *process = process_watched();                                                             \
                                                                                                                       \
		if (!process || call->ret < 0)                                                                                 \
			return 0;                                                                                                  \
		call_load(call);                                                                                               \
		return hook_##name(call, process);                                                                             \
	}                                                                                                                  \
	static __always_inline int hook_##name(struct call *call, struct wire_followed *process)

#define HOOK_COMPAT(name, numbers) PROGRAM_RAW(name, compat, "compat/" numbers, true)

/* Sink and process, ready for the bytes of a write; false when they do not go up. */
static __always_inline bool hook_find(struct call *call, struct wire_followed *process, struct sink_ref *ref) {
	if (!ref->bytes)
		return false;
	collector_check(process);
	if (!sink_find(call, ref, process->target) || is_rewritten(ref))
		return false;
	if (announce(call, ref, &process->announced))
		return true;
	count_lost_write(ref->stats, WIRE_LOSS_RING_FULL, ref->bytes);
	return false;
}

#endif
