/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * All calls that write. From one buffer:
 * ssize_t write(int fd, const void *buf, size_t len), and pwrite64() with more behind;
 * ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len), and
 * send(), which is the same without an address.
 *
 * From many:
 * ssize_t writev(int fd, const struct iovec *iov, int len), and pwritev(), pwritev2() with more behind;
 * ssize_t vmsplice(int fd, const struct iovec *iov, size_t len, unsigned int flags), which lends the pages to a pipe,
 * or from the other end of a pipe only reads; ssize_t sendmsg(int fd, const struct msghdr *msg, int flags);
 * int sendmmsg(int fd, struct mmsghdr *msgs, unsigned int len, int flags): messages.bpf.h.
 *
 * From none, from file to file inside the kernel: there is nothing to read, but the bytes count, and the sink is named:
 * ssize_t sendfile(int to, int from, off_t *offset, size_t len);
 * ssize_t tee(int from, int to, size_t len, unsigned int flags);
 * ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t len, unsigned int flags), and
 * copy_file_range(), which has the same arguments.
 *
 * And what other programs found: request.bpf.h.
 */
#include "bpf/hook.bpf.h"
#include "bpf/iovec.bpf.h"
#include "bpf/messages.bpf.h"

#define WRITE_CALLS                                                                                                    \
	"write,pwrite64,sendto,writev,pwritev,pwritev2,vmsplice,sendmsg,sendmmsg,sendfile64,tee,splice,copy_file_range"

static __always_inline bool is_writing_end(struct file *file) {
	return file && KREAD(file, f_mode) & FMODE_WRITE;
}

/*
 * To journald goes an entry too large for a datagram as an empty one that hands over a memory file, which the sender
 * has still open here. Its bytes came by calls of their own, before anybody knew what it would be for.
 * verifier: global, so that its ways out do not multiply those of the rest.
 */
