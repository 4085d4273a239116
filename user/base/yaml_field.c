/* SPDX-License-Identifier: MIT */
#include "base/yaml_field.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define FIELDS_MAX 64

static const struct yaml_unit sizes[] = {
    {"", 1}, {"K", 1024.0}, {"M", 1024.0 * 1024}, {"G", 1024.0 * 1024 * 1024}, {NULL, 0}};
static const struct yaml_unit durations[] = {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}};

/* One mapping that is being read. */
struct reading {
	struct yaml *yaml;
	const char *what;
	const struct yaml_field *fields;
	void *base;
	bool seen[FIELDS_MAX]; /* or meant by a misspelt name */
};

int yaml_texts_add(struct yaml_texts *t, const char *text) {
	char *copy = strdup(text), **items = copy ? reallocarray(t->items, t->len + 1, sizeof(*items)) : NULL;

	if (!items) {
		free(copy);
		return -ENOMEM;
	}
	t->items = items;
	t->items[t->len++] = copy;
	return 0;
}

void yaml_texts_release(struct yaml_texts *t) {
	for (size_t i = 0; i < t->len; i++)
		free(t->items[i]);
	free(t->items);
	*t = (struct yaml_texts){0};
}

static void texts_append(struct yaml *y, struct fy_node *item, struct fy_node *key, const char *what,
                         struct yaml_texts *ret) {
	_cleanup_free_ char *text = yaml_text(y, item, key, what);

	if (text && yaml_texts_add(ret, text))
		y->diags->oom = true;
}

void yaml_texts_read(struct yaml *y, struct fy_node *key, struct fy_node *value, const char *what,
                     struct yaml_texts *ret) {
	struct fy_node *item;
	void *iter = NULL;

	if (!value || !fy_node_is_sequence(value)) {
		texts_append(y, value, key, what, ret);
		return;
	}
	while ((item = fy_node_sequence_iterate(value, &iter)))
		texts_append(y, item, key, what, ret);
}

bool yaml_list(struct yaml *y, struct fy_node *value, struct fy_node *instead, const char *what) {
	bool is_list = value && fy_node_is_sequence(value);
	if (!is_list)
		yaml_complain(y, yaml_place(value, instead), 0, "%s must be a list, not %s", what, yaml_kind(value));
	return is_list;
}

struct fy_node *yaml_member(struct fy_node *mapping, const char *name) {
	struct fy_node_pair *pair;
	void *iter = NULL;

	while (mapping && fy_node_is_mapping(mapping) && (pair = fy_node_mapping_iterate(mapping, &iter)))
		if (yaml_is(fy_node_pair_key(pair), name))
			return fy_node_pair_value(pair);
	return NULL;
}

static void read_quantity(struct reading *r, const struct yaml_field *f, struct fy_node *key, struct fy_node *value,
                          uint64_t *ret) {
	bool is_size = f->type == YAML_SIZE;
	const struct yaml_quantity q = {
	    .units = is_size ? sizes : durations,
	    .form = is_size ? "a size in bytes such as 64K, 16M or 2G" : "a time with its unit, such as 250ms, 10s or 30d",
	    .unit = is_size ? "bytes" : "seconds",
	    .min = f->min,
	    .max = f->max > 0 ? f->max : 1e9 * (is_size ? 1e6 : 1),
	};
	double number;

	if (yaml_quantity(r->yaml, value, key, &q, f->name, &number))
		*ret = (uint64_t)(is_size ? number : number * 1e9);
}

static void read_number(struct reading *r, const struct yaml_field *f, struct fy_node *key, struct fy_node *value,
                        void *member) {
	bool whole = f->type == YAML_COUNT;
	double number;

	if (!yaml_number(r->yaml, value, key, f->name, whole, f->min, f->max > 0 ? f->max : 1e15, &number))
		return;
	if (whole)
		*(uint64_t *)member = (uint64_t)number;
	else
		*(double *)member = number;
}

static void read_text(struct reading *r, const struct yaml_field *f, struct fy_node *key, struct fy_node *value,
                      char **member) {
	char *text = yaml_text(r->yaml, value, key, f->name);

	if (!text)
		return;
	free(*member);
	*member = text;
}

static void read_field(struct reading *r, const struct yaml_field *f, struct fy_node *key, struct fy_node *value) {
	void *member = (char *)r->base + f->offset;

	switch (f->type) {
	case YAML_TEXT:
		read_text(r, f, key, value, member);
		break;
	case YAML_TEXTS:
		yaml_texts_read(r->yaml, key, value, f->name, member);
		break;
	case YAML_WORD:
		yaml_word(r->yaml, value, key, f->name, f->words, member);
		break;
	case YAML_BOOL:
		yaml_bool(r->yaml, value, key, f->name, member);
		break;
	case YAML_COUNT:
	case YAML_NUMBER:
		read_number(r, f, key, value, member);
		break;
	case YAML_SIZE:
	case YAML_DURATION:
		read_quantity(r, f, key, value, member);
		break;
	case YAML_MAPPING:
		yaml_read(r->yaml, value, key, f->name, f->fields, r->base);
		break;
	case YAML_READ:
		f->read(r->yaml, key, value, r->base);
		break;
	}
}

