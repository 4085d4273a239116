/* SPDX-License-Identifier: MIT */
#include "find/verdict.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "find/risk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What a user can do about each loss. */
static const char *const loss_remedies[WIRE_LOSS_COUNT] = {
    [WIRE_LOSS_RING_FULL] = "use a larger --ring-size, or give the watcher more CPU",
    [WIRE_LOSS_BUDGET] = "raise --budget, --total-budget or --max-cpu, whichever was set",
    [WIRE_LOSS_SAMPLED] = "watch without --sample",
    [WIRE_LOSS_TRUNCATED] = "log in writes of at most 1 MiB",
    [WIRE_LOSS_FAULT] = "memory of the program could not be read: watch again",
    [WIRE_LOSS_UNSUPPORTED] = "these bytes cannot be seen: log through plain writes",
    [WIRE_LOSS_SCANNER] = "the scanner failed on what was captured: give it more memory, and report it",
};

const char *verdict_name(enum verdict v) {
	static const char *const names[] = {"pass", "fail", "inconclusive"};
	return names[v];
}

const char *verdict_word(enum verdict v) {
	static const char *const words[] = {"PASS", "FAIL", "INCONCLUSIVE"};
	return words[v];
}

const char *verdict_symbol(enum verdict v) {
	static const char *const symbols[] = {"\u2714", "\u2718", "?"};
	return symbols[v];
}

const char *verdict_meaning(enum verdict v, bool accepted) {
	static const char *const meanings[] = {"no leaks", "personal data leaks", "no proof either way"};
	return v == VERDICT_PASS && accepted ? "no leaks but accepted ones" : meanings[v];
}

const char *summary_meaning(const struct summary *s) {
	return verdict_meaning(s->verdict, s->waived || s->aside);
}

int summary_add_reason(struct summary *s, const char *fmt, ...) {
	va_list ap;
	if (s->reasons_len == VERDICT_REASONS_MAX)
		return 0;
	va_start(ap, fmt);
	char *text = text_vformat(fmt, ap);
	va_end(ap);
	if (!text)
		return -ENOMEM;
	s->reasons[s->reasons_len++] = text;
	return 0;
}

static int add_text(char ***texts, size_t *len, const char *text) {
	char **items = reallocarray(*texts, *len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	*texts = items;
	items[*len] = strdup(text);
	if (!items[*len])
		return -ENOMEM;
	(*len)++;
	return 0;
}

int summary_add_blind_spot_text(struct summary *s, const char *text) {
	return add_text(&s->blind_spots, &s->blind_spots_len, text);
}

int summary_add_unread_text(struct summary *s, const char *text) {
	return add_text(&s->unread, &s->unread_len, text);
}

int summary_add_waiver_text(struct summary *s, const char *text) {
	return add_text(&s->waivers, &s->waivers_len, text);
}

static void drop_texts(char **texts, size_t len) {
	for (size_t i = 0; i < len; i++)
		free(texts[i]);
	free(texts);
}

static void drop_reasons(struct summary *s) {
	while (s->reasons_len)
		free(s->reasons[--s->reasons_len]);
}

static struct capture_loss lost_in_all(const struct summary *s) {
	struct capture_loss sum = {0};
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++) {
		sum.bytes += s->lost[i].bytes;
		sum.writes += s->lost[i].writes;
	}
	return sum;
}

static bool is_balanced(const struct summary *s, const struct capture_loss *lost) {
	return s->seen_bytes == s->scanned_bytes + lost->bytes && s->seen_writes == s->scanned_writes + lost->writes;
}

static int say_findings(struct summary *s) {
	uint64_t findings = s->findings - s->waived - s->aside;
	uint64_t matches = s->matches - s->waived_matches - s->aside_matches;
	int r = summary_add_reason(s, "%s %s (%s %s)", TEXT_COUNT(findings), text_plural(findings, "finding", "findings"),
	                           TEXT_COUNT(matches), text_plural(matches, "match", "matches"));
	if (!r && s->waived)
		r = summary_add_reason(s, "%s more that %s waived", TEXT_COUNT(s->waived), text_plural(s->waived, "is", "are"));
	return r;
}

static int say_aside(struct summary *s) {
	return summary_add_reason(s, "%s %s not count: in the baseline, or less severe than --fail-on asks for",
	                          TEXT_COUNT(s->aside), text_plural(s->aside, "finding does", "findings do"));
}

