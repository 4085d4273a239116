/* SPDX-License-Identifier: MIT */
/* The end of a watch in words: verdict, findings, the books, and what to do next. */
#include "emit/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "emit/color.h"
#include "find/waiver.h"

#include <string.h>

#define ROWS_MAX 50
#define UNREAD_SHOWN 3

int text_append_visible(struct buf *out, const char *s) {
	_cleanup_free_ char *text = text_visible(s, strlen(s));
	return text ? buf_append(out, text, strlen(text)) : -1;
}

int text_append_cell(struct buf *out, const char *s, size_t width) {
	_cleanup_free_ char *text = text_visible(s, strlen(s));
	int r = text ? buf_append(out, text, strlen(text)) : -1;
	for (size_t chars = text ? text_characters(text) : 0; !r && chars < width + 2; chars++)
		r = buf_append(out, " ", 1);
	return r;
}

static int print_verdict(struct buf *out, const struct summary *s, bool color) {
	int r =
	    buf_printf(out, "%s%s%s: ", color_of_verdict(color, s->verdict), verdict_word(s->verdict), color_off(color));
	if (!r && !s->reasons_len)
		r = buf_printf(out, "%s\n", verdict_name(s->verdict));
	for (size_t i = 0; i < s->reasons_len && !r; i++) {
		r = buf_printf(out, "%s", i ? "  also: " : "");
		if (!r)
			r = text_append_visible(out, s->reasons[i]);
		if (!r)
			r = buf_append(out, "\n", 1);
	}
	return r;
}

/* Worst first: severity, then matches, then first sight. */
static int compare_rows(const void *a, const void *b) {
	const struct finding *x = *(const struct finding *const *)a, *y = *(const struct finding *const *)b;
	if (x->rule->severity != y->rule->severity)
		return x->rule->severity > y->rule->severity ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

struct rows {
	const struct finding **items;
	size_t len;
};

static void rows_release(struct rows *rows) {
	free(rows->items);
}

static int rows_init(struct rows *ret, const struct findings *found) {
	*ret = (struct rows){.len = found ? findings_len(found) : 0};
	if (!ret->len)
		return 0;
	ret->items = calloc(ret->len, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	for (size_t i = 0; i < ret->len; i++)
		ret->items[i] = findings_at(found, i);
	qsort(ret->items, ret->len, sizeof(*ret->items), compare_rows);
	return 0;
}

/* Columns left of the numbers; the sink comes last as it may be long. */
static int print_row(struct buf *out, const struct finding *f, const size_t widths[3], bool color) {
	const char *program = *f->process_name ? f->process_name : f->executable;
	char distinct[24];
	int r = text_append_cell(out, rule_severity_name(f->rule->severity), 8);
	if (!r)
		r = text_append_cell(out, f->rule->entity, widths[0]);
	if (!r)
		r = text_append_cell(out, f->masked, widths[1]);
	snprintf(distinct, sizeof(distinct), "%s%lu", f->distinct_error > 0 ? "~" : "", f->distinct);
	if (!r)
		r = buf_printf(out, "%7lu  %8s  ", f->count, distinct);
	if (!r)
		r = text_append_cell(out, program, widths[2]);
	if (!r)
		r = text_append_visible(out, f->sink_name);
	if (!r && *f->statement)
		r = buf_printf(out, "\n          %s%s%s", color_dim(color), f->statement, color_off(color));
	if (!r && f->origins_len)
		r = buf_printf(out, "\n          from ");
	if (!r && f->origins_len)
		r = finding_origin_text(out, &f->origins[0]);
	if (!r && f->waived)
		r = buf_printf(out, "\n          waived until %s", f->waiver->until);
	if (!r && f->aside != FINDING_COUNTS)
		r = buf_printf(out, "\n          %s", finding_aside_text(f->aside));
	return r ? r : buf_append(out, "\n", 1);
}

static size_t wider(size_t width, const char *s) {
	size_t len = strlen(s);
	return len > width ? len : width;
}

static int print_findings(struct buf *out, const struct rows *rows, bool color) {
	size_t shown = rows->len < ROWS_MAX ? rows->len : ROWS_MAX;
	size_t widths[3] = {strlen("KIND"), strlen("SAMPLE"), strlen("PROGRAM")};
	if (!shown)
		return 0;
	for (size_t i = 0; i < shown; i++) {
		widths[0] = wider(widths[0], rows->items[i]->rule->entity);
		widths[1] = wider(widths[1], rows->items[i]->masked);
		widths[2] = wider(widths[2], rows->items[i]->process_name);
	}
	int r = buf_printf(out, "\n%s%-8s  %-*s  %-*s  MATCHES    VALUES  %-*s  LOG%s\n", color_bold(color), "SEVERITY",
	                   (int)widths[0], "KIND", (int)widths[1], "SAMPLE", (int)widths[2], "PROGRAM", color_off(color));
	bool estimated = false;
	for (size_t i = 0; i < shown && !r; i++) {
		r = print_row(out, rows->items[i], widths, color);
		estimated |= rows->items[i]->distinct_error > 0;
	}
	if (!r && estimated)
		r = buf_printf(out, "~: within %.1f %%, 19 times out of 20\n", 100 * FIND_DISTINCT_ERROR);
	if (!r && shown < rows->len)
		r = buf_printf(out, "and %zu more: -f jsonl -o FILE has all of them\n", rows->len - shown);
	return r;
}

static int print_amount(struct buf *out, const char *name, uint64_t bytes, uint64_t writes) {
	return buf_printf(out, "%-15s %12s bytes %10s writes\n", name, TEXT_COUNT(bytes), TEXT_COUNT(writes));
}

static int print_lost(struct buf *out, const struct summary *s, struct capture_loss *ret_sum) {
	struct capture_loss sum = {0};
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++) {
		sum.bytes += s->lost[i].bytes;
		sum.writes += s->lost[i].writes;
	}
	int r = print_amount(out, "lost", sum.bytes, sum.writes);
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT && !r; i++) {
		char name[32];
		if (!s->lost[i].bytes && !s->lost[i].writes)
			continue;
		snprintf(name, sizeof(name), "  %s", loss_name(i));
		r = print_amount(out, name, s->lost[i].bytes, s->lost[i].writes);
	}
	*ret_sum = sum;
	return r;
}

