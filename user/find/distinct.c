/* SPDX-License-Identifier: MIT */
#include "find/distinct.h"

#include "base/cleanup.h"
#include "find/find.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define INDEX_BITS 12
#define REGISTERS (1u << INDEX_BITS)
#define RANK_MAX (64 - INDEX_BITS + 1)
#define SET_CAP_MIN 16

struct distinct_sketch {
	uint8_t ranks[REGISTERS];
	uint16_t registers_of_rank[RANK_MAX + 1];
};

static double sigma(double x) {
	if (x == 1)
		return INFINITY;
	double y = 1, z = x, before;
	do {
		before = z;
		x *= x;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double tau(double x) {
	if (x == 0 || x == 1)
		return 0;
	double y = 1, z = 1 - x, before;
	do {
		before = z;
		x = sqrt(x);
		y /= 2;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

/* The improved raw estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
 * algorithm 6: without bias in the whole range, so that nothing is switched over or looked up. */
static uint64_t sketch_estimate(const struct distinct_sketch *s) {
	const double m = REGISTERS;
	double z = m * tau(1 - s->registers_of_rank[RANK_MAX] / m);
	for (int k = RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + s->registers_of_rank[k]);
	z += m * sigma(s->registers_of_rank[0] / m);
	return (uint64_t)llround(m * m / (2 * M_LN2 * z));
}

static bool sketch_raise(struct distinct_sketch *s, size_t index, uint8_t rank) {
	uint8_t *before = &s->ranks[index];
	if (rank <= *before)
		return false;
	s->registers_of_rank[*before]--;
	s->registers_of_rank[rank]++;
	*before = rank;
	return true;
}

/* Whether the sketch has changed. */
static bool sketch_add(struct distinct_sketch *s, uint64_t hash) {
	uint64_t rest = hash << INDEX_BITS | 1ull << (INDEX_BITS - 1);
	return sketch_raise(s, hash >> (64 - INDEX_BITS), (uint8_t)(__builtin_clzll(rest) + 1));
}

static uint64_t *set_place(uint64_t *set, size_t cap, uint64_t hash) {
	size_t i = hash & (cap - 1);
	while (set[i] && set[i] != hash)
		i = (i + 1) & (cap - 1);
	return &set[i];
}

static int set_grow(struct distinct *d) {
	size_t cap = d->set_cap ? d->set_cap * 2 : SET_CAP_MIN;
	uint64_t *set = calloc(cap, sizeof(*set));
	if (!set)
		return -ENOMEM;
	for (size_t i = 0; i < d->set_cap; i++)
		if (d->set[i])
			*set_place(set, cap, d->set[i]) = d->set[i];
	free(d->set);
	d->set = set;
	d->set_cap = cap;
	return 0;
}

static struct distinct_sketch *sketch_of_set(const struct distinct *d) {
	struct distinct_sketch *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->registers_of_rank[0] = REGISTERS;
	for (size_t i = 0; i < d->set_cap; i++)
		if (d->set[i])
			sketch_add(s, d->set[i]);
	return s;
}

static int set_to_sketch(struct distinct *d) {
	struct distinct_sketch *s = sketch_of_set(d);
	if (!s)
		return -ENOMEM;
	free(take(d->set));
	d->set_cap = 0;
	d->sketch = s;
	return 0;
}

static int set_add(struct distinct *d, uint64_t hash) {
	if (d->set && *set_place(d->set, d->set_cap, hash))
		return 0;
	int r = 0;
	if (d->count == FIND_DISTINCT_EXACT)
		r = set_to_sketch(d);
	else if (d->count >= d->set_cap / 2)
		r = set_grow(d);
	if (r)
		return r;
	if (d->sketch)
		sketch_add(d->sketch, hash);
	else
		*set_place(d->set, d->set_cap, hash) = hash;
	d->count++;
	return 0;
}

int distinct_add(struct distinct *d, uint64_t hash) {
	if (!d->sketch)
		return set_add(d, hash ? hash : 1);
	if (sketch_add(d->sketch, hash)) {
		uint64_t estimate = sketch_estimate(d->sketch);
		d->count = estimate > d->count ? estimate : d->count;
	}
	return 0;
}

void distinct_release(struct distinct *d) {
	free(d->set);
	free(d->sketch);
	*d = (struct distinct){0};
}

#define DENSE 'd'
#define SPARSE 's'
#define DIGITS_EACH 3

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t digit_value(char c) {
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (size_t)(at - digits) : sizeof(digits);
}

static char *sketch_text(const struct distinct_sketch *s) {
	size_t used = REGISTERS - s->registers_of_rank[0], len = 0;
	bool sparse = used * DIGITS_EACH < REGISTERS;
	char *text = malloc(2 + (sparse ? used * DIGITS_EACH : REGISTERS));
	if (!text)
		return NULL;
	text[len++] = sparse ? SPARSE : DENSE;
	for (size_t i = 0; i < REGISTERS; i++) {
		if (sparse && !s->ranks[i])
			continue;
		if (sparse) {
			text[len++] = digits[i >> 6];
			text[len++] = digits[i & 63];
		}
		text[len++] = digits[s->ranks[i]];
	}
	text[len] = 0;
	return text;
}

char *distinct_text(const struct distinct *d) {
	_cleanup_free_ struct distinct_sketch *own = d->sketch ? NULL : sketch_of_set(d);
	const struct distinct_sketch *s = d->sketch ?: own;
	return s ? sketch_text(s) : NULL;
}

static bool is_text(const char *text, size_t len) {
	if (*text == DENSE ? len != 1 + REGISTERS : *text != SPARSE || (len - 1) % DIGITS_EACH)
		return false;
	for (size_t i = 1; i < len; i++) {
		bool is_rank = *text == DENSE || i % DIGITS_EACH == 0;
		if (digit_value(text[i]) > (is_rank ? RANK_MAX : 63))
			return false;
	}
	return true;
}

int distinct_merge(struct distinct *d, const char *text) {
	size_t len = strlen(text), step = *text == DENSE ? 1 : DIGITS_EACH;
	if (!is_text(text, len))
		return -EINVAL;
	if (!d->sketch && set_to_sketch(d))
		return -ENOMEM;
	for (size_t i = 1; i < len; i += step) {
		size_t index = step == 1 ? i - 1 : digit_value(text[i]) << 6 | digit_value(text[i + 1]);
		sketch_raise(d->sketch, index, (uint8_t)digit_value(text[i + step - 1]));
	}
	uint64_t estimate = sketch_estimate(d->sketch);
	d->count = estimate > d->count ? estimate : d->count;
	return 0;
}

int distinct_unite(struct distinct_count *c, const struct distinct_count *more) {
	_cleanup_(distinct_release) struct distinct all = {0};
	int r = distinct_merge(&all, c->text);
	if (!r)
		r = distinct_merge(&all, more->text);
	if (r)
		return r;
	_cleanup_free_ char *text = distinct_text(&all);
	if (!text)
		return -ENOMEM;
	const struct distinct_count *larger = more->count > c->count ? more : c;
	uint64_t count = larger->count, sum = c->count + more->count;
	double error = larger->error;
	/* Else the one has seen all that the other has. */
	if (strcmp(text, c->text) && strcmp(text, more->text)) {
		count = all.count < count ? count : all.count > sum ? sum : all.count;
		error = FIND_DISTINCT_ERROR;
	}
	free(c->text);
	*c = (struct distinct_count){count, error, take(text)};
	return 0;
}
