/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * io_uring: writes and sends are asked for in shared memory, with or without a system call, and done by the process
 * itself or by threads that the kernel makes of it. Two tracepoints show each request:
 * - io_uring_submit_req (before 6.4 io_uring_submit_sqe): it has been read from the ring. Lists of buffers and
 *   addresses may be changed from here on, so they are copied.
 * - io_uring_complete: it is done and its result known, but not yet told to the process, so that the buffer is still
 *   the write's. It comes in a thread of the process: in the call that submitted it, in a kernel-made worker (io-wq) or
 *   poller (SQPOLL), or on its way out of any call; or, when the process has ended meanwhile, in a kernel thread.
 * What comes from user space is never read in another process than the one that asked.
 */
#include "bpf/hook.bpf.h"

/* 6.0, the first where both tracepoints are given the request. */
#define HAS_URING bpf_core_field_exists(struct io_kiocb, cmd)

#define REQ_F_FIXED_FILE (1u << 0) /* IOSQE_*: as the user set them */
#define REQ_F_CQE_SKIP (1u << 6)
#define IORING_SEND_VECTORIZED (1u << 5)

/* By request, from submission to completion. Stale ones, of requests whose completion was not shown, end when the
 * kernel uses the request again. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC); /* hardly ever used */
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct vectors);
} uring_vectors SEC(".maps");

/* The command of a request lies at its start. */
#define URING_RW(req) ((struct io_rw *)(req))
#define URING_SEND(req) ((struct io_sr_msg *)(req))
#define URING_SPLICE(req) ((struct io_splice *)(req))

enum uring_shape { URING_OTHER, URING_BUFFER, URING_IOVECS, URING_MESSAGE, URING_SEND_BUFFER, URING_SPLICED };

static __always_inline enum uring_shape uring_shape(struct io_kiocb *req) {
	switch (KREAD(req, opcode)) {
	case IORING_OP_WRITE:
	case IORING_OP_WRITE_FIXED:
		return URING_BUFFER;
	case IORING_OP_WRITEV:
	case IORING_OP_WRITEV_FIXED:
		return URING_IOVECS;
	case IORING_OP_SENDMSG:
	case IORING_OP_SENDMSG_ZC:
		return URING_MESSAGE;
	case IORING_OP_SEND:
	case IORING_OP_SEND_ZC:
		return URING_SEND_BUFFER;
	case IORING_OP_SPLICE:
	case IORING_OP_TEE:
		return URING_SPLICED;
	}
	return URING_OTHER;
}

static __always_inline struct task_struct *uring_task(struct io_kiocb *req) {
	struct io_uring_task *tctx;

	if (bpf_core_field_exists(req->task))
		return KREAD(req, task);
	tctx = KREAD(req, tctx);
	return KREAD(tctx, task);
}

static __always_inline __u32 uring_tgid(struct io_kiocb *req) {
	struct task_struct *task = uring_task(req);

	return KREAD(task, tgid);
}

static __always_inline void count_unseen_request(const struct wire_followed *process) {
	if (process->target < WIRE_TARGETS_MAX)
		__sync_fetch_and_add(&target_stats[process->target].unseen_requests, 1);
}

static __always_inline void vectors_take_name(struct vectors *v, const void *name, __u64 len, bool in_kernel) {
	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(sizeof(v->name)));
	v->name_len = len;
	if (!len || !name)
		v->name_len = 0;
	else if (in_kernel ? bpf_probe_read_kernel(v->name, len, name) : bpf_probe_read_user(v->name, len, name))
		v->name_len = 0;
}

static __always_inline bool vectors_take_message(struct vectors *v, struct io_kiocb *req) {
	struct user_msghdr msg;

	if (bpf_probe_read_user(&msg, sizeof(msg), KREAD(URING_SEND(req), umsg)))
		return false;
	vectors_take_name(v, msg.msg_name, msg.msg_namelen, false);
	return vectors_take(v, msg.msg_iov, msg.msg_iovlen);
}

/* As a number: the verifier takes no sums of pointers. */
static __always_inline __u64 uring_send_buffer(struct io_sr_msg *send) {
	__u64 from = 0;

	bpf_core_read(&from, sizeof(from), &send->buf);
	return from;
}

