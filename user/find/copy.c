/* SPDX-License-Identifier: MIT */
#include "find/copy.h"

#include "base/text.h"
#include "find/distinct.h"
#include "find/origins.h"

#include <errno.h>
#include <string.h>

struct rule_copy {
	struct rule rule;
	unsigned int holders;
};

static void hold(unsigned int *holders) {
	__atomic_fetch_add(holders, 1, __ATOMIC_RELAXED);
}

static bool was_last(unsigned int *holders) {
	return __atomic_fetch_sub(holders, 1, __ATOMIC_ACQ_REL) == 1;
}

void rule_copy_drop(struct rule_copy *c) {
	if (!c || !was_last(&c->holders))
		return;
	free(c->rule.id);
	free(c->rule.name);
	free(c->rule.entity);
	free(c->rule.category);
	free(c->rule.region);
	free(c->rule.remediation);
	free(c);
}

static void free_waiver(struct waiver *w) {
	if (!w)
		return;
	free(w->owner);
	free(w->reason);
	free(w->until);
	free(w);
}

static void copy_free(struct finding_copy *c) {
	rule_copy_drop(c->rule);
	free_waiver(c->waiver);
	origins_release(&c->finding);
	finding_writer_free(c->finding.writer);
	free(c->finding.sink_kind);
	free(c->finding.sink_name);
	free(c->finding.sink_host_path);
	free(c->finding.process_name);
	free(c->finding.executable);
	free(c->finding.sketch);
	free(c);
}

DEFINE_CLEANUP(struct finding_copy *, copy_free)

static int copy_rule(struct rule *to, const struct rule *from) {
	to->severity = from->severity;
	to->impact = from->impact;
	to->index = from->index;
	to->mask = from->mask;
	int r = text_copy(&to->id, from->id);
	if (!r)
		r = text_copy(&to->name, from->name);
	if (!r)
		r = text_copy(&to->entity, from->entity);
	if (!r)
		r = text_copy(&to->category, from->category);
	if (!r)
		r = text_copy(&to->region, from->region);
	return r ? r : text_copy(&to->remediation, from->remediation);
}

int rule_copy_new(struct rule_copy **ret, const struct rule *r) {
	_cleanup_(rule_copy_dropp) struct rule_copy *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->holders = 1;
	int result = copy_rule(&c->rule, r);
	if (!result)
		*ret = take(c);
	return result;
}

static int copy_waiver(struct finding_copy *c, const struct waiver *from) {
	struct waiver *to = calloc(1, sizeof(*to));
	if (!to)
		return -ENOMEM;
	c->finding.waiver = c->waiver = to;
	to->until_ns = from->until_ns;
	int r = text_copy(&to->owner, from->owner);
	if (!r)
		r = text_copy(&to->reason, from->reason);
	return r ? r : text_copy(&to->until, from->until);
}

static int copy_origin(struct finding_origin *to, const struct finding_origin *from) {
	*to = *from;
	to->frames_len = 0;
	to->frames = calloc(from->frames_len + 1, sizeof(*to->frames));
	if (!to->frames)
		return -ENOMEM;
	for (; to->frames_len < from->frames_len; to->frames_len++)
		if (text_copy(&to->frames[to->frames_len], from->frames[to->frames_len]))
			return -ENOMEM;
	return 0;
}

static int copy_origins(struct finding *to, const struct finding *from) {
	to->origins_len = 0;
	to->origins = from->origins_len ? calloc(from->origins_len, sizeof(*to->origins)) : NULL;
	if (from->origins_len && !to->origins)
		return -ENOMEM;
	for (int r = 0; to->origins_len < from->origins_len;) {
		r = copy_origin(&to->origins[to->origins_len], &from->origins[to->origins_len]);
		to->origins_len++; /* a half-made one is freed with the rest */
		if (r)
			return r;
	}
	return 0;
}

static int copy_values(struct finding *to, const struct finding *from) {
	to->values = NULL;
	if (!from->values)
		return text_copy(&to->sketch, from->sketch);
	to->sketch = distinct_text(from->values);
	return to->sketch ? 0 : -ENOMEM;
}

