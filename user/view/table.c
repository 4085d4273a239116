/* SPDX-License-Identifier: MIT */
#include "view/table.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *s) {
	return strdup(s ? s : "");
}

static struct view_cell words(char *text, enum canvas_ink ink) {
	return (struct view_cell){.text = text, .ink = ink};
}

static struct view_cell number(uint64_t n) {
	char text[TEXT_COUNT_SIZE];
	return (struct view_cell){.text = copy(text_count(text, n)), .number = (double)n};
}

static struct view_cell bytes(uint64_t n) {
	char text[32];
	return (struct view_cell){.text = copy(text_bytes(text, sizeof(text), n)), .number = (double)n};
}

static struct view_cell share(double part) {
	char text[TEXT_PERCENT_SIZE];
	return (struct view_cell){.text = copy(text_percent(text, part)), .number = part};
}

enum canvas_ink view_severity_ink(enum rule_severity s) {
	return s >= RULE_HIGH ? CANVAS_BAD : s == RULE_MEDIUM ? CANVAS_WARN : CANVAS_PLAIN;
}

static size_t findings_count(const struct snapshot *s) {
	return s->findings_len;
}

static void findings_fill(struct view_row *row, const struct snapshot *s, size_t i) {
	const struct finding *f = &s->findings[i]->finding;
	enum rule_severity rank = f->rule->severity;
	struct view_cell severity =
	    f->waived ? words(copy("waived"), CANVAS_DIM) : words(copy(rule_severity_name(rank)), view_severity_ink(rank));
	severity.number = f->waived ? 0 : rank + 1.0;
	const struct view_cell cells[] = {
	    severity,
	    words(copy(f->rule->entity), CANVAS_PLAIN),
	    words(copy(f->masked), CANVAS_PLAIN),
	    number(f->count),
	    number(f->distinct),
	    words(copy(f->process_name), CANVAS_PLAIN),
	    words(copy(f->sink_name), CANVAS_PLAIN),
	};
	memcpy(row->cells, cells, sizeof(cells));
}

static bool findings_hold(const struct snapshot *s, size_t i, const char *text) {
	return finding_holds(&s->findings[i]->finding, text);
}

static size_t targets_count(const struct snapshot *s) {
	return s->targets_len;
}

static void targets_fill(struct view_row *row, const struct snapshot *s, size_t i) {
	const struct snapshot_target *t = &s->targets[i];
	struct view_cell coverage = share(t->coverage);
	coverage.ink = t->coverage < 1 ? CANVAS_WARN : CANVAS_PLAIN;
	struct view_cell lost = bytes(capture_totals_lost(&t->totals).bytes);
	lost.ink = lost.number > 0 ? CANVAS_WARN : CANVAS_PLAIN;
	const struct view_cell cells[] = {
	    words(copy(t->name), CANVAS_PLAIN),
	    number(t->writers),
	    bytes(t->totals.seen_bytes),
	    number(t->totals.seen_writes),
	    lost,
	    coverage,
	    number(t->findings),
	};
	memcpy(row->cells, cells, sizeof(cells));
}

static size_t sinks_count(const struct snapshot *s) {
	return s->sinks_len;
}

static void sinks_fill(struct view_row *row, const struct snapshot *s, size_t i) {
	const struct snapshot_sink *k = &s->sinks[i];
	const char *is = k->is_log ? "log" : k->second_hop ? "hop" : "no";
	const struct view_cell cells[] = {
	    words(copy(is), k->is_log ? CANVAS_GOOD : CANVAS_DIM),
	    words(copy(k->several ? "several" : sink_kind_name(k->kind)), CANVAS_PLAIN),
	    bytes(k->totals.seen_bytes),
	    number(k->totals.seen_writes),
	    words(copy(k->reason), CANVAS_DIM),
	    words(copy(k->several ? "(others)" : k->name), CANVAS_PLAIN),
	};
	memcpy(row->cells, cells, sizeof(cells));
}

