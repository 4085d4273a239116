/* SPDX-License-Identifier: MIT */
/*
 * Pieces of writes -> writes. A write of one piece goes through without a copy; of a larger one the pieces, which come
 * in order from one thread but between those of others, are put together. Copies are wiped. One thread.
 */
#ifndef CAPTURE_ASSEMBLE_H
#define CAPTURE_ASSEMBLE_H

#include "base/table.h"
#include "capture/capture.h"

typedef void (*assemble_fn)(void *arg, const struct capture_write *w);

struct assembler {
	struct table by_tid; /* of struct partial */
	struct partial *spare;
	assemble_fn deliver;
	void *arg;
};

void assembler_init(struct assembler *a, assemble_fn deliver, void *arg);
void assembler_release(struct assembler *a); /* delivers nothing */

/* One piece of a write to sink by process. gap: bytes of the sink were lost before it. */
void assembler_feed(struct assembler *a, const struct wire_data *piece, struct sink *sink, struct process *process,
                    bool gap);
/* Delivers what there is of writes whose other pieces were lost: of a process or sink that has gone, or of all (NULL).
 */
void assembler_flush(struct assembler *a, const struct process *process, const struct sink *sink);
/* Same, of writes made before that time: a thread that lost the end of one may never write again. */
void assembler_flush_before(struct assembler *a, uint64_t time_ns);

#endif
