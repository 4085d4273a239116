/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The one contract between the kernel side and user space: ring records, map keys and counters.
 * Included by bpf/ (which has vmlinux.h) and by user/capture (which has linux/types.h).
 */
#ifndef BPF_WIRE_H
#define BPF_WIRE_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define WIRE_PIECE_MAX (64 * 1024)   /* payload bytes of one ring record */
#define WIRE_WRITE_MAX (1024 * 1024) /* bytes of one write that are copied; the rest is WIRE_LOSS_TRUNCATED */
#define WIRE_PATH_MAX 4096
#define WIRE_ARGUMENTS_MAX 1024
#define WIRE_STACK_MAX (16 * 1024) /* bytes of a user stack that are copied */
#define WIRE_COMM_MAX 16
#define WIRE_SOCKET_NAME_MAX 108 /* sizeof sun_path */
#define WIRE_TARGETS_MAX 64
#define WIRE_SINKS_MAX 40960
#define WIRE_PROCESSES_MAX 65536
#define WIRE_PROCESS_SLOTS 65536 /* see process_may_be_followed() */

/* Why bytes that were written to a log were not scanned. Names as printed: loss_name(). */
enum wire_loss {
	WIRE_LOSS_RING_FULL,   /* the agent was too slow */
	WIRE_LOSS_BUDGET,      /* shed by a budget */
	WIRE_LOSS_SAMPLED,     /* not chosen by --sample */
	WIRE_LOSS_TRUNCATED,   /* beyond WIRE_WRITE_MAX, or more iovecs or messages than the loops take */
	WIRE_LOSS_FAULT,       /* the buffer could not be read */
	WIRE_LOSS_UNSUPPORTED, /* a path whose bytes we cannot see, or no room in a table */
	WIRE_LOSS_SCANNER,     /* counted in user space only: captured, yet not scanned */
	WIRE_LOSS_COUNT,
};

/* What was not looked at, or may not have been, beside what is lost: any of it leaves a verdict open. Names and
 * remedies: find/blind.c. */
enum wire_blind {
	WIRE_BLIND_ZERO_COPY, /* bytes that came by splice and its like: lost, and named by this */
	WIRE_BLIND_ASSUMED,   /* bytes taken as written when they were asked for, result unknown */
	WIRE_BLIND_MAPPING,   /* memory mapped to be written */
	WIRE_BLIND_MEMFD,     /* a message handed over as a memory file */
	WIRE_BLIND_OF_SINKS,  /* those above the kernel side counts, sink by sink; those below are user space's */
	WIRE_BLIND_COMPAT = WIRE_BLIND_OF_SINKS, /* a 32-bit program ran before the hook that sees it was there */
	WIRE_BLIND_URING,                        /* requests of io_uring that the kernel did not show */
	WIRE_BLIND_HOOK,                         /* a hook that this kernel does not offer */
	WIRE_BLIND_PROCESSES,                    /* not followed, their table being full */
	WIRE_BLIND_MISSED_CALLS,                 /* of whomever, at whose exit the kernel did not run us */
	WIRE_BLIND_CANDIDATES,                   /* in overlong records */
	WIRE_BLIND_FINDINGS,                     /* matches whose finding found no memory */
	WIRE_BLIND_UNNAMED,                      /* files appended to as logs are, but not named like one */
	WIRE_BLIND_COUNT,
};

enum wire_kind {
	WIRE_DATA = 1, /* struct wire_data: bytes of one write, or a piece of them */
	WIRE_SINK,     /* struct wire_sink: first sight of an inode; comes before its data */
	WIRE_PROCESS,  /* struct wire_process: first write of a process, or first after exec; comes before its data */
	WIRE_MAPPED,   /* struct wire_mapped: a log that is to be followed was mapped; comes behind both announcements */
	WIRE_COMPAT,   /* struct wire_compat: a process executed a 32-bit program while no hook showed its calls */
	WIRE_EXIT,     /* struct wire_exit: the last thread of a process that wrote has gone */
	WIRE_STACK,    /* struct wire_stack: where a write came from; comes before its data */
};

/* A sink is an inode in the eyes of one target; a datagram socket counts once per destination name. */
struct wire_sink_key {
	__u64 ino;
	__u32 dev; /* kernel encoding: major << 20 | minor */
	__u32 generation;
	__u32 target;
	__u32 peer; /* AF_UNIX: tells what it is connected to, or the destination named in the call, else 0 */
};

