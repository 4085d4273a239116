/* SPDX-License-Identifier: MIT */
/* The journal in memory: a ring of events, and for each output that has asked how far it has got. */
#include "emit/output.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define READERS_MAX 32

struct reader {
	char *name;
	uint64_t seq; /* acknowledged */
};

struct output_queue {
	pthread_mutex_t lock;
	struct output_event *events; /* a ring; the event seq is at seq % max */
	size_t max;
	uint64_t first, next; /* seqs that are there: first <= seq < next */
	struct reader readers[READERS_MAX];
	size_t readers_len;
};

int output_queue_new(struct output_queue **ret, size_t max) {
	struct output_queue *q = calloc(1, sizeof(*q));
	if (!q || !(q->events = calloc(max, sizeof(*q->events)))) {
		free(q);
		return -ENOMEM;
	}
	pthread_mutex_init(&q->lock, NULL);
	q->max = max;
	q->first = q->next = 1;
	*ret = q;
	return 0;
}

void output_event_release(struct output_event *e) {
	free(e->finding_id);
	free(e->json);
	json_decref(e->fields);
	*e = (struct output_event){0};
}

void output_queue_free(struct output_queue *q) {
	if (!q)
		return;
	for (size_t i = 0; i < q->max; i++)
		output_event_release(&q->events[i]);
	for (size_t i = 0; i < q->readers_len; i++)
		free(q->readers[i].name);
	pthread_mutex_destroy(&q->lock);
	free(q->events);
	free(q);
}

static int copy_event(struct output_event *ret, const struct output_event *from) {
	struct output_event e = *from;
	e.finding_id = strdup(from->finding_id);
	e.json = strdup(from->json);
	if (!e.finding_id || !e.json) {
		output_event_release(&e);
		return -ENOMEM;
	}
	*ret = e;
	return 0;
}

int output_queue_add(struct output_queue *q, enum output_kind kind, uint64_t time_ns, const char *finding_id,
                     const char *json, uint64_t *ret_seq) {
	const struct output_event from = {0, time_ns, kind, (char *)finding_id, (char *)json, NULL};
	struct output_event e;
	int r = copy_event(&e, &from);
	if (r)
		return r;
	pthread_mutex_lock(&q->lock);
	e.seq = q->next++;
	output_event_release(&q->events[e.seq % q->max]);
	q->events[e.seq % q->max] = e;
	if (q->next - q->first > q->max)
		q->first = q->next - q->max;
	*ret_seq = e.seq;
	pthread_mutex_unlock(&q->lock);
	return 0;
}

static struct reader *find_reader(struct output_queue *q, const char *name) {
	for (size_t i = 0; i < q->readers_len; i++)
		if (!strcmp(q->readers[i].name, name))
			return &q->readers[i];
	struct reader *reader = &q->readers[q->readers_len];
	if (q->readers_len == READERS_MAX || !(reader->name = strdup(name)))
		return NULL;
	q->readers_len++;
	return reader;
}

/* What every reader has taken is not needed any more. */
static void forget_taken(struct output_queue *q) {
	uint64_t least = q->next - 1;
	for (size_t i = 0; i < q->readers_len; i++)
		least = q->readers[i].seq < least ? q->readers[i].seq : least;
	for (; q->first <= least; q->first++)
		output_event_release(&q->events[q->first % q->max]);
}

static int queue_next(void *arg, const char *output, uint64_t seq, struct output_event *ret) {
	struct output_queue *q = arg;
	pthread_mutex_lock(&q->lock);
	const struct reader *reader = find_reader(q, output);
	int r = reader ? -ENOENT : -ENOMEM;
	if (reader) {
		uint64_t behind = reader->seq > seq ? reader->seq : seq;
		uint64_t at = behind + 1 > q->first ? behind + 1 : q->first;
		if (at < q->next)
			r = copy_event(ret, &q->events[at % q->max]);
	}
	pthread_mutex_unlock(&q->lock);
	return r;
}

static int queue_acknowledge(void *arg, const char *output, uint64_t seq) {
	struct output_queue *q = arg;
	pthread_mutex_lock(&q->lock);
	struct reader *reader = find_reader(q, output);
	if (reader && seq > reader->seq)
		reader->seq = seq;
	if (reader)
		forget_taken(q);
	pthread_mutex_unlock(&q->lock);
	return reader ? 0 : -ENOMEM;
}

static uint64_t queue_acknowledged(void *arg, const char *output) {
	struct output_queue *q = arg;
	pthread_mutex_lock(&q->lock);
	const struct reader *reader = find_reader(q, output);
	uint64_t seq = reader ? reader->seq : 0;
	pthread_mutex_unlock(&q->lock);
	return seq;
}

struct output_journal output_queue_journal(struct output_queue *q) {
	return (struct output_journal){
	    .arg = q, .next = queue_next, .acknowledge = queue_acknowledge, .acknowledged = queue_acknowledged};
}
