/* SPDX-License-Identifier: MIT */
/* JUnit XML as CI services take it: a failed case for each finding, an error for each thing that was not scanned, a
 * skipped one for each that nobody has said to be a log. */
#include "report/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "report/digest.h"

#include <string.h>

/* text_visible() has taken out the controls that XML 1.0 forbids even as references; two non-characters are left. */
static int append_escaped(struct buf *out, const char *s) {
	static const char *const names[] = {
	    ['"'] = "&quot;", ['&'] = "&amp;", ['\''] = "&apos;", ['<'] = "&lt;", ['>'] = "&gt;"};
	_cleanup_free_ char *text = text_visible(s, strlen(s));
	int r = text ? 0 : -1;
	for (const char *p = text; !r && *p; p++) {
		unsigned char c = (unsigned char)*p;
		const char *name = c < sizeof(names) / sizeof(*names) ? names[c] : NULL;
		if (!strncmp(p, "\xef\xbf\xbe", 3) || !strncmp(p, "\xef\xbf\xbf", 3)) {
			r = buf_append(out, "\xef\xbf\xbd", 3);
			p += 2;
		} else {
			r = name ? buf_append(out, name, strlen(name)) : buf_append(out, p, 1);
		}
	}
	return r;
}

static int append_line(struct buf *out, const char *name, const char *text) {
	int r = buf_printf(out, "%s", name);
	if (!r)
		r = append_escaped(out, text);
	return r ? r : buf_append(out, "\n", 1);
}

static int append_attribute(struct buf *out, const char *name, const char *value) {
	int r = buf_printf(out, " %s=\"", name);
	if (!r)
		r = append_escaped(out, value);
	return r ? r : buf_append(out, "\"", 1);
}

/* Which code it was, and what to do. */
static int append_details(struct buf *out, const struct finding *f) {
	_cleanup_(buf_release) struct buf frames = {0};
	int r = f->origins_len ? finding_origin_text(&frames, &f->origins[0]) : 0;
	if (!r && *f->statement)
		r = append_line(out, "statement: ", f->statement);
	if (!r && frames.len)
		r = append_line(out, "from: ", frames.data);
	return r || !f->rule->remediation ? r : append_line(out, "", f->rule->remediation);
}

static char *name_of(const struct report_item *item) {
	const struct finding *f = item->finding;
	return item->line ? text_format("%s (line %lu, finding %s)", f->rule->id, item->line, f->id)
	                  : text_format("%s (finding %s)", f->rule->id, f->id);
}

static int append_finding(struct buf *out, const struct report_item *item) {
	static const char *const tags[] = {"failure", "skipped", "skipped", "skipped"};
	static const char *const why[] = {"", " (known: in the baseline)", " (below --fail-on)", " (waived)"};
	const struct finding *f = item->finding;
	char amount[96];
	_cleanup_free_ char *name = name_of(item);
	_cleanup_free_ char *message = text_format("%s %s: %s%s", f->rule->entity, f->masked,
	                                           report_amount(amount, sizeof(amount), f), why[item->standing]);
	int r = name && message ? buf_printf(out, "  <testcase") : -1;
	if (!r)
		r = append_attribute(out, "classname", f->sink_name);
	if (!r)
		r = append_attribute(out, "name", name);
	if (!r)
		r = buf_printf(out, "><%s", tags[item->standing]);
	if (!r)
		r = append_attribute(out, "message", message);
	if (!r && item->standing == REPORT_COUNTS)
		r = append_attribute(out, "type", rule_severity_name(f->rule->severity));
	if (!r)
		r = buf_append(out, ">", 1);
	if (!r)
		r = append_details(out, f);
	return r ? r : buf_printf(out, "</%s></testcase>\n", tags[item->standing]);
}

/* tag: <error> or <skipped>, with its attributes. */
static int append_unseen(struct buf *out, const char *tag, const char *what) {
	int r = buf_printf(out, "  <testcase classname=\"logspill\"");
	if (!r)
		r = append_attribute(out, "name", what);
	if (!r)
		r = buf_printf(out, "><%s", tag);
	if (!r)
		r = append_attribute(out, "message", what);
	return r ? r : buf_printf(out, "/></testcase>\n");
}

/* A suite without a case reads like a suite that did not run. */
static int append_clean(struct buf *out, const struct report *r) {
	uint64_t n = r->watch ? r->summary->scanned_records : r->summary->scanned_writes;
	return buf_printf(out, "  <testcase classname=\"logspill\" name=\"no personal data in %lu %s\"/>\n", n,
	                  r->watch ? digest_records(r, n) : digest_writes(r, n));
}

static char *write_junit(const struct report *report) {
	_cleanup_(buf_release) struct buf out = {0};
	const struct summary *s = report->summary;
	char *const *doubts;
	size_t counting = 0, doubts_len = report_doubts(s, &doubts), clean = !report->len && !doubts_len;
	for (size_t i = 0; i < report->len; i++)
		counting += report->items[i].standing == REPORT_COUNTS;
	int r = buf_printf(&out,
	                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite name=\"logspill%s\" "
	                   "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
	                   report->watch ? "" : " scan", report->len + doubts_len + s->unread_len + clean, counting,
	                   doubts_len, report->len - counting + s->unread_len, s->duration_s);
	for (size_t i = 0; i < report->len && !r; i++)
		r = append_finding(&out, &report->items[i]);
	for (size_t i = 0; i < doubts_len && !r; i++)
		r = append_unseen(&out, "error type=\"not scanned\"", doubts[i]);
	for (size_t i = 0; i < s->unread_len && !r; i++)
		r = append_unseen(&out, "skipped", s->unread[i]);
	if (!r && clean)
		r = append_clean(&out, report);
	if (!r)
		r = buf_printf(&out, " </testsuite>\n</testsuites>\n");
	return r ? NULL : take(out.data);
}

const struct report_format report_junit = {.name = "junit", .whole = true, .ending = "xml", .write = write_junit};
