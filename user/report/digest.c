/* SPDX-License-Identifier: MIT */
#include "report/digest.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *digest_standing(enum report_standing s) {
	return s == REPORT_WAIVED ? "waived" : finding_aside_text((enum finding_aside)s);
}

const char *digest_writes(const struct report *r, uint64_t n) {
	return r->watch ? text_plural(n, "write", "writes") : text_plural(n, "file", "files");
}

const char *digest_records(const struct report *r, uint64_t n) {
	return r->watch ? text_plural(n, "record", "records") : text_plural(n, "line", "lines");
}

const char *digest_program(const struct finding *f) {
	const char *name = f->process_name && *f->process_name ? f->process_name : f->executable;
	return name ? name : "";
}

const char *digest_log_word(const struct sink_use *use) {
	return !use->sink || use->sink->is_log ? "yes" : use->sink->second_hop ? "again" : "no";
}

const char *digest_sink_reason(const struct sink_use *use) {
	return use->sink ? use->sink->reason : "long unused, no longer remembered one by one";
}

char *digest_duration(char *ret, size_t size, double s) {
	if (s < 60)
		snprintf(ret, size, "%.1f s", s);
	else if (s < 3600)
		snprintf(ret, size, "%.0f min %.0f s", floor(s / 60), floor(fmod(s, 60)));
	else if (s < 48 * 3600)
		snprintf(ret, size, "%.0f h %.0f min", floor(s / 3600), floor(fmod(s, 3600) / 60));
	else
		snprintf(ret, size, "%.0f d %.0f h", floor(s / 86400), floor(fmod(s, 86400) / 3600));
	return ret;
}

static int compare(const void *a, const void *b) {
	const struct report_item *x = *(const struct report_item *const *)a, *y = *(const struct report_item *const *)b;
	const struct finding *f = x->finding, *g = y->finding;
	if (x->standing != y->standing)
		return x->standing < y->standing ? -1 : 1;
	if (f->rule->severity != g->rule->severity)
		return f->rule->severity > g->rule->severity ? -1 : 1;
	if (f->count != g->count)
		return f->count > g->count ? -1 : 1;
	return x < y ? -1 : x > y;
}

static struct digest_rule *rule_of(struct digest *d, const struct rule *rule) {
	for (size_t i = 0; i < d->rules_len; i++)
		if (!strcmp(d->rules[i].rule->id, rule->id))
			return &d->rules[i];
	struct digest_rule *rules = reallocarray(d->rules, d->rules_len + 1, sizeof(*rules));
	if (!rules)
		return NULL;
	d->rules = rules;
	rules[d->rules_len] = (struct digest_rule){.rule = rule};
	return &rules[d->rules_len++];
}

static int order(struct digest *d, const struct report *r) {
	d->items = calloc(r->len ? r->len : 1, sizeof(*d->items));
	if (!d->items)
		return -ENOMEM;
	for (d->len = 0; d->len < r->len; d->len++)
		d->items[d->len] = &r->items[d->len];
	qsort(d->items, d->len, sizeof(*d->items), compare);
	for (size_t i = 0; i < d->len; i++) {
		struct digest_rule *rule = rule_of(d, d->items[i]->finding->rule);
		if (!rule)
			return -ENOMEM;
		rule->findings++;
		rule->matches += d->items[i]->finding->count;
	}
	return 0;
}

static struct digest_fact *next_fact(struct digest *d, const char *name) {
	struct digest_fact *fact = &d->facts[d->facts_len++];
	fact->name = name;
	return fact;
}

static void say_findings(struct digest *d, const struct report *r) {
	const struct summary *s = r->summary;
	struct digest_fact *fact = next_fact(d, "Findings");
	char matches[TEXT_COUNT_SIZE], distinct[TEXT_COUNT_SIZE];
	text_count(fact->value, s->findings);
	snprintf(fact->detail, sizeof(fact->detail), "%s %s, %s%s distinct %s%s", text_count(matches, s->matches),
	         text_plural(s->matches, "match", "matches"), s->distinct_rough ? "about " : "",
	         text_count(distinct, s->distinct), text_plural(s->distinct, "value", "values"),
	         s->waived ? "; some are waived" : "");
}

/* Rounded down: 100 % is all of it. */
static void say_coverage(struct digest *d, const struct report *r) {
	const struct summary *s = r->summary;
	struct digest_fact *fact = next_fact(d, "Coverage");
	char bytes[TEXT_COUNT_SIZE];
	snprintf(fact->value, sizeof(fact->value), "%.2f\u00a0%%", floor(s->coverage * 1e4) / 1e2);
	snprintf(fact->detail, sizeof(fact->detail), "of %s bytes%s were scanned", text_count(bytes, s->seen_bytes),
	         r->watch ? " written to logs" : "");
}

