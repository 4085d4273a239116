/* SPDX-License-Identifier: MIT */
/*
 * What the writers of the exactness tests write: all of it follows from a seed, so that who checks can say it again.
 * A writer (a thread) makes steps, each one write or, by sendmmsg(), several; a step's text are lines that begin with a
 * stamp of writer, step and line, and may hold a planted value, whole or cut between this step and the next. Nothing
 * else in it looks like personal data. Pure functions.
 */
#ifndef TESTS_KERNEL_WORKLOAD_H
#define TESTS_KERNEL_WORKLOAD_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROCESSES 4
#define THREADS 2
#define WRITERS (PROCESSES * THREADS)
#define ROUND 250 /* steps of each writer between two changes of its process */
#define SHARED_LOGS 2
#define PARTS 3 /* messages of one sendmmsg() */
#define STEP_MAX (WIRE_WRITE_MAX + WIRE_PIECE_MAX)

struct workload {
	uint64_t seed;
	uint32_t rounds;
	bool plain; /* each step is one line that holds one e-mail address, whole */
	char dir[64];
};

/* Where to: regular files first. OWN is one writer's alone, so that its lines may be cut. */
enum place { PLACE_OWN, PLACE_SHARED, PLACE_STDOUT, PLACE_TTY, PLACE_DGRAM, PLACE_STREAM, PLACES };
enum way {
	WAY_WRITE,
	WAY_WRITEV,
	WAY_PWRITE,
	WAY_PWRITEV,
	WAY_PWRITEV2,
	WAY_URING,
	WAY_SENDTO,
	WAY_SENDMSG,
	WAY_SENDMMSG,
	WAY_SENDFILE, /* which nobody can read: counted as lost */
	WAYS
};
enum value { VALUE_NONE, VALUE_EMAIL, VALUE_CARD, VALUES };

static const char *const way_names[] = {"write",    "writev", "pwrite64", "pwritev",  "pwritev2",
                                        "io_uring", "sendto", "sendmsg",  "sendmmsg", "sendfile"};

struct step {
	uint32_t writer, seq;
	uint64_t hash;
	enum place place;
	uint32_t shared; /* which of the shared logs */
	enum way way;
	enum value planted;      /* whole */
	enum value begun, ended; /* cut: its beginning is the end of this text; its end the beginning */
	uint32_t filler;         /* bytes of lines that hold nothing */
	uint32_t parts;          /* messages; else 1 */
	uint32_t len;
};

static inline uint64_t mix(uint64_t x) {
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 32;
}

static inline uint64_t step_hash(const struct workload *l, uint32_t writer, uint32_t seq) {
	return mix(l->seed ^ mix((uint64_t)writer << 32 | seq));
}

static inline uint32_t workload_steps(const struct workload *l) {
	return l->rounds * ROUND; /* of each writer */
}

/* Bits of a step's hash that decide something; each is used once. */
static inline uint32_t pick(uint64_t hash, unsigned what, uint32_t n) {
	return (uint32_t)(mix(hash + what) % n);
}
enum { PICK_PLACE, PICK_WAY, PICK_SIZE, PICK_SIZE_AT, PICK_PLANT, PICK_CUT, PICK_CUT_AT, PICK_SHARED, PICK_TAIL };

/* A value that the step leaves unfinished. Another process goes on after a round, so a round ends whole. */
static inline enum value step_cut(const struct workload *l, uint32_t writer, uint32_t seq) {
	if (l->plain || (seq + 1) % ROUND == 0 || seq == UINT32_MAX)
		return VALUE_NONE;
	uint32_t x = pick(step_hash(l, writer, seq), PICK_CUT, 24);
	return x == 0 ? VALUE_EMAIL : x == 1 ? VALUE_CARD : VALUE_NONE;
}

static inline enum place pick_place(uint64_t hash) {
	static const enum place places[] = {PLACE_OWN,    PLACE_OWN,    PLACE_OWN,    PLACE_SHARED,
	                                    PLACE_SHARED, PLACE_SHARED, PLACE_STDOUT, PLACE_STDOUT,
	                                    PLACE_STREAM, PLACE_DGRAM,  PLACE_DGRAM,  PLACE_TTY};
	return places[pick(hash, PICK_PLACE, sizeof(places) / sizeof(*places))];
}

static inline enum way pick_way(const struct workload *l, uint64_t hash, enum place place) {
	uint32_t x = pick(hash, PICK_WAY, 64);
	if (place <= PLACE_SHARED)
		return x % WAY_SENDTO;
	if (place == PLACE_DGRAM || place == PLACE_STREAM)
		return x % 5 < 2 ? (enum way)(x % 5) : WAY_SENDTO + x % 5 - 2;
	if (place == PLACE_STDOUT && x < 2 && !l->plain)
		return WAY_SENDFILE;
	return x % 2 ? WAY_WRITE : WAY_WRITEV;
}

