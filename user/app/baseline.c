/* SPDX-License-Identifier: MIT */
#include "app/baseline.h"

#include "base/buf.h"
#include "base/file.h"
#include "find/find.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define BASELINE_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct baseline {
	char (*ids)[FIND_ID_SIZE]; /* sorted */
	size_t len, cap;
};

static int compare_ids(const void *a, const void *b) {
	return strcmp(a, b);
}

static int add_id(struct baseline *b, const json_t *id) {
	const char *text = json_string_value(id);
	if (!text || strlen(text) != FIND_ID_SIZE - 1)
		return 0;
	if (b->len == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		void *ids = reallocarray(b->ids, cap, sizeof(*b->ids));
		if (!ids)
			return -ENOMEM;
		b->ids = ids;
		b->cap = cap;
	}
	memcpy(b->ids[b->len++], text, FIND_ID_SIZE);
	return 0;
}

static int add_sarif(struct baseline *b, const json_t *sarif) {
	json_t *run, *result;
	size_t i, j;
	int r = 0;
	json_array_foreach(json_object_get(sarif, "runs"), i, run) {
		json_array_foreach(json_object_get(run, "results"), j, result) {
			const json_t *prints = json_object_get(result, "partialFingerprints");
			r = r ? r : add_id(b, json_object_get(prints, "logspillFindingId/v1"));
		}
	}
	return r;
}

/* What -f json wrote. */
static int add_report(struct baseline *b, const json_t *report) {
	json_t *finding;
	size_t i;
	int r = 0;
	json_array_foreach(json_object_get(report, "findings"), i, finding) r =
	    r ? r : add_id(b, json_object_get(json_object_get(finding, "logspill"), "finding_id"));
	return r;
}

static int complain(struct diags *diags, const char *path, int line, const char *what) {
	diags_add(diags, path, line, 0, "%s. A baseline is what scan, run or audit wrote with -f jsonl, json or sarif",
	          what);
	return -EINVAL;
}

/* Summary lines have no finding. */
static int add_lines(struct baseline *b, const char *path, const struct buf *text, struct diags *diags) {
	const char *at = text->data, *end = at + text->len;
	int r = 0;
	for (int line = 1; at < end && !r; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);
		json_auto_t *json = len ? json_loadb(at, len, 0, NULL) : NULL;
		const char *schema = json_string_value(json_object_get(json, "schema"));
		if (len && (!schema || strncmp(schema, "logspill.", strlen("logspill.")) != 0))
			return complain(diags, path, line, "this line is no finding");
		r = add_id(b, json_object_get(json_object_get(json, "logspill"), "finding_id"));
		at += len + 1;
	}
	return r;
}

int baseline_open(struct baseline **ret, const char *path, struct diags *ret_diags) {
	_cleanup_(baseline_freep) struct baseline *b = calloc(1, sizeof(*b));
	_cleanup_(buf_release) struct buf text = {0};
	int r = b ? file_read(path, BASELINE_MAX_BYTES, &text) : -ENOMEM;
	if (r) {
		diags_say(ret_diags, "cannot read the baseline %s: %s", path, strerror(-r));
		return r;
	}
	json_auto_t *whole = text.len ? json_loadb(text.data, text.len, 0, NULL) : NULL;
	if (json_object_get(whole, "runs"))
		r = add_sarif(b, whole);
	else if (json_is_array(json_object_get(whole, "findings")))
		r = add_report(b, whole);
	else
		r = add_lines(b, path, &text, ret_diags);
	if (r == -ENOMEM)
		diags_say(ret_diags, "out of memory while reading the baseline");
	if (r)
		return r;
	if (b->len)
		qsort(b->ids, b->len, sizeof(*b->ids), compare_ids);
	*ret = take(b);
	return 0;
}

void baseline_free(struct baseline *b) {
	if (!b)
		return;
	free(b->ids);
	free(b);
}

bool baseline_has(const struct baseline *b, const char *finding_id) {
	return b && b->len && bsearch(finding_id, b->ids, b->len, sizeof(*b->ids), compare_ids);
}
