/* SPDX-License-Identifier: MIT */
#include "rule/lint.h"

#include "base/yaml.h"
#include "check/check.h"
#include "rule/field.h"
#include "rule/rule.h"
#include "rule/shape.h"

#include <string.h>

#define ANCHOR_LITERAL_MIN 3 /* shapes that begin with as many fixed bytes are found by them */
#define PREFIX_MAX 3         /* other bytes that may stand before the first letter or digit */

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct lint {
	const struct rule *rule;
	struct yaml *source;
	const struct rule_places *places;
};

/* The field's value, else its key, else the rule. */
static struct fy_node *place(const struct lint *l, const char *name) {
	size_t i = rule_field_find(name) - rule_fields;
	struct fy_node *key = l->places->keys[i] ? l->places->keys[i] : l->places->rule;

	return yaml_place(l->places->values[i], key);
}

static bool has(const struct lint *l, const char *name) {
	return l->places->keys[rule_field_find(name) - rule_fields];
}

static bool failed(const struct lint *l, const char *name) {
	return l->places->failed[rule_field_find(name) - rule_fields];
}

#define complain(l, name, ...) yaml_complain((l)->source, place(l, name), 0, __VA_ARGS__)

static void lint_required(const struct lint *l) {
	for (const struct rule_field *f = rule_fields; f->name; f++)
		if (f->required && !has(l, f->name))
			yaml_complain(l->source, l->places->rule, 0, "this rule lacks %s", f->name);
}

static bool only_of(const char *s, const char *set) {
	return s[strspn(s, set)] == 0;
}

/* family.name, more parts allowed: contact.email. */
static bool id_is_good(const char *id) {
	size_t len = strlen(id);

	return only_of(id, LOWER DIGITS "_.-") && strchr(LOWER, id[0]) && strchr(id, '.') && !strstr(id, "..") &&
	       id[len - 1] != '.';
}

/* FI_HETU, or SECRET:aws-access-key. */
static bool entity_is_good(const char *entity) {
	size_t len = strspn(entity, UPPER DIGITS "_");

	return len &&
	       (!entity[len] || (entity[len] == ':' && entity[len + 1] && only_of(entity + len + 1, LOWER DIGITS "-")));
}

static bool region_is_good(const char *region) {
	return !strcmp(region, "global") || (strlen(region) == 2 && only_of(region, UPPER));
}

static void lint_names(const struct lint *l) {
	const struct rule *r = l->rule;

	if (r->id && !id_is_good(r->id))
		complain(l, "id", "an id is family.name in lower case, like contact.email, not \"%s\"", r->id);
	if (r->entity && !entity_is_good(r->entity))
		complain(l, "entity", "an entity is like FI_HETU or SECRET:aws-access-key, not \"%s\"", r->entity);
	if (r->region && !region_is_good(r->region))
		complain(l, "region", "a region is a country code of two capitals, or global, not \"%s\"", r->region);
	if (r->category && !only_of(r->category, LOWER "_"))
		complain(l, "category", "a category is one word in lower case, not \"%s\"", r->category);
	if (r->validator && !check_find(r->validator))
		complain(l, "validator", "there is no validator \"%s\"", r->validator);
}

static bool atom_within(const struct shape_atom *a, const char *set) {
	bool within = true;

	for (int c = 0; c < 256; c++)
		within &= !shape_atom_has(a, c) || (c && strchr(set, c));
	return within;
}

static bool atom_meets(const struct shape_atom *a, const char *set) {
	for (; *set; set++)
		if (shape_atom_has(a, *set))
			return true;
	return false;
}

static bool shape_has_digits(const struct shape *shape) {
	for (size_t i = 0; i < shape->len; i++)
		if (shape->atoms[i].min && atom_meets(&shape->atoms[i], DIGITS))
			return true;
	return false;
}

/* The digit pass starts at the front of a run of letters and digits, or a few bytes before it. */
static bool digit_pass_finds(const struct shape *shape) {
	size_t i = 0, prefix = 0;

	for (; i < shape->len && !atom_meets(&shape->atoms[i], UPPER LOWER DIGITS); i++)
		prefix += shape->atoms[i].max;
	return i < shape->len && prefix <= PREFIX_MAX && shape->atoms[i].min &&
	       atom_within(&shape->atoms[i], UPPER LOWER DIGITS) && shape_has_digits(shape);
}