static int print_balance(struct buf *out, const struct summary *s, const struct capture_loss *lost) {
	bool bytes = s->seen_bytes == s->scanned_bytes + lost->bytes;
	bool writes = s->seen_writes == s->scanned_writes + lost->writes;
	return buf_printf(out, "%-15s seen = scanned + lost: %s %s %s + %s bytes, %s %s %s + %s writes\n", "balance",
	                  TEXT_COUNT(s->seen_bytes), bytes ? "=" : "IS NOT", TEXT_COUNT(s->scanned_bytes),
	                  TEXT_COUNT(lost->bytes), TEXT_COUNT(s->seen_writes), writes ? "=" : "IS NOT",
	                  TEXT_COUNT(s->scanned_writes), TEXT_COUNT(lost->writes));
}

static bool is_shed(const struct summary *s) {
	return s->lost[WIRE_LOSS_SAMPLED].writes || s->lost[WIRE_LOSS_BUDGET].writes;
}

static int print_rates(struct buf *out, const struct summary *s) {
	int r = 0;
	if (is_shed(s))
		r = s->scanned_writes ? buf_printf(out, "%-15s one of %.1f writes was scanned\n", "effective rate",
		                                   1 / summary_effective_rate(s))
		                      : buf_printf(out, "%-15s no write was scanned\n", "effective rate");
	if (r || !s->leaks_counted || !s->scanned_records)
		return r;
	return buf_printf(out, "%-15s at most %.3g %% of records (95 %% sure): %s of %s scanned leak%s\n", "leak rate",
	                  100 * summary_leak_rate_upper(s), TEXT_COUNT(s->leaking_records), TEXT_COUNT(s->scanned_records),
	                  s->lost[WIRE_LOSS_BUDGET].writes ? ", if those shed are alike" : "");
}

static int print_books(struct buf *out, const struct summary *s) {
	struct capture_loss lost;
	int r = buf_append(out, "\n", 1);
	if (!r)
		r = print_amount(out, "seen", s->seen_bytes, s->seen_writes);
	if (!r)
		r = print_amount(out, "scanned", s->scanned_bytes, s->scanned_writes);
	if (!r)
		r = print_lost(out, s, &lost);
	if (!r)
		r = print_balance(out, s, &lost);
	char share[TEXT_PERCENT_SIZE];
	if (!r)
		r = buf_printf(out, "%-15s %s of bytes, in %s records over %.1f s\n", "coverage",
		               text_percent(share, s->coverage), TEXT_COUNT(s->scanned_records), s->duration_s);
	return r;
}

