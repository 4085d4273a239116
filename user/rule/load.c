/* SPDX-License-Identifier: MIT */
#include "rule/rule.h"

#include "base/cleanup.h"
#include "base/yaml_field.h"
#include "rule/field.h"
#include "rule/files.h"
#include "rule/lint.h"

#include <errno.h>
#include <string.h>

#define CONTEXT_WINDOW_DEFAULT 40
#define VALUE_MAX_DEFAULT 256
#define NAME_MAX_BYTES 128

struct loader {
	struct rules *rules;
	struct diags *diags;
	size_t earlier; /* rules of the directories before this one: they may be replaced */
	const char *file;
};

/* Fields of a rule, or of a file's `defaults`. */
struct reading {
	struct yaml *source;
	struct rule *rule;
	struct rule_places *places;
	bool defaults;
};

/* The first part of a dotted name below the prefix: "context" for context.need and "". */
static size_t part_len(const char *name, size_t prefix_len) {
	return strcspn(name + prefix_len, ".");
}

/* Takes the field, or the fields of the group, of that name as standing here: what was meant by a misspelt one. */
static void assume(struct reading *reading, const char *name, struct fy_node *key) {
	size_t len = strlen(name);

	for (const struct rule_field *f = rule_fields; f->name; f++) {
		size_t i = f - rule_fields;
		if (strncmp(f->name, name, len) || (f->name[len] && f->name[len] != '.') || reading->places->keys[i])
			continue;
		reading->places->keys[i] = key;
		reading->places->failed[i] = true;
	}
}

static void complain_unknown(struct reading *reading, struct fy_node *key, const char *prefix, const char *name) {
	char best[NAME_MAX_BYTES] = "", part[NAME_MAX_BYTES];
	size_t best_edits = yaml_edits_max(name), prefix_len = strlen(prefix);

	for (const struct rule_field *f = rule_fields; f->name; f++) {
		if (strncmp(f->name, prefix, prefix_len))
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)part_len(f->name, prefix_len), f->name + prefix_len);
		if (yaml_is_nearer(name, part, &best_edits))
			memcpy(best, part, sizeof(best));
	}
	yaml_complain(reading->source, key, 0, "there is no field \"%s%s\"%s%s%s", prefix, name,
	              *best ? ": did you mean \"" : "", best, *best ? "\"?" : "");
	snprintf(part, sizeof(part), "%s%s", prefix, best);
	if (*best)
		assume(reading, part, key);
}

static bool is_group(const char *name) {
	size_t len = strlen(name);

	for (const struct rule_field *f = rule_fields; f->name; f++)
		if (!strncmp(f->name, name, len) && f->name[len] == '.')
			return true;
	return false;
}

static void read_field(struct reading *reading, const struct rule_field *field, struct fy_node *key,
                       struct fy_node *value) {
	size_t i = field - rule_fields, said = reading->source->diags->len;

	if (reading->defaults && field->own) {
		yaml_complain(reading->source, key, 0, "%s belongs to one rule: it has no default", field->name);
		return;
	}
	if (reading->places->keys[i] && !reading->places->failed[i]) {
		yaml_complain(reading->source, key, 0, "%s stands here twice", field->name);
		return;
	}
	reading->places->keys[i] = key;
	reading->places->values[i] = value;
	rule_field_set(field, reading->rule, reading->source, key, value);
	reading->places->failed[i] = reading->source->diags->len > said;
}

static void read_mapping(struct reading *reading, struct fy_node *mapping, const char *prefix);

