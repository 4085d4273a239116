/* SPDX-License-Identifier: MIT */
/*
 * The unfinished line of one stream: kept until the rest of it comes, cut into overlapping pieces when it grows too
 * long or waits too long. A zeroed carry is an empty one. Owns its text and wipes it.
 */
#ifndef RECORD_CARRY_H
#define RECORD_CARRY_H

#include "base/buf.h"
#include "record/block.h"

struct carry {
	struct buf text;
	uint64_t time_ns;    /* of the write that began it */
	uint64_t raw_bytes;  /* not accounted for yet; never fewer than the text behind the overlap */
	uint32_t raw_writes; /* not accounted for yet */
	uint32_t overlap;    /* leading bytes of text that went out with the piece before */
	bool cut_before;
};

/* More of a line: text, and what it stands for in the sink. */
struct carry_more {
	struct sink *sink;
	struct process *process;
	uint64_t time_ns;
	const char *text;
	size_t len;
	uint64_t raw_bytes;
	uint32_t raw_writes;
};

/* Nothing in it waits to be accounted for. */
static inline bool carry_settled(const struct carry *c) {
	return !c->raw_bytes && !c->raw_writes;
}
/* Nothing in it matters to what comes next. */
static inline bool carry_empty(const struct carry *c) {
	return carry_settled(c) && !c->text.len && !c->cut_before;
}

/* Makes room so that carry_extend() with len more bytes cannot fail: 0 or -ENOMEM. */
int carry_reserve(struct carry *c, size_t len);
/* The line goes on. Needs carry_reserve(). */
void carry_extend(struct carry *c, struct block *out, const struct carry_more *more);
/* The line ends with more, or is broken off there: it cannot be joined to what follows. Out it goes, and the carry is
 * empty. */
void carry_complete(struct carry *c, struct block *out, const struct carry_more *more, bool broken);
/* The line has waited long enough: out it goes, and its end stays as overlap for what may follow. */
void carry_cut(struct carry *c, struct block *out, struct sink *sink, struct process *process);
/* Nothing more will be joined to it: what has not gone out goes out, or its overlap again, since it was promised. */
void carry_close(struct carry *c, struct block *out, struct sink *sink, struct process *process, bool broken);
/* Wipes and forgets; the room made by carry_reserve() stays. */
void carry_clear(struct carry *c);
/* Gives back a buffer that has grown and is not needed any more: thousands of idle lines must cost little. */
void carry_trim(struct carry *c);
void carry_release(struct carry *c);

#endif
