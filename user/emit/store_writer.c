/* SPDX-License-Identifier: MIT */
#include "emit/store_writer.h"

#include "base/thread.h"

#include <errno.h>

#define TRIM_EVERY_NS (10 * STORE_MINUTE_NS)

struct store_writer {
	struct store *store;
	store_writer_fn fn;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct snapshot *next;
	bool ending;
	uint64_t trimmed_ns; /* of the snapshot */
};

/* NULL: there will be none. */
static struct snapshot *wait_for_next(struct store_writer *w) {
	pthread_mutex_lock(&w->lock);
	while (!w->next && !w->ending)
		pthread_cond_wait(&w->changed, &w->lock);
	struct snapshot *s = take(w->next);
	pthread_mutex_unlock(&w->lock);
	return s;
}

static void *run(void *arg) {
	struct store_writer *w = arg;
	for (struct snapshot *s; (s = wait_for_next(w)); snapshot_drop(s)) {
		(void)store_put(w->store, s); /* its counters tell */
		w->fn(w->arg, s);
		if (s->time_ns - w->trimmed_ns < TRIM_EVERY_NS)
			continue;
		w->trimmed_ns = s->time_ns;
		(void)store_trim(w->store, s->time_ns);
	}
	return NULL;
}

int store_writer_new(struct store_writer **ret, struct store *s, store_writer_fn fn, void *arg) {
	struct store_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->store = s;
	w->fn = fn;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	int r = thread_start(&w->thread, "store", run, w);
	if (r)
		free(w);
	else
		*ret = w;
	return r;
}

void store_writer_put(struct store_writer *w, struct snapshot *s) {
	pthread_mutex_lock(&w->lock);
	struct snapshot *before = w->next;
	w->next = snapshot_hold(s);
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	snapshot_drop(before);
}

void store_writer_free(struct store_writer *w) {
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
