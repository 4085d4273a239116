/* SPDX-License-Identifier: MIT */
#include "emit/finding_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const orders[FINDING_ORDERS] = {"first_seen", "last_seen", "severity", "entity", "sink",
                                                   "program",    "matches",   "values",   "sample"};

const char *finding_order_name(enum finding_order o) {
	return orders[o];
}

bool finding_order_parse(const char *text, enum finding_order *ret, bool *ret_descending) {
	bool descending = *text == '-';
	for (enum finding_order o = 0; o < FINDING_ORDERS; o++) {
		if (strcmp(text + descending, orders[o]) != 0)
			continue;
		*ret = o;
		*ret_descending = descending;
		return true;
	}
	return false;
}

static bool holds(const char *field, const char *text) {
	return field && strcasestr(field, text);
}

static bool writer_holds(const struct finding_writer *w, const char *text) {
	return w && (holds(w->workload.unit, text) || holds(w->workload.container, text) || holds(w->workload.pod, text) ||
	             holds(w->workload.container_id, text));
}

static bool origins_hold(const struct finding *f, const char *text) {
	for (size_t i = 0; i < f->origins_len; i++)
		for (size_t k = 0; k < f->origins[i].frames_len; k++)
			if (holds(f->origins[i].frames[k], text))
				return true;
	return false;
}

bool finding_holds(const struct finding *f, const char *text) {
	const struct rule *r = f->rule;
	return holds(r->entity, text) || holds(r->id, text) || holds(r->name, text) ||
	       holds(rule_severity_name(r->severity), text) || holds(f->masked, text) || holds(f->sink_name, text) ||
	       holds(f->statement, text) || holds(f->process_name, text) || holds(f->executable, text) ||
	       holds(f->id, text) || writer_holds(f->writer, text) || origins_hold(f, text);
}

static bool is_asked_for(const struct finding_query *q, const struct finding *f) {
	return (!q->rule || !strcmp(q->rule, f->rule->id)) &&
	       (!q->severity || !strcmp(q->severity, rule_severity_name(f->rule->severity))) &&
	       (!q->waived || !strcmp(q->waived, f->waived ? "true" : "false")) && (!q->text || finding_holds(f, q->text));
}

struct entry {
	const struct finding *finding;
	size_t place; /* in order of first sight */
};

static int rank(const struct finding *f) {
	return f->waived ? -1 : (int)f->rule->severity;
}

static int by_number(uint64_t a, uint64_t b) {
	return (a > b) - (a < b);
}

static int compare_by(enum finding_order o, const struct finding *a, const struct finding *b) {
	switch (o) {
	case FINDING_BY_LAST_SEEN:
		return by_number(a->last_seen_ns, b->last_seen_ns);
	case FINDING_BY_SEVERITY:
		return rank(a) - rank(b);
	case FINDING_BY_ENTITY:
		return strcmp(a->rule->entity, b->rule->entity);
	case FINDING_BY_SINK:
		return strcmp(a->sink_name, b->sink_name);
	case FINDING_BY_PROGRAM:
		return strcmp(a->process_name, b->process_name);
	case FINDING_BY_MATCHES:
		return by_number(a->count, b->count);
	case FINDING_BY_VALUES:
		return by_number(a->distinct, b->distinct);
	case FINDING_BY_SAMPLE:
		return strcmp(a->masked, b->masked);
	default:
		return by_number(a->first_seen_ns, b->first_seen_ns);
	}
}

static int compare(const void *x, const void *y, void *arg) {
	const struct entry *a = x, *b = y;
	const struct finding_query *q = arg;
	int by = compare_by(q->order, a->finding, b->finding);
	if (!by)
		return by_number(a->place, b->place);
	return q->descending ? -by : by;
}

int finding_list_make(struct finding_list *ret, const struct snapshot *s, const struct finding_query *q) {
	_cleanup_free_ struct entry *all = calloc(s->findings_len + 1, sizeof(*all));
	struct finding_list list = {0};
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < s->findings_len; i++)
		if (is_asked_for(q, &s->findings[i]->finding))
			all[list.total++] = (struct entry){&s->findings[i]->finding, i};
	if (list.total)
		qsort_r(all, list.total, sizeof(*all), compare, (void *)q);
	uint64_t left = q->offset < list.total ? list.total - q->offset : 0;
	list.len = left < q->limit ? left : q->limit;
	list.items = calloc(list.len + 1, sizeof(*list.items));
	if (!list.items)
		return -ENOMEM;
	for (size_t i = 0; i < list.len; i++)
		list.items[i] = all[q->offset + i].finding;
	*ret = list;
	return 0;
}

void finding_list_release(struct finding_list *l) {
	free(l->items);
	*l = (struct finding_list){0};
}
