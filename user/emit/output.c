/* SPDX-License-Identifier: MIT */
#include "emit/output.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "emit/output_driver.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define BACKOFF_FIRST_NS 500000000ull
#define BACKOFF_MAX_NS 60000000000ull
#define TICK_NS 1000000000ull
#define LOOK_MAX 1024 /* events at once of which most are not wanted */

static const struct output_driver *const drivers[] = {
    &output_file,         &output_journal_socket, &output_syslog, &output_webhook,
    &output_alertmanager, &output_otlp,           &output_kafka,
};

struct output {
	char *name;
	const struct output_driver *driver;
	void *handle; /* the thread's, once it runs; NULL: closed */
	struct output_journal journal;
	enum rule_severity min_severity;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t changed;
	bool woken, ends, closed, idle;
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
	va_list ap;
	va_start(ap, fmt);
	_cleanup_free_ char *text = text_vformat(fmt, ap);
	va_end(ap);
	diags_say(diags, "output %s (%s): %s", o->name, o->driver, text ? text : "out of memory");
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
	o->min_severity = options->min_severity;
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

static bool is_wanted(const struct output *o, const struct output_event *e) {
	return e->kind == OUTPUT_STATE || RULE_CRITICAL - output_rank(e->fields) >= o->min_severity;
}

struct batch {
	struct output_event events[OUTPUT_BATCH_MAX];
	size_t len;
	uint64_t last; /* in the journal, of these and of those that are not wanted here; 0: there was none */
};

/* The next one as drivers get it: 0, -ENOENT or -ENOMEM; -EBADMSG: it has a number, and nothing else of it is good. */
static int fetch_one(struct output *o, uint64_t behind, struct output_event *ret) {
	int r = o->journal.next(o->journal.arg, o->name, behind, ret);
	if (r)
		return r;
	uint64_t seq = ret->seq;
	r = output_event_read(ret);
	if (r)
		output_event_release(ret);
	ret->seq = seq;
	return r;
}

static void note_dropped(struct output *o, uint64_t dropped, uint64_t damaged) {
	o->dropped += dropped + damaged;
	if (dropped)
		snprintf(o->last_error, sizeof(o->last_error), "events were given up before they could be sent");
	if (damaged)
		snprintf(o->last_error, sizeof(o->last_error), "an event could not be read where it was kept, and is given up");
}

static int fetch(struct output *o, struct batch *b) {
	uint64_t newest = newest_seq(o), last = o->seq, dropped = 0, damaged = 0;
	int r = 0;
	for (size_t looked = 0; b->len < OUTPUT_BATCH_MAX && looked < LOOK_MAX; looked++) {
		struct output_event *e = &b->events[b->len];
		r = fetch_one(o, last, e);
		if (r && r != -EBADMSG)
			break;
		/* What the journal gave up before we had it. Where it begins for a new output it alone knows. */
		dropped += last && e->seq > last + 1 ? e->seq - last - 1 : 0;
		damaged += r == -EBADMSG;
		last = b->last = e->seq;
		if (!r && is_wanted(o, e))
			b->len++;
		else
			output_event_release(e);
	}
	pthread_mutex_lock(&o->lock);
	note_dropped(o, dropped, damaged);
	if (r == -ENOENT && !b->last && newest > o->seq)
		o->seq = newest; /* the journal holds nothing for us before it */
	pthread_mutex_unlock(&o->lock);
	return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

static void note(struct output *o, int r, const struct batch *b, const struct output_result *result) {
	pthread_mutex_lock(&o->lock);
	o->sent += result->taken - result->refused;
	o->dropped += result->refused;
	o->failed += r < 0;
	o->broken = r < 0;
	if (b && result->taken == b->len) /* with those behind it that are not wanted */
		o->seq = b->last;
	else if (result->taken)
		o->seq = b->events[result->taken - 1].seq;
	if (r < 0 || result->refused)
		snprintf(o->last_error, sizeof(o->last_error), "%s", *result->error ? result->error : strerror(-r));
	pthread_mutex_unlock(&o->lock);
}

/* One attempt; 0: the driver has taken all. */
static int send_batch(struct output *o, const struct batch *b, uint32_t *ret_wait_s) {
	struct output_result result = {0};
	int r = o->driver->send(o->handle, b->events, b->len, &result);
	note(o, r, b, &result);
	if (result.taken)
		(void)o->journal.acknowledge(o->journal.arg, o->name, o->seq);
	*ret_wait_s = result.wait_s;
	return r;
}

/* Of those that were looked at none is wanted. */
static void pass_over(struct output *o, uint64_t last) {
	pthread_mutex_lock(&o->lock);
	o->seq = last;
	pthread_mutex_unlock(&o->lock);
	(void)o->journal.acknowledge(o->journal.arg, o->name, last);
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

/* Which may take as long as a send: it says goodbye to its server. */
static void close_driver(struct output *o) {
	pthread_mutex_lock(&o->lock);
	void *handle = take(o->handle); /* nobody stops it any more */
	pthread_mutex_unlock(&o->lock);
	if (handle)
		o->driver->close(handle);
	pthread_mutex_lock(&o->lock);
	o->closed = true;
	pthread_mutex_unlock(&o->lock);
}

static void *run(void *arg) {
	struct output *o = arg;
	uint64_t backoff = BACKOFF_FIRST_NS;
	while (!ends(o)) {
		struct batch b = {0};
		uint32_t wait_s = 0;
		int r = fetch(o, &b);
		if (b.len)
			r = send_batch(o, &b, &wait_s);
		else if (b.last)
			pass_over(o, b.last);
		else if (!r)
			r = tick(o);
		for (size_t i = 0; i < b.len; i++)
			output_event_release(&b.events[i]);
		if (r < 0) {
			uint64_t asked = wait_s * 1000000000ull;
			wait_out(o, asked > backoff ? asked : jittered(backoff));
			backoff = 2 * backoff < BACKOFF_MAX_NS ? 2 * backoff : BACKOFF_MAX_NS;
			continue;
		}
		backoff = BACKOFF_FIRST_NS;
		if (!b.last)
			wait_for_work(o);
	}
	close_driver(o);
	return NULL;
}

int output_start(struct output *o) {
	if (o->started)
		return 0;
	o->seq = o->journal.acknowledged(o->journal.arg, o->name);
	int r = thread_start(&o->thread, o->name, run, o);
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

void output_end(struct output *o) {
	pthread_mutex_lock(&o->lock);
	o->ends = true;
	pthread_cond_broadcast(&o->changed);
	if (o->handle && o->driver->stop)
		o->driver->stop(o->handle);
	pthread_mutex_unlock(&o->lock);
}

bool output_has_ended(struct output *o) {
	pthread_mutex_lock(&o->lock);
	bool ended = o->closed || !o->started;
	pthread_mutex_unlock(&o->lock);
	return ended;
}

void output_free(struct output *o) {
	if (!o)
		return;
	output_end(o);
	if (o->started)
		pthread_join(o->thread, NULL);
	else
		close_driver(o);
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
