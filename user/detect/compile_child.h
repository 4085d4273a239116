/* SPDX-License-Identifier: MIT */
/* One go of the compiler, in a process that ends with it or with what it may use. Any thread. */
#ifndef DETECT_COMPILE_CHILD_H
#define DETECT_COMPILE_CHILD_H

#include "base/buf.h"

#include <stdint.h>

#define COMPILE_CPU_SECONDS 5 /* rules that come along take 0.1 s and 20 MiB */
#define COMPILE_MEMORY_BYTES (512ull << 20)

struct anchors;

enum compile_how { COMPILE_TOGETHER, COMPILE_ONE_BY_ONE };

/* What the child says: before the database or the message, or before each expression when it takes one by one. */
struct compile_word {
	int32_t status;     /* of Hyperscan */
	int32_t expression; /* that is meant; -1: none */
	uint64_t cpu_ns;    /* that the child had used */
};

/* What has come of it. */
struct compile_outcome {
	struct buf said;
	int status; /* of waitpid(2) */
	double cpu_s;
};
void compile_outcome_release(struct compile_outcome *o);

/* In a child of ours. data_bytes: that we have already, with which it begins. 0 or -errno. */
int compile_in_child(struct compile_outcome *ret, const struct anchors *a, enum compile_how how, uint64_t data_bytes);
/* In a child of the process at the other end, which runs compile_serve(). 0 or -errno; -EPIPE: it has gone. */
int compile_elsewhere(struct compile_outcome *ret, int fd, const struct anchors *a, enum compile_how how);

#endif
