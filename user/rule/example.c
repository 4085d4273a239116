/* SPDX-License-Identifier: MIT */
#include "rule/example.h"

#include "base/cleanup.h"
#include "base/yaml_field.h"
#include "check/check.h"
#include "rule/rule.h"

#include <string.h>

#define MARK_OPEN "\xc2\xab"  /* U+00AB */
#define MARK_CLOSE "\xc2\xbb" /* U+00BB */

static void example_release(struct rule_example *e) {
	free(e->text);
	free(e->spans);
	free(e->class_name);
	free(e->why);
	*e = (struct rule_example){0};
}

void examples_free(struct rule_example *items, size_t len) {
	for (size_t i = 0; i < len; i++)
		example_release(&items[i]);
	free(items);
}

static bool span_append(struct yaml *s, struct rule_example *e, size_t start) {
	struct rule_span *spans = reallocarray(e->spans, e->spans_len + 1, sizeof(*spans));

	if (!spans) {
		s->diags->oom = true;
		return false;
	}
	e->spans = spans;
	e->spans[e->spans_len++] = (struct rule_span){start, start};
	return true;
}

/* Takes the marks out of e->text and notes what they enclosed. */
static void unmark(struct yaml *s, struct fy_node *node, struct rule_example *e) {
	const char *from = e->text;
	char *to = e->text;
	bool open = false;

	while (*from) {
		bool opens = !strncmp(from, MARK_OPEN, 2), closes = !strncmp(from, MARK_CLOSE, 2);
		size_t at = to - e->text;
		if (!opens && !closes) {
			*to++ = *from++;
			continue;
		}
		if (opens == open || (closes && e->spans[e->spans_len - 1].start == at)) {
			yaml_complain(s, node, from - e->text, "the marks « and » must stand around each value, in pairs");
			break;
		}
		if (opens && !span_append(s, e, at))
			break;
		if (closes)
			e->spans[e->spans_len - 1].end = at;
		open = opens;
		from += 2;
	}
	if (!*from && open)
		yaml_complain(s, node, 0, "a « of this example is not closed by »");
	*to = 0;
}

static void set_class(struct yaml *s, struct fy_node *key, struct fy_node *value, struct rule_example *e) {
	e->class_name = yaml_text(s, value, key, "class");
	if (!e->class_name)
		return;
	for (enum check_class c = CHECK_REAL; c <= CHECK_TEST; c++)
		if (!strcmp(e->class_name, check_class_name(c)))
			return;
	yaml_complain(s, value, 0, "class is one of real, private, documentation, test, not \"%s\"", e->class_name);
}

static void read_member(struct yaml *s, struct fy_node *key, struct fy_node *value, bool marked,
                        struct rule_example *e) {
	_cleanup_free_ char *name = yaml_text(s, key, key, "the name of a field");

	if (!name)
		return;
	if (!strcmp(name, "text") && !e->text) {
		e->text = yaml_text(s, value, key, name);
		if (e->text)
			unmark(s, value, e);
	} else if (marked && !strcmp(name, "class") && !e->class_name) {
		set_class(s, key, value, e);
	} else if (!marked && !strcmp(name, "why") && !e->why) {
		e->why = yaml_text(s, value, key, name);
	} else {
		yaml_complain(s, key, 0, "an example has text and %s, once each: \"%s\" is too much",
		              marked ? "perhaps class" : "why", name);
	}
}

/* A text, or a mapping {text, class} or {text, why}. */
static void read_example(struct yaml *s, struct fy_node *key, struct fy_node *node, bool marked,
                         struct rule_example *e) {
	size_t before = s->diags->len;
	struct fy_node_pair *pair;
	void *iter = NULL;

	e->line = yaml_line(yaml_place(node, key));
	if (fy_node_is_mapping(node)) {
		while ((pair = fy_node_mapping_iterate(node, &iter)))
			read_member(s, fy_node_pair_key(pair), fy_node_pair_value(pair), marked, e);
	} else {
		e->text = yaml_text(s, node, key, "an example");
		if (e->text)
			unmark(s, node, e);
	}
	if (s->diags->len > before)
		return;
	node = yaml_place(node, key);
	if (!e->text)
		yaml_complain(s, node, 0, "this example has no text");
	else if (marked && !e->spans_len)
		yaml_complain(s, node, 0, "an example shows the value to be found between « and »");
	else if (!marked && e->spans_len)
		yaml_complain(s, node, 0, "a counter-example has nothing to be found: no marks « and »");
	else if (!marked && !e->why)
		yaml_complain(s, node, 0, "a counter-example says why nothing is found: {text: ..., why: ...}");
}

void examples_read(struct yaml *s, struct fy_node *key, struct fy_node *list, bool marked,
                   struct rule_example **ret_items, size_t *ret_len) {
	struct fy_node *node;
	void *iter = NULL;

	if (!yaml_list(s, list, key, marked ? "examples" : "counter_examples"))
		return;
	if (fy_node_sequence_is_empty(list))
		yaml_complain(s, key, 0, "%s", marked ? "a rule shows at least one example" : "leave an empty list out");
	while ((node = fy_node_sequence_iterate(list, &iter))) {
		struct rule_example *items = reallocarray(*ret_items, *ret_len + 1, sizeof(*items));
		if (!items) {
			s->diags->oom = true;
			return;
		}
		*ret_items = items;
		items[*ret_len] = (struct rule_example){0};
		read_example(s, key, node, marked, &items[(*ret_len)++]);
	}
}
