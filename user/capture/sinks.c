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
	free(e->sink.label);
	free(e->sink.reason);
	free(e);
}
DEFINE_CLEANUP(struct sink_entry *, entry_free)

void sinks_init(struct sinks *s) {
	*s = (struct sinks){.by_key = {.hash = hash, .same = same}};
	TAILQ_INIT(&s->refused);
	TAILQ_INIT(&s->forgotten);
}

void sinks_release(struct sinks *s) {
	size_t at = 0;
	for (struct sink_entry *e; (e = table_next(&s->by_key, &at));)
		entry_free(e);
	table_release(&s->by_key);
}

struct sink_entry *sinks_find(const struct sinks *s, const struct wire_sink_key *key) {
	struct sink_entry like = {.sink.key = *key};
	return table_find(&s->by_key, &like);
}

static int add(struct sinks *s, const struct wire_sink_key *key, struct sink_entry **ret) {
	_cleanup_(entry_freep) struct sink_entry *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->sink.key = *key;
	if (table_add(&s->by_key, e))
		return -ENOMEM;
	e->sink.id = s->next_id++;
	*ret = take(e);
	return 0;
}

static void discard(struct sinks *s, struct sink_entry *e) {
	table_remove(&s->by_key, e);
	entry_free(e);
}

static void unlist(struct sinks *s, struct sink_entry *e) {
	if (e->standing == STANDING_REFUSED)
		TAILQ_REMOVE(&s->refused, e, link);
	if (e->standing == STANDING_FORGOTTEN) {
		TAILQ_REMOVE(&s->forgotten, e, link);
		s->forgotten_len--;
	}
	e->standing = STANDING_LOG;
}

int sinks_meet(struct sinks *s, const struct wire_sink *w, const struct judge_config *config,
               const struct judge_facts *facts, uint64_t now_ns, struct sink_entry **ret) {
	struct sink_entry *e = sinks_find(s, &w->sink);
	bool is_new = !e;
	if (is_new && add(s, &w->sink, &e))
		return -ENOMEM;
	if (judge(&e->sink, w, config, facts)) {
		if (is_new)
			discard(s, e);
		return -ENOMEM;
	}
	unlist(s, e);
	if (!e->sink.is_log) {
		e->standing = STANDING_REFUSED;
		e->refused_ns = now_ns;
		TAILQ_INSERT_TAIL(&s->refused, e, link);
	}
	*ret = e;
	return 0;
}

struct sink_entry *sinks_forget_next(struct sinks *s, uint64_t before_ns) {
	struct sink_entry *e = TAILQ_FIRST(&s->refused);
	if (!e || e->refused_ns >= before_ns)
		return NULL;
	unlist(s, e);
	e->standing = STANDING_FORGOTTEN;
	TAILQ_INSERT_TAIL(&s->forgotten, e, link);
	if (++s->forgotten_len > SINKS_OTHERS_MAX) {
		struct sink_entry *oldest = TAILQ_FIRST(&s->forgotten);
		unlist(s, oldest);
		discard(s, oldest);
	}
	return e;
}
