/* SPDX-License-Identifier: MIT */
/* Logs that are written through a memory mapping: read as files, or named as a blind spot. */
#include "capture/state.h"

static void lose_mapped(struct capture *c, const char *name, uint64_t len_bytes) {
	blind_spots_add(&c->blind, WIRE_BLIND_MAPPING, name, (struct wire_amount){1, len_bytes});
}

/* What has been written meanwhile through memory. One that is also written to by calls cannot be told apart. */
void mapped_read(struct capture *c) {
	for (struct follower *f = NULL; (f = followers_next(&c->followers, f));) {
		struct sink_entry *e = (struct sink_entry *)f->sink;
		if (!f->failed &&
		    (c->places.stats[e->place].seen_writes || follower_read(&c->followers, f, capture_deliver, c))) {
			f->failed = true;
			lose_mapped(c, f->sink->name, f->len_bytes);
		}
	}
}

bool mapped_any(const struct capture *c) {
	for (struct follower *f = NULL; (f = followers_next(&c->followers, f));)
		if (!f->failed)
			return true;
	return false;
}

void mapped_end(struct capture *c, const struct sink *only) {
	mapped_read(c);
	for (struct follower *f = NULL; (f = followers_next(&c->followers, f));) {
		if (only && f->sink != only)
			continue;
		if (!f->failed && !follower_is_complete(&c->followers, f))
			lose_mapped(c, f->sink->name, f->len_bytes);
		f->failed = true;
	}
}

void mapped_begin(struct capture *c, const struct wire_mapped *w) {
	struct sink_entry *e = sinks_find(&c->sinks, &w->sink);
	struct process *p = processes_find(&c->processes, w->tgid);
	if (e && !e->sink.is_log)
		return;
	if (!e || !p || followers_add(&c->followers, &e->sink, p, w))
		lose_mapped(c, e ? e->sink.name : NULL, w->len);
}
