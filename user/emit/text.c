/* SPDX-License-Identifier: MIT */
/* Lines for a person at a terminal: what leaked, from where, where to, how often, and what to do. */
#include "emit/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "emit/color.h"
#include "find/waiver.h"

#include <errno.h>
#include <string.h>

/* What of a finding comes from outside, fit for a terminal. */
struct shown {
	char *entity, *masked, *program, *sink, *rule_id, *rule_name, *remediation;
};

static char *visible(const char *s) {
	return text_visible(s ? s : "", s ? strlen(s) : 0);
}

static void shown_release(struct shown *s) {
	free(s->entity);
	free(s->masked);
	free(s->program);
	free(s->sink);
	free(s->rule_id);
	free(s->rule_name);
	free(s->remediation);
}

static bool shown_init(struct shown *ret, const struct finding *f) {
	*ret = (struct shown){
	    .entity = visible(f->rule->entity),
	    .masked = visible(f->masked),
	    .program = visible(*f->process_name ? f->process_name : f->executable),
	    .sink = visible(f->sink_name),
	    .rule_id = visible(f->rule->id),
	    .rule_name = visible(f->rule->name),
	    .remediation = visible(f->rule->remediation),
	};
	return ret->entity && ret->masked && ret->program && ret->sink && ret->rule_id && ret->rule_name &&
	       ret->remediation;
}

static int print_word(struct buf *out, const char *before, const char *word) {
	_cleanup_free_ char *shown = word ? visible(word) : NULL;
	if (!word)
		return 0;
	return shown ? buf_printf(out, "%s%s", before, shown) : -ENOMEM;
}

static int print_headline(struct buf *out, const struct finding *f, const struct shown *s, bool color) {
	const char *severity = rule_severity_name(f->rule->severity);
	int r = buf_printf(out, "%s%-8s%s %s%s %s%s by %s (pid %d) in %s", color_of_severity(color, f->rule->severity),
	                   severity, color_off(color), color_bold(color), s->entity, s->masked, color_off(color),
	                   s->program, f->pid, s->sink);
	if (!r)
		r = print_word(out, ", on the host ", f->sink_host_path);
	if (!r && f->count > 1)
		r = buf_printf(out, ", %lu matches, %s%lu %s", f->count, f->distinct_error > 0 ? "about " : "", f->distinct,
		               text_plural(f->distinct, "value", "values"));
	return r ? r : buf_append(out, "\n", 1);
}

/* Which service, container or pod it runs in. */
static int print_workload(struct buf *out, const struct workload *w) {
	if (!w->unit && !w->container_id && !w->pod_uid)
		return 0;
	int r = buf_printf(out, "        ");
	if (!r)
		r = print_word(out, " unit ", w->unit);
	if (!r)
		r = print_word(out, " pod ", w->pod ? w->pod : w->pod_uid);
	if (!r)
		r = print_word(out, " namespace ", w->namespace);
	if (!r)
		r = print_word(out, " container ", w->container ? w->container : w->container_id);
	return r ? r : buf_append(out, "\n", 1);
}

/* Only at first: what does not change. */
static int print_details(struct buf *out, const struct finding *f, const struct shown *s, bool color) {
	int r = buf_printf(out, "%s         %s (%s), confidence %.2f, finding %s%s\n", color_dim(color), s->rule_id,
	                   s->rule_name, f->confidence, f->id, color_off(color));
	if (!r && f->writer)
		r = print_workload(out, &f->writer->workload);
	if (!r && f->waived)
		r = print_word(out, "         waived by ", f->waiver->owner);
	if (!r && f->waived)
		r = buf_printf(out, " until %s\n", f->waiver->until);
	if (!r && f->aside != FINDING_COUNTS)
		r = buf_printf(out, "         %s\n", finding_aside_text(f->aside));
	if (!r && *s->remediation)
		r = buf_printf(out, "         fix: %s\n", s->remediation);
	return r;
}

static char *text_finding(const struct finding *f, const struct emit_context *context) {
	_cleanup_(buf_release) struct buf out = {0};
	_cleanup_(shown_release) struct shown s;
	int r = shown_init(&s, f) ? 0 : -1;
	if (!r)
		r = print_headline(&out, f, &s, context->color);
	if (!r && !context->again)
		r = print_details(&out, f, &s, context->color);
	if (!r)
		r = buf_append(&out, "", 1);
	return r ? NULL : take(out.data);
}

const struct emit_format emit_text = {.name = "text", .finding = text_finding, .summary = text_summary};
