/* SPDX-License-Identifier: MIT */
/* io_uring: writes and sends, wherever the kernel does them: in the call, in its workers, in its poller, later. */
#include "ring.h"
#include "sockets.h"

#include <sys/uio.h>

static const size_t sizes[] = {1, 64, 120, 4095, 4096, EDGE(WIRE_PIECE_MAX), 3 * WIRE_PIECE_MAX - 5, WIRE_WRITE_MAX};

enum op {
	OP_WRITE,
	OP_WRITE_FIXED,
	OP_WRITEV,
	OP_WRITEV_FIXED,
	OP_SEND,
	OP_SENDTO,
	OP_SENDMSG,
	OP_SENDMSG_TO,
	OP_SEND_PICKED
};

struct job {
	char log[108], other[108];
	enum op op;
	unsigned ring_flags, sqe_flags;
	bool registered_file;
};

static struct job job_of(const struct watch *w) {
	struct job job = {.op = OP_WRITE};
	watch_path(w, "a.log", job.log);
	watch_path(w, "data.bin", job.other);
	return job;
}

/* A write's buffers, of any shape; alive until it is done. */
struct buffers {
	char *data;
	struct iovec iov[3];
	struct msghdr msg;
	struct sockaddr_un addr;
	socklen_t addr_len;
	struct io_uring_buf_ring *picked;
};

static void buffers_fill(struct buffers *b, const struct job *job, size_t len, uint32_t seed) {
	b->data = pattern_new(len, seed);
	must(b->data);
	b->iov[0] = (struct iovec){b->data, len / 3};
	b->iov[1] = (struct iovec){b->data + len / 3, 0};
	b->iov[2] = (struct iovec){b->data + len / 3, len - len / 3};
	b->addr_len = unix_address(job->log, &b->addr);
	b->msg = (struct msghdr){.msg_iov = b->iov, .msg_iovlen = 3};
	if (job->op == OP_SENDMSG_TO)
		b->msg.msg_name = &b->addr, b->msg.msg_namelen = b->addr_len;
}

/* Before anything else is asked of the ring. */
static void buffers_register(struct buffers *b, const struct job *job, struct io_uring *ring, size_t len) {
	struct iovec all = {b->data, len};
	if (job->op == OP_WRITE_FIXED || job->op == OP_WRITEV_FIXED)
		must(!io_uring_register_buffers(ring, &all, 1));
	if (job->op != OP_SEND_PICKED)
		return;
	must(!posix_memalign((void **)&b->picked, 4096, 4096));
	struct io_uring_buf_reg reg = {.ring_addr = (unsigned long)b->picked, .ring_entries = 8, .bgid = 7};
	must(!io_uring_register_buf_ring(ring, &reg, 0));
	io_uring_buf_ring_init(b->picked);
	io_uring_buf_ring_add(b->picked, b->data, (unsigned)len, 1, 7, 0);
	io_uring_buf_ring_advance(b->picked, 1);
}

