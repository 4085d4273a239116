/* SPDX-License-Identifier: MIT */
#include "emit/output.h"

#include "base/clock.h"
#include "emit/output_driver.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define BACKOFF_FIRST_NS 500000000ull
#define BACKOFF_MAX_NS 60000000000ull
#define TICK_NS 1000000000ull

static const struct output_driver *const drivers[] = {
    &output_file,         &output_journal_socket, &output_syslog, &output_webhook,
    &output_alertmanager, &output_otlp,           &output_kafka,
};

struct output {
	char *name;
	const struct output_driver *driver;
	void *handle;
	struct output_journal journal;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t changed;
	bool woken, ends, idle;
	uint64_t seq;                   /* of the last event that was taken or given up; 0: none yet */
	uint64_t sent, failed, dropped; /* see struct snapshot_output */
	uint64_t newest;                /* in the journal, as far as we were told */
	bool broken;
	char last_error[OUTPUT_ERROR_SIZE];
};

const char *output_kind_name(enum output_kind kind) {
	static const char *const names[OUTPUT_KINDS] = {"new", "update", "resolved", "state"};
	return names[kind];
}

int output_complain(struct diags *diags, const struct output_settings *o, const char *fmt, ...) {
	_cleanup_free_ char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	diags_say(diags, "output %s (%s): %s", o->name, o->driver, len < 0 ? "out of memory" : text);
	if (len < 0)
		text = NULL;
	return -EINVAL;
}

int output_fail(struct output_result *ret, int error_number, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(ret->error, sizeof(ret->error), fmt, ap);
	va_end(ap);
	return error_number;
}

static const struct output_driver *find_driver(const char *name) {
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}

bool output_driver_exists(const char *name) {
	return find_driver(name);
}

const char *output_driver_names(void) {
	return "file, journal, syslog, webhook, alertmanager, otlp, kafka";
}

int output_new(struct output **ret, const struct output_settings *options, const struct output_journal *journal,
               struct diags *ret_diags) {
	const struct output_driver *driver = find_driver(options->driver);
	if (!driver)
		return output_complain(ret_diags, options, "there is no such kind of output");
	_cleanup_(output_freep) struct output *o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* the wall clock may jump */
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->changed, &attr);
	pthread_condattr_destroy(&attr);
	o->driver = driver;
	o->journal = *journal;
	o->name = strdup(options->name);
	if (!o->name)
		return -ENOMEM;
	int r = driver->open(&o->handle, options, ret_diags);
	if (r)
		return r;
	*ret = take(o);
	return 0;
}

/* Until somebody has something to say, or for so long. With the lock held. */
static void wait_for(struct output *o, uint64_t ns) {
	uint64_t until = clock_monotonic_ns() + ns;
	const struct timespec at = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
	while (!o->ends && !o->woken && pthread_cond_timedwait(&o->changed, &o->lock, &at) != ETIMEDOUT)
		;
	o->woken = false;
}

/* A receiver that comes back is not to be met by all hosts at once. */
static uint64_t jittered(uint64_t ns) {
	uint32_t random = 0;
	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	return ns - ns / 4 + ns / 2 * (random % 1000) / 1000;
}

/* As after a failure: only the end cuts it short. */
static void wait_out(struct output *o, uint64_t ns) {
	uint64_t until = clock_monotonic_ns() + ns;
	pthread_mutex_lock(&o->lock);
	for (uint64_t now; !o->ends && (now = clock_monotonic_ns()) < until;)
		wait_for(o, until - now);
	o->woken = true; /* perhaps it was */
	pthread_mutex_unlock(&o->lock);
}

static uint64_t newest_seq(struct output *o) {
	pthread_mutex_lock(&o->lock);
	uint64_t newest = o->newest;
	pthread_mutex_unlock(&o->lock);
	return newest;
}

static int fetch(struct output *o, struct output_event *events, size_t *ret_len) {
	uint64_t newest = newest_seq(o), last = o->seq, dropped = 0;
	int r = 0;
	for (*ret_len = 0; *ret_len < OUTPUT_BATCH_MAX; (*ret_len)++) {
		struct output_event *e = &events[*ret_len];
		r = o->journal.next(o->journal.arg, o->name, last, e);
		if (r)
			break;
		/* What the journal gave up before we had it. Where it begins for a new output it alone knows. */
		dropped += last && e->seq > last + 1 ? e->seq - last - 1 : 0;
		last = e->seq;
	}
	pthread_mutex_lock(&o->lock);
	o->dropped += dropped;
	if (r == -ENOENT && !*ret_len && newest > o->seq)
		o->seq = newest; /* the journal holds nothing for us before it */
	pthread_mutex_unlock(&o->lock);
	return r == -ENOENT ? 0 : r;
}

