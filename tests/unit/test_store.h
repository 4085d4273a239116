/* SPDX-License-Identifier: MIT */
/* A directory with a store in it, and snapshots by hand. Owned by the test; one thread. */
#ifndef TESTS_UNIT_TEST_STORE_H
#define TESTS_UNIT_TEST_STORE_H

#include "base/clock.h"
#include "emit/store.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NS_PER_S 1000000000ull
#define NOON_NS (1700000000ull / 60 * 60 * NS_PER_S) /* begins a minute */

struct fixture {
	char dir[32], path[64];
	struct diags diags;
	struct store *store;
};

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/test_store.XXXXXX");
	if (!f || !mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/store.db", f->dir);
	*state = f;
	return 0;
}

static inline int teardown(void **state) {
	struct fixture *f = *state;
	store_close(f->store);
	diags_release(&f->diags);
	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static inline int try_open(struct fixture *f, uint64_t max_bytes) {
	const struct store_options options = {.path = f->path, .version = "1.0", .max_bytes = max_bytes};
	return store_open(&f->store, &options, &f->diags);
}

static inline void must_open(struct fixture *f) {
	assert_int_equal(try_open(f, 0), 0);
}

static inline void must_close(struct fixture *f) {
	store_close(take(f->store));
}

/* One target, "shop", and one rule; the caller adds to them. */
static inline struct snapshot *snapshot_make(uint64_t time_ns) {
	struct snapshot *s = calloc(1, sizeof(*s));
	s->holders = 1;
	s->time_ns = time_ns;
	s->duration_s = (double)(time_ns - NOON_NS) / 1e9;
	s->targets = calloc(1, sizeof(*s->targets));
	s->targets_len = 1;
	s->targets->name = strdup("shop");
	s->targets->matches = calloc(1, sizeof(*s->targets->matches));
	s->rules = calloc(1, sizeof(*s->rules));
	s->rules_len = 1;
	s->rules->id = strdup("contact.email");
	return s;
}

/* So many writes of ten bytes until now; every tenth byte lost. */
static inline void snapshot_write(struct snapshot *s, uint64_t writes) {
	struct snapshot_target *t = s->targets;
	t->totals.seen_writes = t->scanned.writes = t->records = writes;
	t->totals.seen_bytes = writes * 10;
	t->totals.lost[WIRE_LOSS_TRUNCATED].bytes = writes;
	t->scanned.bytes = writes * 9;
}

static struct rule email = {
    .id = (char *)"contact.email",
    .name = (char *)"E-mail address",
    .entity = (char *)"EMAIL",
    .category = (char *)"contact",
    .region = (char *)"any",
    .severity = RULE_MEDIUM,
    .impact = 3,
    .remediation = (char *)"Log an id.",
};

static inline struct finding finding_like(const char *id, uint64_t count, uint64_t time_ns) {
	struct finding f = {
	    .rule = &email,
	    .confidence = 0.95f,
	    .count = count,
	    .distinct = 1,
	    .masked = "m***@k***.fi",
	    .fingerprint = "00112233445566778899aabbccddeeff",
	    .template_id = "0123456789abcdef",
	    .sink_kind = (char *)"file",
	    .sink_name = (char *)"/var/log/shop.log",
	    .pid = 42,
	    .process_name = (char *)"shop",
	    .executable = (char *)"/usr/bin/shop",
	    .first_seen_ns = NOON_NS,
	    .last_seen_ns = time_ns,
	};
	snprintf(f.id, sizeof(f.id), "%s", id);
	return f;
}

static inline void snapshot_find(struct snapshot *s, const struct finding *f) {
	s->findings = realloc(s->findings, (s->findings_len + 1) * sizeof(struct finding_copy *));
	assert_int_equal(finding_copy_new(&s->findings[s->findings_len], f, NULL), 0);
	s->findings_len++;
	s->targets->matches[0] += f->count;
}

static inline void must_put(struct fixture *f, struct snapshot *s) {
	assert_int_equal(store_put(f->store, s), 0);
	snapshot_drop(s);
}

static inline int take_amounts(void *arg, const char *target, const struct store_amounts *a) {
	assert_string_equal(target, "shop");
	*(struct store_amounts *)arg = *a;
	return 0;
}

/* Of all time. */
static inline struct store_amounts all_amounts(struct store *s) {
	struct store_amounts a = {0};
	assert_int_equal(store_read_targets(s, 0, INT64_MAX, take_amounts, &a), 0);
	return a;
}

struct events {
	size_t len;
	struct {
		enum store_event_kind kind;
		uint64_t from_ns, until_ns;
		char text[160];
	} items[32];
};

static inline int take_event(void *arg, const struct store_event *e) {
	struct events *events = arg;
	assert_in_range(events->len, 0, 31);
	events->items[events->len].kind = e->kind;
	events->items[events->len].from_ns = e->from_ns;
	events->items[events->len].until_ns = e->until_ns;
	snprintf(events->items[events->len].text, sizeof(events->items->text), "%s", e->text);
	events->len++;
	return 0;
}

struct event_count {
	enum store_event_kind kind;
	size_t n;
};

static inline int count_event(void *arg, const struct store_event *e) {
	struct event_count *count = arg;
	count->n += e->kind == count->kind;
	return 0;
}

static inline size_t events_of(struct store *s, enum store_event_kind kind) {
	struct event_count count = {.kind = kind};
	assert_int_equal(store_read_events(s, 0, INT64_MAX, count_event, &count), 0);
	return count.n;
}

#endif
