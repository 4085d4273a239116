/* SPDX-License-Identifier: MIT */
/* JUnit XML as CI services take it: a failed case for each finding, an error for each thing that was not scanned. */
#include "report/format.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

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

static int append_attribute(struct buf *out, const char *name, const char *value) {
	int r = buf_printf(out, " %s=\"", name);
	if (!r)
		r = append_escaped(out, value);
	return r ? r : buf_append(out, "\"", 1);
}

static int append_finding(struct buf *out, const struct report_item *item) {
	static const char *const tags[] = {"failure", "skipped", "skipped", "skipped"};
	static const char *const why[] = {"", " (known: in the baseline)", " (below --fail-on)", " (waived)"};
	const struct finding *f = item->finding;
	_cleanup_free_ char *place = NULL, *message = NULL;
	char amount[96];
	report_amount(amount, sizeof(amount), f);
	if (asprintf(&place, "%s (line %lu, finding %s)", f->rule->id, item->line, f->id) < 0)
		place = NULL;
	if (asprintf(&message, "%s %s: %s%s", f->rule->entity, f->masked, amount, why[item->standing]) < 0)
		message = NULL;
	int r = place && message ? buf_printf(out, "  <testcase") : -1;
	if (!r)
		r = append_attribute(out, "classname", f->sink_name);
	if (!r)
		r = append_attribute(out, "name", place);
	if (!r)
		r = buf_printf(out, "><%s", tags[item->standing]);
	if (!r)
		r = append_attribute(out, "message", message);
	if (!r && item->standing == REPORT_COUNTS)
		r = append_attribute(out, "type", rule_severity_name(f->rule->severity));
	if (!r)
		r = buf_append(out, ">", 1);
	if (!r && f->rule->remediation)
		r = append_escaped(out, f->rule->remediation);
	return r ? r : buf_printf(out, "</%s></testcase>\n", tags[item->standing]);
}

static int append_blind_spot(struct buf *out, const char *spot) {
	int r = buf_printf(out, "  <testcase classname=\"logspill\"");
	if (!r)
		r = append_attribute(out, "name", spot);
	if (!r)
		r = buf_printf(out, "><error type=\"not scanned\"");
	if (!r)
		r = append_attribute(out, "message", spot);
	return r ? r : buf_printf(out, "/></testcase>\n");
}

/* A suite without a case reads like a suite that did not run. */
static int append_clean(struct buf *out, const struct summary *s) {
	return buf_printf(out, "  <testcase classname=\"logspill\" name=\"no personal data in %lu %s\"/>\n",
	                  s->scanned_writes, text_plural(s->scanned_writes, "file", "files"));
}

static char *write_junit(const struct report *report) {
	_cleanup_(buf_release) struct buf out = {0};
	const struct summary *s = report->summary;
	size_t counting = 0, clean = !report->len && !s->blind_spots_len;
	for (size_t i = 0; i < report->len; i++)
		counting += report->items[i].standing == REPORT_COUNTS;
	int r = buf_printf(&out,
	                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite name=\"logspill scan\" "
	                   "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
	                   report->len + s->blind_spots_len + clean, counting, s->blind_spots_len, report->len - counting,
	                   s->duration_s);
	for (size_t i = 0; i < report->len && !r; i++)
		r = append_finding(&out, &report->items[i]);
	for (size_t i = 0; i < s->blind_spots_len && !r; i++)
		r = append_blind_spot(&out, s->blind_spots[i]);
	if (!r && clean)
		r = append_clean(&out, s);
	if (!r)
		r = buf_printf(&out, " </testsuite>\n</testsuites>\n");
	return r ? NULL : take(out.data);
}

const struct report_format report_junit = {.name = "junit", .whole = true, .ending = "xml", .write = write_junit};
