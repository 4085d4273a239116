/* SPDX-License-Identifier: MIT */
/* Several threads find what one finds, in the same order, and lose nothing. Worth a build with SAN=thread. */
#include "app/workers.h"

#include "test_rules.h"

#include "base/buf.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WRITES 60000
#define DENSE_FROM 20000 /* between these each line leaks: such blocks take longer than those behind them */
#define DENSE_TO 24000

static struct rule rule_items[] = {
    {EMAIL_RULE},
};
static const struct rules rules = {.items = rule_items, .len = 1};

static struct sink app_log = {.id = 1}, other_log = {.id = 2};
static struct process shop = {.pid = 100}, cart = {.pid = 200};

/* What was handed out. */
struct seen {
	struct recorder *recorder;
	struct workers *workers;
	struct buf story; /* each match: of which write, and where in it */
	uint64_t bytes, writes, records, matches, last_ns;
	bool disorder;
	pthread_t owner;
};

static void on_block(void *arg, const struct record_block *block) {
	struct seen *s = arg;
	(void)block;
	workers_take(s->workers, s->recorder);
}

static void on_result(void *arg, const struct workers_result *result) {
	struct seen *s = arg;
	const struct record_block *b = result->block;
	assert_int_equal(result->error, 0);
	assert_true(pthread_equal(pthread_self(), s->owner));
	for (size_t i = 0; i < b->records_len; i++) {
		s->disorder |= b->records[i].time_ns < s->last_ns;
		s->last_ns = b->records[i].time_ns;
		s->bytes += b->records[i].raw_bytes;
		s->writes += b->records[i].raw_writes;
		s->records += !b->records[i].overlap;
	}
	for (size_t i = 0; i < result->matches_len; i++) {
		const struct detect_match *m = &result->matches[i];
		const struct record *r = &b->records[m->text];
		assert_int_equal(
		    buf_printf(&s->story, "%llu %d %u %u\n", (unsigned long long)r->time_ns, r->process->pid, m->start, m->end),
		    0);
		s->matches++;
	}
}

static size_t write_line(char *ret, size_t size, unsigned i) {
	bool dense = i >= DENSE_FROM && i < DENSE_TO;
	if (!dense && i % 500)
		return (size_t)snprintf(ret, size, "2026-11-22 18:00:00 INFO order %u saved after %u ms\n", i, i % 97);
	return (size_t)snprintf(ret, size, "mail to aino%u@kuusikoti.fi and oona%u@kuusikoti.fi bounced\n", i, i);
}

static void feed(struct seen *s, unsigned settle_every) {
	char line[256];
	for (unsigned i = 0; i < WRITES; i++) {
		size_t len = write_line(line, sizeof(line), i);
		assert_int_equal(recorder_feed(s->recorder, &(struct capture_write){.sink = i % 3 ? &app_log : &other_log,
		                                                                    .process = i % 2 ? &shop : &cart,
		                                                                    .time_ns = i + 1,
		                                                                    .data = line,
		                                                                    .len = len}),
		                 0);
		if (settle_every && i % settle_every == 0) {
			recorder_hand_over(s->recorder);
			workers_settle(s->workers);
			assert_int_equal(s->writes, i + 1);
		}
	}
	recorder_flush(s->recorder);
	workers_settle(s->workers);
}

static void seen_release(struct seen *s) {
	buf_release(&s->story);
}

static struct seen run(struct engine *engine, unsigned threads, unsigned settle_every) {
	struct seen s = {.owner = pthread_self()};
	struct detect_counters before, after;
	detector_counters(engine->detector, &before);
	assert_int_equal(workers_new(&s.workers, engine, threads, on_result, &s), 0);
	assert_int_equal(recorder_new(&s.recorder, on_block, &s), 0);
	feed(&s, settle_every);
	workers_counters(s.workers, &after);
	assert_int_equal(after.texts - before.texts, s.records);
	assert_int_equal(after.matches - before.matches, s.matches);
	recorder_free(s.recorder);
	workers_free(s.workers);
	assert_false(s.disorder);
	assert_int_equal(s.writes, WRITES);
	return s;
}

static int engine_make(void **state) {
	static struct engine engine;
	struct diags diags = {0};
	engine = (struct engine){0};
	if (detect_set_new(&engine.set, &rules, &(struct detect_options){0}, &diags))
		return -1;
	*state = &engine;
	return detector_new(&engine.detector, engine.set);
}

static int engine_free(void **state) {
	engine_release(*state);
	return 0;
}

static void what_is_found_is_the_same_with_any_number_of_threads(void **state) {
	struct seen one = run(*state, 1, 0);
	assert_int_equal(one.matches, 2 * (DENSE_TO - DENSE_FROM + (WRITES - (DENSE_TO - DENSE_FROM)) / 500));
	for (unsigned threads = 2; threads <= 8; threads *= 2) {
		struct seen many = run(*state, threads, 0);
		assert_int_equal(many.bytes, one.bytes);
		assert_int_equal(many.records, one.records);
		assert_string_equal(many.story.data, one.story.data);
		seen_release(&many);
	}
	seen_release(&one);
}

static void settled_means_handed_out(void **state) {
	struct seen s = run(*state, 3, 7777);
	seen_release(&s);
}

static void workers_that_have_had_nothing_to_do_end(void **state) {
	struct workers *w;
	assert_int_equal(workers_new(&w, *state, 4, on_result, NULL), 0);
	workers_settle(w);
	workers_free(w);
}

/* A sanitizer has pthread_create() to itself. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool no_threads;
static unsigned threads_asked;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg) {
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
	threads_asked++;
	return no_threads ? EAGAIN : real(thread, attributes, fn, arg);
}

static void threads_are_started_for_more_than_one_block(void **state) {
	threads_asked = 0;
	struct seen s = run(*state, 4, 100);
	assert_int_equal(threads_asked, 0);
	seen_release(&s);
	s = run(*state, 4, 0);
	assert_int_equal(threads_asked, 3);
	seen_release(&s);
	threads_asked = 0;
	s = run(*state, 1, 0);
	assert_int_equal(threads_asked, 0);
	seen_release(&s);
}

static void where_no_threads_are_to_be_had_one_does_it_all(void **state) {
	no_threads = true;
	threads_asked = 0;
	struct seen s = run(*state, 4, 0);
	no_threads = false;
	assert_int_equal(threads_asked, 1);
	assert_true(s.matches > 0);
	seen_release(&s);
}
#endif

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_the_same_with_any_number_of_threads),
		cmocka_unit_test(settled_means_handed_out),
		cmocka_unit_test(workers_that_have_had_nothing_to_do_end),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		cmocka_unit_test(threads_are_started_for_more_than_one_block),
		cmocka_unit_test(where_no_threads_are_to_be_had_one_does_it_all),
#endif
	};
	return cmocka_run_group_tests(tests, engine_make, engine_free);
}