/* From one byte to more than is copied of a write. */
static inline uint32_t pick_filler(uint64_t hash, enum place place) {
	uint32_t kind = pick(hash, PICK_SIZE, 4096), x = pick(hash, PICK_SIZE_AT, 1u << 30);
	if (kind < 64)
		return 1 + x % 40;
	if (place == PLACE_TTY || kind >= 160)
		return 40 + x % 260;
	if (kind < 150)
		return 300 + x % 12000;
	if (place == PLACE_DGRAM || kind < 157)
		return WIRE_PIECE_MAX - 20 + x % 40;
	return kind < 159 ? WIRE_PIECE_MAX + x % 300000 : WIRE_WRITE_MAX - 20 + x % 40 + (x % 7 == 0 ? 20000 : 0);
}

/* Letters only: no rule takes them for a number. */
static inline void put_letters(char *p, size_t len, uint64_t number) {
	for (size_t i = 0; i < len; i++, number >>= 4)
		p[i] = (char)('a' + (number & 15));
}

#define STAMP_LEN 22
static inline uint64_t letters(const char *p, size_t len) {
	uint64_t number = 0;
	while (len--)
		number = number << 4 | (uint64_t)((p[len] - 'a') & 15);
	return number;
}

static inline void put_stamp(char *p, const struct step *s, uint32_t line) {
	p[0] = '~';
	put_letters(p + 1, 4, s->writer);
	put_letters(p + 5, 8, s->seq);
	put_letters(p + 13, 8, line);
	p[21] = ' ';
}

#define DOMAIN "@brindlewick-post.com"
#define EMAIL_LEN (1 + 12 + sizeof(DOMAIN) - 1)
#define CARD_LEN 16

/* Of a VISA range; the last digit is by Luhn's rule. */
static inline void put_card(char *p, uint64_t number) {
	unsigned sum = 0;
	memcpy(p, "491166", 6);
	for (int i = 14; i >= 6; i--, number /= 10)
		p[i] = (char)('0' + number % 10);
	for (int i = 0; i < 15; i++) {
		unsigned d = (unsigned)(p[i] - '0') * (i % 2 ? 1 : 2);
		sum += d > 9 ? d - 9 : d;
	}
	p[15] = (char)('0' + (10 - sum % 10) % 10);
}

/* Returns its length. One writer's values differ from another's and from each other. */
static inline size_t put_value(char *p, enum value value, uint32_t writer, uint32_t seq) {
	if (value == VALUE_CARD) {
		put_card(p, ((uint64_t)seq * WRITERS + writer) * 7919 % 1000000000);
		return CARD_LEN;
	}
	*p = 'u';
	put_letters(p + 1, 4, writer);
	put_letters(p + 5, 8, seq);
	memcpy(p + 13, DOMAIN, sizeof(DOMAIN) - 1);
	return EMAIL_LEN;
}

#define WORD_LEN 6
static const char *const value_word[VALUES] = {[VALUE_EMAIL] = "mailto ", [VALUE_CARD] = "charge "};
static const size_t value_len[VALUES] = {[VALUE_EMAIL] = EMAIL_LEN, [VALUE_CARD] = CARD_LEN};
#define VALUE_PREFIX (STAMP_LEN + WORD_LEN + 1)
#define VALUE_SUFFIX (sizeof(" done\n") - 1)

/* Where a cut value is cut: neither end of an address is one, nor is the beginning of a card. */
static inline size_t cut_at(uint64_t hash, enum value value) {
	return 1 + pick(hash, PICK_CUT_AT, value == VALUE_CARD ? 11 : 20);
}

static inline void step_init(struct step *s, const struct workload *l, uint32_t writer, uint32_t seq) {
	uint64_t hash = step_hash(l, writer, seq);
	*s = (struct step){.writer = writer, .seq = seq, .hash = hash, .place = pick_place(hash), .parts = 1};
	s->begun = step_cut(l, writer, seq);
	s->ended = seq ? step_cut(l, writer, seq - 1) : VALUE_NONE;
	if (s->begun || s->ended)
		s->place = PLACE_OWN;
	s->shared = pick(hash, PICK_SHARED, SHARED_LOGS);
	s->way = pick_way(l, hash, s->place);
	if (l->plain)
		s->planted = VALUE_EMAIL;
	else if (!s->begun && !s->ended && s->way != WAY_SENDFILE && pick(hash, PICK_PLANT, 8) < 2)
		s->planted = pick(hash, PICK_PLANT, 8) ? VALUE_CARD : VALUE_EMAIL;
	s->filler = pick_filler(hash, s->place);
	if (s->planted || s->begun || s->ended)
		s->filler = l->plain ? 0 : s->filler % 2000;
	else if (s->way == WAY_SENDMMSG && s->place == PLACE_DGRAM && s->filler >= PARTS)
		s->parts = PARTS;
	s->len = s->filler;
	if (s->ended)
		s->len += value_len[s->ended] - cut_at(step_hash(l, writer, seq - 1), s->ended) + VALUE_SUFFIX;
	if (s->planted)
		s->len += VALUE_PREFIX + value_len[s->planted] + VALUE_SUFFIX;
	if (s->begun)
		s->len += VALUE_PREFIX + cut_at(hash, s->begun);
	/* Who wrote is told by a stamp at the beginning of its only piece. */
	if (s->way == WAY_URING && (s->ended || (s->filler && s->filler <= STAMP_LEN) || s->len > WIRE_PIECE_MAX))
		s->way = WAY_WRITE;
}

