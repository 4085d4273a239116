/* SPDX-License-Identifier: MIT */
#include "app/books.h"

#include <errno.h>
#include <stdlib.h>

int books_init(struct books *b, size_t places) {
	*b = (struct books){.matches = calloc(WIRE_TARGETS_MAX * places, sizeof(*b->matches)), .places = places};
	return b->matches ? 0 : -ENOMEM;
}

void books_renew_matches(struct books *b, uint64_t *matches, size_t places) {
	free(b->matches);
	b->matches = matches;
	b->places = places;
}

void books_release(struct books *b) {
	free(b->matches);
	b->matches = NULL;
}

static uint32_t target_of(const struct sink *s) {
	return s->key.target % WIRE_TARGETS_MAX;
}

struct books_target *books_of(struct books *b, const struct sink *s) {
	return &b->targets[target_of(s)];
}

void books_add_match(struct books *b, const struct sink *s, size_t place) {
	b->matches[target_of(s) * b->places + place]++;
}

static size_t bucket_of(double seconds) {
	size_t i = 0;
	while (i < SNAPSHOT_LATENCY_BOUNDS && seconds > snapshot_latency_bounds_s[i])
		i++;
	return i;
}

static double age_s(uint64_t now_ns, uint64_t then_ns) {
	return now_ns > then_ns ? (double)(now_ns - then_ns) / 1e9 : 0;
}

/* Records of one block were mostly written at about the same time: then one look is enough for all. */
static void add_latency(struct snapshot_latency *l, const struct record_block *block, uint64_t now_ns) {
	uint64_t oldest = UINT64_MAX, newest = 0;
	for (size_t i = 0; i < block->records_len; i++) {
		uint64_t time = block->records[i].time_ns;
		oldest = time < oldest ? time : oldest;
		newest = time > newest ? time : newest;
		l->sum_s += age_s(now_ns, time);
	}
	size_t first = bucket_of(age_s(now_ns, newest)), last = bucket_of(age_s(now_ns, oldest));
	if (first == last) {
		l->counts[first] += block->records_len;
		return;
	}
	for (size_t i = 0; i < block->records_len; i++)
		l->counts[bucket_of(age_s(now_ns, block->records[i].time_ns))]++;
}

void books_add_scanned(struct books *b, const struct record_block *block, uint64_t now_ns) {
	for (size_t i = 0; i < block->records_len; i++) {
		const struct record *record = &block->records[i];
		struct books_target *target = books_of(b, record->sink);
		target->scanned.bytes += record->raw_bytes;
		target->scanned.writes += record->raw_writes;
		target->records += !record->overlap;
		target->kinds |= 1u << record->sink->kind;
	}
	add_latency(&b->latency, block, now_ns);
}

void books_add_lost(struct books *b, const struct record_block *block) {
	for (size_t i = 0; i < block->records_len; i++) {
		const struct record *record = &block->records[i];
		struct books_target *target = books_of(b, record->sink);
		target->lost.bytes += record->raw_bytes;
		target->lost.writes += record->raw_writes;
	}
}

void books_add(struct books_target *sum, const struct books_target *t) {
	sum->scanned.bytes += t->scanned.bytes;
	sum->scanned.writes += t->scanned.writes;
	sum->lost.bytes += t->lost.bytes;
	sum->lost.writes += t->lost.writes;
	sum->records += t->records;
	sum->leaking += t->leaking;
}
