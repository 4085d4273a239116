/* SPDX-License-Identifier: MIT */
/* The sinks that are remembered: which make way for others, and which are looked at again. */
#include "capture/state.h"

#include "base/clock.h"
#include "capture/pending.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <string.h>
#include <unistd.h>

#define LOOKS_MAX 16 /* at files by their names, a dispatch: each takes microseconds */

static void sink_end(struct capture *c, struct sink_entry *e) {
	mapped_end(c, &e->sink);
	assembler_flush(&c->assembler, NULL, &e->sink);
	if (c->handler->sink_end)
		c->handler->sink_end(c->handler->arg, &e->sink);
	capture_settle(c);
	followers_remove(&c->followers, &e->sink);
	sinks_discard(&c->sinks, e);
}

static void leave(struct capture *c, struct sink_entry *e, uint64_t now) {
	if (e->sink.pending)
		pending_give_up(c, e);
	if (e->standing == STANDING_LEAVING)
		places_retire(&c->places, e->place, now);
}

/* When more logs have been met than are kept, the longest unused make way. Their counts stay in the sums. How long ago
 * anything was is told by what has come up: what still waits in the ring may be of the very logs. */
void upkeep_make_room(struct capture *c) {
	uint32_t place;
	uint64_t now = clock_monotonic_ns();
	for (struct sink_entry *e; (e = sinks_leave_next(&c->sinks, c->come_ns));)
		leave(c, e, now);
	for (struct sink_entry *e; (e = sinks_part_next(&c->sinks, c->come_ns));)
		places_retire(&c->places, e->place, now);
	while (places_next_final(&c->places, now, c->come_ns, &place)) {
		totals_keep_place(c, place);
		struct sink_entry *e = sinks_clear_place(&c->sinks, place);
		if (e)
			sink_end(c, e);
		places_give_back(&c->places);
	}
}

bool upkeep_is_due(const struct capture *c) {
	return c->places.retired_len || !TAILQ_EMPTY(&c->sinks.refused) || c->sinks.logs_len > SINKS_LOGS_MAX;
}

/* As /proc has it. */
static bool is_deleted(const char *name) {
	static const char mark[] = " (deleted)";
	size_t len = strlen(name);
	return len >= strlen(mark) && !strcmp(name + len - strlen(mark), mark);
}

/* Its next write is a first sight again. */
static void take_back_not_log(struct capture *c, const struct sink_entry *e) {
	bpf_map_delete_elem(bpf_map__fd(c->kernel.bpf->maps.not_logs), &e->sink.key);
	upkeep_recall_not_logs(c);
}

void upkeep_recall_not_logs(struct capture *c) {
	__atomic_fetch_add(&c->kernel.bpf->bss->recalls, 1, __ATOMIC_SEQ_CST);
}

/* Has a file that was no log been given a log's name meanwhile? */
void upkeep_look_again(struct capture *c, uint64_t now) {
	struct sink_entry *e;
	for (int i = 0; i < LOOKS_MAX && (e = sinks_look_next(&c->sinks, now)); i++) {
		char link[64], name[WIRE_PATH_MAX];
		if (e->sink.kind != SINK_FILE || e->sink.second_hop || e->fd < 0)
			continue;
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", e->writer, e->fd);
		ssize_t len = readlink(link, name, sizeof(name) - 1);
		if (len <= 0)
			continue;
		name[len] = 0;
		if (strcmp(name, e->sink.name) && !is_deleted(name) && judge_is_log_name(&c->judge, name))
			take_back_not_log(c, e);
	}
}