static void say_unseen(struct digest *d, const struct report *r) {
	const struct summary *s = r->summary;
	struct digest_fact *fact = next_fact(d, "Not seen");
	char bytes[TEXT_COUNT_SIZE];
	snprintf(fact->value, sizeof(fact->value), "%s bytes", text_count(bytes, d->lost_bytes));
	snprintf(fact->detail, sizeof(fact->detail), "lost; %s%zu %s", s->blind_spots_len ? "and " : "", s->blind_spots_len,
	         text_plural(s->blind_spots_len, "blind spot", "blind spots"));
}

static void say_records(struct digest *d, const struct report *r) {
	const struct summary *s = r->summary;
	struct digest_fact *fact = next_fact(d, "Looked at");
	char n[TEXT_COUNT_SIZE], writes[TEXT_COUNT_SIZE], time[32];
	snprintf(fact->value, sizeof(fact->value), "%s %s", text_count(n, s->scanned_records),
	         digest_records(r, s->scanned_records));
	snprintf(fact->detail, sizeof(fact->detail), "in %s %s, over %s", text_count(writes, s->scanned_writes),
	         digest_writes(r, s->scanned_writes), digest_duration(time, sizeof(time), s->duration_s));
}

static void say_leak_rate(struct digest *d, const struct report *r) {
	const struct summary *s = r->summary;
	if (!s->leaks_counted || !s->scanned_records)
		return;
	struct digest_fact *fact = next_fact(d, "Leak rate");
	char leaking[TEXT_COUNT_SIZE], n[TEXT_COUNT_SIZE];
	snprintf(fact->value, sizeof(fact->value), "\u2264\u00a0%.3g\u00a0%%", 100 * summary_leak_rate_upper(s));
	snprintf(fact->detail, sizeof(fact->detail), "of records, 95 %% sure: %s of %s scanned leak%s",
	         text_count(leaking, s->leaking_records), text_count(n, s->scanned_records),
	         s->lost[WIRE_LOSS_BUDGET].writes ? ", if those shed are alike" : "");
}

static void say_cost(struct digest *d, const struct report *r) {
	const struct summary_cost *c = &r->summary->cost;
	char memory[32], kernel[64] = "";
	if (!c->memory_peak_bytes)
		return;
	struct digest_fact *fact = next_fact(d, "Own cost");
	if (c->kernel_calls)
		snprintf(kernel, sizeof(kernel), "%.0f ns a call in the kernel; ",
		         (double)c->kernel_ns / (double)c->kernel_calls);
	snprintf(fact->value, sizeof(fact->value), "%.1f\u00a0%%", summary_cpu_share(r->summary) * 100);
	snprintf(fact->detail, sizeof(fact->detail), "of a core; %s%s of memory", kernel,
	         text_bytes(memory, sizeof(memory), c->memory_peak_bytes));
}

static void say_title(struct digest *d, const struct report *r) {
	const struct report_watch *w = r->watch;
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE], time[32];
	if (!w) {
		char n[TEXT_COUNT_SIZE];
		snprintf(d->title, sizeof(d->title), "Personal data in %s %s", text_count(n, r->summary->scanned_writes),
		         digest_writes(r, r->summary->scanned_writes));
		return;
	}
	snprintf(d->title, sizeof(d->title), "Personal data in the logs of %s",
	         w->subject ? w->subject : "what was watched");
	snprintf(d->period, sizeof(d->period), "%s to %s (%s)", clock_local(from, sizeof(from), w->started_ns),
	         clock_local(to, sizeof(to), w->ended_ns),
	         digest_duration(time, sizeof(time), (double)(w->ended_ns - w->started_ns) / 1e9));
}

int digest_init(struct digest *ret, const struct report *r) {
	*ret = (struct digest){0};
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++) {
		ret->lost_bytes += r->summary->lost[i].bytes;
		ret->lost_writes += r->summary->lost[i].writes;
	}
	int error = order(ret, r);
	if (error) {
		digest_release(ret);
		return error;
	}
	say_title(ret, r);
	say_findings(ret, r);
	say_coverage(ret, r);
	say_unseen(ret, r);
	say_records(ret, r);
	say_leak_rate(ret, r);
	say_cost(ret, r);
	return 0;
}

void digest_release(struct digest *d) {
	free(d->items);
	free(d->rules);
	*d = (struct digest){0};
}
