/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the programs share with each other and with user space. */
#ifndef BPF_MAPS_BPF_H
#define BPF_MAPS_BPF_H

#include "bpf/kernel.bpf.h"

/* Of a sink or a process. Data goes up only behind the announcement of both. */
enum announced {
	ANNOUNCED_NOT,
	ANNOUNCED_YES,
	ANNOUNCED_REFUSED, /* the ring was full: this write is lost, the next one tries again */
};

struct socket_name {
	/* NUL padded, abstract ones start with '@'. Aligned, or the compiler would clear it byte by byte. */
	char name[WIRE_SOCKET_NAME_MAX + 4] __attribute__((aligned(8)));
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024); /* user space chooses */
} ring SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WIRE_PROCESSES_MAX);
	__type(key, __u32); /* tgid */
	__type(value, struct wire_followed);
} processes SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, WIRE_TARGETS_MAX); /* index is the target */
	__uint(key_size, 4);
	__uint(value_size, 4);
} cgroups SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WIRE_SINKS_MAX);
	__type(key, struct wire_sink_key);
	__type(value, __u32); /* place in sink_stats */
} sinks SEC(".maps");
/* Apart from the index: an entry of a hash is used again as soon as it is deleted, under the hands of a program that
 * is still counting. A place here is used again only when user space says so, who waits for such programs first. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WIRE_SINKS_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct wire_sink_stats);
} sink_stats SEC(".maps");
/* Places that are free, and zero. The last one given back is taken first: those ever used stay few and low. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, WIRE_SINKS_MAX);
	__type(value, __u32);
} free_places SEC(".maps");
/* Verdicts. Losing one costs an announcement and some data on the ring, not correctness. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, WIRE_SINKS_MAX);
	__type(key, struct wire_sink_key);
	__type(value, __u8);
} not_logs SEC(".maps");
/* Pipes born inside a target, and those that its collectors read when its watch began. Losing one makes it like any
 * other pipe. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct wire_sink_key);
	__type(value, __u8); /* enum wire_inner_pipe */
} inner_pipes SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WIRE_TARGETS_MAX);
	__type(key, __u32); /* the target */
	__type(value, struct wire_match);
} matches SEC(".maps");
struct comm {
	char name[WIRE_COMM_MAX];
};
/* Programs that write on what others have written: what they take in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct comm);
	__type(value, __u32); /* WIRE_COLLECTS_* */
} collectors SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct socket_name);
	__type(value, __u8);
} socket_names SEC(".maps");
/* The hook's programs: by system call number, and behind them those that only other programs call. */
#define SLOT_ANNOUNCE 511
#define SLOT_REQUEST 510 /* see request.bpf.h */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 512);
	__uint(key_size, 4);
	__uint(value_size, 4);
} hooks SEC(".maps");

const volatile __u32 wake_shift; /* the agent wakes when the fill crosses a multiple of 1 << wake_shift */
const volatile bool announce_all_sockets;
const volatile bool compat_only;   /* beside the tracepoints of calls, which do not show those of 32-bit programs */
const volatile bool follow_mapped; /* user space reads logs that are mapped */
const volatile bool net_sockets;   /* those of AF_INET and AF_INET6 may be logs too */
const volatile bool every_stack;   /* not only where one is wanted */
const volatile bool shedding;      /* not everything is to go up: see shed.bpf.h */
const volatile __u64 shed_key;
const volatile __u64 sample_limit; /* hashes up to here are chosen; 0: all */

/* Written by user space while the programs run. */
__u64 regs_in_stack;  /* where in a task's stack the registers of its call lie: the same in all */
__u32 self_tgid;      /* never watched */
__u32 targets_len;    /* cgroups[0 .. targets_len-1] may hold something; 0: nor is there a host target */
__u32 host_target;    /* of whoever is of no other, and 1 more; 0: there is none */
__u32 matches_len;    /* matches[0 .. matches_len-1] may hold something */
__u32 agent_idle;     /* the agent found the ring empty and sleeps: wake it at once */
__u32 stopped;        /* no new write is looked at */
__u32 sees_compat;    /* the hooks of 32-bit programs are in place */
__u32 unseen_compat;  /* executions of 32-bit programs while they were not */
__s32 live_processes; /* entries of the processes map */
__u32 processes_at[WIRE_PROCESS_SLOTS]; /* so many of them have a tgid with such last bits, or are about to */
__u32 recalls;     /* what cpus remember of processes, and of sinks that are no log, holds while this does not move */
__u32 places_used; /* ever, but for the first: by the programs alone */
#define BUDGET_COST_SHIFT 10
__u64 budget_cost; /* of a byte, in 1/1024 ns: what a sink's budget allows in a second takes a second; 0: no limit */
struct wire_target_stats target_stats[WIRE_TARGETS_MAX];

#endif