/* A send has one buffer or, since 6.17, a list; and may have an address. */
static __always_inline bool vectors_take_send(struct vectors *v, struct io_kiocb *req) {
	struct io_async_msghdr *copied = KREAD(req, async_data);
	struct io_sr_msg *send = URING_SEND(req);
	__u16 addr_len = 0;

	if (bpf_core_field_exists(send->addr) && !bpf_core_read(&addr_len, sizeof(addr_len), &send->addr_len))
		vectors_take_name(v, KREAD(send, addr), addr_len, false);
	else if (KREAD(copied, msg.msg_name))
		vectors_take_name(v, KREAD(copied, msg.msg_name), KREAD(copied, msg.msg_namelen), true);
	if (KREAD(send, flags) & IORING_SEND_VECTORIZED)
		return vectors_take(v, (const void *)uring_send_buffer(send), KREAD(send, len));
	v->iovecs[0].iov_base = (void *)uring_send_buffer(send);
	v->iovecs[0].iov_len = KREAD(send, len);
	v->len = 1;
	return v->name_len;
}

/* Is there anything that has to be copied now? */
static __always_inline bool uring_vectors_take(struct vectors *v, struct io_kiocb *req, enum uring_shape shape) {
	__builtin_memset(v, 0, __builtin_offsetof(struct vectors, name));
	v->user_data = KREAD(req, cqe.user_data);
	if (task_is_compat(current_task())) /* its lists have another layout: counted as lost */
		return false;
	if (shape == URING_IOVECS)
		return vectors_take(v, (const void *)KREAD(URING_RW(req), addr), KREAD(URING_RW(req), len));
	if (shape == URING_MESSAGE)
		return vectors_take_message(v, req);
	return shape == URING_SEND_BUFFER && vectors_take_send(v, req);
}

/* The one buffer of a request that has no list. A send that went out in parts has moved its start. */
static __always_inline void uring_use_buffer(struct request *r, struct io_kiocb *req, enum uring_shape shape) {
	struct io_sr_msg *send = URING_SEND(req);

	r->zero_copy = shape == URING_SPLICED;
	r->unreadable = shape == URING_IOVECS || shape == URING_MESSAGE;
	if (shape == URING_BUFFER)
		r->from = KREAD(URING_RW(req), addr);
	else if (shape == URING_SEND_BUFFER)
		r->from = uring_send_buffer(send) - KREAD(send, done_io);
}

/* How many bytes a request asks to write. */
static __always_inline void uring_sum(struct request *r, struct io_kiocb *req, enum uring_shape shape) {
	if (shape == URING_BUFFER)
		r->bytes = KREAD(URING_RW(req), len);
	else if (shape == URING_SPLICED)
		r->bytes = KREAD(URING_SPLICE(req), len);
	else
		request_sum_vectors();
}

/* One whose success is not to be told (IOSQE_CQE_SKIP_SUCCESS) is not shown as complete either. */
static __always_inline void uring_assume(void *ctx, struct request *r, struct io_kiocb *req, enum uring_shape shape,
                                         struct wire_followed *process) {
	if (KREAD(req, flags) & REQ_F_FIXED_FILE) /* by a number in the ring's own table: which file is not yet known */
		return count_unseen_request(process);
	request_init(r);
	r->fd = KREAD(req, cqe.fd);
	uring_sum(r, req, shape);
	if (!r->bytes) /* its list cannot be read */
		return count_unseen_request(process);
	r->assumed = true;
	if (r->vectors.len)
		request_use_vectors(r);
	else
		uring_use_buffer(r, req, shape);
	request_send(ctx, r);
}

static __always_inline void uring_note(void *ctx, struct request *r, struct io_kiocb *req, enum uring_shape shape,
                                       struct wire_followed *process) {
	bool take = uring_vectors_take(&r->vectors, req, shape);
	__u64 key = (__u64)req;

	r->vectors.done = KREAD(req, flags) & REQ_F_CQE_SKIP;
	if (take || r->vectors.done)
		bpf_map_update_elem(&uring_vectors, &key, &r->vectors, BPF_ANY);
	else
		bpf_map_delete_elem(&uring_vectors, &key);
	if (r->vectors.done)
		uring_assume(ctx, r, req, shape, process);
}