static int copy_finding(struct finding *to, const struct finding *from) {
	*to = *from;
	to->writer = NULL;
	to->sketch = NULL;
	to->sink_kind = to->sink_name = to->sink_host_path = to->process_name = to->executable = NULL;
	int r = copy_origins(to, from);
	if (!r)
		r = copy_values(to, from);
	if (!r)
		r = text_copy(&to->sink_kind, from->sink_kind);
	if (!r)
		r = text_copy(&to->sink_name, from->sink_name);
	if (!r)
		r = text_copy(&to->sink_host_path, from->sink_host_path);
	if (!r)
		r = text_copy(&to->process_name, from->process_name);
	if (!r)
		r = text_copy(&to->executable, from->executable);
	return r || !from->writer ? r : finding_writer_copy(&to->writer, from->writer);
}

int finding_copy_new(struct finding_copy **ret, const struct finding *f, struct rule_copy *rule) {
	_cleanup_(copy_freep) struct finding_copy *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->holders = 1;
	int r = copy_finding(&c->finding, f);
	c->finding.waiver = NULL;
	if (!r && rule)
		hold(&rule->holders);
	else if (!r)
		r = rule_copy_new(&rule, f->rule);
	if (r)
		return r;
	c->rule = rule;
	c->finding.rule = &rule->rule;
	r = f->waiver ? copy_waiver(c, f->waiver) : 0;
	if (!r)
		*ret = take(c);
	return r;
}

struct finding_copy *finding_copy_hold(struct finding_copy *c) {
	hold(&c->holders);
	return c;
}

void finding_copy_drop(struct finding_copy *c) {
	if (c && was_last(&c->holders))
		copy_free(c);
}

static int unite_values(struct finding *into, const struct finding *from) {
	struct distinct_count all = {into->distinct, into->distinct_error, into->sketch};
	const struct distinct_count more = {from->distinct, from->distinct_error, from->sketch};
	bool one_key = *into->key_id && !strcmp(into->key_id, from->key_id);
	int r = one_key && into->sketch && from->sketch ? distinct_unite(&all, &more) : -EINVAL;
	if (r == -ENOMEM)
		return r;
	if (r) { /* neither text counts them all */
		free(all.text);
		all = (struct distinct_count){all.count + more.count, FIND_DISTINCT_ERROR, NULL};
	}
	into->distinct = all.count;
	into->distinct_error = all.error;
	into->sketch = all.text;
	return 0;
}

int finding_copy_unite(struct finding_copy *into, struct finding_copy *from) {
	struct finding *f = &into->finding;
	const struct finding *more = &from->finding;
	int r = unite_values(f, more);
	if (r)
		return r;
	f->count += more->count;
	f->confidence = more->confidence > f->confidence ? more->confidence : f->confidence;
	f->first_seen_ns = more->first_seen_ns < f->first_seen_ns ? more->first_seen_ns : f->first_seen_ns;
	f->last_seen_ns = more->last_seen_ns > f->last_seen_ns ? more->last_seen_ns : f->last_seen_ns;
	f->waived &= more->waived;
	if (!*f->statement)
		memcpy(f->statement, more->statement, sizeof(f->statement));
	return f->origins_len ? 0 : copy_origins(f, more);
}

static uint64_t stacks(const struct finding *f) {
	uint64_t n = 0;
	for (size_t i = 0; i < f->origins_len; i++)
		n += f->origins[i].count;
	return n;
}

static bool has_same_waiver(const struct finding *a, const struct finding *b) {
	return a->waived == b->waived && a->aside == b->aside && !a->waiver == !b->waiver &&
	       (!a->waiver || (a->waiver->until_ns == b->waiver->until_ns && !strcmp(a->waiver->owner, b->waiver->owner) &&
	                       !strcmp(a->waiver->reason, b->waiver->reason)));
}

bool finding_copy_is_old(const struct finding_copy *c, const struct finding *f) {
	const struct finding *was = &c->finding;
	return was->count != f->count || stacks(was) != stacks(f) || strcmp(was->statement, f->statement) ||
	       !has_same_waiver(was, f);
}