static void note(struct output *o, int r, const struct output_event *events, const struct output_result *result) {
	pthread_mutex_lock(&o->lock);
	o->sent += result->taken - result->refused;
	o->dropped += result->refused;
	o->failed += r < 0;
	o->broken = r < 0;
	if (result->taken)
		o->seq = events[result->taken - 1].seq;
	if (r < 0 || result->refused)
		snprintf(o->last_error, sizeof(o->last_error), "%s", *result->error ? result->error : strerror(-r));
	pthread_mutex_unlock(&o->lock);
}

/* One attempt; 0: the driver has taken all. */
static int send_batch(struct output *o, struct output_event *events, size_t len, uint32_t *ret_wait_s) {
	struct output_result result = {0};
	int r = o->driver->send(o->handle, events, len, &result);
	note(o, r, events, &result);
	if (result.taken)
		(void)o->journal.acknowledge(o->journal.arg, o->name, o->seq);
	*ret_wait_s = result.wait_s;
	return r;
}

static int tick(struct output *o) {
	struct output_result result = {0};
	int r = o->driver->tick ? o->driver->tick(o->handle, &result) : 0;
	if (r)
		note(o, r, NULL, &result);
	return r;
}

static bool ends(struct output *o) {
	pthread_mutex_lock(&o->lock);
	bool ends = o->ends;
	pthread_mutex_unlock(&o->lock);
	return ends;
}

static void wait_for_work(struct output *o) {
	pthread_mutex_lock(&o->lock);
	o->idle = !o->woken;
	pthread_cond_broadcast(&o->changed);
	wait_for(o, TICK_NS);
	o->idle = false;
	pthread_mutex_unlock(&o->lock);
}

static void *run(void *arg) {
	struct output *o = arg;
	uint64_t backoff = BACKOFF_FIRST_NS;
	while (!ends(o)) {
		struct output_event events[OUTPUT_BATCH_MAX] = {0};
		size_t len;
		uint32_t wait_s = 0;
		int r = fetch(o, events, &len);
		if (!r || len)
			r = len ? send_batch(o, events, len, &wait_s) : tick(o);
		for (size_t i = 0; i < len; i++)
			output_event_release(&events[i]);
		if (r < 0) {
			uint64_t asked = wait_s * 1000000000ull;
			wait_out(o, asked > backoff ? asked : jittered(backoff));
			backoff = 2 * backoff < BACKOFF_MAX_NS ? 2 * backoff : BACKOFF_MAX_NS;
			continue;
		}
		backoff = BACKOFF_FIRST_NS;
		if (!len)
			wait_for_work(o);
	}
	return NULL;
}

int output_start(struct output *o) {
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
	int r = -pthread_create(&o->thread, NULL, run, o);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	o->started = !r;
	return r;
}

void output_wake(struct output *o, uint64_t newest_seq) {
	pthread_mutex_lock(&o->lock);
	o->newest = newest_seq > o->newest ? newest_seq : o->newest;
	o->woken = true;
	o->idle = false;
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
}

bool output_flush(struct output *o, uint64_t timeout_ns) {
	uint64_t until = clock_monotonic_ns() + timeout_ns;
	const struct timespec at = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
	output_wake(o, 0);
	pthread_mutex_lock(&o->lock);
	while (!o->idle && pthread_cond_timedwait(&o->changed, &o->lock, &at) != ETIMEDOUT)
		;
	bool idle = o->idle;
	pthread_mutex_unlock(&o->lock);
	return idle;
}

void output_free(struct output *o) {
	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	o->ends = true;
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
	if (o->started && o->driver->stop)
		o->driver->stop(o->handle);
	if (o->started)
		pthread_join(o->thread, NULL);
	if (o->handle)
		o->driver->close(o->handle);
	pthread_cond_destroy(&o->changed);
	pthread_mutex_destroy(&o->lock);
	free(o->name);
	free(o);
}

int output_fill(struct output *o, struct snapshot_output *ret) {
	pthread_mutex_lock(&o->lock);
	*ret = (struct snapshot_output){
	    .driver = o->driver->name,
	    .sent = o->sent,
	    .failed = o->failed,
	    .dropped = o->dropped,
	    .queued = o->newest > o->seq ? o->newest - o->seq : 0,
	    .broken = o->broken,
	    .last_error = *o->last_error ? strdup(o->last_error) : NULL,
	};
	bool failed = *o->last_error && !ret->last_error;
	pthread_mutex_unlock(&o->lock);
	ret->name = strdup(o->name);
	return failed || !ret->name ? -ENOMEM : 0;
}
