/* SPDX-License-Identifier: MIT */
/* OpenTelemetry Collector: the transform processor of the contrib and k8s distributions. Its patterns are RE2's. */
#include "export/export.h"

#include "base/cleanup.h"

static const char head[] =
    "# Made by logspill rules export --for otel. Name the processor in the pipelines of logs, before batch:\n"
    "#   service: {pipelines: {logs: {processors: [transform/logspill, batch]}}}\n"
    "# Bodies that are text and attributes are looked at; an attribute whose name is the key is not: delete_key() it.\n"
    "processors:\n"
    "  transform/logspill:\n"
    "    error_mode: ignore\n"
    "    log_statements:\n"
    "      - context: log\n"
    "        statements:\n";

/* In a text of OTTL backslashes are doubled. */
static int put_escaped(struct buf *out, const struct buf *pattern) {
	int err = 0;
	for (size_t i = 0; i < pattern->len && !err; i++) {
		if (pattern->data[i] == '\\')
			err = buf_append(out, "\\", 1);
		err = err ?: buf_append(out, pattern->data + i, 1);
	}
	return err;
}

static int put_statement(struct buf *out, const char *function, const struct buf *pattern,
                         const struct pattern_groups *groups, const char *mask) {
	int err = buf_printf(out, "          - '%s, \"", function);
	err = err ?: put_escaped(out, pattern);
	err = err ?: buf_printf(out, "\", \"");
	err = err ?: export_put_replacement(out, groups, mask);
	return err ?: buf_printf(out, "\")'\n");
}

static int put_pattern(struct buf *out, const struct redaction *r, const char *mask) {
	_cleanup_(buf_release) struct buf pattern = {0};
	struct pattern_groups groups;
	int err = pattern_regex(&pattern, r, PATTERN_RE2, &groups);
	err = err ?: put_statement(out, "replace_pattern(body", &pattern, &groups, mask);
	return err ?: put_statement(out, "replace_all_patterns(attributes, \"value\"", &pattern, &groups, mask);
}

const struct export_target export_otel = {"otel", head, "", "          # ", put_pattern};