static void prepare(struct io_uring_sqe *sqe, const struct job *job, struct buffers *b, int fd, size_t len) {
	switch (job->op) {
	case OP_WRITE:
		return io_uring_prep_write(sqe, fd, b->data, (unsigned)len, (__u64)-1);
	case OP_WRITE_FIXED:
		return io_uring_prep_write_fixed(sqe, fd, b->data, (unsigned)len, (__u64)-1, 0);
	case OP_WRITEV:
		return io_uring_prep_writev(sqe, fd, b->iov, 3, (__u64)-1);
	case OP_WRITEV_FIXED: /* none of which may be empty */
		b->iov[1] = b->iov[2];
		io_uring_prep_writev(sqe, fd, b->iov + !b->iov[0].iov_len, 2 - !b->iov[0].iov_len, (__u64)-1);
		sqe->opcode = RING_WRITEV_FIXED;
		return;
	case OP_SEND:
		return io_uring_prep_send(sqe, fd, b->data, len, 0);
	case OP_SENDTO:
		io_uring_prep_send(sqe, fd, b->data, len, 0);
		sqe->addr2 = (unsigned long)&b->addr;
		sqe->addr_len = (__u16)b->addr_len;
		return;
	case OP_SENDMSG:
	case OP_SENDMSG_TO:
		return io_uring_prep_sendmsg(sqe, fd, &b->msg, 0);
	case OP_SEND_PICKED:
		io_uring_prep_send(sqe, fd, NULL, 0, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = 7;
		return;
	}
}

static int must_sink(const struct job *job) {
	if (job->op < OP_SEND)
		return must_open(job->log, O_WRONLY | O_CREAT);
	return job->op == OP_SENDTO || job->op == OP_SENDMSG_TO ? must_socket(SOCK_DGRAM)
	                                                        : must_connect(job->log, SOCK_DGRAM);
}

/* A write of each size, each with a ring of its own. */
static void write_sizes(const void *arg) {
	const struct job *job = arg;
	for (size_t i = 0; i < LEN(sizes) && (job->op < OP_SEND || sizes[i] <= 2 * WIRE_PIECE_MAX); i++) {
		struct buffers b = {0};
		struct io_uring ring;
		int fd = must_sink(job);
		must_ring(&ring, job->ring_flags);
		buffers_fill(&b, job, sizes[i], (uint32_t)i);
		buffers_register(&b, job, &ring, sizes[i]);
		if (job->registered_file)
			must(!io_uring_register_files(&ring, &fd, 1));
		struct io_uring_sqe *sqe = must_sqe(&ring);
		prepare(sqe, job, &b, job->registered_file ? 0 : fd, sizes[i]);
		sqe->flags |= (__u8)(job->sqe_flags | (job->registered_file ? IOSQE_FIXED_FILE : 0));
		must(io_uring_submit(&ring) == 1);
		must(must_result(&ring) == (int)sizes[i]);
		io_uring_queue_exit(&ring);
		close(fd);
		free(b.picked);
		free(b.data);
	}
}

static void assert_sizes_came(struct watch *w, const struct job *job) {
	size_t n = 0;
	assert_lost_nothing(w);
	for (; n < LEN(sizes) && (job->op < OP_SEND || sizes[n] <= 2 * WIRE_PIECE_MAX); n++)
		assert_taken_pattern(w, n, sizes[n], (uint32_t)n);
	assert_int_equal(w->taken_len, n);
	assert_int_equal(w->totals.seen_writes, n);
	assert_int_equal(w->blind.len, 0);
}

static void run_writes(struct watch *w, struct job job) {
	skip_without_ring(job.ring_flags);
	watch_run(w, write_sizes, &job);
	assert_sizes_came(w, &job);
}

static void write_comes(void **state) {
	run_writes(*state, job_of(*state));
}

static void write_of_a_registered_buffer_comes(void **state) {
	struct job job = job_of(*state);
	job.op = OP_WRITE_FIXED;
	run_writes(*state, job);
}

static void writev_comes(void **state) {
	struct job job = job_of(*state);
	job.op = OP_WRITEV;
	run_writes(*state, job);
}

static void writev_of_a_registered_buffer_comes(void **state) {
	struct job job = job_of(*state);
	skip_without_op(RING_WRITEV_FIXED);
	job.op = OP_WRITEV_FIXED;
	run_writes(*state, job);
}

static void write_to_a_registered_file_comes(void **state) {
	struct job job = job_of(*state);
	job.registered_file = true;
	run_writes(*state, job);
}

static void write_by_a_worker_comes(void **state) {
	struct job job = job_of(*state);
	job.op = OP_WRITEV;
	job.sqe_flags = IOSQE_ASYNC;
	run_writes(*state, job);
}

static void write_by_the_poller_comes(void **state) {
	struct job job = job_of(*state);
	job.op = OP_WRITEV;
	job.ring_flags = IORING_SETUP_SQPOLL;
	run_writes(*state, job);
}

/* Done by the device, some time after the submission. */
static void write_directly(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	char *p;
	int fd = must_open(job->log, O_WRONLY | O_CREAT | O_DIRECT);
	must(!posix_memalign((void **)&p, 4096, WIRE_PIECE_MAX));
	pattern_fill(p, WIRE_PIECE_MAX, 1);
	must_ring(&ring, 0);
	for (unsigned i = 0; i < 16; i++)
		io_uring_prep_write(must_sqe(&ring), fd, p, WIRE_PIECE_MAX, i * WIRE_PIECE_MAX);
	must(io_uring_submit(&ring) == 16);
	for (int i = 0; i < 16; i++)
		must(must_result(&ring) == WIRE_PIECE_MAX);
}

static void direct_write_comes(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	int fd = open(job.other, O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	if (fd < 0)
		skip_because("this file system has no direct writes");
	close(fd);
	watch_run(w, write_directly, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 16);
	for (size_t i = 0; i < 16; i++)
		assert_taken_pattern(w, i, WIRE_PIECE_MAX, 1);
}

static void write_completed_on_demand_comes(void **state) {
	struct job job = job_of(*state);
	job.ring_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	run_writes(*state, job);
}

static void run_sends(struct watch *w, enum op op, unsigned sqe_flags) {
	struct job job = job_of(w);
	skip_without_ring(0);
	job.op = op;
	job.sqe_flags = sqe_flags;
	watch_run_to_socket(w, job.log, SOCK_DGRAM, write_sizes, &job);
	assert_sizes_came(w, &job);
	assert_true(w->taken[0].datagram);
}

static void send_comes(void **state) {
	run_sends(*state, OP_SEND, 0);
}

static void send_to_an_address_comes(void **state) {
	run_sends(*state, OP_SENDTO, 0);
}

static void sendmsg_comes(void **state) {
	run_sends(*state, OP_SENDMSG, 0);
}

static void sendmsg_to_an_address_by_a_worker_comes(void **state) {
	run_sends(*state, OP_SENDMSG_TO, IOSQE_ASYNC);
}

static bool has_picked_sends(void) {
	struct io_uring ring;
	struct buffers b = {.data = (char *)"x"};
	const struct job job = {.op = OP_SEND_PICKED};
	int pair[2], res;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) || io_uring_queue_init(8, &ring, 0))
		return false;
	buffers_register(&b, &job, &ring, 1);
	prepare(must_sqe(&ring), &job, &b, pair[0], 1);
	io_uring_submit(&ring);
	res = must_result(&ring);
	io_uring_queue_exit(&ring);
	free(b.picked);
	close(pair[0]);
	close(pair[1]);
	return res == 1;
}

