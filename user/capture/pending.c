/* SPDX-License-Identifier: MIT */
#include "capture/pending.h"

#include "base/clock.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <stdlib.h>
#include <string.h>

static void write_on(void *arg, const struct capture_write *w) {
	const struct capture_handler *h = ((struct capture *)arg)->handler;
	if (h)
		h->write(h->arg, w);
}

static void process_let_go(void *arg, struct process *p) {
	if (p->ended)
		capture_process_end(arg, p);
}

static void decide(struct sink *s, bool is_log, const char *reason) {
	char *copy = strdup(reason);
	s->pending = false;
	s->is_log = is_log;
	if (!copy) /* the old one says less */
		return;
	free(s->reason);
	s->reason = copy;
}

/* What was wiped is the log's after all, and nothing is joined to it. */
static void lose_wiped(struct capture *c, struct sink_entry *e) {
	struct capture_loss *lost = &c->undelivered[target_of(&e->sink.key)];
	const struct capture_loss *wiped = &e->held.wiped;
	lost->bytes += wiped->bytes;
	lost->writes += wiped->writes;
	if (wiped->bytes && !e->held.first)
		e->gaps = UINT64_MAX;
}

static void settle(struct capture *c, struct sink_entry *e, bool collected) {
	TAILQ_REMOVE(&c->pending, e, pending_link);
	c->pending_len--;
	c->sinks.changes++;
	if (collected) {
		decide(&e->sink, true, "output of the target, which a collector reads");
		lose_wiped(c, e);
	} else {
		decide(&e->sink, false, "read inside the target");
		capture_refuse(c, e);
	}
	held_let_go(&e->held, collected ? write_on : NULL, process_let_go, c);
	if (c->handler && c->handler->sink_judged)
		c->handler->sink_judged(c->handler->arg, &e->sink);
}

static bool is_collected(const struct capture *c, const struct sink_entry *e) {
	uint8_t pipe = 0;
	return c->handler && !bpf_map_lookup_elem(bpf_map__fd(c->kernel.bpf->maps.inner_pipes), &e->sink.key, &pipe) &&
	       pipe == WIRE_PIPE_COLLECTED;
}

void pending_give_up(struct capture *c, struct sink_entry *e) {
	settle(c, e, is_collected(c, e));
}

void pending_begin(struct capture *c, struct sink_entry *e) {
	held_init(&e->held);
	TAILQ_INSERT_TAIL(&c->pending, e, pending_link);
	if (++c->pending_len > PENDING_MAX)
		pending_give_up(c, TAILQ_FIRST(&c->pending));
}

bool pending_hold(struct capture *c, struct sink_entry *e, const struct capture_write *w) {
	if (e->held.wiped.bytes + e->held.bytes + w->len <= HELD_BYTES_MAX && !held_add(&e->held, w))
		return true;
	pending_give_up(c, e);
	return false;
}

void pending_settle(struct capture *c, bool give_up) {
	for (struct sink_entry *e = TAILQ_FIRST(&c->pending), *next; e; e = next) {
		bool collected = is_collected(c, e);
		next = TAILQ_NEXT(e, pending_link);
		if (collected || give_up)
			settle(c, e, collected);
		else
			held_wipe_before(&e->held, clock_monotonic_ns() - HELD_NS_MAX, process_let_go, c);
	}
}