static size_t blind_count(const struct snapshot *s) {
	return s->blind_len;
}

static void blind_fill(struct view_row *row, const struct snapshot *s, size_t i) {
	const struct snapshot_blind *b = &s->blind[i];
	const struct view_cell cells[] = {
	    words(copy(b->kind), CANVAS_WARN),
	    bytes(b->amount.bytes),
	    words(copy(b->text), CANVAS_PLAIN),
	};
	memcpy(row->cells, cells, sizeof(cells));
}

static int target_details(struct canvas *c, const struct snapshot *s, size_t i, int row) {
	const struct snapshot_target *t = &s->targets[i];
	char text[32], percent[TEXT_PERCENT_SIZE];
	int at = row;
	canvas_put(c, at++, CANVAS_BOLD, 0, t->name);
	at++;
	canvas_printf(c, at++, CANVAS_PLAIN, "seen       %llu bytes in %llu writes",
	              (unsigned long long)t->totals.seen_bytes, (unsigned long long)t->totals.seen_writes);
	canvas_printf(c, at++, CANVAS_PLAIN, "scanned    %llu bytes, %llu records, of which %llu leak",
	              (unsigned long long)t->scanned.bytes, (unsigned long long)t->records,
	              (unsigned long long)t->leaking_records);
	canvas_printf(c, at++, CANVAS_PLAIN, "waiting    %s", text_bytes(text, sizeof(text), t->waiting.bytes));
	for (size_t reason = 0; reason < WIRE_LOSS_COUNT; reason++)
		if (t->totals.lost[reason].bytes || t->totals.lost[reason].writes)
			canvas_printf(c, at++, CANVAS_WARN, "lost       %llu bytes in %llu writes: %s",
			              (unsigned long long)t->totals.lost[reason].bytes,
			              (unsigned long long)t->totals.lost[reason].writes, loss_name(reason));
	canvas_printf(c, at++, CANVAS_PLAIN, "coverage   %s of bytes", text_percent(percent, t->coverage));
	return at - row;
}

static int sink_details(struct canvas *c, const struct snapshot *s, size_t i, int row) {
	const struct snapshot_sink *k = &s->sinks[i];
	int at = row + view_wrap(c, row, 0, CANVAS_BOLD, k->several ? "(others)" : k->name);
	at++;
	canvas_printf(c, at++, CANVAS_PLAIN, "%s: %s",
	              k->is_log       ? "a log"
	              : k->second_hop ? "a second hop"
	                              : "no log",
	              k->reason ? k->reason : "there was no room to tell them apart");
	if (k->is_log || k->second_hop)
		canvas_printf(c, at++, CANVAS_PLAIN, "%llu bytes in %llu writes, of which %llu bytes were lost",
		              (unsigned long long)k->totals.seen_bytes, (unsigned long long)k->totals.seen_writes,
		              (unsigned long long)capture_totals_lost(&k->totals).bytes);
	return at - row;
}

static int blind_details(struct canvas *c, const struct snapshot *s, size_t i, int row) {
	return view_wrap(c, row, 0, CANVAS_PLAIN, s->blind[i].text);
}

