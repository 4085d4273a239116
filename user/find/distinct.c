/* SPDX-License-Identifier: MIT */
#include "find/distinct.h"

#include "base/cleanup.h"
#include "find/find.h"

#include <errno.h>
#include <math.h>

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

/* Whether the sketch has changed. */
static bool sketch_add(struct distinct_sketch *s, uint64_t hash) {
	uint8_t *rank = &s->ranks[hash >> (64 - INDEX_BITS)];
	uint64_t rest = hash << INDEX_BITS | 1ull << (INDEX_BITS - 1);
	uint8_t seen = (uint8_t)(__builtin_clzll(rest) + 1);
	if (seen <= *rank)
		return false;
	s->registers_of_rank[*rank]--;
	s->registers_of_rank[seen]++;
	*rank = seen;
	return true;
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

static int set_to_sketch(struct distinct *d) {
	struct distinct_sketch *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->registers_of_rank[0] = REGISTERS;
	for (size_t i = 0; i < d->set_cap; i++)
		if (d->set[i])
			sketch_add(s, d->set[i]);
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