/* True when the shape parses. */
static bool lint_shape(const struct lint *l, struct fy_node *node, const char *text, struct shape *ret) {
	const char *why;
	size_t at;

	if (!shape_parse(ret, text, &at, &why))
		return true;
	yaml_complain(l->source, node, at, "at byte %zu of the shape: %s", at + 1, why);
	return false;
}

/* True when every shape begins with a literal that makes it rare by itself. */
static bool lint_shapes(const struct lint *l) {
	const struct rule_strings *texts = &l->rule->shapes;
	struct fy_node *list = l->places->values[rule_field_find("find.shapes") - rule_fields];
	bool literal = texts->len;

	for (size_t i = 0; i < texts->len; i++) {
		/* An item that could not be read is not in texts: then places do not agree, and it was reported. */
		struct fy_node *node = fy_node_sequence_get_by_index(list, i);
		struct shape shape;
		if (!lint_shape(l, node, texts->items[i], &shape))
			continue;
		if (shape_literal_len(&shape) >= ANCHOR_LITERAL_MIN)
			continue;
		literal = false;
		if (!digit_pass_finds(&shape))
			yaml_complain(l->source, node, 0,
			              "this shape cannot be found: it must begin with three fixed bytes, or hold digits and "
			              "begin with a letter or digit (behind three other bytes at most)");
	}
	return literal;
}

static void lint_find(const struct lint *l) {
	const struct rule *r = l->rule;
	int ways = has(l, "find.shapes") + has(l, "find.anchor") + has(l, "find.keys");
	bool literal = lint_shapes(l);
	struct shape shape;

	bool all_read = !failed(l, "find.shapes") && !failed(l, "find.anchor") && !failed(l, "find.keys");
	if (ways != 1 && all_read)
		yaml_complain(l->source, ways ? place(l, "find.keys") : l->places->rule, 0,
		              "a rule finds by shapes, by anchor or by keys: this one has %s", ways ? "several" : "none");
	if (has(l, "find.anchor") != has(l, "find.span"))
		complain(l, has(l, "find.anchor") ? "find.anchor" : "find.span", "anchor and span go together");
	for (const char *const *name = (const char *const[]){"find.value", "find.min", "find.max", NULL}; *name; name++)
		if (has(l, *name) && !has(l, "find.keys"))
			complain(l, *name, "%s goes with find.keys only", *name);
	if (r->value)
		lint_shape(l, place(l, "find.value"), r->value, &shape);
	if (r->value_min > r->value_max)
		complain(l, "find.min", "find.min %zu is more than find.max %zu", r->value_min, r->value_max);
	if (r->shapes.len && !literal && !has(l, "validator") && r->context != RULE_CONTEXT_REQUIRED &&
	    !failed(l, "context.need"))
		complain(
		    l, "find.shapes",
		    "this would match any text of that form: name a validator, or require context (context.need: required)");
}

static void lint_context(const struct lint *l) {
	const struct rule *r = l->rule;

	if (has(l, "context.need") && r->context != RULE_CONTEXT_NONE && !has(l, "context.keywords"))
		complain(l, "context.need", "context needs keywords");
	if (has(l, "context.keywords") && r->context == RULE_CONTEXT_NONE && !failed(l, "context.need"))
		complain(l, "context.keywords", "keywords without use: say context.need: optional or required");
	for (size_t i = 0; i < r->context_keywords.len; i++)
		if (strlen(r->context_keywords.items[i]) > r->context_window)
			complain(l, "context.keywords", "the keyword \"%s\" is longer than context.window",
			         r->context_keywords.items[i]);
	if (r->confidence_context < r->confidence && !failed(l, "confidence.context"))
		complain(l, "confidence.context",
		         "context cannot make a match less certain: confidence.context < confidence.base");
	if (r->confidence_alone > 0 && (r->context != RULE_CONTEXT_REQUIRED || !r->validator) &&
	    !failed(l, "confidence.alone") && !failed(l, "context.need"))
		complain(l, "confidence.alone",
		         "confidence.alone is of rules that need context (context.need: required) and have a validator");
	else if (r->confidence_alone > r->confidence_context && !failed(l, "confidence.alone"))
		complain(l, "confidence.alone",
		         "context cannot make a match less certain: confidence.context < confidence.alone");
}

void rule_lint(const struct rule *rule, struct yaml *s, const struct rule_places *places) {
	struct lint l = {rule, s, places};

	lint_required(&l);
	lint_names(&l);
	lint_find(&l);
	lint_context(&l);
}
