/* SPDX-License-Identifier: MIT */
/* What is known of a window, put together and taken apart; and the risk that it stands for. */
#include "find/gate.h"

#include "base/text.h"
#include "find/risk.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define IMPACT_MAX 5

void gate_texts_release(struct gate_texts *t) {
	for (size_t i = 0; i < t->len; i++)
		free(t->items[i]);
	free(t->items);
	*t = (struct gate_texts){0};
}

void gate_facts_release(struct gate_facts *f) {
	for (size_t i = 0; i < f->targets_len; i++) {
		free(f->targets[i].name);
		free(f->targets[i].doubt);
	}
	for (size_t i = 0; i < f->findings_len; i++)
		finding_copy_drop(f->findings[i]);
	for (size_t i = 0; i < f->gaps_len; i++)
		free(f->gaps[i].why);
	for (size_t i = 0; i < f->conditions_len; i++) {
		free(f->conditions[i].name);
		free(f->conditions[i].query);
		free(f->conditions[i].problem);
	}
	gate_texts_release(&f->blind_spots);
	gate_texts_release(&f->waivers);
	gate_texts_release(&f->changes);
	gate_texts_release(&f->unknown);
	free(f->targets);
	free(f->findings);
	free(f->gaps);
	free(f->conditions);
	*f = (struct gate_facts){0};
}

/* Room for one more in an array that grows one by one. */
#define MORE(items, len)                                                                                               \
	__extension__({                                                                                                    \
		void *more_ = reallocarray((items), (len) + 1, sizeof(*(items)));                                              \
		if (more_)                                                                                                     \
			(items) = more_;                                                                                           \
		more_ != NULL;                                                                                                 \
	})

int gate_add_target(struct gate_facts *f, const char *name, struct gate_target **ret) {
	char *copy = MORE(f->targets, f->targets_len) ? strdup(name) : NULL;
	if (!copy)
		return -ENOMEM;
	*ret = &f->targets[f->targets_len++];
	**ret = (struct gate_target){.name = copy};
	return 0;
}

int gate_add_gap(struct gate_facts *f, uint64_t from_ns, uint64_t until_ns, const char *why) {
	char *copy = MORE(f->gaps, f->gaps_len) ? strdup(why) : NULL;
	if (!copy)
		return -ENOMEM;
	f->gaps[f->gaps_len++] = (struct gate_gap){from_ns, until_ns, copy};
	return 0;
}

int gate_add_condition(struct gate_facts *f, const struct gate_condition *c) {
	if (!MORE(f->conditions, f->conditions_len))
		return -ENOMEM;
	struct gate_condition *copy = &f->conditions[f->conditions_len++];
	*copy = *c;
	copy->name = strdup(c->name);
	copy->query = strdup(c->query);
	copy->problem = c->problem ? strdup(c->problem) : NULL;
	return copy->name && copy->query && (copy->problem || !c->problem) ? 0 : -ENOMEM;
}

int gate_add_finding(struct gate_facts *f, struct finding_copy *copy) {
	if (!MORE(f->findings, f->findings_len))
		return -ENOMEM;
	f->findings[f->findings_len++] = finding_copy_hold(copy);
	return 0;
}

int gate_add_text(struct gate_texts *t, const char *fmt, ...) {
	va_list ap;
	if (!MORE(t->items, t->len))
		return -ENOMEM;
	va_start(ap, fmt);
	char *text = text_vformat(fmt, ap);
	va_end(ap);
	if (!text)
		return -ENOMEM;
	t->items[t->len++] = text;
	return 0;
}

double gate_share_upper(const struct gate_facts *f, uint64_t leaking_records) {
	const struct gate_target sum = gate_sum(f);
	uint64_t hits = leaking_records < sum.records ? leaking_records : sum.records;
	double coverage = sum.seen.bytes > sum.scanned.bytes ? (double)sum.scanned.bytes / (double)sum.seen.bytes : 1;
	return 1 - coverage * (1 - risk_upper(hits, sum.records));
}

double gate_finding_risk(const struct gate_facts *f, const struct finding *finding) {
	uint64_t most = gate_sum(f).leaking_records ?: 1;
	return gate_share_upper(f, finding->count < most ? finding->count : most) * finding->rule->impact;
}

int gate_impact(const struct gate_facts *f) {
	int impact = 0;
	for (size_t i = 0; i < f->findings_len; i++)
		if (f->findings[i]->finding.rule->impact > impact)
			impact = f->findings[i]->finding.rule->impact;
	return impact ? impact : IMPACT_MAX;
}