static void send_of_a_buffer_that_the_kernel_picks_comes(void **state) {
	skip_without_ring(0);
	if (!has_picked_sends())
		skip_because("this kernel picks no buffers for sends");
	run_sends(*state, OP_SEND_PICKED, 0);
}

/* As soon as a request has been taken, the list of its buffers may be used for something else. */
static void reuse_lists(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	struct iovec iov[3];
	char *p = pattern_new(3000, 1);
	int fd = must_open(job->log, O_WRONLY | O_CREAT);
	must(p);
	must_ring(&ring, 0);
	for (int i = 0; i < 3; i++)
		iov[i] = (struct iovec){p + 1000 * i, 1000};
	struct io_uring_sqe *sqe = must_sqe(&ring);
	io_uring_prep_writev(sqe, fd, iov, 3, 0);
	sqe->flags |= IOSQE_ASYNC;
	must(io_uring_submit(&ring) == 1);
	memset(iov, 0x5a, sizeof(iov));
	must(must_result(&ring) == 3000);
}

static void list_of_buffers_is_taken_when_it_is_handed_over(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, reuse_lists, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_pattern(w, 0, 3000, 1);
}

static void requests_that_the_kernel_does_not_show_are_named(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	if (!has_ring(0) || kernel_is_since(6, 0))
		skip_because("this kernel shows the requests of io_uring, or has none");
	watch_run(w, write_sizes, &job);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(watch_blind(w, WIRE_BLIND_URING, NULL).events, LEN(sizes));
}

#define MANY_IOVECS 100

static void write_many_buffers(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	struct iovec iov[MANY_IOVECS];
	char *p = pattern_new(MANY_IOVECS, 1);
	must(p);
	must_ring(&ring, 0);
	for (int i = 0; i < MANY_IOVECS; i++)
		iov[i] = (struct iovec){p + i, 1};
	io_uring_prep_writev(must_sqe(&ring), must_open(job->log, O_WRONLY | O_CREAT), iov, MANY_IOVECS, 0);
	must(io_uring_submit(&ring) == 1);
	must(must_result(&ring) == MANY_IOVECS);
}

static void buffers_beyond_those_copied_are_counted(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, write_many_buffers, &job);
	assert_int_equal(w->totals.seen_bytes, MANY_IOVECS);
	assert_taken_pattern(w, 0, MANY_IOVECS - (size_t)w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, 1);
	assert_in_range(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, 1, MANY_IOVECS / 2);
}

