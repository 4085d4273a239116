/* SPDX-License-Identifier: MIT */
#include "app/watch_report.h"

#include "app/baseline.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "emit/emit.h"

#include <errno.h>
#include <string.h>

/* As it is typed into a shell. */
static int append_quoted(struct buf *out, const char *word) {
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";
	_cleanup_free_ char *shown = text_visible(word, strlen(word));
	if (!shown)
		return -ENOMEM;
	if (*shown && shown[strspn(shown, plain)] == 0)
		return buf_printf(out, " %s", shown);
	int r = buf_printf(out, " '");
	for (const char *c = shown; *c && !r; c++)
		r = *c == '\'' ? buf_printf(out, "'\\''") : buf_append(out, c, 1);
	return r ? r : buf_printf(out, "'");
}

/* argv[0] is "logspill NAME". */
static int tell_command(char **ret, char *const *argv) {
	_cleanup_(buf_release) struct buf out = {0};
	int r = buf_printf(&out, "%s", argv[0]);
	for (size_t i = 1; argv[i] && !r; i++)
		r = append_quoted(&out, argv[i]);
	*ret = r ? NULL : take(out.data);
	return r;
}

static int tell_subject(char **ret, const struct snapshot *s) {
	_cleanup_(buf_release) struct buf out = {0};
	int r = buf_printf(&out, "%s", "");
	for (size_t i = 0; i < s->targets_len && !r; i++)
		r = buf_printf(&out, "%s%s", i ? ", " : "", s->targets[i].name);
	if (!r)
		*ret = text_visible(out.data, out.len);
	return *ret ? r : -ENOMEM;
}

static int fill_items(struct watch_report *r, const struct findings *found) {
	size_t len = findings_len(found);
	r->items = calloc(len + 1, sizeof(*r->items));
	if (!r->items)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		const struct finding *f = findings_at(found, i);
		r->items[i] =
		    (struct report_item){.finding = f, .standing = f->waived ? REPORT_WAIVED : (enum report_standing)f->aside};
	}
	r->report.items = r->items;
	r->report.len = len;
	return 0;
}

static int fill_json(struct watch_report *r, const struct summary *s) {
	const struct emit_format *jsonl = emit_format_find("jsonl");
	const struct emit_context context = {.host_name = r->system.nodename};
	r->json = calloc(r->report.len + 1, sizeof(*r->json));
	r->report.json = r->json_summary = jsonl->summary(s, &context);
	if (!r->json || !r->json_summary)
		return -ENOMEM;
	for (size_t i = 0; i < r->report.len; i++) {
		r->items[i].json = r->json[i] = jsonl->finding(r->items[i].finding, &context);
		if (!r->json[i])
			return -ENOMEM;
	}
	return 0;
}

static int fill(struct watch_report *r, struct pipeline *p, const struct summary *s, char *const *argv, bool json) {
	int failed = pipeline_snapshot(p, &r->snapshot);
	if (!failed)
		failed = tell_subject(&r->subject, r->snapshot);
	if (!failed)
		failed = tell_command(&r->command, argv);
	if (!failed)
		failed = fill_items(r, s->found);
	if (!failed && pipeline_baseline(p))
		failed = baseline_list_gone(pipeline_baseline(p), &r->gone, &r->report.gone_len);
	r->report.gone = r->gone;
	r->report.baseline = pipeline_baseline(p);
	if (!failed && json)
		failed = fill_json(r, s);
	return failed;
}

int watch_report_init(struct watch_report *ret, struct pipeline *p, const struct summary *s, char *const *argv,
                      bool json) {
	*ret = (struct watch_report){.timeline = *pipeline_timeline(p), .directory = getcwd(NULL, 0)};
	uname(&ret->system);
	int r = fill(ret, p, s, argv, json);
	if (r < 0) {
		watch_report_release(ret);
		return r;
	}
	ret->watch = (struct report_watch){
	    .subject = ret->subject,
	    .command = ret->command,
	    .host = ret->system.nodename,
	    .kernel = ret->system.release,
	    .version = ret->snapshot->version,
	    .hook = ret->snapshot->hook,
	    .rules_len = ret->snapshot->rules_len,
	    .started_ns = ret->snapshot->started_ns,
	    .ended_ns = ret->snapshot->time_ns,
	    .timeline = &ret->timeline,
	};
	ret->report.summary = s;
	ret->report.watch = &ret->watch;
	ret->report.directory = ret->directory;
	return 0;
}

void watch_report_release(struct watch_report *r) {
	for (size_t i = 0; r->json && r->json[i]; i++)
		free(r->json[i]);
	free(r->json);
	free(r->json_summary);
	free(r->items);
	free(r->gone);
	free(r->subject);
	free(r->command);
	free(r->directory);
	snapshot_drop(r->snapshot);
	*r = (struct watch_report){0};
}