/* "lost 4,096 of 10,240 bytes (ring_full 4,096): use a larger --ring-size, ..." */
static int say_lost(struct summary *s, const struct capture_loss *lost) {
	_cleanup_(buf_release) struct buf reasons = {0}, remedies = {0};
	int r = 0;
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT && !r; i++) {
		const struct capture_loss *l = &s->lost[i];
		if (!l->bytes && !l->writes)
			continue;
		if (l->bytes)
			r = buf_printf(&reasons, "%s%s %s", reasons.len ? ", " : "", loss_name(i), TEXT_COUNT(l->bytes));
		else
			r = buf_printf(&reasons, "%s%s %s %s", reasons.len ? ", " : "", loss_name(i), TEXT_COUNT(l->writes),
			               text_plural(l->writes, "write", "writes"));
		if (!r)
			r = buf_printf(&remedies, "%s%s", remedies.len ? "; " : "", loss_remedies[i]);
	}
	if (r)
		return r;
	return summary_add_reason(s, "lost %s of %s bytes, %s of %s writes (%s): %s", TEXT_COUNT(lost->bytes),
	                          TEXT_COUNT(s->seen_bytes), TEXT_COUNT(lost->writes), TEXT_COUNT(s->seen_writes),
	                          reasons.data, remedies.data);
}

static int say_unbalanced(struct summary *s, const struct capture_loss *lost) {
	return summary_add_reason(
	    s,
	    "the books do not balance: seen %s bytes in %s writes, but scanned %s in %s and lost %s in %s. "
	    "This is a fault in the watcher: report it",
	    TEXT_COUNT(s->seen_bytes), TEXT_COUNT(s->seen_writes), TEXT_COUNT(s->scanned_bytes),
	    TEXT_COUNT(s->scanned_writes), TEXT_COUNT(lost->bytes), TEXT_COUNT(lost->writes));
}

static int say_blind_spots(struct summary *s) {
	return summary_add_reason(s, "%zu blind %s: not all that was logged could be looked at", s->blind_spots_len,
	                          text_plural(s->blind_spots_len, "spot", "spots"));
}

static int say_few_records(struct summary *s) {
	return summary_add_reason(s, "%lu %s scanned, at least %lu asked for: give the program more to do, or watch longer",
	                          s->scanned_records, text_plural(s->scanned_records, "record", "records"), s->min_records);
}

static int say_clean(struct summary *s) {
	if (!s->seen_bytes && !s->seen_writes)
		return summary_add_reason(s, "nothing was written to a log, so nothing leaked");
	if (s->waived)
		return summary_add_reason(s, "no findings but %lu waived in %lu %s, all %lu bytes written to logs were scanned",
		                          s->waived, s->scanned_records, text_plural(s->scanned_records, "record", "records"),
		                          s->seen_bytes);
	return summary_add_reason(s, "no %sfindings in %lu %s, all %lu bytes written to logs were scanned",
	                          s->aside ? "other " : "", s->scanned_records,
	                          text_plural(s->scanned_records, "record", "records"), s->seen_bytes);
}

double verdict_coverage(uint64_t scanned, uint64_t seen) {
	if (scanned >= seen)
		return 1;
	double exact = (double)scanned / (double)seen;
	return exact < 1 ? exact : 1 - 1e-9;
}

int summary_judge(struct summary *s) {
	const struct capture_loss lost = lost_in_all(s);
	bool leaks = s->findings > s->waived + s->aside || s->matches > s->waived_matches + s->aside_matches;
	bool loses = lost.bytes || lost.writes, balanced = is_balanced(s, &lost);
	bool few = s->scanned_records < s->min_records;
	drop_reasons(s);
	s->coverage = verdict_coverage(s->scanned_bytes, s->seen_bytes);
	s->verdict = leaks                                             ? VERDICT_FAIL
	             : !balanced || loses || s->blind_spots_len || few ? VERDICT_INCONCLUSIVE
	                                                               : VERDICT_PASS;
	int r = leaks ? say_findings(s) : 0;
	if (!r && !balanced)
		r = say_unbalanced(s, &lost);
	if (!r && loses)
		r = say_lost(s, &lost);
	if (!r && s->blind_spots_len)
		r = say_blind_spots(s);
	if (!r && few)
		r = say_few_records(s);
	if (!r && s->verdict == VERDICT_PASS)
		r = say_clean(s);
	if (!r && s->aside)
		r = say_aside(s);
	if (r)
		drop_reasons(s);
	return r;
}

double summary_leak_rate_upper(const struct summary *s) {
	bool by_write = s->lost[WIRE_LOSS_SAMPLED].writes && s->scanned_writes < s->scanned_records;
	return risk_upper(s->leaking_records, by_write ? s->scanned_writes : s->scanned_records);
}

double summary_effective_rate(const struct summary *s) {
	return verdict_coverage(s->scanned_writes, s->seen_writes);
}

double summary_cpu_share(const struct summary *s) {
	return s->duration_s > 0 ? (s->cost.cpu_s - s->cost.cpu_ready_s) / s->duration_s : 0;
}

void summary_release(struct summary *s) {
	drop_reasons(s);
	drop_texts(s->blind_spots, s->blind_spots_len);
	drop_texts(s->unread, s->unread_len);
	drop_texts(s->waivers, s->waivers_len);
	free(s->sinks);
	*s = (struct summary){0};
}
