/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * int io_submit(aio_context_t ctx, long len, struct iocb **requests): its result is the number of requests taken. What
 * goes through the page cache is written when it returns, and the results stand in the process's ring of results, in
 * order. A result that is not there yet, or not to be read, may be fetched from that ring without a system call: what
 * was asked for is then taken as written, and the sink named.
 */
#include "bpf/hook.bpf.h"

#define IOCB_CMD_PWRITE 1
#define IOCB_CMD_PWRITEV 8

#define AIO_BATCH 32
#define AIO_REQUESTS_MAX 1024 /* looked at in one call */

/* At most 32 programs can follow each other; so many does a write take, to a sink that has been announced and to one
 * that has not. */
#define PROGRAMS_MAX 28
#define PROGRAMS_KNOWN 2
#define PROGRAMS_UNKNOWN 4

/* The current call. In a map for the reason given at struct emit. */
struct aio {
	__u64 requests; /* the next one's place */
	__u64 left;     /* to be looked at */
	__u64 ring;
	__u32 event, events_len; /* the next one's result in the ring */
	__u32 programs;          /* that have followed */
	__u32 target;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct aio);
} current_aio SEC(".maps");

static __always_inline void aio_begin(struct aio *a, struct call *call, __u32 target) {
	struct aio_ring ring = {};
	__u32 taken = call->ret;

	a->ring = call->args[0];
	a->requests = call->args[2];
	a->left = taken;
	a->programs = 0;
	a->target = target;
	a->events_len = a->event = 0;
	bpf_probe_read_user(&ring, sizeof(ring), (const void *)a->ring);
	if (taken > ring.nr || ring.tail >= ring.nr)
		return;
	a->events_len = ring.nr;
	a->event = ring.tail >= taken ? ring.tail - taken : ring.tail + ring.nr - taken;
}

/* The result of a request, if it stands in its place. */
static __always_inline bool aio_result(const struct aio *a, __u64 request, __s64 *ret) {
	const struct io_event *at = (const struct io_event *)(a->ring + sizeof(struct aio_ring)) + a->event;
	struct io_event event;

	if (!a->events_len || bpf_probe_read_user(&event, sizeof(event), at) || event.obj != request)
		return false;
	*ret = event.res;
	return true;
}

/* What there is to send; false: nothing was written. */
static __always_inline bool aio_take(struct request *r, const struct aio *a, const struct iocb *iocb, __u64 address) {
	__s64 result = 0;

	request_init(r);
	r->fd = iocb->aio_fildes;
	r->assumed = !aio_result(a, address, &result);
	if (!r->assumed && result <= 0)
		return false;
	if (iocb->aio_lio_opcode == IOCB_CMD_PWRITE) {
		r->bytes = iocb->aio_nbytes;
		r->from = iocb->aio_buf;
	} else {
		r->unreadable = !vectors_take(&r->vectors, (const void *)iocb->aio_buf, iocb->aio_nbytes);
		request_sum_vectors();
		r->vectors.name_len = 0;
		request_use_vectors(r);
	}
	if (!r->assumed)
		r->bytes = result;
	return true;
}

/* False: it is known to be no log. Else the counters of its sink, unless they are those of a socket. */
static __always_inline bool aio_sink(const struct request *r, __u32 target, struct wire_sink_stats **ret) {
	struct wire_sink_key key;
	struct file *file = file_of(r->fd);
	struct inode *inode;
	__u32 type;

	*ret = NULL;
	if (!file)
		return false;
	inode = KREAD(file, f_inode);
	type = KREAD(inode, i_mode) & S_IFMT;
	if (type != S_IFREG && type != S_IFIFO && type != S_IFCHR)
		return type == S_IFSOCK;
	sink_key_init(&key, inode, target);
	if (is_not_log(&key))
		return false;
	*ret = sink_stats_of(&key, r->bytes);
	return true;
}

/* Sends it, if it may have been written to a log. False: no other program can follow any more, so it was counted. */
static __always_inline bool aio_send(struct request *r, struct aio *a) {
	struct wire_sink_stats *stats;
	__u32 programs = PROGRAMS_UNKNOWN;

	if (!aio_sink(r, a->target, &stats))
		return false;
	if (stats && stats->announced == ANNOUNCED_YES)
		programs = PROGRAMS_KNOWN;
	if (a->programs + programs <= PROGRAMS_MAX) {
		a->programs += programs;
		r->next = NR_io_submit;
		return true;
	}
	if (stats)
		count_lost_write(stats, WIRE_LOSS_TRUNCATED, r->bytes);
	else
		count_unplaced(a->target, r->bytes, 1);
	return false;
}

/* Looks at the next request: 1 when it is to be sent, or there is none. verifier: global, see emit_piece(). */
int __noinline aio_next(void) {
	__u32 zero = 0;
	struct aio *a = bpf_map_lookup_elem(&current_aio, &zero);
	struct request *r = request_current();
	struct iocb iocb;
	__u64 address;
	bool found;

	if (!a || !r || !a->left)
		return 1;
	found = !bpf_probe_read_user(&address, sizeof(address), (const void *)a->requests) &&
	        !bpf_probe_read_user(&iocb, sizeof(iocb), (const void *)address) &&
	        (iocb.aio_lio_opcode == IOCB_CMD_PWRITE || iocb.aio_lio_opcode == IOCB_CMD_PWRITEV) &&
	        aio_take(r, a, &iocb, address);
	a->left--;
	a->requests += sizeof(address);
	a->event = a->event + 1 < a->events_len ? a->event + 1 : 0;
	return found && aio_send(r, a);
}

/* 0 when there may be more. verifier: see emit_iovec_batch(). */
int __noinline aio_next_batch(void) {
#pragma clang loop unroll(disable)
	for (int i = 0; i < AIO_BATCH; i++)
		if (aio_next())
			return 1;
	return 0;
}

HOOK(aio, "io_submit", NR(io_submit)) {
	__u32 zero = 0;
	struct aio *a = bpf_map_lookup_elem(&current_aio, &zero);
	struct request *r = request_current();

	if (!a || !r)
		return;
	if (!request_goes_on(r, r->resumed))
		aio_begin(a, call, process->target);
	r->resumed = false;
	r->next = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < AIO_REQUESTS_MAX / AIO_BATCH; i++)
		if (aio_next_batch())
			break;
	if (r->next)
		request_send(call->ctx, r);
	else if (a->left)
		count_unplaced(a->target, 0, a->left);
}
