/* SPDX-License-Identifier: MIT */
/* A gate over what the agent remembers. */
#include "gate/gate.h"

#include "base/clock.h"
#include "emit/store.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define AWAIT_STEP_NS 100000000l
#define PROOF_LATE_NS (2 * STORE_MINUTE_NS) /* the agent notes twice a minute what proves that it sees */

/* What is being read. */
struct reading {
	const struct gate_store *asked;
	struct gate_facts *facts;
	uint64_t from_ns, to_ns;
	uint64_t uncovered_ns, proven_ns;
	bool is_behind; /* the agent has not said yet that it was there at the end */
};

static int on_target(void *arg, const char *target, const struct store_amounts *a) {
	struct reading *r = arg;
	struct gate_target *t;
	int error = gate_add_target(r->facts, target, &t);
	if (error)
		return error;
	t->seen = a->seen;
	t->scanned = a->scanned;
	t->records = a->records;
	t->leaking_records = a->leaking_records;
	memcpy(t->lost, a->lost, sizeof(t->lost));
	/* A target whose minutes are not all there came late, or went. */
	uint64_t want = (r->to_ns - r->from_ns) / STORE_MINUTE_NS;
	if (a->minutes < want && asprintf(&t->doubt, "watched in %lu of %lu minutes", a->minutes, want) < 0)
		return -ENOMEM;
	return 0;
}

static int on_finding(void *arg, struct finding_copy *copy) {
	struct reading *r = arg;
	struct finding *f = &copy->finding;
	if (r->asked->waivers)
		finding_waive(f, r->asked->waivers, r->asked->now_ns);
	else
		finding_end_waiver(f, r->asked->now_ns);
	return gate_add_finding(r->facts, copy);
}

/* A reader of the store overlooks the last moments, as an agent writes once a second; by that much further we look. */
static uint64_t gaps_end_ns(const struct reading *r) {
	return r->to_ns + STORE_ALIVE_NS;
}

static int on_gap(void *arg, const struct store_event *e) {
	struct reading *r = arg;
	uint64_t until_ns = e->until_ns < r->to_ns ? e->until_ns : r->to_ns;
	if (e->from_ns >= until_ns)
		return 0;
	r->uncovered_ns += until_ns - e->from_ns;
	return gate_add_gap(r->facts, e->from_ns, until_ns, e->text);
}

static int note_last_gap(void *arg, const struct store_event *e) {
	struct reading *r = arg;
	r->is_behind |= e->kind == STORE_GAP && e->until_ns == gaps_end_ns(r);
	return 0;
}

/* The agent has to say that it was there at the end of the window, too: for as long as that may take. */
static int await_agent(struct reading *r, struct store *store) {
	int error = 0;
	for (uint64_t waited_ns = 0; !error && waited_ns < STORE_ALIVE_NS; waited_ns += AWAIT_STEP_NS) {
		r->is_behind = false;
		error = store_read_gaps(store, r->from_ns, gaps_end_ns(r), note_last_gap, r);
		if (!r->is_behind)
			break;
		nanosleep(&(struct timespec){.tv_nsec = AWAIT_STEP_NS}, NULL);
	}
	return error;
}

static int take_probe(struct reading *r, const struct store_event *e) {
	uint64_t came, planted;
	if (sscanf(e->text, STORE_PROOF_FORMAT, &came, &planted) != 2)
		return gate_add_text(&r->facts->unknown, "%s", e->text);
	r->facts->probe_known = true;
	r->facts->probes_planted += planted;
	r->facts->probe_ways[0].came += came;
	const char *unprobed = strstr(e->text, STORE_UNPROBED_WORDS);
	r->facts->unprobed |= unprobed ? sink_kinds_in(unprobed) : 0;
	r->proven_ns = e->until_ns;
	return 0;
}

static int on_blind(void *arg, const struct store_event *e) {
	struct reading *r = arg;
	return gate_add_text(&r->facts->blind_spots, "%s", e->text);
}

static int on_event(void *arg, const struct store_event *e) {
	struct reading *r = arg;
	struct gate_facts *f = r->facts;
	switch (e->kind) {
	case STORE_PROBE:
		return take_probe(r, e);
	case STORE_CONFIG:
	case STORE_RULES:
		return gate_add_text(&f->changes, "%s", e->text);
	case STORE_CLOCK:
	case STORE_DAMAGED:
	case STORE_TRIMMED:
		return gate_add_text(&f->unknown, "%s", e->text);
	default:
		return 0;
	}
}

static int read_store(struct reading *r, struct store *store) {
	bool is_past = r->asked->now_ns > r->to_ns + STORE_ALIVE_NS;
	int error = r->asked->own || is_past ? 0 : await_agent(r, store);
	if (!error)
		error = store_read_targets(store, r->from_ns, r->to_ns, on_target, r);
	if (!error)
		error = store_read_findings(store, r->from_ns, r->to_ns, on_finding, r);
	if (!error)
		error = store_read_gaps(store, r->from_ns, gaps_end_ns(r), on_gap, r);
	r->facts->probe_ways[r->facts->probe_ways_len++] = (struct gate_probe_way){.name = "sink of its own"};
	if (!error)
		error = store_read_events(store, r->from_ns, r->to_ns, on_event, r);
	if (!error)
		error = store_read_blind(store, r->to_ns, on_blind, r);
	return error;
}

/* Findings that are waived, in words, as a summary tells them. */
static int tell_waivers(struct gate_facts *f) {
	int r = 0;
	for (size_t i = 0; i < f->findings_len && !r; i++) {
		const struct finding *finding = &f->findings[i]->finding;
		if (finding->waived)
			r = gate_add_text(&f->waivers, "finding %s is waived until %s by %s: %s", finding->id,
			                  finding->waiver->until, finding->waiver->owner, finding->waiver->reason);
	}
	return r;
}

static int conclude(struct reading *r) {
	struct gate_facts *f = r->facts;
	uint64_t window_ns = r->to_ns - r->from_ns;
	f->covered_ns = window_ns > r->uncovered_ns ? window_ns - r->uncovered_ns : 0;
	if (f->probe_known && r->proven_ns + PROOF_LATE_NS < r->to_ns)
		f->probe_known = false;
	return tell_waivers(f);
}

int gate_read_store(const struct gate_store *asked, struct gate_facts *ret, struct diags *ret_diags) {
	_cleanup_(store_closep) struct store *store = NULL;
	*ret = (struct gate_facts){.source = "store", .counts_all_time = true, .asked_ns = asked->window_ns};
	struct reading r = {
	    .asked = asked, .facts = ret, .to_ns = asked->until_ns, .from_ns = asked->until_ns - asked->window_ns};
	ret->from_ns = r.from_ns;
	ret->to_ns = r.to_ns;
	int error =
	    asked->own ? store_reader(&store, asked->own, ret_diags) : store_open_reading(&store, asked->path, ret_diags);
	if (error)
		return error;
	error = read_store(&r, store);
	if (error && error != -ENOMEM) /* what cannot be read proves nothing */
		error = gate_add_text(&ret->unknown, "the store cannot be read: %s",
		                      error == -EBADMSG ? "it is damaged" : strerror(-error));
	if (!error)
		error = conclude(&r);
	if (error) {
		diags_say(ret_diags, "the store cannot be read: %s", strerror(-error));
		gate_facts_release(ret);
	}
	return error;
}
