/* SPDX-License-Identifier: MIT */
/* What a decision memo says, whatever its form. */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "report/digest.h"
#include "report/gate_format.h"

#include <math.h>
#include <string.h>

char *memo_cut(const char *text, size_t max) {
	size_t chars = 0, bytes = 0;
	char *cut;
	if (!text)
		return strdup("");
	for (; text[bytes]; bytes++) {
		chars += (text[bytes] & 0xc0) != 0x80;
		if (chars > max)
			break;
	}
	return asprintf(&cut, "%.*s%s", (int)bytes, text, text[bytes] ? "..." : "") < 0 ? NULL : cut;
}

static const char *reason(const struct gate_report *r) {
	if (r->result->verdict == VERDICT_FAIL)
		return r->result->checks[0].kind == GATE_FINDINGS ? "personal data reaches a log" : "a condition is not met";
	if (r->result->verdict == VERDICT_INCONCLUSIVE)
		return "no leak counts against it, but it is not proven that all was looked at";
	return r->facts->findings_len ? "the window was covered from end to end, and nothing leaked but what is waived, or "
	                                "less severe than asked for"
	                              : "the window was covered from end to end, and nothing leaked";
}

const char *memo_recommendation(char ret[MEMO_SIZE], const struct gate_report *r) {
	struct gate_option options[GATE_OPTIONS];
	gate_options(options, r->facts);
	size_t chosen = gate_recommended(options, r->result->verdict);
	static const char *const too_few[] = {
	    [VERDICT_PASS] = ", but in too few records to bring the risk below 1.0: watch longer",
	    [VERDICT_FAIL] = ", and too few records were seen to say what a repair brings: watch longer",
	    [VERDICT_INCONCLUSIVE] = "",
	};
	snprintf(ret, MEMO_SIZE, "%s: %s%s.", options[chosen].name, reason(r),
	         chosen + 1 < GATE_OPTIONS ? "" : too_few[r->result->verdict]); /* the last is to hold */
	return ret;
}

const char *memo_coverage(char ret[MEMO_SIZE], const struct gate_report *r) {
	const struct gate_facts *f = r->facts;
	const struct gate_target sum = gate_sum(f);
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE], covered[32], asked[32];
	uint64_t lost = sum.seen.bytes > sum.scanned.bytes ? sum.seen.bytes - sum.scanned.bytes : 0;
	snprintf(
	    ret, MEMO_SIZE,
	    "Of the window from %s to %s, %s of %s were watched (%s): %zu %s wrote %s bytes in %s %s to logs; %s bytes in "
	    "%s %s were scanned, %s lost.",
	    clock_local(from, sizeof(from), f->from_ns), clock_local(to, sizeof(to), f->to_ns),
	    digest_duration(covered, sizeof(covered), (double)f->covered_ns / 1e9),
	    digest_duration(asked, sizeof(asked), (double)f->asked_ns / 1e9), f->source, f->targets_len,
	    text_plural(f->targets_len, "target", "targets"), TEXT_COUNT(sum.seen.bytes), TEXT_COUNT(sum.seen.writes),
	    text_plural(sum.seen.writes, "write", "writes"), TEXT_COUNT(sum.scanned.bytes), TEXT_COUNT(sum.records),
	    text_plural(sum.records, "record", "records"), TEXT_COUNT(lost));
	return ret;
}

/* Nothing that was asked for is left out unsaid. */
const char *memo_more_checks(char ret[MEMO_SIZE], const struct gate_result *r) {
	size_t shown = MEMO_CHECKS_MAX + MEMO_MORE_MAX, at = 0;
	ret[0] = 0;
	for (size_t i = MEMO_CHECKS_MAX; i < r->checks_len && i < shown; i++) {
		const struct gate_check *c = &r->checks[i];
		_cleanup_free_ char *name = memo_cut(c->name, MEMO_NAME_MAX);
		at += (size_t)snprintf(ret + at, MEMO_SIZE - at, "%s%s %s", at ? ", " : "", verdict_symbol(c->verdict),
		                       name ? name : "?");
	}
	if (r->checks_len > shown)
		snprintf(ret + at, MEMO_SIZE - at, ", and %zu more", r->checks_len - shown);
	return ret;
}

const char *memo_assumptions(char ret[MEMO_SIZE], const struct gate_report *r) {
	const struct gate_target sum = gate_sum(r->facts);
	snprintf(
	    ret, MEMO_SIZE,
	    "R = P x I. P: with 95 %% confidence at most this share of records leaks (Clopper-Pearson, %s of %s leak); "
	    "what was not scanned counts as leaking. I: impact of the worst finding, 1 to 5; 5 if there is none. The "
	    "records of the window stand for those to come; after mitigation none of those found leaks. R compares "
	    "options; it lets no leak pass. Leaks an hour: at most P of its records.",
	    TEXT_COUNT(sum.leaking_records), TEXT_COUNT(sum.records));
	return ret;
}

const char *memo_origin(char ret[MEMO_SIZE], const struct finding *f) {
	_cleanup_(buf_release) struct buf frames = {0};
	bool named = f->origins_len && !finding_origin_text(&frames, &f->origins[0]) && frames.len;
	snprintf(ret, MEMO_SIZE, "%s%.*s", named ? "from " : "", named ? (int)frames.len : 0, named ? frames.data : "");
	return ret;
}

/* What findings are ranked by. */
struct rank {
	size_t index;
	bool fails;
	double risk;
};

static int compare_ranks(const void *a, const void *b) {
	const struct rank *x = a, *y = b;
	if (x->fails != y->fails)
		return x->fails ? -1 : 1;
	if (x->risk > y->risk || x->risk < y->risk)
		return x->risk > y->risk ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

size_t *memo_ranked(const struct gate_report *r) {
	const struct gate_facts *f = r->facts;
	_cleanup_free_ struct rank *ranks = f->findings_len ? calloc(f->findings_len, sizeof(*ranks)) : NULL;
	size_t *indexes = ranks ? calloc(f->findings_len, sizeof(*indexes)) : NULL;
	for (size_t i = 0; ranks && i < f->findings_len; i++) {
		const struct finding *finding = &f->findings[i]->finding;
		ranks[i] = (struct rank){i, gate_finding_fails(finding, r->policy), gate_finding_risk(f, finding)};
	}
	if (indexes)
		qsort(ranks, f->findings_len, sizeof(*ranks), compare_ranks);
	for (size_t i = 0; indexes && i < f->findings_len; i++)
		indexes[i] = ranks[i].index;
	return indexes;
}

double memo_leaks_per_hour(const struct gate_report *r, const struct gate_option *option) {
	return ceil(option->share_upper * gate_records_per_hour(r->facts));
}

bool memo_is_sound(const struct gate_report *r, const struct gate_option options[GATE_OPTIONS], size_t option) {
	return options[option].risk <= GATE_RISK_THRESHOLD && (option || r->result->verdict == VERDICT_PASS);
}