const struct view_tab view_tabs[VIEW_TABS] =
    {
        [VIEW_FINDINGS] =
            {
                .title = "Findings",
                .empty = "no personal data was seen in what was scanned",
                .columns = {{"SEVERITY", 9, .large_first = true, .order = FINDING_BY_SEVERITY},
                            {"KIND", 12, .order = FINDING_BY_ENTITY},
                            {"SAMPLE", 13, .order = FINDING_BY_SAMPLE},
                            {"MATCHES", -8, .large_first = true, .order = FINDING_BY_MATCHES},
                            {"VALUES", -7, .from_cols = 80, .large_first = true, .order = FINDING_BY_VALUES},
                            {"PROGRAM", 8, .from_cols = 70, .order = FINDING_BY_PROGRAM},
                            {"LOG", 0, .path = true, .order = FINDING_BY_SINK}},
                .columns_len = 7,
                .sorted_by = 0,
                .count = findings_count,
                .fill = findings_fill,
                .holds = findings_hold,
                .details = view_finding_details,
            },
        [VIEW_TARGETS] =
            {
                .title = "Targets",
                .empty = "no target",
                .columns = {{"TARGET", 18, .path = true},
                            {"WRITERS", -8, .from_cols = 80, .large_first = true},
                            {"SEEN", -10, .large_first = true},
                            {"WRITES", -10, .from_cols = 80, .large_first = true},
                            {"LOST", -10, .large_first = true},
                            {"COVERAGE", -9},
                            {"FINDINGS", -9, .large_first = true}},
                .columns_len = 7,
                .sorted_by = 2,
                .count = targets_count,
                .fill = targets_fill,
                .details = target_details,
            },
        [VIEW_SINKS] =
            {
                .title = "Sinks",
                .empty = "nothing was written yet",
                .columns =
                    {{"LOG", 4},
                     {"KIND", 7, .from_cols = 70},
                     {"SEEN", -10, .large_first = true},
                     {"WRITES", -9, .from_cols = 80, .large_first = true},
                     {"WHY", 19},
                     {"NAME", 0, .path = true}},
                .columns_len = 6,
                .sorted_by = 2,
                .count = sinks_count,
                .fill = sinks_fill,
                .details = sink_details,
            },
        [VIEW_BLIND] =
            {
                .title = "Blind spots",
                .empty = "none",
                .columns = {{"KIND", 14}, {"BYTES", -11, .large_first = true}, {"WHAT, AND WHAT TO DO", 0}},
                .columns_len = 3,
                .sorted_by = 1,
                .count = blind_count,
                .fill = blind_fill,
                .details = blind_details,
            },
};

static void row_release(struct view_row *row, const struct view_tab *tab) {
	for (size_t i = 0; i < tab->columns_len; i++)
		free(row->cells[i].text);
}

static bool passes(const struct view_row *row, const struct view_tab *tab, const struct snapshot *s,
                   const char *filter) {
	bool found = !*filter || (tab->holds && tab->holds(s, row->index, filter));
	for (size_t i = 0; i < tab->columns_len && !found; i++)
		found = row->cells[i].text && strcasestr(row->cells[i].text, filter);
	return found;
}

struct order {
	const struct view_tab *tab;
	size_t column;
	bool descending;
};

static int compare(const void *a, const void *b, void *arg) {
	const struct view_row *x = a, *y = b;
	const struct order *o = arg;
	const struct view_cell *cx = &x->cells[o->column], *cy = &y->cells[o->column];
	int by = (cx->number > cy->number) - (cx->number < cy->number);
	if (!by && cx->text && cy->text)
		by = strcmp(cx->text, cy->text);
	if (!by) /* equal ones keep their places from one snapshot to the next */
		return (x->index > y->index) - (x->index < y->index);
	return o->descending ? -by : by;
}

int view_table_make(struct view_table *ret, const struct view_tab *tab, const struct snapshot *s, const char *filter,
                    size_t column, bool descending) {
	struct view_table t = {.tab = tab};
	size_t count = tab->count(s);
	t.rows = calloc(count + 1, sizeof(*t.rows));
	if (!t.rows)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct view_row row = {.index = i};
		tab->fill(&row, s, i);
		if (passes(&row, tab, s, filter))
			t.rows[t.len++] = row;
		else
			row_release(&row, tab);
	}
	struct order order = {tab, column, descending};
	if (t.len)
		qsort_r(t.rows, t.len, sizeof(*t.rows), compare, &order);
	*ret = t;
	return 0;
}

void view_table_release(struct view_table *t) {
	for (size_t i = 0; i < t->len; i++)
		row_release(&t->rows[i], t->tab);
	free(t->rows);
	*t = (struct view_table){0};
}
