/* SPDX-License-Identifier: MIT */
/* Rings of io_uring: whether this kernel has them, and what writers do with them. */
#ifndef TESTS_KERNEL_RING_H
#define TESTS_KERNEL_RING_H

#include "harness.h"

#include <liburing.h>

#define RING_WRITEV_FIXED 61 /* IORING_OP_WRITEV_FIXED, since Linux 6.15 */

static inline bool has_ring(unsigned flags) {
	struct io_uring ring;
	if (io_uring_queue_init(8, &ring, flags))
		return false;
	io_uring_queue_exit(&ring);
	return true;
}

static inline void skip_without_ring(unsigned flags) {
	if (!has_ring(flags))
		skip_because("this kernel has no such io_uring");
	if (!kernel_is_since(6, 0))
		skip_because("this kernel does not show the requests of io_uring");
}

static inline void skip_without_op(int op) {
	skip_without_ring(0);
	struct io_uring_probe *probe = io_uring_get_probe();
	bool has = probe && io_uring_opcode_supported(probe, op);
	io_uring_free_probe(probe);
	if (!has)
		skip_because("this kernel's io_uring has no such request");
}

static inline void must_ring(struct io_uring *ring, unsigned flags) {
	struct io_uring_params params = {.flags = flags, .sq_thread_idle = 50};
	must(!io_uring_queue_init_params(64, ring, &params));
}

static inline struct io_uring_sqe *must_sqe(struct io_uring *ring) {
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	must(sqe);
	return sqe;
}

/* The result of the next request that is done. */
static inline int must_result(struct io_uring *ring) {
	struct io_uring_cqe *cqe;
	must(!io_uring_wait_cqe(ring, &cqe));
	int res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return res;
}

#endif
