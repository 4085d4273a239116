/* SPDX-License-Identifier: MIT */
/* A report for a person at a terminal: findings below the file they are in, then verdict, books, and what to do. */
#include "report/format.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "report/digest.h"
#include "report/page.h"

#include <errno.h>
#include <string.h>

#define SPOTS_SHOWN 20

enum ink { INK_OFF, INK_BOLD, INK_DIM, INK_RED, INK_GREEN, INK_YELLOW, INK_CYAN };

static const char *ink(const struct page *p, enum ink ink) {
	static const char *const codes[] = {"\033[0m",    "\033[1m",  "\033[2m", "\033[1;31m",
	                                    "\033[1;32m", "\033[33m", "\033[36m"};
	return p->color ? codes[ink] : "";
}

/* Something from outside, padded to a column. */
static void say_cell(struct page *p, const char *s, size_t width) {
	_cleanup_free_ char *shown = text_visible(s, strlen(s));
	size_t len = shown ? text_characters(shown) : 0;
	if (!shown)
		p->error = -ENOMEM;
	else
		page_say(p, "%s%*s", shown, (int)(len < width ? width - len : 0), "");
}

struct widths {
	size_t entity, masked, amount, line;
};

static char *line_label(char *ret, size_t size, uint64_t line) {
	snprintf(ret, size, line ? "line %lu" : "", line);
	return ret;
}

static void widen(size_t *width, size_t len) {
	*width = len > *width ? len : *width;
}

static struct widths measure(const struct report *r) {
	struct widths w = {0};
	char text[96];
	for (size_t i = 0; i < r->len; i++) {
		const struct finding *f = r->items[i].finding;
		widen(&w.entity, text_characters(f->rule->entity));
		widen(&w.masked, text_characters(f->masked));
		widen(&w.amount, strlen(report_amount(text, sizeof(text), f)));
		widen(&w.line, strlen(line_label(text, sizeof(text), r->items[i].line)));
	}
	return w;
}

static enum ink severity_ink(enum rule_severity s) {
	return s >= RULE_HIGH ? INK_RED : s == RULE_MEDIUM ? INK_YELLOW : INK_CYAN;
}

static void say_item(struct page *p, const struct report_item *item, const struct widths *w) {
	static const char *const standings[] = {"", "  known", "  below --fail-on", "  waived"};
	const struct finding *f = item->finding;
	char text[96];
	bool counts = item->standing == REPORT_COUNTS;
	page_say(p, "  %s%-8s%s  ", ink(p, counts ? severity_ink(f->rule->severity) : INK_DIM),
	         rule_severity_name(f->rule->severity), ink(p, INK_OFF));
	say_cell(p, f->rule->entity, w->entity + 2);
	say_cell(p, f->masked, w->masked + 2);
	page_say(p, "%-*s  ", (int)w->amount, report_amount(text, sizeof(text), f));
	page_say(p, "%-*s  %s", (int)w->line, line_label(text, sizeof(text), item->line), ink(p, INK_DIM));
	say_cell(p, f->rule->id, 0);
	page_say(p, "%s%s\n", standings[item->standing], ink(p, INK_OFF));
}

static void say_findings(struct page *p, const struct report *r) {
	const struct widths widths = measure(r);
	for (size_t i = 0; i < r->len; i++) {
		const char *file = r->items[i].finding->sink_name;
		if (!i || strcmp(file, r->items[i - 1].finding->sink_name) != 0) {
			page_say(p, "%s%s", i ? "\n" : "", ink(p, INK_BOLD));
			say_cell(p, strcmp(file, "-") ? file : "standard input", 0);
			page_say(p, "%s\n", ink(p, INK_OFF));
		}
		say_item(p, &r->items[i], &widths);
	}
	if (r->len)
		page_say(p, "\n");
}

static void say_verdict(struct page *p, const struct summary *s) {
	static const enum ink inks[] = {INK_GREEN, INK_RED, INK_YELLOW};
	page_say(p, "%s%s%s", ink(p, inks[s->verdict]), verdict_word(s->verdict), ink(p, INK_OFF));
	for (size_t i = 0; i < s->reasons_len; i++) {
		page_say(p, "%s", i ? "; " : ": ");
		say_cell(p, s->reasons[i], 0);
	}
	page_say(p, "\n");
}

static void say_books(struct page *p, const struct report *r) {
	const struct summary *s = r->summary;
	char bytes[32];
	page_say(p, "scanned %s in %lu %s, %lu %s, in %.1f s\n", text_bytes(bytes, sizeof(bytes), s->scanned_bytes),
	         s->scanned_writes, digest_writes(r, s->scanned_writes), s->scanned_records,
	         digest_records(r, s->scanned_records), s->duration_s);
	if (r->binaries)
		page_say(p, "skipped %lu binary %s (--text scans them too)\n", r->binaries,
		         text_plural(r->binaries, "file", "files"));
	if (r->specials)
		page_say(p, "skipped %lu special %s\n", r->specials, text_plural(r->specials, "file", "files"));
}

/* A line each, led by what they are. */
static void say_list(struct page *p, const char *what, const char *const *items, size_t len, const char *more) {
	for (size_t i = 0; i < len && i < SPOTS_SHOWN; i++) {
		page_say(p, "%s", what);
		say_cell(p, items[i], 0);
		page_say(p, "\n");
	}
	if (len > SPOTS_SHOWN)
		page_say(p, "%s%zu more%s\n", what, len - SPOTS_SHOWN, more);
}

static bool is_first_of_its_rule(const struct report *r, size_t i) {
	for (size_t j = 0; j < i; j++)
		if (r->items[j].finding->rule == r->items[i].finding->rule && r->items[j].standing == REPORT_COUNTS)
			return false;
	return r->items[i].standing == REPORT_COUNTS;
}

/* Each rule's remediation once. */
static void say_remedies(struct page *p, const struct report *r) {
	for (size_t i = 0; i < r->len; i++) {
		const struct rule *rule = r->items[i].finding->rule;
		if (!rule->remediation || !is_first_of_its_rule(r, i))
			continue;
		page_say(p, "fix ");
		say_cell(p, rule->id, 0);
		page_say(p, ": ");
		say_cell(p, rule->remediation, 0);
		page_say(p, "\n");
	}
}

static char *write_text(const struct report *r) {
	struct page p = {.color = r->color};
	const struct summary *s = r->summary;
	say_findings(&p, r);
	say_verdict(&p, s);
	say_books(&p, r);
	say_list(&p, "not scanned: ", (const char *const *)s->blind_spots, s->blind_spots_len, ", -f jsonl names them");
	say_list(&p, "not looked at: ", (const char *const *)s->unread, s->unread_len, ", -f jsonl names them");
	say_list(&p, "", (const char *const *)s->waivers, s->waivers_len, " waivers, -f jsonl names them");
	say_list(&p, "gone since the baseline: ", r->gone, r->gone_len, ", -o FILE.json names them");
	say_remedies(&p, r);
	return page_take(&p);
}

const struct report_format report_text = {.name = "text", .write = write_text};
