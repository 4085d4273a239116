/* SPDX-License-Identifier: MIT */
/* Annotations of GitHub Actions: a line for each finding, shown beside the source line where that is known. */
#include "report/format.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "report/digest.h"
#include "report/page.h"

#include <errno.h>
#include <string.h>

#define ANNOTATIONS_MAX 50 /* GitHub shows 10 of each kind */

/* What ends a value, or a line, is escaped as the runner's own toolkit does. */
static void say_escaped(struct page *p, const char *s, const char *special) {
	_cleanup_free_ char *shown = text_visible(s, strlen(s));
	if (!shown)
		p->error = -ENOMEM;
	for (const char *c = shown; c && *c; c++)
		page_say(p, strchr(special, *c) ? "%%%02X" : "%c", *c);
}

static void say_property(struct page *p, const char *s) {
	say_escaped(p, s, "%:,\r\n");
}

/* "log_signup+0x1f src/app.c:88" tells a place. */
static void say_place(struct page *p, const struct finding *f) {
	const struct finding_origin *o = f->origins_len ? &f->origins[0] : NULL;
	const char *frame = o && o->own < o->frames_len ? o->frames[o->own] : "";
	const char *space = strrchr(frame, ' '), *colon = strrchr(frame, ':');
	if (!space || !colon || colon < space || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")])
		return;
	_cleanup_free_ char *file = strndup(space + 1, (size_t)(colon - space - 1));
	page_say(p, "file=");
	say_property(p, file ? file : "");
	page_say(p, ",line=%s,", colon + 1);
}

static void say_line(struct page *p, const struct report *r, const struct report_item *item) {
	const struct finding *f = item->finding;
	const char *level = f->rule->severity >= RULE_HIGH     ? "error"
	                    : f->rule->severity == RULE_MEDIUM ? "warning"
	                                                       : "notice";
	char amount[96];
	page_say(p, "::%s ", level);
	if (r->watch) {
		say_place(p, f);
	} else {
		page_say(p, "file=");
		say_property(p, f->sink_name);
		page_say(p, ",line=%lu,col=%lu,", item->line, item->column);
	}
	page_say(p, "title=");
	say_property(p, f->rule->name);
	page_say(p, " in a log::%s ", f->rule->entity);
	say_escaped(p, f->masked, "%\r\n");
	page_say(p, " in ");
	say_escaped(p, f->sink_name, "%\r\n");
	page_say(p, ": %s", report_amount(amount, sizeof(amount), f));
	if (*f->statement) {
		page_say(p, ": ");
		say_escaped(p, f->statement, "%\r\n");
	}
	page_say(p, "\n");
}

static void say_texts(struct page *p, const char *head, char *const *texts, size_t len) {
	for (size_t i = 0; i < len && i < ANNOTATIONS_MAX; i++) {
		page_say(p, "%s::", head);
		say_escaped(p, texts[i], "%\r\n");
		page_say(p, "\n");
	}
}

/* Why a job ends with 125 although nothing was found, and what nobody has looked at. */
static void say_doubts(struct page *p, const struct summary *s) {
	char *const *doubts;
	size_t len = report_doubts(s, &doubts);
	say_texts(p, "::error title=logspill is inconclusive", doubts, s->verdict == VERDICT_INCONCLUSIVE ? len : 0);
	say_texts(p, "::notice title=not looked at", s->unread, s->unread_len);
}

static char *write_github(const struct report *r) {
	_cleanup_(digest_release) struct digest d;
	struct page p = {0};
	if (digest_init(&d, r))
		return NULL;
	for (size_t i = 0; i < d.len && i < ANNOTATIONS_MAX && d.items[i]->standing == REPORT_COUNTS; i++)
		say_line(&p, r, d.items[i]);
	say_doubts(&p, r->summary);
	return page_take(&p);
}

const struct report_format report_github = {.name = "github", .write = write_github};
