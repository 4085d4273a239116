/* SPDX-License-Identifier: MIT */
/* io_uring's zero-copy requests: sends from the sender's own pages come like any other; tee() is counted and named. */
#include "inet.h"
#include "ring.h"

#include <sys/stat.h>
#include <sys/uio.h>

static const size_t sizes[] = {1, 120, 4096, 9001, 60000};

enum op { OP_SEND, OP_SEND_TO, OP_SEND_REGISTERED, OP_SENDMSG, OP_SENDMSG_TO };

struct job {
	struct receiver receiver;
	enum op op;
};

/* Two results: of the send, and that its pages are free again. */
static void must_send(struct io_uring *ring, size_t len) {
	struct io_uring_cqe *cqe;
	must(io_uring_submit(ring) == 1 && !io_uring_wait_cqe(ring, &cqe));
	must(cqe->res == (int)len);
	bool more = cqe->flags & IORING_CQE_F_MORE;
	io_uring_cqe_seen(ring, cqe);
	must(more && !io_uring_wait_cqe(ring, &cqe));
	must(cqe->flags & IORING_CQE_F_NOTIF);
	io_uring_cqe_seen(ring, cqe);
}

static void send_one(const struct job *job, struct io_uring *ring, int fd, char *p, size_t len) {
	struct iovec iov[2] = {{p, len / 3}, {p + len / 3, len - len / 3}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	struct io_uring_sqe *sqe = must_sqe(ring);
	if (job->op == OP_SENDMSG_TO) {
		msg.msg_name = (void *)&job->receiver.addr;
		msg.msg_namelen = job->receiver.addr_len;
	}
	if (job->op >= OP_SENDMSG)
		io_uring_prep_sendmsg_zc(sqe, fd, &msg, 0);
	else if (job->op == OP_SEND_REGISTERED)
		io_uring_prep_send_zc_fixed(sqe, fd, p, len, 0, 0, 0);
	else
		io_uring_prep_send_zc(sqe, fd, p, len, 0, 0);
	if (job->op == OP_SEND_TO)
		io_uring_prep_send_set_addr(sqe, (const void *)&job->receiver.addr, (__u16)job->receiver.addr_len);
	must_send(ring, len);
}

static void send_sizes(const void *arg) {
	const struct job *job = arg;
	int fd = must_inet(&job->receiver, job->op != OP_SEND_TO && job->op != OP_SENDMSG_TO);
	for (size_t i = 0; i < LEN(sizes); i++) {
		struct io_uring ring;
		char *p = pattern_new(sizes[i], (uint32_t)i);
		must(p);
		must_ring(&ring, 0);
		if (job->op == OP_SEND_REGISTERED)
			must(!io_uring_register_buffers(&ring, &(struct iovec){p, sizes[i]}, 1));
		send_one(job, &ring, fd, p, sizes[i]);
		io_uring_queue_exit(&ring);
		free(p);
	}
}

static void run_sends(struct watch *w, enum op op) {
	struct job job = {.op = op};
	skip_without_op(op < OP_SENDMSG ? IORING_OP_SEND_ZC : IORING_OP_SENDMSG_ZC);
	receiver_start(&job.receiver, AF_INET, SOCK_DGRAM);
	watch_open_sink(w, job.receiver.name);
	watch_run(w, send_sizes, &job);
	close(job.receiver.fd);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, LEN(sizes));
	for (size_t i = 0; i < LEN(sizes); i++) {
		assert_taken_pattern(w, i, sizes[i], (uint32_t)i);
		assert_string_equal(w->taken[i].sink->name, job.receiver.name);
		assert_true(w->taken[i].datagram);
	}
	assert_int_equal(w->totals.seen_writes, LEN(sizes));
	assert_int_equal(w->blind.len, 0);
}

static void send_without_a_copy_comes(void **state) {
	run_sends(*state, OP_SEND);
}

static void send_without_a_copy_to_an_address_comes(void **state) {
	run_sends(*state, OP_SEND_TO);
}

static void send_of_a_registered_buffer_comes(void **state) {
	run_sends(*state, OP_SEND_REGISTERED);
}

static void sendmsg_without_a_copy_comes(void **state) {
	run_sends(*state, OP_SENDMSG);
}

static void sendmsg_without_a_copy_to_an_address_comes(void **state) {
	run_sends(*state, OP_SENDMSG_TO);
}

/* The log is a named pipe. */
static void tee_by_ring(const void *arg) {
	struct io_uring ring;
	int fds[2], fifo = must_open(arg, O_RDWR);
	must(!pipe2(fds, O_CLOEXEC));
	must_write(fds[1], "secret", 6);
	must_ring(&ring, 0);
	io_uring_prep_tee(must_sqe(&ring), fds[0], fifo, 6, 0);
	must(io_uring_submit(&ring) == 1 && must_result(&ring) == 6);
}

static void tee_by_ring_is_counted_and_named(void **state) {
	struct watch *w = *state;
	char path[108];
	skip_without_op(IORING_OP_TEE);
	watch_path(w, "a.log", path);
	assert_return_code(mkfifo(path, 0600), errno);
	watch_open_sink(w, path);
	watch_run(w, tee_by_ring, path);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.seen_writes, 1);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, 6);
	assert_int_equal(watch_blind(w, WIRE_BLIND_ZERO_COPY, path).bytes, 6);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(send_without_a_copy_comes),
	    BOTH_HOOKS(send_without_a_copy_to_an_address_comes),
	    BOTH_HOOKS(send_of_a_registered_buffer_comes),
	    BOTH_HOOKS(sendmsg_without_a_copy_comes),
	    BOTH_HOOKS(sendmsg_without_a_copy_to_an_address_comes),
	    BOTH_HOOKS(tee_by_ring_is_counted_and_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