int __noinline request_use_memfd(void) {
	struct request *r = request_current();
	struct cmsghdr head;
	struct compat_cmsghdr compat_head;
	__s32 fd;
	__u64 at;
	struct file *file;
	struct inode *inode;
	bool bad;

	if (!r)
		return 0;
	at = r->control;
	if (r->compat) {
		bad = bpf_probe_read_user(&compat_head, sizeof(compat_head), (const void *)at);
		head.cmsg_level = compat_head.cmsg_level;
		head.cmsg_type = compat_head.cmsg_type;
		at += sizeof(compat_head);
	} else {
		bad = bpf_probe_read_user(&head, sizeof(head), (const void *)at);
		at += sizeof(head);
	}
	if (bad || head.cmsg_level != SOL_SOCKET || head.cmsg_type != SCM_RIGHTS ||
	    bpf_probe_read_user(&fd, sizeof(fd), (const void *)at))
		return 0;
	file = file_of(fd);
	if (!file)
		return 0;
	inode = KREAD(file, f_inode);
	if ((KREAD(inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	r->bytes = KREAD(inode, i_size);
	r->memfd = true;
	return 0;
}

static __always_inline void request_use_message(struct request *r) {
	struct user_msghdr msg;

	if (!message_read(&msg, r->from, r->compat))
		__builtin_memset(&msg, 0, sizeof(msg)); /* it counts all the same */
	r->name = msg.msg_name;
	r->name_len = msg.msg_namelen;
	r->from = (__u64)msg.msg_iov;
	r->from_len = msg.msg_iovlen;
	r->control = (__u64)msg.msg_control;
	if (!r->bytes && msg.msg_controllen)
		request_use_memfd();
}

/* False: it writes nothing. */
static __always_inline bool request_take(struct request *r, struct call *call) {
	request_init(r);
	r->compat = call->compat;
	r->bytes = call->ret;
	r->fd = call->args[0];
	r->from = call->args[1];
	r->from_len = call->args[2];
	switch (call->nr) {
	case NR_sendto:
		call_load_rest(call);
		r->name = (const void *)call->args[4];
		r->name_len = call->args[5];
		return true;
	case NR_write:
	case NR_pwrite64:
		return true;
	case NR_writev:
	case NR_pwritev:
	case NR_pwritev2:
		r->kind = REQUEST_IOVECS;
		return true;
	case NR_vmsplice:
		r->kind = REQUEST_IOVECS;
		return is_writing_end(file_of(r->fd));
	case NR_sendmsg:
		r->kind = REQUEST_IOVECS;
		request_use_message(r);
		return true;
	case NR_sendmmsg:
		r->kind = REQUEST_MESSAGES;
		r->from_len = call->ret;
		return true;
	case NR_sendfile:
		r->zero_copy = true;
		return true;
	case NR_tee:
		r->zero_copy = true;
		r->fd = call->args[1];
		return true;
	case NR_splice:
	case NR_copy_file_range:
		r->zero_copy = true;
		r->fd = call->args[2];
		return true;
	}
	return false;
}

/* Called anew behind the announcer, the program finds the request as it is. */
static __always_inline bool request_announce(struct call *call, struct request *r, struct file *file,
                                             __u32 *announced) {
	bool yes;

	if (*announced == ANNOUNCED_YES)
		return true;
	r->pending = true;
	r->owner = call->id;
	yes = announce(call, file, r->fd, SLOT_REQUEST, announced);
	r->pending = false;
	return yes;
}

/* The same of the process. */
static __always_inline bool request_announce_process(struct call *call, struct request *r, struct file *file) {
	struct wire_followed *process;

	if (r->process.announced)
		return true;
	process = process_watched(call->id >> 32);
	if (!process || !request_announce(call, r, file, &process->announced))
		return false;
	r->process.announced = true;
	return true;
}

static __always_inline void send_messages(struct call *call, struct request *r) {
	__u32 zero = 0;
	struct messages *m = bpf_map_lookup_elem(&current_messages, &zero);

	if (!m || !messages_may_log(r))
		return;
	/* Before it is known whether any message is a log: the announcer cannot be called from emit_message(). */
	messages_begin(m, r, !request_announce_process(call, r, NULL));
	emit_message_all();
}

static __always_inline void send_bytes(struct call *call, struct request *r) {
	struct wire_sink_stats *stats;
	__u32 place;

	if (!r->bytes)
		return;
	if (!r->file)
		r->file = file_of_task(call->task, r->fd);
	if (!request_find(r))
		return;
	place = r->place;
	stats = bpf_map_lookup_elem(&sink_stats, &place);
	if (!stats)
		return;
	if (!request_announce(call, r, r->file, &stats->announced)) {
		count_lost_write(stats, WIRE_LOSS_RING_FULL, r->bytes);
		return;
	}
	if (is_rewritten(r, stats))
		return;
	if (request_announce_process(call, r, r->file))
		request_emit(r, stats);
	else
		count_lost_write(stats, WIRE_LOSS_RING_FULL, r->bytes);
}

static __always_inline void write_look(struct call *call, struct request *r) {
	__u32 next;

	if (!request_goes_on(r, r->pending)) {
		if (call->ret < 0)
			return;
		call_load(call);
		if (!request_take(r, call)) {
			if (call->raw)
				call_go(call, call->nr);
			return;
		}
	}
	r->pending = false;
	r->target = r->process.target;
	r->id = call->id;
	if (r->kind == REQUEST_MESSAGES)
		send_messages(call, r);
	else
		send_bytes(call, r);
	next = r->next;
	if (!next)
		return;
	r->resumed = true;
	call_go(call, next);
	r->resumed = false;
}

/* Looks the current process up; 0: it is not watched. What it collects may be seen at any time, which changes its
 * target: then it is not remembered. verifier: global, so that the rest is not looked at with and without it. */
int __noinline request_find_process(void) {
	struct request *r = request_current();
	__u32 tgid = current_tgid(), now = recalls;
	struct wire_followed *process = process_watched(tgid);

	if (!process || !r)
		return 0;
	collector_check(process);
	r->process.tgid = process->collects ? 0 : tgid;
	r->process.recalls = now;
	r->process.target = process->target;
	r->process.announced = process->announced == ANNOUNCED_YES;
	return 1;
}

static __always_inline bool process_is_known(const struct known_process *p, __u32 tgid) {
	return p->tgid == tgid && p->recalls == recalls && !stopped;
}

static __always_inline void body_write(struct call *call) {
	struct request *r = request_current();
	__u32 tgid = call->id >> 32;

	if (!r || !process_may_be_followed(tgid))
		return;
	/* That a turn was missed counts of a watched process alone. */
	if (IS_PREEMPTED && !process_watched(tgid))
		return;
	if (!turn_take())
		return;
	preempt_forbid();
	if (process_is_known(&r->process, tgid) || request_find_process())
		write_look(call, r);
	preempt_allow();
}

SEC("tracepoint/sys_exit/" WRITE_CALLS)
int tp_write(struct trace_event_raw_sys_exit *ctx) {
	struct call call;

	call_begin(&call, ctx);
	call.ret = ctx->ret;
	call.raw = false;
	body_write(&call);
	turn_give();
	return 0;
}

/* At the exit of every system call: those that are no writes go on to the hook behind their number. */
SEC("raw_tp/sys_exit")
int raw_write(struct bpf_raw_tracepoint_args *ctx) {
	struct request *r = request_current();
	struct call call;

	/* What another program goes on with comes with the arguments of that one's tracepoint. */
	if (!r || (!r->pending && !exit_is_looked_at(ctx)))
		return 0;
	call_begin(&call, ctx);
	if (compat_only && !task_is_compat(call.task))
		return 0;
	call.ret = ctx->args[1];
	call.exit_regs = ctx->args[0];
	call.raw = true;
	body_write(&call);
	turn_give();
	return 0;
}
