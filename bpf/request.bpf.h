/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A write as the program of hook_write.bpf.h takes it: from the registers of a system call, or from another program,
 * which found it elsewhere and goes there by a tail call: a program that holds the whole way from a file to the ring
 * takes milliseconds to load, so there is one.
 */
#ifndef BPF_REQUEST_BPF_H
#define BPF_REQUEST_BPF_H

#include "bpf/syscall.bpf.h"

#define VECTORS_MAX 64 /* iovecs copied before the kernel used them; what more there are is lost as truncated */

/* What the one who asks may change as soon as he has asked. */
struct vectors {
	__u64 user_data; /* io_uring's, to tell requests apart */
	__u64 bytes;     /* of all iovecs */
	__u32 len;
	__u32 name_len;
	__u32 done; /* counted when it was asked for */
	__u32 reserved;
	char name[sizeof(struct socket_name)];
	struct iovec iovecs[VECTORS_MAX];
};

/* What lies at `from`. */
enum request_kind {
	REQUEST_BUFFER,
	REQUEST_IOVECS,
	REQUEST_MESSAGES, /* of sendmmsg() */
};

/* A process as a cpu remembers it, until `recalls` moves: looking it up takes longer than all that is done for what
 * is no log. */
struct known_process {
	__u32 tgid; /* 0: none is remembered; what follows is of the current one */
	__u32 recalls;
	__u32 target;
	__u32 announced;
};

/* In a map, since on the stack the verifier would follow each way its numbers can take; one for each cpu, and whoever
 * has its turn there (turn.bpf.h) uses it. */
struct request {
	bool pending;    /* filled by another program, or before the announcer was called */
	bool compat;     /* name and what lies at `from` are those of a 32-bit program */
	bool in_kernel;  /* name and iovecs lie in memory of ours */
	bool zero_copy;  /* bytes that never were in the process's memory */
	bool memfd;      /* handed over as a memory file */
	bool unreadable; /* bytes that we do not know the place of */
	bool resumed;    /* set while going on with next */
	bool assumed;    /* asked for; whether it was written is not known */
	enum request_kind kind;
	__s32 fd; /* -1: none, but a file */
	__u32 name_len;
	__u32 target;
	__u32 next; /* program to go on with, or 0 */
	struct file *file;
	__u64 owner; /* who set pending or resumed; taken out of its target meanwhile it does not come to clear them */
	__u64 bytes;
	__u64 control; /* of a message: what is handed over with it */
	const void *name;
	__u64 from;
	__u64 from_len; /* iovecs or messages */
	/* Whose: set by the program that sends it. What follows is, by request_find(). */
	__u64 id;
	struct wire_sink_key key;
	__u32 place;      /* of the sink's counters */
	__u32 data_flags; /* WIRE_F_* */
	/* What a socket is connected to. Not on the stack, of which kernels up to 6.1 give a function, those that it calls,
	 * and so on, 512 bytes together. */
	struct socket_name peer;
	struct known_process process;
	/* The last one of this cpu that was in not_logs. */
	struct wire_sink_key not_log;
	/* And that had no counters. */
	struct wire_sink_key unmet;
	__u32 not_log_recalls;
	__u32 unmet_recalls;
	struct vectors vectors;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct request);
} requests SEC(".maps");

static __always_inline struct request *request_current(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&requests, &zero);
}

static __always_inline void request_init(struct request *r) {
	__builtin_memset(r, 0, __builtin_offsetof(struct request, id));
	r->fd = -1;
}

/* Of the request's own memory. */
static __always_inline void request_use_vectors(struct request *r) {
	r->in_kernel = true;
	r->name = r->vectors.name;
	r->name_len = r->vectors.name_len;
	r->kind = REQUEST_IOVECS;
	r->from = (__u64)r->vectors.iovecs;
	r->from_len = r->vectors.len;
}

/* Is it pending or resumed by the current thread? */
static __always_inline bool request_goes_on(const struct request *r, bool flag) {
	return flag && r->owner == bpf_get_current_pid_tgid();
}

/* Copies a list of buffers; false when it cannot be read. */
static __always_inline bool vectors_take(struct vectors *v, const void *iovecs, __u64 len) {
	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(VECTORS_MAX));
	v->len = 0;
	if (!len || bpf_probe_read_user(v->iovecs, len * sizeof(struct iovec), iovecs))
		return false;
	v->len = len;
	return true;
}

/* Adds up what the vectors hold. verifier: global, see emit_piece(). */
int __noinline request_sum_vectors(void) {
	struct request *r = request_current();

	if (!r)
		return 0;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < VECTORS_MAX && i < r->vectors.len; i++)
		r->bytes += r->vectors.iovecs[i].iov_len;
	return 0;
}

/* Does not come back, unless it could not go. */
static __always_inline void request_send(void *ctx, struct request *r) {
	r->pending = true;
	r->owner = bpf_get_current_pid_tgid();
	program_go(ctx, SLOT_REQUEST);
	r->pending = false;
}

#endif
