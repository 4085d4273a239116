/* SPDX-License-Identifier: MIT */
#include "record/streams.h"

#include <stddef.h>
#include <stdlib.h>

#define stream_of(link, member) ((struct stream *)((char *)(link)-offsetof(struct stream, member)))

static void list_init(struct stream_link *head) {
	head->prev = head->next = head;
}

static void list_append(struct stream_link *head, struct stream_link *l) {
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static void list_remove(struct stream_link *l) {
	l->prev->next = l->next;
	l->next->prev = l->prev;
}

/* splitmix64 finaliser: sink ids are dense and pointers aligned, both need spreading. */
static size_t bucket_of(uint64_t x) {
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (x ^ x >> 31) % STREAMS_BUCKETS;
}

static struct stream_link *key_list(struct streams *t, const struct sink *sink, const struct process *process) {
	return &t->by_key[bucket_of((uintptr_t)process ^ (uint64_t)sink->id << 40 ^ sink->id)];
}

static struct stream_link *sink_list(struct streams *t, const struct sink *sink) {
	return &t->by_sink[bucket_of(sink->id)];
}

static struct stream_link *process_list(struct streams *t, const struct process *process) {
	return &t->by_process[bucket_of((uintptr_t)process)];
}

void streams_init(struct streams *t) {
	*t = (struct streams){0};
	for (size_t i = 0; i < STREAMS_BUCKETS; i++) {
		list_init(&t->by_key[i]);
		list_init(&t->by_sink[i]);
		list_init(&t->by_process[i]);
	}
	list_init(&t->waiting);
	list_init(&t->settled);
}

static void stream_free(struct stream *s) {
	carry_release(&s->line);
	for (int i = 0; i < FRAME_PARTS; i++)
		carry_release(&s->parts[i]);
	free(s);
}

static void remove_fn(void *arg, struct stream *s) {
	streams_remove(arg, s);
}

void streams_release(struct streams *t) {
	streams_each(t, remove_fn, t);
	while (t->spare_len)
		stream_free(t->spare[--t->spare_len]);
}

struct stream *streams_find(struct streams *t, const struct sink *sink, const struct process *process) {
	struct stream_link *head, *l;

	if (!t->len)
		return NULL;
	head = key_list(t, sink, process);
	for (l = head->next; l != head; l = l->next) {
		struct stream *s = stream_of(l, by_key);

		if (s->sink == sink && s->process == process)
			return s;
	}
	return NULL;
}

struct stream *streams_get(struct streams *t, struct sink *sink, struct process *process) {
	struct stream *s = streams_find(t, sink, process);

	if (s)
		return s;
	s = t->spare_len ? t->spare[--t->spare_len] : calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->sink = sink;
	s->process = process;
	list_append(key_list(t, sink, process), &s->by_key);
	list_append(sink_list(t, sink), &s->by_sink);
	list_append(process_list(t, process), &s->by_process);
	list_append(&t->settled, &s->by_age);
	t->len++;
	return s;
}

void streams_remove(struct streams *t, struct stream *s) {
	list_remove(&s->by_key);
	list_remove(&s->by_sink);
	list_remove(&s->by_process);
	list_remove(&s->by_age);
	t->len--;
	if (t->spare_len == STREAMS_SPARE) {
		stream_free(s);
		return;
	}
	carry_clear(&s->line);
	carry_trim(&s->line);
	for (int i = 0; i < FRAME_PARTS; i++) {
		carry_clear(&s->parts[i]);
		carry_trim(&s->parts[i]);
	}
	t->spare[t->spare_len++] = s;
}

void streams_settle(struct streams *t, struct stream *s, uint64_t now_ns) {
	bool settled = carry_settled(&s->line), empty = carry_empty(&s->line);

	carry_trim(&s->line);
	for (int i = 0; i < FRAME_PARTS; i++) {
		carry_trim(&s->parts[i]);
		settled = settled && carry_settled(&s->parts[i]);
		empty = empty && carry_empty(&s->parts[i]);
	}
	if (empty) {
		streams_remove(t, s);
		return;
	}
	s->fed_ns = now_ns;
	list_remove(&s->by_age);
	list_append(settled ? &t->settled : &t->waiting, &s->by_age);
}

static void each_old(struct stream_link *head, uint64_t since_ns, stream_fn fn, void *arg) {
	for (struct stream_link *l = head->next, *next; l != head && stream_of(l, by_age)->fed_ns <= since_ns; l = next) {
		next = l->next;
		fn(arg, stream_of(l, by_age));
	}
}

void streams_each(struct streams *t, stream_fn fn, void *arg) {
	each_old(&t->waiting, UINT64_MAX, fn, arg);
	each_old(&t->settled, UINT64_MAX, fn, arg);
}

void streams_each_of_sink(struct streams *t, const struct sink *sink, stream_fn fn, void *arg) {
	struct stream_link *head = sink_list(t, sink);

	for (struct stream_link *l = head->next, *next; l != head; l = next) {
		next = l->next;
		if (stream_of(l, by_sink)->sink == sink)
			fn(arg, stream_of(l, by_sink));
	}
}

void streams_each_of_process(struct streams *t, const struct process *process, stream_fn fn, void *arg) {
	struct stream_link *head = process_list(t, process);

	for (struct stream_link *l = head->next, *next; l != head; l = next) {
		next = l->next;
		if (stream_of(l, by_process)->process == process)
			fn(arg, stream_of(l, by_process));
	}
}

void streams_each_waiting(struct streams *t, uint64_t since_ns, stream_fn fn, void *arg) {
	each_old(&t->waiting, since_ns, fn, arg);
}

void streams_each_settled(struct streams *t, uint64_t since_ns, stream_fn fn, void *arg) {
	each_old(&t->settled, since_ns, fn, arg);
}

bool streams_any_waiting(const struct streams *t) {
	return t->waiting.next != &t->waiting;
}

struct stream *streams_oldest_settled(const struct streams *t) {
	const struct stream_link *l = t->settled.next;

	return l == &t->settled ? NULL : stream_of(l, by_age);
}
