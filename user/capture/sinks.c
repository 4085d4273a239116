/* SPDX-License-Identifier: MIT */
#include "capture/sinks.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static uint64_t hash(const void *item) {
	const struct wire_sink_key *key = &((const struct sink_entry *)item)->sink.key;
	return table_mix(key->ino ^ (uint64_t)key->peer << 32 ^ (uint64_t)key->dev << 20 ^ key->target);
}

static bool same(const void *a, const void *b) {
	const struct sink_entry *x = a, *y = b;
	return !memcmp(&x->sink.key, &y->sink.key, sizeof(x->sink.key));
}

static void entry_free(struct sink_entry *e) {
	free(e->sink.name);
	free(e->sink.host_path);
	free(e->sink.label);
	free(e->sink.reason);
	free(e);
}
DEFINE_CLEANUP(struct sink_entry *, entry_free)

int sinks_init(struct sinks *s) {
	*s = (struct sinks){.by_key = {.hash = hash, .same = same}};
	TAILQ_INIT(&s->logs);
	TAILQ_INIT(&s->refused);
	TAILQ_INIT(&s->others);
	s->by_place = calloc(WIRE_SINKS_MAX, sizeof(*s->by_place));
	return s->by_place ? 0 : -ENOMEM;
}

void sinks_release(struct sinks *s) {
	size_t at = 0;
	for (struct sink_entry *e; (e = table_next(&s->by_key, &at));)
		entry_free(e);
	table_release(&s->by_key);
	free(s->by_place);
}

struct sink_entry *sinks_find(struct sinks *s, const struct wire_sink_key *key) {
	struct sink_entry like = {.sink.key = *key};
	return table_find(&s->by_key, &like);
}

static int add(struct sinks *s, const struct wire_sink *w, struct sink_entry **ret) {
	_cleanup_(entry_freep) struct sink_entry *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->sink.key = w->sink;
	e->place = w->place;
	e->standing = STANDING_LEAVING; /* in no list */
	if (table_add(&s->by_key, e))
		return -ENOMEM;
	e->sink.id = s->next_id++;
	*ret = take(e);
	return 0;
}

static void unlist(struct sinks *s, struct sink_entry *e) {
	if (e->standing == STANDING_LOG) {
		TAILQ_REMOVE(&s->logs, e, link);
		s->logs_len--;
	} else if (e->standing == STANDING_REFUSED) {
		TAILQ_REMOVE(&s->refused, e, link);
	} else if (e->standing == STANDING_OTHER) {
		TAILQ_REMOVE(&s->others, e, link);
		s->others_len--;
	}
}

void sinks_discard(struct sinks *s, struct sink_entry *e) {
	s->changes++;
	s->appended_len -= e->sink.appended;
	unlist(s, e);
	table_remove(&s->by_key, e);
	entry_free(e);
}

/* What it lost at another place is not known here: nothing is joined to what came before. */
static void take_place(struct sinks *s, struct sink_entry *e, uint32_t place) {
	if (e->place != place)
		e->gaps = UINT64_MAX;
	e->place = place;
	e->seen_bytes = 0;
	s->by_place[place] = (struct sink_owner){e, !e->sink.is_log};
}

static void enlist(struct sinks *s, struct sink_entry *e, uint64_t now_ns) {
	bool stays = e->sink.is_log || e->sink.second_hop;
	s->changes++;
	e->used_ns = now_ns;
	e->standing = stays ? STANDING_LOG : STANDING_REFUSED;
	TAILQ_INSERT_TAIL(stays ? &s->logs : &s->refused, e, link);
	s->logs_len += stays;
}

void sinks_refuse(struct sinks *s, struct sink_entry *e, uint64_t now_ns) {
	unlist(s, e);
	s->by_place[e->place].is_other = true;
	enlist(s, e, now_ns);
}

int sinks_meet(struct sinks *s, const struct wire_sink *w, const struct judge_config *config,
               const struct judge_facts *facts, uint64_t now_ns, struct sink_entry **ret) {
	struct sink_entry *e = sinks_find(s, &w->sink);
	bool is_new = !e;
	if (w->place >= WIRE_SINKS_MAX)
		return -EINVAL;
	if (is_new && add(s, w, &e))
		return -ENOMEM;
	bool was_appended = e->sink.appended;
	if (judge(&e->sink, w, config, facts)) {
		if (is_new)
			sinks_discard(s, e);
		return -ENOMEM;
	}
	s->appended_len += e->sink.appended;
	s->appended_len -= was_appended;
	e->writer = (pid_t)w->tgid;
	e->fd = w->fd;
	unlist(s, e);
	take_place(s, e, w->place);
	enlist(s, e, now_ns);
	*ret = e;
	return 0;
}

void sinks_use(struct sinks *s, struct sink_entry *e, uint64_t now_ns) {
	e->used_ns = now_ns;
	if (e->standing != STANDING_LOG || !TAILQ_NEXT(e, link))
		return;
	TAILQ_REMOVE(&s->logs, e, link);
	TAILQ_INSERT_TAIL(&s->logs, e, link);
}

struct sink_entry *sinks_leave_next(struct sinks *s, uint64_t come_ns) {
	struct sink_entry *e = TAILQ_FIRST(&s->logs);
	if (s->logs_len <= SINKS_LOGS_MAX || come_ns < e->used_ns + SINKS_IDLE_NS)
		return NULL;
	unlist(s, e);
	e->standing = STANDING_LEAVING;
	return e;
}

struct sink_entry *sinks_part_next(struct sinks *s, uint64_t come_ns) {
	struct sink_entry *e = TAILQ_FIRST(&s->refused);
	if (!e || come_ns < e->used_ns + PLACES_GRACE_NS)
		return NULL;
	unlist(s, e);
	e->standing = STANDING_PARTING;
	return e;
}

uint64_t sinks_look_ns(const struct sinks *s) {
	const struct sink_entry *e = TAILQ_FIRST(&s->others);
	return e ? e->used_ns + SINKS_LOOK_NS : UINT64_MAX;
}

struct sink_entry *sinks_look_next(struct sinks *s, uint64_t now_ns) {
	struct sink_entry *e = TAILQ_FIRST(&s->others);
	if (now_ns < sinks_look_ns(s))
		return NULL;
	TAILQ_REMOVE(&s->others, e, link);
	TAILQ_INSERT_TAIL(&s->others, e, link);
	e->used_ns = now_ns;
	return e;
}

static void keep_other(struct sinks *s, struct sink_entry *e) {
	e->standing = STANDING_OTHER;
	TAILQ_INSERT_TAIL(&s->others, e, link);
	if (++s->others_len > SINKS_OTHERS_MAX)
		sinks_discard(s, TAILQ_FIRST(&s->others));
}

struct sink_entry *sinks_clear_place(struct sinks *s, uint32_t place) {
	struct sink_entry *e = s->by_place[place].entry;
	s->changes++;
	s->by_place[place] = (struct sink_owner){0};
	if (!e || e->place != place) /* announced anew at another place meanwhile */
		return NULL;
	if (e->standing == STANDING_PARTING)
		keep_other(s, e);
	return e->standing == STANDING_LEAVING ? e : NULL;
}