static void read_member(struct reading *reading, struct fy_node *key, struct fy_node *value, const char *prefix) {
	_cleanup_free_ char *name = yaml_text(reading->source, key, reading->places->rule, "the name of a field");
	char full[NAME_MAX_BYTES], group[NAME_MAX_BYTES + 1];

	if (!name)
		return;
	snprintf(full, sizeof(full), "%s%s", prefix, name);
	const struct rule_field *field = rule_field_find(full);
	if (field && !strchr(name, '.')) {
		read_field(reading, field, key, value);
	} else if (!*prefix && is_group(full) && !strchr(name, '.')) {
		snprintf(group, sizeof(group), "%s.", full);
		if (value && fy_node_is_mapping(value)) {
			read_mapping(reading, value, group);
			return;
		}
		yaml_complain(reading->source, yaml_place(value, key), 0, "%s must be a mapping, not %s", name,
		              yaml_kind(value));
		assume(reading, full, key);
	} else {
		complain_unknown(reading, key, prefix, name);
	}
}

static void read_mapping(struct reading *reading, struct fy_node *mapping, const char *prefix) {
	struct fy_node_pair *pair;
	void *iter = NULL;

	while ((pair = fy_node_mapping_iterate(mapping, &iter)))
		read_member(reading, fy_node_pair_key(pair), fy_node_pair_value(pair), prefix);
}

/* What the file's defaults say and the rule does not. They were read once before: mistakes in them are known. */
static void apply_defaults(struct reading *reading, const struct rule_places *defaults) {
	struct yaml *s = reading->source;
	struct diags *diags = s->diags, known = {0};

	s->diags = &known;
	for (const struct rule_field *f = rule_fields; f->name; f++) {
		size_t i = f - rule_fields;
		if (!reading->places->keys[i] && defaults->keys[i])
			read_field(reading, f, defaults->keys[i], defaults->values[i]);
	}
	s->diags = diags;
	diags->oom |= known.oom;
	diags_release(&known);
}

static void refuse_duplicate(const struct loader *l, struct yaml *s, const struct rule *rule,
                             const struct rule_places *places) {
	for (size_t i = l->earlier; rule->id && i < l->rules->len; i++) {
		const struct rule *other = &l->rules->items[i];
		if (!strcmp(other->id, rule->id))
			yaml_complain(s, places->values[rule_field_find("id") - rule_fields], 0,
			              "the id \"%s\" is taken by the rule at %s:%d", rule->id, other->file, other->line);
	}
}