/* Message i of the step, in its text. */
static inline void step_part(const struct step *s, uint32_t i, uint32_t *ret_start, uint32_t *ret_len) {
	*ret_start = s->len / s->parts * i;
	*ret_len = i + 1 == s->parts ? s->len - *ret_start : s->len / s->parts;
}

#define LINE_LEN 96
static inline char *put_filler(char *p, const struct step *s) {
	static const char words[] = "a request went through the queue and came back while others wait for room in it ";
	uint32_t line = 1;
	for (uint32_t left = s->filler; left; line++) {
		char text[STAMP_LEN + sizeof(words)];
		uint32_t n = left < LINE_LEN ? left : LINE_LEN;
		put_stamp(text, s, line);
		memcpy(text + STAMP_LEN, words, sizeof(words) - 1);
		memcpy(p, text, n);
		if (s->filler > 1)
			p[n - 1] = '\n';
		p += n;
		left -= n;
	}
	return p;
}

/* Writes the text, s->len bytes; the room is STEP_MAX. */
static inline void step_text(const struct step *s, const struct workload *l, char *p) {
	char value[64], *at = p;
	size_t n, cut;
	if (s->ended) {
		n = put_value(value, s->ended, s->writer, s->seq - 1);
		cut = cut_at(step_hash(l, s->writer, s->seq - 1), s->ended);
		memcpy(at, value + cut, n - cut);
		at += n - cut;
		memcpy(at, " done\n", VALUE_SUFFIX);
		at += VALUE_SUFFIX;
	}
	at = put_filler(at, s);
	enum value last = s->planted ? s->planted : s->begun;
	if (!last)
		return;
	put_stamp(at, s, 0);
	memcpy(at + STAMP_LEN, value_word[last], WORD_LEN + 1);
	at += VALUE_PREFIX;
	n = put_value(value, last, s->writer, s->seq);
	memcpy(at, value, s->planted ? n : cut_at(s->hash, last));
	if (s->planted)
		memcpy(at + n, " done\n", VALUE_SUFFIX);
}

/* What all writers together write. */
struct workload_sums {
	uint64_t writes[WAYS], bytes[WAYS];
	uint64_t all_writes, all_bytes;
	uint64_t beyond; /* bytes that no write is copied to */
	uint64_t values[VALUES];
};

static inline void workload_sum(const struct workload *l, struct workload_sums *ret) {
	*ret = (struct workload_sums){0};
	for (uint32_t writer = 0; writer < WRITERS; writer++) {
		for (uint32_t seq = 0; seq < workload_steps(l); seq++) {
			struct step s;
			step_init(&s, l, writer, seq);
			ret->writes[s.way] += s.parts;
			ret->bytes[s.way] += s.len;
			ret->all_writes += s.parts;
			ret->all_bytes += s.len;
			ret->beyond += s.way != WAY_SENDFILE && s.len > WIRE_WRITE_MAX ? s.len - WIRE_WRITE_MAX : 0;
			ret->values[s.planted]++;
			ret->values[s.begun]++;
		}
	}
}

/* Of so many writes, or of one in `share` of those that EXACT_WRITES asks for; the seed is EXACT_SEED or a new one. */
static inline void workload_init(struct workload *l, uint64_t writes, uint64_t share, const char *dir) {
	const char *asked = getenv("EXACT_WRITES"), *seed = getenv("EXACT_SEED");
	FILE *random = fopen("/dev/urandom", "re");
	*l = (struct workload){0};
	if (seed)
		l->seed = strtoull(seed, NULL, 10);
	else if (!random || fread(&l->seed, 4, 1, random) != 1)
		l->seed = 1;
	if (random)
		fclose(random);
	writes = asked ? strtoull(asked, NULL, 10) / share : writes;
	l->rounds = (uint32_t)((writes + WRITERS * ROUND - 1) / (WRITERS * ROUND));
	snprintf(l->dir, sizeof(l->dir), "%s", dir);
	printf("again: EXACT_SEED=%llu EXACT_WRITES=%llu\n", (unsigned long long)l->seed,
	       (unsigned long long)l->rounds * WRITERS * ROUND * share);
}

#endif