/* In the target of a key: as its second hops see it, which write on what others wrote before. Such writes are counted
 * and not looked at. */
#define WIRE_SECOND_HOP 0x80000000u

/* What a program known to be a collector takes in, as bits; and the births of pipes. */
#define WIRE_COLLECTS_STDIN 1u   /* a pipe that is its standard input */
#define WIRE_COLLECTS_SOCKETS 2u /* what is sent to the sockets of syslog and the journal */
#define WIRE_COLLECTS_PIPES 4u   /* pipes that it made for others to write to */
#define WIRE_COLLECTS_FILES 8u   /* the logs themselves, which it copies */
enum wire_inner_pipe {
	WIRE_PIPE_INNER = 1, /* made by the target itself */
	WIRE_PIPE_COLLECTED, /* and the standard input of a collector */
};

/* A process that is followed. */
struct wire_followed {
	__u32 target;    /* perhaps with WIRE_SECOND_HOP */
	__u32 announced; /* kernel side only */
	__u32 collects;  /* WIRE_COLLECTS_*; 0: is no collector */
	__u32 matched;   /* by itself, and not as a child: it leaves when it executes what does not match */
};

/* What makes a process one of a target when it executes a program. */
enum wire_match_kind {
	WIRE_MATCH_NONE,
	WIRE_MATCH_COMM,      /* name, NUL-ended */
	WIRE_MATCH_EXE,       /* ino and dev of the executable */
	WIRE_MATCH_UNIT,      /* name of its cgroup or one above, NUL-ended */
	WIRE_MATCH_CONTAINER, /* what the id in such a name begins with */
};

#define WIRE_MATCH_NAME_MAX 256

struct wire_match {
	__u32 kind;
	__u32 len; /* bytes of name that are compared; behind them are zeroes */
	__u64 ino;
	__u32 dev; /* kernel encoding */
	__u32 reserved;
	__u8 name[WIRE_MATCH_NAME_MAX];
};

struct wire_amount {
	__u64 events;
	__u64 bytes; /* 0: not known */
};

/* Counters of a sink. seen = data sent up the ring + lost, in bytes and in writes. Of those that move together
 * seen_writes, gaps and events move last: while none of these does, nothing has. What is needed of all sinks each
 * second lies in the first two lines of the cache. */
struct wire_sink_stats {
	__u64 seen_bytes;
	__u64 seen_writes;
	__u64 gaps; /* moves whenever a byte is lost: records across it must not be joined */
	struct wire_sink_key key;
	__u32 place;     /* of these counters among all */
	__u32 announced; /* kernel side only: whether a wire_sink record has gone up */
	__u32 no_log;    /* user space sets it, once the sink is judged to be none */
	__u32 in_use;    /* the index leads here; user space ends that */
	struct wire_amount blind[WIRE_BLIND_OF_SINKS];
	__u64 lost_bytes[WIRE_LOSS_COUNT];
	__u64 lost_writes[WIRE_LOSS_COUNT]; /* writes of which no byte went up */
	__u64 budget_ns;                    /* kernel side only, as budget_tgid: see shed.bpf.h */
	__u32 budget_tgid;
	__u32 stacks_wanted; /* user space sets it: of so many writes to come the stack is sent as well */
};

/* Counters that belong to no sink, per target. */
struct wire_target_stats {
	/* Written to a possible log while the sink table was full, or by a descriptor that another thread closed before
	 * the call had come to its end. */
	__u64 unplaced_bytes;
	__u64 unplaced_writes;
	__u64 untracked_processes; /* children not followed because the process table was full */
	__u64 collected;           /* WIRE_COLLECTS_*: logs of the target that collectors may be rewriting */
	__u64 unseen_requests;     /* of io_uring, that the kernel did not show or not whole */
};

#define WIRE_F_TRUNCATED 1u /* the write was longer than what is copied of it */
#define WIRE_F_DATAGRAM 2u  /* a message, not part of a stream */

