/* SPDX-License-Identifier: MIT */
#include "app/workers.h"

#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>

#define JOBS_OF_A_THREAD 4 /* one that is scanned, others ahead of it: a dense block takes ten times as long */
#define MATCHES_MIN 64

struct job {
	struct record_block *block; /* empty: the job is free */
	struct detect_text *texts;
	size_t texts_cap;
	struct detect_match *matches;
	size_t matches_len, matches_cap;
	int error;
	bool done;
};

/* A thread beside the owner's. */
struct helper {
	struct workers *workers;
	struct detector *detector;
	pthread_t thread;
};

struct workers {
	struct job *jobs; /* a ring: job i is jobs[i % jobs_len] */
	size_t jobs_len;
	size_t first; /* job that is handed out next */
	struct helper *helpers;
	size_t helpers_len, running;
	bool alone; /* no more threads can be had */
	struct detector *detector;
	workers_fn fn;
	void *arg;

	pthread_mutex_t lock; /* of what follows, and done of each job */
	pthread_cond_t work, done;
	size_t next, end; /* job that is scanned next, and behind the last */
	bool ending;
};

static void add_match(void *arg, const struct detect_match *m) {
	struct job *j = arg;
	if (j->matches_len == j->matches_cap) {
		size_t cap = j->matches_cap ? j->matches_cap * 2 : MATCHES_MIN;
		struct detect_match *matches = reallocarray(j->matches, cap, sizeof(*matches));
		if (!matches) {
			j->error = -ENOMEM;
			return;
		}
		j->matches = matches;
		j->matches_cap = cap;
	}
	j->matches[j->matches_len++] = *m;
}

static int reserve_texts(struct job *j) {
	size_t len = j->block->records_len;
	if (len <= j->texts_cap)
		return 0;
	struct detect_text *texts = reallocarray(j->texts, len, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	j->texts = texts;
	j->texts_cap = len;
	return 0;
}

static void scan(struct job *j, struct detector *d) {
	const struct record_block *b = j->block;
	j->matches_len = 0;
	j->error = reserve_texts(j);
	if (j->error)
		return;
	for (size_t i = 0; i < b->records_len; i++)
		j->texts[i] = (struct detect_text){b->records[i].start, b->records[i].len};
	int r = detector_scan(d, b->text, b->len, j->texts, b->records_len, add_match, j);
	j->error = r ? r : j->error;
}

/* With the lock held, which is let go meanwhile. */
static void scan_next(struct workers *w, struct detector *d) {
	struct job *j = &w->jobs[w->next++ % w->jobs_len];
	pthread_mutex_unlock(&w->lock);
	scan(j, d);
	pthread_mutex_lock(&w->lock);
	j->done = true;
}

static void *help(void *arg) {
	struct helper *h = arg;
	struct workers *w = h->workers;
	pthread_mutex_lock(&w->lock);
	while (!w->ending) {
		if (w->next < w->end) {
			scan_next(w, h->detector);
			pthread_cond_signal(&w->done);
		} else {
			pthread_cond_wait(&w->work, &w->lock);
		}
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void start_helper(struct workers *w) {
	struct helper *h = &w->helpers[w->running];
	w->alone = thread_start(&h->thread, "scan", help, h) < 0;
	w->running += !w->alone;
}

static void hand_out_first(struct workers *w) {
	struct job *j = &w->jobs[w->first++ % w->jobs_len];
	w->fn(w->arg, &(struct workers_result){j->block, j->matches, j->matches_len, j->error});
	record_block_wipe(j->block);
}

static void finish_first(struct workers *w) {
	const struct job *j = &w->jobs[w->first % w->jobs_len];
	pthread_mutex_lock(&w->lock);
	while (!j->done) {
		if (w->next < w->end)
			scan_next(w, w->detector);
		else
			pthread_cond_wait(&w->done, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	hand_out_first(w);
}

void workers_take(struct workers *w, struct recorder *r) {
	struct job *j = &w->jobs[w->end % w->jobs_len];
	j->block = recorder_swap_block(r, j->block);
	pthread_mutex_lock(&w->lock);
	j->done = false;
	w->end++;
	bool more_than_ours = w->end - w->next > 1;
	pthread_mutex_unlock(&w->lock);
	if (more_than_ours && w->running < w->helpers_len && !w->alone)
		start_helper(w);
	else if (more_than_ours && w->running)
		pthread_cond_signal(&w->work);
	if (w->end - w->first == w->jobs_len)
		finish_first(w);
}

void workers_settle(struct workers *w) {
	while (w->first < w->end)
		finish_first(w);
}

static int add_helpers(struct workers *w, const struct detect_set *set, size_t len) {
	w->helpers = calloc(len + 1, sizeof(*w->helpers));
	int r = w->helpers ? 0 : -ENOMEM;
	for (; w->helpers_len < len && !r; w->helpers_len++) {
		struct helper *h = &w->helpers[w->helpers_len];
		h->workers = w;
		r = detector_new(&h->detector, set);
	}
	return r;
}

int workers_new(struct workers **ret, const struct engine *engine, unsigned int threads, workers_fn fn, void *arg) {
	_cleanup_(workers_freep) struct workers *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->detector = engine->detector;
	w->fn = fn;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	pthread_cond_init(&w->done, NULL);
	size_t jobs = threads > 1 ? threads * JOBS_OF_A_THREAD : 1;
	w->jobs = calloc(jobs, sizeof(*w->jobs));
	int r = w->jobs ? add_helpers(w, engine->set, threads - 1) : -ENOMEM;
	for (; w->jobs_len < jobs && !r; w->jobs_len++) {
		w->jobs[w->jobs_len].block = record_block_new();
		r = w->jobs[w->jobs_len].block ? 0 : -ENOMEM;
	}
	if (r)
		return r;
	*ret = take(w);
	return 0;
}

static void stop_helpers(struct workers *w) {
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_mutex_unlock(&w->lock);
	pthread_cond_broadcast(&w->work);
	for (size_t i = 0; i < w->running; i++)
		pthread_join(w->helpers[i].thread, NULL);
}

void workers_free(struct workers *w) {
	if (!w)
		return;
	stop_helpers(w);
	for (size_t i = 0; i < w->jobs_len; i++) {
		record_block_free(w->jobs[i].block);
		free(w->jobs[i].texts);
		free(w->jobs[i].matches);
	}
	for (size_t i = 0; i < w->helpers_len; i++)
		detector_free(w->helpers[i].detector);
	pthread_cond_destroy(&w->done);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w->helpers);
	free(w->jobs);
	free(w);
}

void workers_counters(const struct workers *w, struct detect_counters *ret) {
	detector_counters(w->detector, ret);
	for (size_t i = 0; i < w->helpers_len; i++) {
		struct detect_counters more;
		detector_counters(w->helpers[i].detector, &more);
		ret->bytes += more.bytes;
		ret->texts += more.texts;
		ret->anchor_hits += more.anchor_hits;
		ret->digit_hits += more.digit_hits;
		ret->key_hits += more.key_hits;
		ret->refused_overflow += more.refused_overflow;
		ret->matches += more.matches;
	}
}
