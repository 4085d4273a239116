/* SPDX-License-Identifier: MIT */
#include "app/baseline.h"

#include "base/buf.h"
#include "base/file.h"
#include "find/find.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define BASELINE_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct entry {
	char id[FIND_ID_SIZE];
	char *text; /* what it was */
	bool met;
};

struct baseline {
	struct entry *entries; /* sorted by id */
	size_t len, cap;
};

static int compare(const void *a, const void *b) {
	return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

/* "EMAIL j***@e***.org in app.log" of finding/v1; "E-mail address in a log: ..." of SARIF. */
static char *describe(const json_t *finding) {
	const json_t *details = json_object_get(finding, "logspill");
	const char *entity = json_string_value(json_object_get(details, "entity"));
	const char *masked = json_string_value(json_object_get(details, "masked"));
	const char *sink = json_string_value(json_object_get(json_object_get(details, "sink"), "path"));
	const char *message = json_string_value(json_object_get(json_object_get(finding, "message"), "text"));
	char *text = NULL;
	if (!details)
		return strdup(message ? message : "");
	return asprintf(&text, "%s %s in %s", entity ?: "?", masked ?: "", sink ?: "?") < 0 ? NULL : text;
}

static int add(struct baseline *b, const json_t *id, const json_t *finding) {
	const char *name = json_string_value(id);
	if (!name || strlen(name) != FIND_ID_SIZE - 1)
		return 0;
	if (b->len == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		struct entry *entries = reallocarray(b->entries, cap, sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		b->entries = entries;
		b->cap = cap;
	}
	struct entry *e = &b->entries[b->len];
	*e = (struct entry){.text = describe(finding)};
	if (!e->text)
		return -ENOMEM;
	memcpy(e->id, name, FIND_ID_SIZE);
	b->len++;
	return 0;
}

static int add_sarif(struct baseline *b, const json_t *sarif) {
	json_t *run, *result;
	size_t i, j;
	int r = 0;
	json_array_foreach(json_object_get(sarif, "runs"), i, run) {
		json_array_foreach(json_object_get(run, "results"), j, result) {
			const json_t *prints = json_object_get(result, "partialFingerprints");
			r = r ? r : add(b, json_object_get(prints, "logspillFindingId/v1"), result);
		}
	}
	return r;
}

/* What -f json wrote. */
static int add_report(struct baseline *b, const json_t *report) {
	json_t *finding;
	size_t i;
	int r = 0;
	json_array_foreach(json_object_get(report, "findings"), i, finding) {
		r = r ? r : add(b, json_object_get(json_object_get(finding, "logspill"), "finding_id"), finding);
	}
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
		r = add(b, json_object_get(json_object_get(json, "logspill"), "finding_id"), json);
		at += len + 1;
	}
	return r;
}

/* A finding has a line for each of its states. */
static void drop_doubles(struct baseline *b) {
	size_t len = 0;
	for (size_t i = 0; i < b->len; i++) {
		if (len && !strcmp(b->entries[len - 1].id, b->entries[i].id))
			free(b->entries[i].text);
		else
			b->entries[len++] = b->entries[i];
	}
	b->len = len;
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
		qsort(b->entries, b->len, sizeof(*b->entries), compare);
	drop_doubles(b);
	*ret = take(b);
	return 0;
}

void baseline_free(struct baseline *b) {
	if (!b)
		return;
	for (size_t i = 0; i < b->len; i++)
		free(b->entries[i].text);
	free(b->entries);
	free(b);
}

bool baseline_has(struct baseline *b, const char *finding_id) {
	struct entry key;
	if (!b || !b->len)
		return false;
	snprintf(key.id, sizeof(key.id), "%s", finding_id);
	struct entry *e = bsearch(&key, b->entries, b->len, sizeof(*b->entries), compare);
	if (e)
		e->met = true;
	return e;
}

int baseline_list_gone(const struct baseline *b, const char ***ret, size_t *ret_len) {
	const char **gone = calloc((b ? b->len : 0) + 1, sizeof(*gone));
	size_t len = 0;
	if (!gone)
		return -ENOMEM;
	for (size_t i = 0; b && i < b->len; i++)
		if (!b->entries[i].met)
			gone[len++] = b->entries[i].text;
	*ret = gone;
	*ret_len = len;
	return 0;
}
