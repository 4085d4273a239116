/* SPDX-License-Identifier: MIT */
#include "app/snapshot_take.h"

#include "app/sink_list.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/usage.h"

#include <errno.h>
#include <string.h>

/* Places of rules -> indices in the snapshot, for the rules in force. */
static int take_rules(struct snapshot *s, const struct detect_set *set, size_t *indices) {
	size_t places = detect_places(set);
	s->rules = calloc(places, sizeof(*s->rules));
	if (!s->rules)
		return -ENOMEM;
	for (size_t place = 0; place < places; place++) {
		const struct rule *from = detect_rule_at(set, place);
		if (!from)
			continue;
		indices[place] = s->rules_len;
		struct snapshot_rule *to = &s->rules[s->rules_len++];
		to->severity = from->severity;
		int r = text_copy(&to->id, from->id);
		if (r)
			return r;
	}
	return 0;
}

static struct capture_loss waiting(const struct snapshot_target *t) {
	struct capture_loss left = {t->totals.seen_bytes, t->totals.seen_writes};
	uint64_t bytes = t->scanned.bytes, writes = t->scanned.writes;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++) {
		bytes += t->totals.lost[i].bytes;
		writes += t->totals.lost[i].writes;
	}
	/* Counters of the kernel side move while they are read. */
	left.bytes = left.bytes > bytes ? left.bytes - bytes : 0;
	left.writes = left.writes > writes ? left.writes - writes : 0;
	return left;
}

static int fill_target(struct snapshot_target *t, const struct snapshot *s, const struct snapshot_sources *from,
                       const size_t *indices) {
	const struct books_target *books = &from->books->targets[t->number];
	const uint64_t *matches = from->books->matches + t->number * from->books->places;
	t->scanned = books->scanned;
	t->records = books->records;
	t->leaking_records = books->leaking;
	t->kinds = books->kinds;
	memcpy(t->unwaived, books->unwaived, sizeof(t->unwaived));
	t->totals.lost[WIRE_LOSS_SCANNER].bytes += books->lost.bytes;
	t->totals.lost[WIRE_LOSS_SCANNER].writes += books->lost.writes;
	t->waiting = waiting(t);
	uint64_t judged = t->totals.seen_bytes - t->waiting.bytes;
	t->coverage = verdict_coverage(t->scanned.bytes, judged);
	t->matches = calloc(s->rules_len + 1, sizeof(*t->matches));
	if (!t->matches)
		return -ENOMEM;
	for (size_t place = 0; place < from->books->places; place++) {
		if (!detect_rule_at(from->set, place))
			continue;
		t->matches[indices[place]] = matches[place];
		s->rules[indices[place]].matches += matches[place];
	}
	const char *name = from->target_names[t->number];
	if (name)
		return text_copy(&t->name, name);
	return asprintf(&t->name, "target %u", t->number) < 0 ? -ENOMEM : 0;
}

static int take_targets(struct snapshot *s, const struct snapshot_sources *from, const size_t *indices) {
	const struct capture_totals *totals = from->totals;
	size_t writers[WIRE_TARGETS_MAX];
	capture_writers(from->capture, writers);
	s->targets = calloc(WIRE_TARGETS_MAX, sizeof(*s->targets));
	int r = s->targets ? 0 : -ENOMEM;
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX && !r; i++) {
		bool is_none = !from->target_names[i] && !totals[i].seen_writes;
		if (i == from->hidden_target || from->target_ended[i] || is_none)
			continue;
		struct snapshot_target *t = &s->targets[s->targets_len++];
		*t = (struct snapshot_target){.number = i, .writers = writers[i], .totals = totals[i]};
		r = fill_target(t, s, from, indices);
	}
	return r;
}

static struct snapshot_target *find_target(struct snapshot *s, uint32_t number) {
	for (size_t i = 0; i < s->targets_len; i++)
		if (s->targets[i].number == number)
			return &s->targets[i];
	return NULL;
}

static int reserve_copies(struct snapshot_taker *t, size_t len) {
	if (len <= t->copies_cap)
		return 0;
	size_t cap = len > 2 * t->copies_cap ? len : 2 * t->copies_cap;
	struct finding_copy **copies = reallocarray(t->copies, cap, sizeof(struct finding_copy *));
	if (!copies)
		return -ENOMEM;
	t->copies = copies;
	t->copies_cap = cap;
	return 0;
}

