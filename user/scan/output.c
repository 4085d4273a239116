/* SPDX-License-Identifier: MIT */
#include "scan/output.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define PENDING_BYTES (64 * 1024)

int scan_output_open(struct scan_output *ret, const char *path, bool document) {
	int fd = STDOUT_FILENO;
	if (path && document)
		fd = -1;
	else if (path)
		fd = file_open_append(path, 0);
	if (fd < 0 && !document)
		return fd;
	*ret = (struct scan_output){.fd = fd, .path = path};
	return 0;
}

void scan_output_flush(struct scan_output *o) {
	if (o->fd < 0)
		return;
	if (!o->error && o->pending.len)
		o->error = file_write_all(o->fd, o->pending.data, o->pending.len);
	o->pending.len = 0;
}

void scan_output_put(struct scan_output *o, const char *text) {
	int r = text ? buf_append(&o->pending, text, strlen(text)) : -ENOMEM;
	if (r && !o->error)
		o->error = r;
	if (o->pending.len >= PENDING_BYTES)
		scan_output_flush(o);
}

int scan_output_close(struct scan_output *o) {
	scan_output_flush(o);
	if (o->fd < 0 && !o->error)
		o->error = file_write_document(o->path, o->pending.data, o->pending.len, 0600);
	if (o->fd > STDERR_FILENO && close(o->fd) < 0 && !o->error)
		o->error = -errno;
	buf_release(&o->pending);
	return o->error;
}

void scan_output_put_match_json(struct scan_output *o, const struct scan_match *m) {
	json_auto_t *line = json_pack("{s:o,s:I,s:I,s:I,s:o,s:s,s:o,s:s,s:f,s:o}", "file", json_text(m->file), "line",
	                              (json_int_t)m->line, "start", (json_int_t)m->start, "end", (json_int_t)m->end,
	                              "entity", json_text(m->rule->entity), "class", check_class_name(m->class), "rule",
	                              json_text(m->rule->id), "severity", rule_severity_name(m->rule->severity),
	                              "confidence", round(m->confidence * 1e4) / 1e4, "masked", json_text(m->masked));
	_cleanup_free_ char *json = line ? json_encode(line, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	scan_output_put(o, json);
	scan_output_put(o, "\n");
}

static const char *severity_color(bool color, enum rule_severity s) {
	return !color ? "" : s >= RULE_HIGH ? "\033[1;31m" : s == RULE_MEDIUM ? "\033[33m" : "\033[36m";
}

/* As grep and compilers do: the place first, so that editors jump to it. */
void scan_output_put_match_text(struct scan_output *o, const struct scan_match *m, bool color) {
	_cleanup_free_ char *file = text_visible(m->file, strlen(m->file));
	_cleanup_free_ char *masked = text_visible(m->masked, strlen(m->masked)), *line = NULL;
	const char *class = m->class == CHECK_REAL ? "" : check_class_name(m->class);
	if (!file || !masked ||
	    asprintf(&line, "%s:%lu:%lu-%lu: %s%-8s%s %s %s  %s %.2f%s%s\n", file, m->line, m->start, m->end,
	             severity_color(color, m->rule->severity), rule_severity_name(m->rule->severity),
	             color ? "\033[0m" : "", m->rule->entity, masked, m->rule->id, m->confidence, *class ? "  " : "",
	             class) < 0)
		line = NULL;
	scan_output_put(o, line);
}
