/* SPDX-License-Identifier: MIT */
/* All that is known of one finding, for a person. */
#include "view/table.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_WIDTH 13

int view_wrap(struct canvas *c, int row, int indent, enum canvas_ink ink, const char *text) {
	int at = row, room = c->cols - indent > 10 ? c->cols - indent : 10;
	_cleanup_free_ char *visible = text_visible(text, strlen(text));
	for (const char *rest = visible; rest && *rest; at++) {
		size_t len = strlen(rest), cut = len;
		if (len > (size_t)room) {
			for (cut = (size_t)room; cut && rest[cut] != ' '; cut--)
				;
			for (cut = cut ? cut : (size_t)room; cut < len && (rest[cut] & 0xc0) == 0x80; cut++)
				;
		}
		_cleanup_free_ char *piece = strndup(rest, cut);
		if (at < c->rows && at >= 0 && c->lines[at].width < indent)
			canvas_put(c, at, CANVAS_PLAIN, indent - c->lines[at].width, "");
		canvas_put(c, at, ink, 0, piece ? piece : "");
		rest += cut + strspn(rest + cut, " ");
	}
	return at - row;
}

static int labelled(struct canvas *c, int row, const char *label, enum canvas_ink ink, const char *text) {
	if (!text || !*text)
		return 0;
	canvas_put(c, row, CANVAS_DIM, LABEL_WIDTH, label);
	return view_wrap(c, row, LABEL_WIDTH, ink, text);
}

static int labelled_format(struct canvas *c, int row, const char *label, enum canvas_ink ink, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static int labelled_format(struct canvas *c, int row, const char *label, enum canvas_ink ink, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	_cleanup_free_ char *text = text_vformat(fmt, args);
	va_end(args);
	return labelled(c, row, label, ink, text);
}

static int writer_details(struct canvas *c, int row, const struct finding_writer *w) {
	int at = row;
	if (!w)
		return 0;
	at += labelled(c, at, "command", CANVAS_PLAIN, w->command_line);
	at += labelled(c, at, "unit", CANVAS_PLAIN, w->workload.unit);
	at += labelled(c, at, "container", CANVAS_PLAIN, w->workload.container_id);
	at += labelled(c, at, "cgroup", CANVAS_PLAIN, w->cgroup);
	return at - row;
}

static int origin_details(struct canvas *c, int row, const struct finding *f) {
	int at = row;
	for (size_t i = 0; i < f->origins_len; i++) {
		_cleanup_(buf_release) struct buf frames = {0};
		if (finding_origin_text(&frames, &f->origins[i]) || buf_append(&frames, "", 1)) {
			c->error = -ENOMEM;
			break;
		}
		at += labelled(c, at, i ? "" : "from code", i ? CANVAS_PLAIN : CANVAS_BOLD, frames.data);
	}
	return at - row;
}

int view_finding_details(struct canvas *c, const struct snapshot *s, size_t i, int row) {
	const struct finding *f = &s->findings[i]->finding;
	char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE], count[TEXT_COUNT_SIZE], distinct[TEXT_COUNT_SIZE];
	int at = row;
	canvas_printf(c, at, view_severity_ink(f->rule->severity), "%s %s", rule_severity_name(f->rule->severity),
	              f->rule->entity);
	canvas_printf(c, at++, CANVAS_PLAIN, "  %s", f->masked);
	at++;
	at += labelled_format(c, at, "rule", CANVAS_PLAIN, "%s (%s), confidence %.2f, impact %d of 5", f->rule->id,
	                      f->rule->name, (double)f->confidence, f->rule->impact);
	at += labelled_format(c, at, "amount", CANVAS_PLAIN, "%s %s, %s%s distinct %s", text_count(count, f->count),
	                      text_plural(f->count, "match", "matches"), f->distinct_error > 0 ? "about " : "",
	                      text_count(distinct, f->distinct), text_plural(f->distinct, "value", "values"));
	at += labelled(c, at, "statement", CANVAS_BOLD, f->statement);
	at += origin_details(c, at, f);
	at += labelled_format(c, at, "written to", CANVAS_PLAIN, "%s (%s)", f->sink_name, f->sink_kind);
	at += labelled_format(c, at, "by", CANVAS_PLAIN, "%s (pid %d) %s", f->process_name, f->pid, f->executable);
	at += labelled_format(c, at, "seen", CANVAS_PLAIN, "%s to %s", clock_local(first, sizeof(first), f->first_seen_ns),
	                      clock_local(last, sizeof(last), f->last_seen_ns));
	at += labelled(c, at, "fix", CANVAS_GOOD, f->rule->remediation);
	at += writer_details(c, at, f->writer);
	if (f->waived)
		at += labelled_format(c, at, "waived", CANVAS_WARN, "until %s by %s: %s", f->waiver->until, f->waiver->owner,
		                      f->waiver->reason);
	at += labelled(c, at, "finding", CANVAS_DIM, f->id);
	return at - row;
}
