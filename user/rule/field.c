/* SPDX-License-Identifier: MIT */
#include "rule/field.h"

#include "base/cleanup.h"
#include "base/yaml_field.h"
#include "rule/example.h"
#include "rule/rule.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char *const severity_words[] = {"info", "low", "medium", "high", "critical", NULL};
static const char *const precedence_words[] = {"catchall", "generic", "specific", NULL};
static const char *const need_words[] = {"none", "optional", "required", NULL};
static const char *const style_words[] = {"stars", "email", "none_shown", NULL};

#define AT(member) .offset = offsetof(struct rule, member)

const struct rule_field rule_fields[] = {
    {"id", RULE_FIELD_TEXT, .required = true, .own = true, AT(id)},
    {"name", RULE_FIELD_TEXT, .required = true, .own = true, AT(name)},
    {"entity", RULE_FIELD_TEXT, .required = true, AT(entity)},
    {"category", RULE_FIELD_TEXT, .required = true, AT(category)},
    {"region", RULE_FIELD_TEXT, .required = true, AT(region)},
    {"severity", RULE_FIELD_WORD, .required = true, AT(severity), .words = severity_words},
    {"impact", RULE_FIELD_BYTE, .required = true, AT(impact), .min = 1, .max = 5},
    {"confidence.base", RULE_FIELD_FLOAT, .required = true, AT(confidence), .min = 0, .max = 1},
    {"confidence.context", RULE_FIELD_FLOAT, AT(confidence_context), .min = 0, .max = 1},
    {"confidence.alone", RULE_FIELD_FLOAT, AT(confidence_alone), .min = 0, .max = 1},
    {"find.shapes", RULE_FIELD_TEXTS, .own = true, AT(shapes)},
    {"find.anchor", RULE_FIELD_TEXT, .own = true, AT(anchor)},
    {"find.span", RULE_FIELD_TEXT, .own = true, AT(span)},
    {"find.keys", RULE_FIELD_KEYWORDS, .own = true, AT(keys)},
    {"find.value", RULE_FIELD_TEXT, .own = true, AT(value)},
    {"find.min", RULE_FIELD_SIZE, .own = true, AT(value_min), .min = 1, .max = 4096},
    {"find.max", RULE_FIELD_SIZE, .own = true, AT(value_max), .min = 1, .max = 4096},
    {"validator", RULE_FIELD_TEXT, .own = true, AT(validator)},
    {"context.need", RULE_FIELD_WORD, AT(context), .words = need_words},
    {"context.window", RULE_FIELD_SIZE, AT(context_window), .min = 1, .max = 255},
    {"context.keywords", RULE_FIELD_KEYWORDS, AT(context_keywords)},
    {"exclude.exact", RULE_FIELD_FOLDED, AT(exclude_exact)},
    {"exclude.prefix", RULE_FIELD_FOLDED, AT(exclude_prefix)},
    {"exclude.suffix", RULE_FIELD_FOLDED, AT(exclude_suffix)},
    {"exclude.near", RULE_FIELD_KEYWORDS, AT(exclude_near)},
    {"mask.style", RULE_FIELD_WORD, AT(mask.style), .words = style_words},
    {"mask.first", RULE_FIELD_BYTE, AT(mask.first), .min = 0, .max = 8},
    {"mask.last", RULE_FIELD_BYTE, AT(mask.last), .min = 0, .max = 8},
    {"precedence", RULE_FIELD_WORD, AT(precedence), .words = precedence_words},
    {"opt_in", RULE_FIELD_BOOL, AT(opt_in)},
    {"references", RULE_FIELD_TEXTS, AT(references)},
    {"remediation", RULE_FIELD_TEXT, .required = true, AT(remediation)},
    {"examples", RULE_FIELD_EXAMPLES, .required = true, .own = true, AT(examples)},
    {"counter_examples", RULE_FIELD_COUNTER_EXAMPLES, .own = true, AT(counter_examples)},
    {NULL},
};

