/* SPDX-License-Identifier: MIT */
/* What each record of the ring does. */
#include "capture/state.h"

#include "base/clock.h"
#include "capture/pending.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <stdio.h>
#include <string.h>

#define GONE_MAX 256    /* processes that are kept until what came of them is done with */
#define ROOM_EVERY 1024 /* sinks announced, in a dispatch that has many to deliver */

/* At its place, where programs look first, unless it has none any more; and for when it has none. */
static void tell_not_log(struct capture *c, const struct sink_entry *e) {
	struct wire_sink_stats *stats = &c->places.stats[e->place];
	uint8_t yes = 1;
	if (!memcmp(&stats->key, &e->sink.key, sizeof(stats->key)))
		stats->no_log = 1;
	bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.not_logs), &e->sink.key, &yes, BPF_ANY);
}

void capture_refuse(struct capture *c, struct sink_entry *e) {
	sinks_refuse(&c->sinks, e, clock_monotonic_ns());
	tell_not_log(c, e);
}

static void find_on_host(struct capture *c, struct sink *s, pid_t writer, uint64_t now) {
	if (!s->host_path && s->is_log && s->kind == SINK_FILE && s->name[0] == '/')
		s->host_path = mounts_host_path(&c->mounts, writer, s->name, now);
}

static void on_sink(struct capture *c, const struct wire_sink *w) {
	const struct judge_facts live = {.arg = c, .pipe_reader = target_pipe_reader, .was_stdio = target_had_stdio};
	const struct judge_facts facts = c->replay ? replay_facts(c, w) : live;
	uint64_t now = clock_monotonic_ns();
	struct sink_entry *e;
	struct sink_entry *known = sinks_find(&c->sinks, &w->sink);
	bool was_pending = known && known->sink.pending;
	if (sinks_meet(&c->sinks, w, &c->judge, &facts, now, &e))
		return; /* its data will be counted as undelivered */
	if (e->standing == STANDING_REFUSED)
		tell_not_log(c, e);
	else
		upkeep_recall_not_logs(c); /* it may have been none before, and be remembered so */
	find_on_host(c, &e->sink, (pid_t)w->tgid, now);
	if (e->sink.pending && !was_pending)
		pending_begin(c, e);
	else if (c->handler->sink_judged && !e->sink.pending)
		c->handler->sink_judged(c->handler->arg, &e->sink);
	if (++c->announced % ROOM_EVERY == 0 && !c->replay)
		upkeep_make_room(c);
}

void capture_settle(struct capture *c) {
	if (c->handler && c->handler->settle)
		c->handler->settle(c->handler->arg);
	processes_free_gone(&c->processes);
}

void capture_process_end(struct capture *c, struct process *p) {
	assembler_flush(&c->assembler, p, NULL);
	if (p->held) {
		processes_keep(&c->processes, p);
		return;
	}
	if (c->handler && c->handler->process_exit)
		c->handler->process_exit(c->handler->arg, p);
	processes_remove(&c->processes, p);
	if (c->processes.gone_len >= GONE_MAX)
		capture_settle(c);
}

/* What came of it until now was written by the program before. */
static void process_exec(struct capture *c, struct process *p) {
	assembler_flush(&c->assembler, p, NULL);
	capture_settle(c);
}

static void on_process(struct capture *c, const struct wire_process *w) {
	struct process *known = processes_find(&c->processes, w->tgid);
	/* The pid has come around, and the ring had no room to say that its former owner ended; or writes of it are held,
	 * which go on under the name that it had. */
	if (known && (known->start_ns != w->start_ns || known->held))
		capture_process_end(c, known);
	else if (known)
		process_exec(c, known);
	if (processes_meet(&c->processes, w, &known) || !c->handler->process_met)
		return;
	c->handler->process_met(c->handler->arg, known, (const char *)w->path + w->path_len - w->arguments_len,
	                        w->arguments_len);
}

static void on_exit_of(struct capture *c, const struct wire_exit *w) {
	struct process *p = processes_find(&c->processes, w->tgid);
	if (p)
		capture_process_end(c, p);
}

static struct process_id id_of(const struct process *p, const struct wire_image *image) {
	struct process_id id = {p->pid, p->uid, p->start_ns, *image, ""};
	const char *slash = strrchr(p->executable, '/');
	snprintf(id.program, sizeof(id.program), "%s", slash ? slash + 1 : p->executable);
	return id;
}

static void on_stack(struct capture *c, const struct wire_stack *w) {
	const struct process *p = processes_find(&c->processes, w->tgid);
	struct origin_stack stack = {.time_ns = w->time_ns, .tid = (pid_t)w->tid, .from = w->from, .len = w->len};
	if (!c->handler->stack || !p || w->len > sizeof(stack.bytes))
		return;
	stack.process = id_of(p, &w->image);
	memcpy(stack.thread, w->comm, WIRE_COMM_MAX);
	memcpy(stack.registers, w->registers, sizeof(stack.registers));
	memcpy(stack.bytes, w->bytes, w->len);
	c->handler->stack(c->handler->arg, &stack);
	explicit_bzero(stack.bytes, w->len);
}

static void on_compat(struct capture *c, const struct wire_compat *w) {
	if (!blind_spots_add(&c->blind, WIRE_BLIND_COMPAT, (const char *)w->program, (struct wire_amount){.events = 1}))
		c->compat_named++;
}

static void on_data(struct capture *c, const struct wire_data *w) {
	struct sink_entry *e = sinks_find(&c->sinks, &w->sink);
	struct process *p = processes_find(&c->processes, w->tgid);
	if (e && !e->sink.is_log)
		return;
	if (!e || !p) {
		struct capture_loss *lost = &c->undelivered[target_of(&w->sink)];
		lost->bytes += w->len;
		lost->writes += w->offset == 0;
		return;
	}
	bool gap = w->gaps != e->gaps;
	e->gaps = w->gaps;
	if (w->time_ns > c->come_ns)
		c->come_ns = w->time_ns;
	sinks_use(&c->sinks, e, w->time_ns);
	assembler_feed(&c->assembler, w, &e->sink, p, gap);
}

void capture_take_record(struct capture *c, const void *record) {
	switch (*(const uint32_t *)record) {
	case WIRE_DATA:
		return on_data(c, record);
	case WIRE_SINK:
		return on_sink(c, record);
	case WIRE_PROCESS:
		return on_process(c, record);
	case WIRE_MAPPED:
		return mapped_begin(c, record);
	case WIRE_COMPAT:
		return on_compat(c, record);
	case WIRE_EXIT:
		return on_exit_of(c, record);
	case WIRE_STACK:
		return on_stack(c, record);
	}
}
