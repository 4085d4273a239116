/* SPDX-License-Identifier: MIT */
/* What shows later, to a gate, that the watch could see, and what it could not. */
#include "agent/state.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <string.h>
#include <xxhash.h>

#define PROBES_A_PROOF 10

/* Of which spots are open, whatever was written there meanwhile. */
static uint64_t hash_open_spots(const struct snapshot *s, uint64_t *ret_len) {
	uint64_t hash = 0;
	for (size_t i = 0; i < s->blind_len; i++) {
		const struct snapshot_blind *b = &s->blind[i];
		if (b->waived)
			continue;
		++*ret_len;
		hash = XXH3_64bits_withSeed(b->kind, strlen(b->kind) + 1, hash);
		if (b->name)
			hash = XXH3_64bits_withSeed(b->name, strlen(b->name) + 1, hash);
	}
	return hash;
}

static void note_blind_spots(struct agent *a, const struct snapshot *s) {
	uint64_t len = 0, hash = hash_open_spots(s, &len);
	if (hash == a->proof.open_spots)
		return;
	a->proof.open_spots = hash;
	(void)store_note(a->store, STORE_BLIND, s->time_ns, 0, STORE_BLIND_FORMAT, len);
	for (size_t i = 0; i < s->blind_len; i++)
		if (!s->blind[i].waived)
			(void)store_note(a->store, s->blind[i].doubt ? STORE_BLIND : STORE_UNREAD, s->time_ns, 0, "%s",
			                 s->blind[i].text);
}

static void note_probe(struct agent *a, const struct snapshot *s) {
	const struct agent_proof *before = &a->proof;
	unsigned int unprobed = a->probe ? snapshot_kinds(s) & ~probe_kinds(a->probe) : 0;
	_cleanup_free_ char *without = sink_kinds_text(unprobed);
	if (without && s->probe.enabled && s->probe.planted > before->planted)
		(void)store_note(a->store, STORE_PROBE, before->wall_ns ? before->wall_ns : s->started_ns, s->time_ns,
		                 STORE_PROOF_FORMAT "%s%s", s->probe.seen - before->seen, s->probe.planted - before->planted,
		                 unprobed ? STORE_UNPROBED_WORDS : "", without);
	a->proof.planted = s->probe.planted;
	a->proof.seen = s->probe.seen;
}

/* Often enough for the shortest window that one would ask for, a minute. */
static uint64_t proof_period_ns(const struct agent *a) {
	uint64_t probes_ns = PROBES_A_PROOF * a->watch_config->probe.every_ns;
	return probes_ns < STORE_MINUTE_NS / 2 ? probes_ns : STORE_MINUTE_NS / 2;
}

/* The first record is waited for, unless it is late. */
void agent_prove(struct agent *a, const struct snapshot *s) {
	uint64_t now_ns = clock_monotonic_ns();
	note_blind_spots(a, s);
	bool due = !a->proof.time_ns || now_ns - a->proof.time_ns >= proof_period_ns(a) || !a->ready;
	if (!due || (!a->proof.time_ns && !s->probe.seen && a->probe && !a->sick))
		return;
	note_probe(a, s);
	a->proof.time_ns = now_ns;
	a->proof.wall_ns = s->time_ns;
}