/* Takes the rule over; one of an earlier directory makes way for it. */
static int keep_rule(struct loader *l, struct rule *rule) {
	struct rules *rules = l->rules;

	for (size_t i = 0; i < l->earlier; i++) {
		if (!strcmp(rules->items[i].id, rule->id)) {
			rule_release(&rules->items[i]);
			rules->items[i] = *rule;
			return 0;
		}
	}
	struct rule *items = reallocarray(rules->items, rules->len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	rules->items = items;
	items[rules->len++] = *rule;
	return 0;
}

/* A rule that is wrong is kept as long as it has an id, so that a second one of that id is found too. */
static int read_rule(struct loader *l, struct yaml *s, struct fy_node *node, const struct rule_places *defaults) {
	struct rule_places places = {.rule = node};
	struct rule rule = {.context_window = CONTEXT_WINDOW_DEFAULT,
	                    .value_min = 1,
	                    .value_max = VALUE_MAX_DEFAULT,
	                    .precedence = RULE_GENERIC,
	                    .file = l->file,
	                    .line = yaml_line(node)};
	struct reading reading = {.source = s, .rule = &rule, .places = &places};

	if (!fy_node_is_mapping(node)) {
		yaml_complain(s, node, 0, "a rule must be a mapping, not %s", yaml_kind(node));
		return 0;
	}
	read_mapping(&reading, node, "");
	apply_defaults(&reading, defaults);
	if (!places.keys[rule_field_find("confidence.context") - rule_fields])
		rule.confidence_context = rule.confidence;
	rule_lint(&rule, s, &places);
	refuse_duplicate(l, s, &rule, &places);
	if (rule.id && !keep_rule(l, &rule))
		return 0;
	int r = rule.id ? -ENOMEM : 0;
	rule_release(&rule);
	return r;
}

static int read_list(struct loader *l, struct yaml *s, struct fy_node *list, const struct rule_places *defaults) {
	struct fy_node *node;
	void *iter = NULL;
	int r = 0;

	while (!r && (node = fy_node_sequence_iterate(list, &iter)))
		r = read_rule(l, s, node, defaults);
	return r;
}

/* The two members of a file's top mapping. */
static void find_parts(struct yaml *s, struct fy_node *root, struct fy_node **ret_defaults, struct fy_node **ret_list) {
	struct fy_node_pair *pair;
	size_t said = s->diags->len;
	void *iter = NULL;

	while (fy_node_is_mapping(root) && (pair = fy_node_mapping_iterate(root, &iter))) {
		struct fy_node *key = fy_node_pair_key(pair), *value = fy_node_pair_value(pair);
		bool defaults = yaml_is(key, "defaults"), list = yaml_is(key, "rules");
		if (defaults && value && fy_node_is_mapping(value) && !*ret_defaults)
			*ret_defaults = value;
		else if (list && value && fy_node_is_sequence(value) && !*ret_list)
			*ret_list = value;
		else
			yaml_complain(s, key, 0, "a rule file has `rules:`, a list, and perhaps `defaults:`, a mapping; once each");
	}
	if (!*ret_list && s->diags->len == said)
		yaml_complain(s, root, 0, "a rule file has `rules:`, a list of rules");
}

static int compare_place(const void *a, const void *b) {
	const struct diag *x = a, *y = b;

	return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : (x->col > y->col) - (x->col < y->col);
}

static int read_file(struct loader *l, const char *file) {
	_cleanup_(yaml_release) struct yaml s;
	_cleanup_(rule_release) struct rule defaults = {0};
	struct rule_places places = {0};
	struct reading reading = {.source = &s, .rule = &defaults, .places = &places, .defaults = true};
	struct fy_node *defaults_node = NULL, *list = NULL;
	size_t said = l->diags->len;
	int r = yaml_open(&s, file, TRUST_BY_RIGHTS, l->diags);

	/* The length keeps a byte that moves from one file to the next from going unseen. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	l->file = file;
	find_parts(&s, fy_document_root(s.document), &defaults_node, &list);
	places.rule = defaults_node;
	if (defaults_node)
		read_mapping(&reading, defaults_node, "");
	r = list ? read_list(l, &s, list, &places) : 0;
	if (l->diags->len > said)
		qsort(l->diags->items + said, l->diags->len - said, sizeof(*l->diags->items), compare_place);
	return r;
}

static int read_directory(struct loader *l, const char *dir) {
	size_t before = l->rules->files.len;
	int missing = files_find(dir, &l->rules->files, l->diags), r = missing == -ENOENT ? 0 : missing;

	l->earlier = l->rules->len;
	for (size_t i = before; !r && i < l->rules->files.len; i++)
		r = read_file(l, l->rules->files.items[i]);
	return r ? r : missing;
}

static int load(struct loader *l, const char *const *dirs, size_t dirs_len) {
	int missing = 0, r = 0;

	for (size_t i = 0; !r && i < dirs_len; i++) {
		r = read_directory(l, dirs[i]);
		if (r == -ENOENT) {
			missing = r;
			r = 0;
		}
	}
	for (size_t i = 0; i < l->rules->len; i++)
		l->rules->items[i].index = i;
	return r ? r : missing;
}

DEFINE_CLEANUP(struct rules *, rules_free)

int rules_load(struct rules **ret, const char *const *dirs, size_t dirs_len, struct diags *ret_diags) {
	_cleanup_(rules_freep) struct rules *rules = calloc(1, sizeof(*rules));
	struct loader l = {.rules = rules, .diags = ret_diags};
	size_t known = ret_diags->len;

	if (!rules)
		return -ENOMEM;
	int r = load(&l, dirs, dirs_len);
	if (r < 0)
		return r;
	if (ret_diags->oom)
		return -ENOMEM;
	if (ret_diags->len > known)
		return -EINVAL;
	*ret = take(rules);
	return 0;
}