static __always_inline void uring_submit(void *ctx, struct io_kiocb *req) {
	struct wire_followed *process = process_watched(current_tgid());
	struct request *r = request_current();
	enum uring_shape shape;

	if (!process || !r)
		return;
	if (!HAS_URING)
		return count_unseen_request(process);
	shape = uring_shape(req);
	if (shape == URING_OTHER || !turn_take())
		return;
	preempt_forbid();
	uring_note(ctx, r, req, shape, process);
	preempt_allow();
}

/* Done by a kernel thread for a process that has ended or is about to: the memory is not at hand. */
static __always_inline void uring_complete_elsewhere(struct io_kiocb *req) {
	struct task_struct *task = current_task();
	__u32 tgid;
	struct wire_followed *process;

	if (KREAD(task, mm))
		return;
	tgid = uring_tgid(req);
	process = bpf_map_lookup_elem(&processes, &tgid);
	if (process && uring_shape(req) != URING_OTHER && KREAD(req, cqe.res) > 0)
		count_unseen_request(process);
}

/* What was copied at submission, if anything was. False: it has been counted already. */
static __always_inline bool uring_recall(struct request *r, struct io_kiocb *req) {
	__u64 key = (__u64)req;
	struct vectors *v = bpf_map_lookup_elem(&uring_vectors, &key);

	r->vectors.len = 0;
	if (!v || v->user_data != KREAD(req, cqe.user_data))
		return true;
	bpf_probe_read_kernel(&r->vectors, sizeof(r->vectors), v);
	bpf_map_delete_elem(&uring_vectors, &key);
	return !r->vectors.done;
}

static __always_inline void uring_send(void *ctx, struct request *r, struct io_kiocb *req, enum uring_shape shape) {
	if (!uring_recall(r, req) || KREAD(req, cqe.res) <= 0)
		return;
	request_init(r);
	r->file = KREAD(req, file);
	r->bytes = KREAD(req, cqe.res);
	if (r->vectors.len)
		request_use_vectors(r);
	else
		uring_use_buffer(r, req, shape);
	request_send(ctx, r);
}

static __always_inline void uring_complete(void *ctx, struct io_kiocb *req) {
	struct wire_followed *process;
	struct request *r = request_current();
	enum uring_shape shape;

	if (!HAS_URING || !req || !r) /* no request: a further result of one that has many */
		return;
	process = process_watched(current_tgid());
	if (!process)
		return uring_complete_elsewhere(req);
	shape = uring_shape(req);
	if (shape == URING_OTHER || !turn_take())
		return;
	preempt_forbid();
	uring_send(ctx, r, req, shape);
	preempt_allow();
}

/* How both events begin where HAS_URING. Not by CO-RE: each kernel type that is looked up takes a millisecond. */
struct uring_event {
	__u64 common;
	void *ring;
	struct io_kiocb *req;
};

SEC("tracepoint/io_uring/io_uring_submit_req")
int tp_uring_submit(struct uring_event *ctx) {
	uring_submit(ctx, HAS_URING ? ctx->req : NULL);
	turn_give();
	return 0;
}
SEC("raw_tp/io_uring_submit_req")
int raw_uring_submit(struct bpf_raw_tracepoint_args *ctx) {
	uring_submit(ctx, (struct io_kiocb *)ctx->args[0]);
	turn_give();
	return 0;
}
SEC("tracepoint/io_uring/io_uring_complete")
int tp_uring_complete(struct uring_event *ctx) {
	uring_complete(ctx, HAS_URING ? ctx->req : NULL);
	turn_give();
	return 0;
}
SEC("raw_tp/io_uring_complete")
int raw_uring_complete(struct bpf_raw_tracepoint_args *ctx) {
	uring_complete(ctx, HAS_URING ? (struct io_kiocb *)ctx->args[1] : NULL);
	turn_give();
	return 0;
}

/* No room for a result: the request's completion is not shown, later neither. */
SEC("raw_tp/io_uring_cqe_overflow")
int on_uring_overflow(struct bpf_raw_tracepoint_args *ctx) {
	struct wire_followed *process = process_watched(current_tgid());

	if (process && HAS_URING && (__s32)ctx->args[2] > 0)
		count_unseen_request(process);
	return 0;
}