static int make_copy(struct snapshot_taker *t, const struct detect_set *set, const struct finding *f,
                     struct finding_copy **ret) {
	struct rule_copy **rule = &t->rules[detect_place_of(set, f->rule)];
	int r = *rule ? 0 : rule_copy_new(rule, f->rule);
	return r ? r : finding_copy_new(ret, f, *rule);
}

static int renew_copies(struct snapshot_taker *t, const struct detect_set *set, const struct findings *findings) {
	int r = reserve_copies(t, findings_len(findings));
	if (!r && !t->rules) {
		t->rules_len = detect_places(set);
		t->rules = calloc(t->rules_len, sizeof(struct rule_copy *));
		r = t->rules ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < findings_len(findings) && !r; i++) {
		const struct finding *f = findings_at(findings, i);
		bool known = i < t->copies_len;
		if (known && !finding_copy_is_old(t->copies[i], f))
			continue;
		struct finding_copy *copy;
		r = make_copy(t, set, f, &copy);
		if (r)
			break;
		if (known)
			finding_copy_drop(t->copies[i]);
		else
			t->copies_len++;
		t->copies[i] = copy;
	}
	return r;
}

static int take_findings(struct snapshot_taker *t, struct snapshot *s, const struct snapshot_sources *from,
                         const size_t *indices) {
	int r = renew_copies(t, from->set, from->findings);
	if (r)
		return r;
	s->findings = calloc(t->copies_len + 1, sizeof(struct finding_copy *));
	if (!s->findings)
		return -ENOMEM;
	for (; s->findings_len < t->copies_len; s->findings_len++) {
		const struct finding *f = findings_at(from->findings, s->findings_len);
		struct snapshot_target *target = find_target(s, f->target);
		s->findings[s->findings_len] = finding_copy_hold(t->copies[s->findings_len]);
		s->rules[indices[detect_place_of(from->set, f->rule)]].findings++;
		if (target)
			target->findings++;
	}
	s->matches = findings_matches(from->findings);
	s->distinct = findings_distinct(from->findings);
	return 0;
}

static int fill_sink(struct snapshot_sink *to, const struct sink_use *use) {
	const struct sink *sink = use->sink;
	to->totals = use->totals;
	to->several = !sink;
	to->is_log = !sink || sink->is_log;
	if (!sink)
		return 0;
	to->kind = sink->kind;
	to->second_hop = sink->second_hop;
	to->target = sink->key.target % WIRE_TARGETS_MAX;
	int r = text_copy(&to->name, sink->name);
	if (!r)
		r = text_copy(&to->label, sink->label);
	return r ? r : text_copy(&to->reason, sink->reason);
}

static int fill_sinks(struct snapshot *s, const struct snapshot_sources *from, const struct sink_use *uses,
                      size_t len) {
	s->sinks = calloc(len + 1, sizeof(*s->sinks));
	int r = s->sinks ? 0 : -ENOMEM;
	for (size_t i = 0; !r && i < len; i++) {
		const struct sink_use *use = &uses[i];
		if (!use->sink || use->sink->key.target % WIRE_TARGETS_MAX != from->hidden_target)
			r = fill_sink(&s->sinks[s->sinks_len++], use);
	}
	return r;
}

static int renew_sinks(struct snapshot_taker *t, const struct snapshot_sources *from) {
	struct capture *c = from->capture;
	_cleanup_free_ struct sink_use *uses = NULL;
	size_t len;
	if (t->sinks && !capture_moved(c, &t->sinks_moves, from->hidden_target))
		return 0;
	_cleanup_(snapshot_dropp) struct snapshot *sinks = snapshot_new();
	int r = sinks ? sink_list_take(c, SNAPSHOT_SINKS_MAX, &uses, &len) : -ENOMEM;
	if (!r)
		r = fill_sinks(sinks, from, uses, len);
	if (r)
		return r;
	snapshot_drop(t->sinks);
	t->sinks = take(sinks);
	t->sinks_moves = capture_moves(c);
	return 0;
}