const struct rule_field *rule_field_find(const char *name) {
	for (const struct rule_field *f = rule_fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static void *member(const struct rule_field *field, struct rule *rule) {
	return (char *)rule + field->offset;
}

static void lower(char *s) {
	for (; *s; s++)
		*s = tolower((unsigned char)*s);
}

/* In place: normalised text is never longer. False: nothing is left of it. */
static bool normalize_keyword(char *s) {
	char *at = s + (*s == '*');

	at[key_normalize(at, strlen(at), at, strlen(at))] = 0;
	return *at;
}

static void append_text(const struct rule_field *field, struct rule_strings *texts, struct yaml *s,
                        struct fy_node *item, struct fy_node *key) {
	_cleanup_free_ char *text = yaml_text(s, item, key, field->name);
	char **items;

	if (!text)
		return;
	if (field->type == RULE_FIELD_FOLDED)
		lower(text);
	if (field->type == RULE_FIELD_KEYWORDS && !normalize_keyword(text)) {
		yaml_complain(s, yaml_place(item, key), 0, "%s: nothing of this keyword is left without punctuation",
		              field->name);
		return;
	}
	items = reallocarray(texts->items, texts->len + 1, sizeof(*items));
	if (!items) {
		s->diags->oom = true;
		return;
	}
	texts->items = items;
	texts->items[texts->len++] = take(text);
}

static void set_texts(const struct rule_field *field, struct rule *rule, struct yaml *s, struct fy_node *key,
                      struct fy_node *value) {
	struct fy_node *item;
	void *iter = NULL;

	if (!value || !fy_node_is_sequence(value)) {
		yaml_complain(s, yaml_place(value, key), 0, "%s must be a list of texts, not %s", field->name,
		              yaml_kind(value));
		return;
	}
	if (fy_node_sequence_is_empty(value))
		yaml_complain(s, key, 0, "%s must not be an empty list: leave it out", field->name);
	while ((item = fy_node_sequence_iterate(value, &iter)))
		append_text(field, member(field, rule), s, item, key);
}

static void set_number(const struct rule_field *field, struct rule *rule, struct yaml *s, struct fy_node *key,
                       struct fy_node *value) {
	double number;

	if (!yaml_number(s, value, key, field->name, field->type != RULE_FIELD_FLOAT, field->min, field->max, &number))
		return;
	if (field->type == RULE_FIELD_BYTE)
		*(uint8_t *)member(field, rule) = number;
	else if (field->type == RULE_FIELD_SIZE)
		*(size_t *)member(field, rule) = number;
	else
		*(float *)member(field, rule) = number;
}

void rule_field_set(const struct rule_field *field, struct rule *rule, struct yaml *s, struct fy_node *key,
                    struct fy_node *value) {
	switch (field->type) {
	case RULE_FIELD_TEXT:
		*(char **)member(field, rule) = yaml_text(s, value, key, field->name);
		break;
	case RULE_FIELD_TEXTS:
	case RULE_FIELD_KEYWORDS:
	case RULE_FIELD_FOLDED:
		set_texts(field, rule, s, key, value);
		break;
	case RULE_FIELD_WORD:
		yaml_word(s, value, key, field->name, field->words, member(field, rule));
		break;
	case RULE_FIELD_BOOL:
		yaml_bool(s, value, key, field->name, member(field, rule));
		break;
	case RULE_FIELD_BYTE:
	case RULE_FIELD_SIZE:
	case RULE_FIELD_FLOAT:
		set_number(field, rule, s, key, value);
		break;
	case RULE_FIELD_EXAMPLES:
		examples_read(s, key, value, true, &rule->examples, &rule->examples_len);
		break;
	case RULE_FIELD_COUNTER_EXAMPLES:
		examples_read(s, key, value, false, &rule->counter_examples, &rule->counter_examples_len);
		break;
	}
}

void rule_release(struct rule *rule) {
	for (const struct rule_field *f = rule_fields; f->name; f++) {
		struct rule_strings *texts = member(f, rule);
		switch (f->type) {
		case RULE_FIELD_TEXT:
			free(*(char **)member(f, rule));
			break;
		case RULE_FIELD_TEXTS:
		case RULE_FIELD_KEYWORDS:
		case RULE_FIELD_FOLDED:
			for (size_t i = 0; i < texts->len; i++)
				free(texts->items[i]);
			free(texts->items);
			break;
		default:
			break;
		}
	}
	examples_free(rule->examples, rule->examples_len);
	examples_free(rule->counter_examples, rule->counter_examples_len);
	*rule = (struct rule){0};
}
