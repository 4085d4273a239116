/* SPDX-License-Identifier: MIT */
#include "app/finding_file.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <string.h>

#define MAX_BYTES ((size_t)256 * 1024 * 1024)

struct reading {
	const char *path, *what;
	int (*fn)(void *arg, const struct finding_file_entry *entry);
	void *arg;
	struct diags *diags;
};

static const char *string_at(const json_t *object, const char *key) {
	return json_string_value(json_object_get(object, key));
}

/* Of finding/v1. Summary lines have no finding. */
static int give(const struct reading *r, const json_t *finding) {
	const json_t *details = json_object_get(finding, "logspill");
	if (!details)
		return 0;
	return r->fn(r->arg, &(struct finding_file_entry){string_at(details, "finding_id"),
	                                                  string_at(json_object_get(finding, "rule"), "id"), finding});
}

static int read_sarif(const struct reading *r, const json_t *sarif) {
	json_t *run, *result;
	size_t i, j;
	int err = 0;
	json_array_foreach(json_object_get(sarif, "runs"), i, run) {
		json_array_foreach(json_object_get(run, "results"), j, result) {
			const json_t *prints = json_object_get(result, "partialFingerprints");
			const struct finding_file_entry entry = {string_at(prints, "logspillFindingId/v1"),
			                                         string_at(result, "ruleId"), result};
			err = err ? err : r->fn(r->arg, &entry);
		}
	}
	return err;
}

/* What -f json wrote. */
static int read_report(const struct reading *r, const json_t *report) {
	json_t *finding;
	size_t i;
	int err = 0;
	json_array_foreach(json_object_get(report, "findings"), i, finding) {
		err = err ? err : give(r, finding);
	}
	return err;
}

static int read_lines(const struct reading *r, const struct buf *text) {
	const char *at = text->data, *end = at + text->len;
	int err = 0;
	for (int line = 1; at < end && !err; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);
		json_auto_t *json = NULL;
		if (len && json_decode(at, len, 0, &json) == -ENOMEM)
			return -ENOMEM;
		const char *schema = string_at(json, "schema");
		if (len && (!schema || strncmp(schema, "logspill.", strlen("logspill.")) != 0)) {
			diags_add(r->diags, r->path, line, 0,
			          "this line is no finding. A %s is what scan, run or audit wrote with -f jsonl, json or sarif",
			          r->what);
			return -EINVAL;
		}
		err = give(r, json);
		at += len + 1;
	}
	return err;
}

static int read_text(const struct reading *r, const struct buf *text) {
	json_auto_t *whole = NULL;
	if (text->len && json_decode(text->data, text->len, 0, &whole) == -ENOMEM)
		return -ENOMEM;
	if (json_object_get(whole, "runs"))
		return read_sarif(r, whole);
	return json_is_array(json_object_get(whole, "findings")) ? read_report(r, whole) : read_lines(r, text);
}

int finding_file_read(const char *path, const char *what, int (*fn)(void *arg, const struct finding_file_entry *entry),
                      void *arg, struct diags *ret_diags) {
	_cleanup_(buf_release) struct buf text = {0};
	const struct reading reading = {path, what, fn, arg, ret_diags};
	int err = file_read(path, MAX_BYTES, &text);
	if (err) {
		diags_say(ret_diags, "cannot read the %s %s: %s", what, path, strerror(-err));
		return err;
	}
	err = read_text(&reading, &text);
	if (err == -ENOMEM)
		diags_say(ret_diags, "out of memory while reading the %s", what);
	return err;
}