/* A pipe takes a part; a closed descriptor and an unreadable buffer nothing; a link behind them is cancelled. */
static void write_short_and_wrong(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	char *p = pattern_new(2 * WIRE_PIECE_MAX, 1);
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fifo = must_open(job->other, O_RDWR | O_NONBLOCK), fd = must_open(job->log, O_WRONLY | O_CREAT);
	must(p && bad != MAP_FAILED);
	must_ring(&ring, 0);
	io_uring_prep_write(must_sqe(&ring), fifo, p, 2 * WIRE_PIECE_MAX, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 65536);
	io_uring_prep_write(must_sqe(&ring), 999, p, 10, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == -EBADF);
	io_uring_prep_write(must_sqe(&ring), fd, bad, 10, 0);
	ring.sq.sqes[(ring.sq.sqe_tail - 1) & *ring.sq.kring_mask].flags |= IOSQE_IO_LINK;
	io_uring_prep_write(must_sqe(&ring), fd, p, 10, 0);
	must(io_uring_submit(&ring) == 2 && must_result(&ring) == -EFAULT && must_result(&ring) == -ECANCELED);
}

static void short_and_failed_writes_count_what_was_written(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	assert_return_code(mkfifo(job.other, 0600), errno);
	watch_open_sink(w, job.other);
	watch_run(w, write_short_and_wrong, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_pattern(w, 0, 65536, 1);
}

#define LINKED 20

static void write_linked(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	char *p = pattern_new(120, 1);
	int fd = must_open_log(job->log);
	must(p);
	must_ring(&ring, 0);
	for (int i = 0; i < LINKED; i++) {
		struct io_uring_sqe *sqe = must_sqe(&ring);
		io_uring_prep_write(sqe, fd, p, 120, (__u64)-1);
		sqe->flags |= i < LINKED - 1 ? IOSQE_IO_LINK : 0;
	}
	must(io_uring_submit(&ring) == LINKED);
	for (int i = 0; i < LINKED; i++)
		must(must_result(&ring) == 120);
}

static void linked_writes_come_one_by_one(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, write_linked, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, LINKED);
	for (size_t i = 0; i < LINKED; i++)
		assert_taken_pattern(w, i, 120, 1);
}

static void splice_by_ring(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	int fds[2], fd = must_open(job->log, O_WRONLY | O_CREAT);
	must(!pipe2(fds, O_CLOEXEC));
	must_write(fds[1], "secret", 6);
	must_ring(&ring, 0);
	io_uring_prep_splice(must_sqe(&ring), fds[0], -1, fd, -1, 6, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 6);
}

static void splice_by_ring_is_counted_and_named(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, splice_by_ring, &job);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, 6);
	assert_int_equal(watch_blind(w, WIRE_BLIND_ZERO_COPY, job.log).bytes, 6);
}

/* The kernel does not show that such a request is done. */
static void write_untold(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	char first[] = "first", one[] = "one ", line[] = "line"; /* in memory that is there already */
	struct iovec iov[2] = {{one, 4}, {line, 4}};
	int fd = must_open_log(job->log);
	must_ring(&ring, 0);
	io_uring_prep_write(must_sqe(&ring), fd, first, 5, (__u64)-1);
	io_uring_prep_writev(must_sqe(&ring), fd, iov, 2, (__u64)-1);
	io_uring_prep_write(must_sqe(&ring), fd, "told", 4, (__u64)-1);
	ring.sq.sqes[0].flags |= IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_HARDLINK;
	ring.sq.sqes[1].flags |= IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_HARDLINK;
	must(io_uring_submit(&ring) == 3 && must_result(&ring) == 4);
}

static void write_whose_success_is_not_told_is_assumed(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, write_untold, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 3);
	assert_taken_text(w, 0, "first");
	assert_taken_text(w, 1, "one line");
	assert_taken_text(w, 2, "told");
	assert_int_equal(watch_blind(w, WIRE_BLIND_ASSUMED, job.log).events, 2);
	assert_int_equal(watch_blind(w, WIRE_BLIND_ASSUMED, job.log).bytes, 13);
}