static int print_cost(struct buf *out, const struct summary *s) {
	const struct summary_cost *c = &s->cost;
	if (!c->memory_peak_bytes)
		return 0;
	int r = buf_printf(
	    out, "%-15s %.2f s of CPU, %.2f of them to get ready, then %.1f %% of a core; %.1f MiB of memory\n", "own cost",
	    c->cpu_s, c->cpu_ready_s, summary_cpu_share(s) * 100, (double)c->memory_peak_bytes / (1 << 20));
	if (r)
		return r;
	if (!c->kernel_calls)
		r = buf_printf(out, "%-15s no call was measured in the kernel\n", "");
	else
		r = buf_printf(out, "%-15s %.0f ns a call in the kernel (%lu %s measured)\n", "",
		               (double)c->kernel_ns / (double)c->kernel_calls, c->kernel_calls,
		               text_plural(c->kernel_calls, "call", "calls"));
	if (r || !c->stacks)
		return r;
	return buf_printf(out, "%-15s %lu %s taken for origins, %lu named, %lu failed: %.2f s of the CPU\n", "", c->stacks,
	                  text_plural(c->stacks, "stack", "stacks"), c->stacks_named, c->stacks_failed, c->stacks_cpu_s);
}

static int print_list(struct buf *out, const char *name, char *const *texts, size_t len) {
	int r = 0;
	for (size_t i = 0; i < len && !r; i++) {
		r = buf_printf(out, "%-15s ", i ? "" : name);
		if (!r)
			r = text_append_visible(out, texts[i]);
		if (!r)
			r = buf_append(out, "\n", 1);
	}
	return r;
}

/* No log by its name, and so not read: whoever passes it should know. */
static int print_unread(struct buf *out, const struct summary *s) {
	size_t shown = s->unread_len < UNREAD_SHOWN ? s->unread_len : UNREAD_SHOWN;
	int r = print_list(out, "not looked at", s->unread, shown);
	if (!r && s->unread_len > shown)
		r = buf_printf(out, "%-15s and %zu more: --sinks lists them\n", "", s->unread_len - shown);
	return r;
}

static bool has_rule(const struct rows *rows, size_t len, const struct rule *rule) {
	for (size_t i = 0; i < len; i++)
		if (rows->items[i]->rule == rule)
			return true;
	return false;
}

/* Each rule's remediation once. */
static int print_remedies(struct buf *out, const struct rows *rows) {
	size_t shown = rows->len < ROWS_MAX ? rows->len : ROWS_MAX;
	int r = 0;
	for (size_t i = 0; i < shown && !r; i++) {
		const struct rule *rule = rows->items[i]->rule;
		if (!rule->remediation || !*rule->remediation || has_rule(rows, i, rule))
			continue;
		r = buf_append(out, "  ", 2);
		if (!r)
			r = text_append_visible(out, rule->id);
		if (!r)
			r = buf_append(out, ": ", 2);
		if (!r)
			r = text_append_visible(out, rule->remediation);
		if (!r)
			r = buf_append(out, "\n", 1);
	}
	return r;
}

static int print_next(struct buf *out, const struct summary *s, const struct rows *rows) {
	if (s->verdict == VERDICT_FAIL) {
		int r = buf_printf(out, "\nnext: take the values out of these log statements, then watch again\n");
		return r ? r : print_remedies(out, rows);
	}
	if (s->verdict == VERDICT_INCONCLUSIVE)
		return buf_printf(out, "\nnext: remove the cause above, then watch again: what was not seen may have leaked\n");
	if (!s->seen_bytes)
		return buf_printf(out, "\nnext: if it should have logged, name its log with --sink GLOB; "
		                       "--min-records N makes silence inconclusive\n");
	return 0;
}

char *text_summary(const struct summary *s, const struct emit_context *context) {
	_cleanup_(buf_release) struct buf out = {0};
	_cleanup_(rows_release) struct rows rows = {0};
	int r = rows_init(&rows, s->found);
	if (!r)
		r = print_verdict(&out, s, context->color);
	if (!r)
		r = print_findings(&out, &rows, context->color);
	if (!r)
		r = text_append_sinks(&out, s, context->color);
	if (!r)
		r = print_books(&out, s);
	if (!r)
		r = print_rates(&out, s);
	if (!r)
		r = print_list(&out, "blind spots", s->blind_spots, s->blind_spots_len);
	if (!r)
		r = print_unread(&out, s);
	if (!r)
		r = print_list(&out, "waivers", s->waivers, s->waivers_len);
	if (!r)
		r = print_cost(&out, s);
	if (!r)
		r = print_next(&out, s, &rows);
	if (!r)
		r = buf_append(&out, "", 1);
	return r ? NULL : take(out.data);
}
