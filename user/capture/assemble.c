/* SPDX-License-Identifier: MIT */
#include "capture/assemble.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

struct partial {
	uint32_t tid;
	uint32_t next_offset;       /* where the next piece should begin */
	struct capture_write write; /* but for its data */
	struct buf data;
};

static uint64_t hash(const void *item) {
	return table_mix(((const struct partial *)item)->tid);
}

static bool same(const void *a, const void *b) {
	return ((const struct partial *)a)->tid == ((const struct partial *)b)->tid;
}

static void partial_free(struct partial *p) {
	if (!p)
		return;
	buf_release(&p->data);
	free(p);
}
DEFINE_CLEANUP(struct partial *, partial_free)

void assembler_init(struct assembler *a, assemble_fn deliver, void *arg) {
	*a = (struct assembler){.by_tid = {.hash = hash, .same = same}, .deliver = deliver, .arg = arg};
}

void assembler_release(struct assembler *a) {
	size_t at = 0;
	for (struct partial *p; (p = table_next(&a->by_tid, &at));)
		partial_free(p);
	table_release(&a->by_tid);
	partial_free(a->spare);
	a->spare = NULL;
}

static void deliver(struct assembler *a, struct partial *p) {
	if (!p->data.len)
		return;
	p->write.data = p->data.data;
	p->write.len = p->data.len;
	a->deliver(a->arg, &p->write);
	p->write.gap = false;
	p->write.continued = true;
	buf_wipe(&p->data);
}

static void finish(struct assembler *a, struct partial *p) {
	deliver(a, p);
	table_remove(&a->by_tid, p);
	partial_free(a->spare);
	a->spare = p;
}

static int start(struct assembler *a, const struct capture_write *w, uint32_t offset, struct partial **ret) {
	_cleanup_(partial_freep) struct partial *p = a->spare ? take(a->spare) : calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->tid = w->tid;
	p->write = *w;
	p->next_offset = offset;
	if (table_add(&a->by_tid, p))
		return -ENOMEM;
	*ret = take(p);
	return 0;
}

static struct partial *find(struct assembler *a, uint32_t tid) {
	struct partial like = {.tid = tid};
	return table_find(&a->by_tid, &like);
}

/* Does the piece belong to the write that is being put together? */
static bool continues(const struct partial *p, const struct wire_data *piece) {
	return piece->offset >= p->next_offset && piece->time_ns == p->write.time_ns;
}

static void add_piece(struct assembler *a, struct partial *p, const struct wire_data *piece) {
	if (piece->offset != p->next_offset) {
		deliver(a, p);
		p->write.gap = true;
	}
	p->next_offset = piece->offset + piece->len;
	/* A write's size is known: room for all of it at once. Without room the pieces are delivered apart. */
	if (buf_reserve(&p->data, p->data.len + piece->write_len - piece->offset) ||
	    buf_append(&p->data, piece->payload, piece->len)) {
		deliver(a, p);
		p->write.data = (const char *)piece->payload;
		p->write.len = piece->len;
		a->deliver(a->arg, &p->write);
		p->write.gap = p->write.continued = true;
	}
	if (p->next_offset >= piece->write_len)
		finish(a, p);
}

void assembler_feed(struct assembler *a, const struct wire_data *piece, struct sink *sink, struct process *process,
                    bool gap) {
	struct capture_write w = {
	    .sink = sink,
	    .process = process,
	    .time_ns = piece->time_ns,
	    .tid = piece->tid,
	    .gap = gap || piece->offset > 0,
	    .datagram = piece->flags & WIRE_F_DATAGRAM,
	    .data = (const char *)piece->payload,
	    .len = piece->len,
	};
	struct partial *p = a->by_tid.len ? find(a, piece->tid) : NULL;
	if (p && !continues(p, piece)) {
		finish(a, p);
		p = NULL;
	}
	if (p)
		add_piece(a, p, piece);
	else if (piece->len == piece->write_len || start(a, &w, piece->offset, &p))
		a->deliver(a->arg, &w);
	else
		add_piece(a, p, piece);
}

void assembler_flush(struct assembler *a, const struct process *process, const struct sink *sink) {
	size_t at = 0;
	for (struct partial *p; (p = table_next(&a->by_tid, &at));)
		if ((!process || p->write.process == process) && (!sink || p->write.sink == sink))
			finish(a, p);
}

void assembler_flush_before(struct assembler *a, uint64_t time_ns) {
	size_t at = 0;
	for (struct partial *p; a->by_tid.len && (p = table_next(&a->by_tid, &at));)
		if (p->write.time_ns < time_ns)
			finish(a, p);
}