/* Results that find no room are not shown when they come. */
static void overflow_results(const void *arg) {
	const struct job *job = arg;
	struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE, .cq_entries = 4};
	struct io_uring ring;
	int fd = must_open_log(job->log);
	must(!io_uring_queue_init_params(4, &ring, &params));
	for (int i = 0; i < 8; i++) {
		io_uring_prep_write(must_sqe(&ring), fd, "line", 4, (__u64)-1);
		must(io_uring_submit(&ring) == 1);
		while (lseek(fd, 0, SEEK_END) != 4 * (i + 1))
			usleep(1000);
	}
	for (int i = 0; i < 8; i++)
		must(must_result(&ring) == 4);
}

static void results_without_room_are_seen_or_named(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, overflow_results, &job);
	assert_lost_nothing(w);
	assert_in_range(w->taken_len, 4, 8);
	assert_true(w->taken_len + watch_blind(w, WIRE_BLIND_URING, NULL).events >= 8);
}

static void write_elsewhere(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	struct iovec iov = {(char *)"secret", 6};
	char back[6];
	int pair[2], fd = must_open(job->other, O_RDWR | O_CREAT);
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	must_ring(&ring, 0);
	io_uring_prep_write(must_sqe(&ring), fd, "secret", 6, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 6);
	io_uring_prep_writev(must_sqe(&ring), fd, &iov, 1, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 6);
	io_uring_prep_send(must_sqe(&ring), pair[0], "secret", 6, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 6);
	must_write(must_open_log(job->log), "last", 4);
	io_uring_prep_read(must_sqe(&ring), must_open(job->log, O_RDONLY), back, 4, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 4);
}

static void what_is_no_write_to_a_log_does_not_count(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, write_elsewhere, &job);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "last");
	assert_int_equal(w->totals.seen_bytes, 4);
	assert_int_equal(w->blind.len, 0);
}

/* The process ends with requests under way. */
static void leave_requests(const void *arg) {
	const struct job *job = arg;
	struct io_uring ring;
	char *p = pattern_new(4096, 1);
	int fd = must_open_log(job->log);
	must(p);
	must_ring(&ring, 0);
	for (int i = 0; i < 32; i++)
		io_uring_prep_write(must_sqe(&ring), fd, p, 4096, (__u64)-1);
	must(io_uring_submit(&ring) == 32);
}

static void writes_under_way_at_the_end_are_seen_or_named(void **state) {
	struct watch *w = *state;
	struct job job = job_of(w);
	skip_without_ring(0);
	watch_run(w, leave_requests, &job);
	int fd = open(job.log, O_RDONLY | O_CLOEXEC);
	assert_return_code(fd, errno);
	off_t written = lseek(fd, 0, SEEK_END);
	close(fd);
	assert_true((off_t)w->totals.seen_bytes + 4096 * (off_t)watch_blind(w, WIRE_BLIND_URING, NULL).events >= written);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_taken_pattern(w, i, 4096, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(write_comes),
	    BOTH_HOOKS(write_of_a_registered_buffer_comes),
	    BOTH_HOOKS(writev_comes),
	    BOTH_HOOKS(writev_of_a_registered_buffer_comes),
	    BOTH_HOOKS(write_to_a_registered_file_comes),
	    BOTH_HOOKS(write_by_a_worker_comes),
	    BOTH_HOOKS(write_by_the_poller_comes),
	    BOTH_HOOKS(write_completed_on_demand_comes),
	    BOTH_HOOKS(direct_write_comes),
	    BOTH_HOOKS(send_comes),
	    BOTH_HOOKS(send_to_an_address_comes),
	    BOTH_HOOKS(sendmsg_comes),
	    BOTH_HOOKS(sendmsg_to_an_address_by_a_worker_comes),
	    BOTH_HOOKS(send_of_a_buffer_that_the_kernel_picks_comes),
	    BOTH_HOOKS(list_of_buffers_is_taken_when_it_is_handed_over),
	    BOTH_HOOKS(requests_that_the_kernel_does_not_show_are_named),
	    BOTH_HOOKS(buffers_beyond_those_copied_are_counted),
	    BOTH_HOOKS(short_and_failed_writes_count_what_was_written),
	    BOTH_HOOKS(linked_writes_come_one_by_one),
	    BOTH_HOOKS(splice_by_ring_is_counted_and_named),
	    BOTH_HOOKS(write_whose_success_is_not_told_is_assumed),
	    BOTH_HOOKS(results_without_room_are_seen_or_named),
	    BOTH_HOOKS(what_is_no_write_to_a_log_does_not_count),
	    BOTH_HOOKS(writes_under_way_at_the_end_are_seen_or_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
