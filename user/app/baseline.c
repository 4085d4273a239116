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

static char *describe(const char *entity, const char *masked, const char *sink) {
	char *text;
	return asprintf(&text, "%s %s in %s", entity ?: "?", masked ?: "", sink ?: "?") < 0 ? NULL : text;
}

/* "EMAIL j***@e***.org in app.log" of finding/v1; "E-mail address in a log: ..." of SARIF. */
static char *describe_json(const json_t *finding) {
	const json_t *details = json_object_get(finding, "logspill");
	const char *message = json_string_value(json_object_get(json_object_get(finding, "message"), "text"));
	if (!details)
		return strdup(message ? message : "");
	return describe(json_string_value(json_object_get(details, "entity")),
	                json_string_value(json_object_get(details, "masked")),
	                json_string_value(json_object_get(json_object_get(details, "sink"), "path")));
}

/* text is taken over; NULL: there was no memory for it. */
static int add_entry(struct baseline *b, const char *id, char *text) {
	if (text && b->len == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		struct entry *entries = reallocarray(b->entries, cap, sizeof(*entries));
		if (entries) {
			b->entries = entries;
			b->cap = cap;
		}
	}
	if (!text || b->len == b->cap) {
		free(text);
		return -ENOMEM;
	}
	struct entry *e = &b->entries[b->len++];
	*e = (struct entry){.text = text};
	memcpy(e->id, id, FIND_ID_SIZE);
	return 0;
}

static int add(void *arg, const struct finding_file_entry *finding) {
	return finding->id && strlen(finding->id) == FIND_ID_SIZE - 1
	           ? add_entry(arg, finding->id, describe_json(finding->json))
	           : 0;
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

static void complete(struct baseline *b) {
	if (b->len)
		qsort(b->entries, b->len, sizeof(*b->entries), compare);
	drop_doubles(b);
}

int baseline_open(struct baseline **ret, const char *path, struct diags *ret_diags) {
	_cleanup_(baseline_freep) struct baseline *b = calloc(1, sizeof(*b));
	int r = b ? finding_file_read(path, "baseline", add, b, ret_diags) : -ENOMEM;
	if (r)
		return r;
	complete(b);
	*ret = take(b);
	return 0;
}

static int add_finding(void *arg, struct finding_copy *copy) {
	const struct finding *f = &copy->finding;
	return add_entry(arg, f->id, describe(f->rule->entity, f->masked, f->sink_name));
}

int baseline_read_stores(struct baseline **ret, struct store *const *stores, size_t stores_len, uint64_t from_ns,
                         uint64_t to_ns) {
	_cleanup_(baseline_freep) struct baseline *b = calloc(1, sizeof(*b));
	int r = b ? 0 : -ENOMEM;
	for (size_t i = 0; i < stores_len && !r; i++)
		r = store_read_findings(stores[i], from_ns, to_ns, add_finding, b);
	if (r)
		return r;
	complete(b);
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