struct wire_data {
	__u32 kind;
	__u32 flags;
	__u64 time_ns; /* CLOCK_MONOTONIC */
	struct wire_sink_key sink;
	__u64 gaps; /* of the sink, when this was sent */
	__u32 tgid;
	__u32 tid;
	__u32 write_len; /* bytes of this write that should come up (at most WIRE_WRITE_MAX) */
	__u32 offset;    /* of this piece in the write */
	__u32 len;       /* payload bytes of this piece */
	__u32 reserved;
	__u8 payload[];
};

#define WIRE_SINK_F_STDOUT 1u  /* the writer's fd 1 is this very inode */
#define WIRE_SINK_F_STDERR 16u /* the writer's fd 2 is this very inode */
#define WIRE_SINK_F_STDIO (WIRE_SINK_F_STDOUT | WIRE_SINK_F_STDERR)
#define WIRE_SINK_F_PATH_CUT 2u     /* deeper or longer than the walk goes: path holds the leaf end */
#define WIRE_SINK_F_DELETED 4u      /* unlinked */
#define WIRE_SINK_F_NAMED_SOCKET 8u /* path holds the peer's name: AF_UNIX ('@' first: abstract) or a sockaddr */
#define WIRE_SINK_F_APPEND 64u      /* opened to append (O_APPEND) */
#define WIRE_SINK_F_UNLINKABLE 32u  /* in no directory tree, as a memfd: path holds its bare name */

struct wire_sink {
	__u32 kind;
	__u32 flags;
	struct wire_sink_key sink;
	__u32 mode; /* i_mode */
	__u32 rdev; /* of a device node, kernel encoding */
	__u32 tgid; /* who wrote, and to which of its descriptors: for /proc, if it still lives */
	__s32 fd;
	__u32 peer_tgid; /* AF_UNIX: who made the other end (SO_PEERCRED), else 0 */
	__u16 family;    /* sockets: AF_*, else 0 */
	__u16 socktype;
	__u32 path_len; /* bytes used in path */
	__u32 place;    /* of its counters in sink_stats */
	/* Component names from leaf to root, each ended by NUL, for files; a name for sockets. */
	__u8 path[WIRE_PATH_MAX];
};

struct wire_process {
	__u32 kind;
	__u32 tgid;
	__u32 parent_tgid;
	__u32 uid;
	__u64 cgroup_id;
	__u64 start_ns;           /* CLOCK_BOOTTIME start of the process: tells re-used pids apart */
	__u8 comm[WIRE_COMM_MAX]; /* of the group leader */
	__u16 target;
	__u16 arguments_len; /* 0: not known; WIRE_ARGUMENTS_MAX: perhaps not all */
	__u32 flags;         /* WIRE_SINK_F_PATH_CUT, of the executable */
	/* Bytes used in path: executable, cgroup, cgroup of v1, each in the form of wire_sink.path, and the arguments as
	 * they stand in the memory of the process, each ended by NUL. */
	__u32 path_len;
	__u16 executable_len;
	__u16 cgroup_len;
	__u8 path[WIRE_PATH_MAX];
};

struct wire_mapped {
	__u32 kind;
	__u32 tgid;
	struct wire_sink_key sink;
	__u64 offset; /* in the file, and bytes mapped from there */
	__u64 len;
	__s32 fd;
	__u32 reserved;
};

struct wire_compat {
	__u32 kind;
	__u32 tgid;
	__u8 program[256]; /* path as it was executed, NUL-ended */
};

#define WIRE_REGISTERS 33

/* Of an address space: where program and stack begin, which tells what was executed last from what was before. */
struct wire_image {
	__u64 code_from;
	__u64 code_to;
	__u64 stack;
};

/* The user stack of a thread at a write, from the stack pointer on. */
struct wire_stack {
	__u32 kind;
	__u32 len;
	__u64 time_ns; /* of the write: the same in its wire_data */
	__u32 tgid;
	__u32 tid;
	__u8 comm[WIRE_COMM_MAX]; /* of the thread */
	struct wire_image image;
	__u64 from;                      /* address of bytes[0] */
	__u64 registers[WIRE_REGISTERS]; /* by their numbers in DWARF, the program counter behind the last */
	__u8 bytes[WIRE_STACK_MAX];
};

struct wire_exit {
	__u32 kind;
	__u32 tgid;
	__u64 time_ns;
};

#pragma GCC diagnostic pop
#endif
