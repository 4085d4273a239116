/* SPDX-License-Identifier: MIT */
#include "app/baseline.h"

#include "app/finding_file.h"
#include "find/find.h"

#include <errno.h>
#include <string.h>

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

static int add(void *arg, const struct finding_file_entry *finding) {
	struct baseline *b = arg;
	if (!finding->id || strlen(finding->id) != FIND_ID_SIZE - 1)
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
	*e = (struct entry){.text = describe(finding->json)};
	if (!e->text)
		return -ENOMEM;
	memcpy(e->id, finding->id, FIND_ID_SIZE);
	b->len++;
	return 0;
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
	int r = b ? finding_file_read(path, "baseline", add, b, ret_diags) : -ENOMEM;
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
