/* SPDX-License-Identifier: MIT */
/*
 * Logs that are written through memory, read from the file: from where the mapping begins to the first zero byte, which
 * nobody has written yet. What is changed behind that point later, or written beyond it, is not seen; the latter is
 * noticed at the end. Each follower keeps a description of the process that made the mapping, since children that write
 * through it may outlive it. One thread.
 */
#ifndef CAPTURE_FOLLOW_H
#define CAPTURE_FOLLOW_H

#include "capture/assemble.h"
#include "capture/capture.h"

#include <stdbool.h>
#include <sys/queue.h>

#define FOLLOWERS_MAX 256

struct follower {
	struct sink *sink; /* a log */
	struct process process;
	int fd;
	uint64_t offset; /* of what has not yet been read */
	uint64_t len_bytes;
	bool failed; /* for good; said already */
	TAILQ_ENTRY(follower) link;
};

struct followers {
	TAILQ_HEAD(, follower) list;
	size_t len;
	char *buf; /* of what is being delivered, then wiped */
	/* Bytes and chunks delivered, by target: no part of what the kernel side has seen. */
	struct capture_loss read[WIRE_TARGETS_MAX];
};

void followers_init(struct followers *f);
void followers_release(struct followers *f);
/* Follows the log of the mapping, unless it is followed already. 0 or -errno. */
int followers_add(struct followers *f, struct sink *sink, const struct process *process, const struct wire_mapped *w);
void followers_remove(struct followers *f, const struct sink *sink);
struct follower *followers_next(const struct followers *f, const struct follower *after); /* NULL: the first, the end */

/* Delivers what has been written since. 0 or -errno. */
int follower_read(struct followers *all, struct follower *f, assemble_fn deliver, void *arg);
/* Is there nothing beyond what was read? */
bool follower_is_complete(struct followers *all, const struct follower *f);

#endif