static int take_sinks(struct snapshot_taker *t, struct snapshot *s, const struct snapshot_sources *from) {
	int r = renew_sinks(t, from);
	return r ? r : snapshot_share_sinks(s, t->sinks);
}

static int take_blind(struct snapshot *s, const struct blind_spots *spots, const struct waivers *waivers) {
	s->blind = calloc(spots->len + 1, sizeof(*s->blind));
	int r = s->blind ? 0 : -ENOMEM;
	for (size_t i = 0; i < spots->len && !r; i++) {
		const struct blind_spot *spot = &spots->items[i];
		struct snapshot_blind *to = &s->blind[s->blind_len++];
		to->amount = spot->amount;
		to->waived = blind_spot_waiver(spot, waivers, s->time_ns);
		to->doubt = !to->waived && blind_spot_is_doubt(spot->kind);
		r = text_copy(&to->kind, blind_spot_kind(spot->kind));
		if (!r)
			r = text_copy(&to->name, spot->name);
		if (!r)
			r = blind_spot_text(&to->text, spot);
	}
	return r;
}

/* One more program; the name of the list is in the cost. */
static void add_program(void *arg, const char *name, const struct capture_cost *cost) {
	struct snapshot_cost *to = arg;
	struct snapshot_program *programs = reallocarray(to->programs, to->programs_len + 1, sizeof(*programs));
	if (!programs)
		return;
	to->programs = programs;
	programs[to->programs_len] = (struct snapshot_program){strdup(name), *cost};
	if (programs[to->programs_len].name)
		to->programs_len++;
	to->kernel.calls += cost->calls;
	to->kernel.ns += cost->ns;
}

static void take_cost(struct snapshot *s, const struct snapshot_sources *from) {
	struct origins_counters origins;
	const struct usage_memory memory = usage_memory();
	origins_counters(from->origins, &origins);
	s->cost = (struct snapshot_cost){
	    .cpu_ns = usage_cpu_ns() + origins.cpu_ns,
	    .cpu_ready_ns = from->cpu_ready_ns,
	    .memory_bytes = memory.bytes,
	    .memory_peak_bytes = memory.peak_bytes,
	    .stacks = origins.stacks,
	    .stacks_named = origins.named,
	    .stacks_failed = origins.failed,
	};
	capture_each_program(from->capture, add_program, &s->cost);
}

int snapshot_take(struct snapshot_taker *t, const struct snapshot_sources *from, struct snapshot **ret) {
	_cleanup_(snapshot_dropp) struct snapshot *s = snapshot_new();
	if (!s)
		return -ENOMEM;
	_cleanup_free_ size_t *indices = calloc(detect_places(from->set), sizeof(*indices));
	if (!indices)
		return -ENOMEM;
	uint64_t now_ns = clock_monotonic_ns();
	s->time_ns = clock_realtime_ns();
	s->started_ns = s->time_ns - (now_ns - from->started_ns);
	s->duration_s = (double)(now_ns - from->started_ns) / 1e9;
	s->version = LOGSPILL_VERSION;
	s->hook = capture_hook_name(from->capture);
	s->processes = from->processes;
	s->ring_bytes = capture_ring_bytes(from->capture);
	s->ring_size = capture_ring_size(from->capture);
	s->latency = from->books->latency;
	int r = take_rules(s, from->set, indices);
	if (!r)
		r = take_targets(s, from, indices);
	if (!r)
		r = take_findings(t, s, from, indices);
	if (!r)
		r = take_sinks(t, s, from);
	if (!r)
		r = take_blind(s, from->blind, from->waivers);
	if (r)
		return r;
	take_cost(s, from);
	*ret = take(s);
	return 0;
}

void snapshot_taker_release(struct snapshot_taker *t) {
	for (size_t i = 0; i < t->copies_len; i++)
		finding_copy_drop(t->copies[i]);
	for (size_t i = 0; t->rules && i < t->rules_len; i++)
		rule_copy_drop(t->rules[i]);
	free(t->rules);
	free(t->copies);
	snapshot_drop(t->sinks);
	*t = (struct snapshot_taker){0};
}
