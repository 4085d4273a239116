/* SPDX-License-Identifier: MIT */
/* A recorder, what is fed to it, and what came out, whose books must balance. */
#ifndef TESTS_UNIT_TEST_RECORD_H
#define TESTS_UNIT_TEST_RECORD_H

#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEN_MAX 32768

/* What came out: records with their texts, one NUL-ended copy each. */
struct seen {
	struct record rec[SEEN_MAX];
	char *text[SEEN_MAX];
	size_t len, blocks;
	uint64_t bytes, writes;
	const char *last_text;
	size_t last_len;
};

static struct sink app_log __attribute__((unused)) = {.id = 1}, other_log __attribute__((unused)) = {.id = 2};
static struct process shop __attribute__((unused)) = {.pid = 100}, cart __attribute__((unused)) = {.pid = 200};

static inline void on_block(void *arg, const struct record_block *b) {
	struct seen *s = arg;
	uint32_t end = 0;

	s->blocks++;
	s->last_text = b->text;
	s->last_len = b->len;
	assert_true(b->records_len > 0);
	for (size_t i = 0; i < b->records_len; i++) {
		const struct record *r = &b->records[i];

		assert_true(i == 0 || r->start > end);
		end = r->start + r->len;
		assert_true(end < b->len);
		assert_true(r->overlap <= r->len);
		assert_true(s->len < SEEN_MAX);
		s->rec[s->len] = *r;
		s->text[s->len++] = strndup(b->text + r->start, r->len);
		s->bytes += r->raw_bytes;
		s->writes += r->raw_writes;
	}
	for (size_t i = 0; i < RECORD_PADDING_BYTES; i++)
		assert_int_equal(b->text[b->len + i], 0);
}

struct fixture {
	struct recorder *r;
	struct seen seen;
	uint64_t fed_bytes, fed_writes, now_ns;
};

static inline int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(recorder_new(&f->r, on_block, &f->seen), 0);
	f->now_ns = 1000000000000ull;
	*state = f;
	return 0;
}

static inline int teardown(void **state) {
	struct fixture *f = *state;

	recorder_free(f->r);
	for (size_t i = 0; i < f->seen.len; i++)
		free(f->seen.text[i]);
	free(f);
	return 0;
}

static inline void feed_write(struct fixture *f, struct capture_write w) {
	w.time_ns = f->now_ns;
	assert_int_equal(recorder_feed(f->r, &w), 0);
	f->fed_bytes += w.len;
	f->fed_writes++;
}

static inline void feed_to(struct fixture *f, struct sink *sink, struct process *p, const char *text) {
	feed_write(f, (struct capture_write){.sink = sink, .process = p, .data = text, .len = strlen(text)});
}

static inline void feed(struct fixture *f, const char *text) {
	feed_to(f, &app_log, &shop, text);
}

static inline void feed_gap(struct fixture *f, const char *text) {
	feed_write(
	    f, (struct capture_write){.sink = &app_log, .process = &shop, .gap = true, .data = text, .len = strlen(text)});
}

static inline void feed_letters(struct fixture *f, size_t len, const char *end) {
	char *s = malloc(len + strlen(end));

	for (size_t i = 0; i < len; i++)
		s[i] = (char)('a' + i % 23);
	memcpy(s + len, end, strlen(end));
	feed_write(f, (struct capture_write){.sink = &app_log, .process = &shop, .data = s, .len = len + strlen(end)});
	free(s);
}

static inline void expect_books(struct fixture *f) {
	assert_int_equal(f->seen.bytes, f->fed_bytes);
	assert_int_equal(f->seen.writes, f->fed_writes);
}

/* Flushes and compares the texts, given up to NULL. */
static inline void expect(struct fixture *f, ...) {
	va_list ap;
	const char *text;
	size_t i = 0;

	recorder_flush(f->r);
	va_start(ap, f);
	for (; (text = va_arg(ap, const char *)); i++) {
		assert_true(i < f->seen.len);
		assert_string_equal(f->seen.text[i], text);
	}
	va_end(ap);
	assert_int_equal(f->seen.len, i);
	expect_books(f);
}

#endif