static void complain_unknown(struct reading *r, struct fy_node *key, const char *name) {
	size_t edits = yaml_edits_max(name), best = FIELDS_MAX;

	for (size_t i = 0; r->fields[i].name; i++)
		if (yaml_is_nearer(name, r->fields[i].name, &edits))
			best = i;
	if (best == FIELDS_MAX) {
		yaml_complain(r->yaml, key, 0, "there is no \"%s\" in %s", name, r->what);
		return;
	}
	r->seen[best] = true;
	yaml_complain(r->yaml, key, 0, "there is no \"%s\" in %s: did you mean \"%s\"?", name, r->what,
	              r->fields[best].name);
}

static void read_pair(struct reading *r, struct fy_node *key, struct fy_node *value, struct fy_node *mapping) {
	_cleanup_free_ char *name = yaml_text(r->yaml, key, mapping, "the name of a setting");
	size_t i = 0;

	if (!name)
		return;
	while (r->fields[i].name && strcmp(r->fields[i].name, name))
		i++;
	if (!r->fields[i].name) {
		complain_unknown(r, key, name);
	} else if (r->seen[i]) {
		yaml_complain(r->yaml, key, 0, "%s stands here twice", name);
	} else {
		r->seen[i] = true;
		read_field(r, &r->fields[i], key, value);
	}
}

void yaml_read(struct yaml *y, struct fy_node *mapping, struct fy_node *instead, const char *what,
               const struct yaml_field *fields, void *base) {
	struct reading r = {.yaml = y, .what = what, .fields = fields, .base = base};
	struct fy_node_pair *pair;
	void *iter = NULL;

	if (!mapping || !fy_node_is_mapping(mapping)) {
		yaml_complain(y, yaml_place(mapping, instead), 0, "%s must be a mapping, not %s", what, yaml_kind(mapping));
		return;
	}
	while ((pair = fy_node_mapping_iterate(mapping, &iter)))
		read_pair(&r, fy_node_pair_key(pair), fy_node_pair_value(pair), mapping);
	for (size_t i = 0; fields[i].name; i++)
		if (fields[i].required && !r.seen[i])
			yaml_complain(y, yaml_place(mapping, instead), 0, "%s: %s is missing", what, fields[i].name);
}

void yaml_fields_release(const struct yaml_field *fields, void *base) {
	for (const struct yaml_field *f = fields; f->name; f++) {
		void *member = (char *)base + f->offset;
		if (f->type == YAML_TEXT) {
			free(*(char **)member);
			*(char **)member = NULL;
		} else if (f->type == YAML_TEXTS) {
			yaml_texts_release(member);
		} else if (f->type == YAML_MAPPING) {
			yaml_fields_release(f->fields, base);
		}
	}
}

static bool same_text(const char *a, const char *b) {
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_texts(const struct yaml_texts *a, const struct yaml_texts *b) {
	bool same = a->len == b->len;
	for (size_t i = 0; same && i < a->len; i++)
		same = !strcmp(a->items[i], b->items[i]);
	return same;
}

static bool same_member(const struct yaml_field *f, const void *a, const void *b) {
	switch (f->type) {
	case YAML_TEXT:
		return same_text(*(char *const *)a, *(char *const *)b);
	case YAML_TEXTS:
		return same_texts(a, b);
	case YAML_WORD:
		return *(const unsigned int *)a == *(const unsigned int *)b;
	case YAML_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case YAML_COUNT:
	case YAML_SIZE:
	case YAML_DURATION:
		return *(const uint64_t *)a == *(const uint64_t *)b;
	case YAML_NUMBER:
		return !memcmp(a, b, sizeof(double));
	default:
		return true;
	}
}

static bool is_named(const char *const *names, const char *name) {
	while (names && *names && strcmp(*names, name))
		names++;
	return names && *names;
}

bool yaml_fields_equal(const struct yaml_field *fields, const void *a, const void *b, const char *const *except) {
	bool same = true;
	for (const struct yaml_field *f = fields; same && f->name; f++) {
		if (is_named(except, f->name))
			continue;
		same = f->type == YAML_MAPPING ? yaml_fields_equal(f->fields, a, b, NULL)
		                               : same_member(f, (const char *)a + f->offset, (const char *)b + f->offset);
	}
	return same;
}
