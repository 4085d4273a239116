/* SPDX-License-Identifier: MIT */
/* What a gate asks for, as YAML. */
#include "gate/gate.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml_field.h"

#include <errno.h>
#include <string.h>

static const char *const severities[] = {"info", "low", "medium", "high", "critical", NULL};
static const char *const relations[] = {"below", "at_most", "above", "at_least"};

#define MEMBER(m) offsetof(struct gate_config, m)

static const struct yaml_field memo_fields[] = {
    {"title", YAML_TEXT, .offset = MEMBER(memo.title)},
    {"context", YAML_TEXT, .offset = MEMBER(memo.context)},
    {"owner", YAML_TEXT, .offset = MEMBER(memo.owner)},
    {"deadline", YAML_TEXT, .offset = MEMBER(memo.deadline)},
    {0},
};

static void read_conditions(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base);

static const struct yaml_field fields[] = {
    {"window", YAML_DURATION, .offset = MEMBER(window_ns), .min = 1, .max = 7 * 86400},
    {"min_records", YAML_COUNT, .offset = MEMBER(min_records), .min = 1, .max = 1e15},
    {"min_coverage", YAML_NUMBER, .offset = MEMBER(min_coverage), .min = 0, .max = 100},
    {"fail_on", YAML_WORD, .offset = MEMBER(fail_on), .words = severities},
    {"waivers", YAML_TEXT, .offset = MEMBER(waivers)},
    {"prometheus", YAML_TEXT, .offset = MEMBER(prometheus)},
    {"selector", YAML_TEXT, .offset = MEMBER(selector)},
    {"recorded", YAML_BOOL, .offset = MEMBER(recorded)},
    {"conditions", YAML_READ, .read = read_conditions},
    {"memo", YAML_MAPPING, .fields = memo_fields},
    {0},
};

/* read_limit() reads them together. */
static void leave_limit(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	(void)y, (void)key, (void)value, (void)base;
}

static const struct yaml_field condition_fields[] = {
    {"name", YAML_TEXT, .required = true, .offset = offsetof(struct gate_query, name)},
    {"query", YAML_TEXT, .required = true, .offset = offsetof(struct gate_query, query)},
    {"below", YAML_READ, .read = leave_limit},
    {"at_most", YAML_READ, .read = leave_limit},
    {"above", YAML_READ, .read = leave_limit},
    {"at_least", YAML_READ, .read = leave_limit},
    {0},
};

/* Exactly one limit. */
static void read_limit(struct yaml *y, struct fy_node *node, struct gate_query *q) {
	size_t found = 0;
	for (unsigned int i = 0; i < sizeof(relations) / sizeof(*relations); i++) {
		struct fy_node *limit = yaml_member(node, relations[i]);
		if (!limit)
			continue;
		found++;
		q->relation = i;
		yaml_number(y, limit, node, relations[i], false, 0, 1e18, &q->limit);
	}
	if (found != 1)
		yaml_complain(y, node, 0, "a condition has one limit: below, at_most, above or at_least");
}

static void read_condition(struct yaml *y, struct fy_node *node, struct fy_node *instead, struct gate_config *c) {
	struct gate_query *items = reallocarray(c->conditions, c->conditions_len + 1, sizeof(*items));
	if (!items) {
		y->diags->oom = true;
		return;
	}
	c->conditions = items;
	struct gate_query *q = &items[c->conditions_len++];
	*q = (struct gate_query){0};
	yaml_read(y, node, instead, "a condition", condition_fields, q);
	if (node && fy_node_is_mapping(node))
		read_limit(y, node, q);
}

static void read_conditions(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	struct fy_node *node;
	void *iter = NULL;
	if (!yaml_list(y, value, key, "conditions"))
		return;
	while ((node = fy_node_sequence_iterate(value, &iter)))
		read_condition(y, node, key, base);
}

void gate_config_init(struct gate_config *c) {
	*c = (struct gate_config){
	    .window_ns = GATE_WINDOW_DEFAULT_NS, .min_records = 1, .min_coverage = GATE_COVERAGE_DEFAULT * 100};
}

/* Whatever folder one is in when one asks. */
static int place_beside(char **path, const char *file) {
	_cleanup_free_ char *folder = file_folder(file);
	char *full = folder ? text_format("%s%s", folder, *path) : NULL;
	if (!full)
		return -ENOMEM;
	free(*path);
	*path = full;
	return 0;
}

int gate_config_load(struct gate_config *c, const char *file, struct diags *ret_diags) {
	_cleanup_(yaml_release) struct yaml y;
	size_t known = ret_diags->len;
	int r = yaml_open(&y, file, TRUST_BY_RIGHTS, ret_diags);
	if (r)
		return r;
	struct fy_node *root = fy_document_root(y.document);
	yaml_read(&y, root, root, "a gate file", fields, c);
	if (ret_diags->oom)
		return -ENOMEM;
	if (ret_diags->len > known)
		return -EINVAL;
	return c->waivers && *c->waivers != '/' ? place_beside(&c->waivers, file) : 0;
}

void gate_config_release(struct gate_config *c) {
	yaml_fields_release(fields, c);
	for (size_t i = 0; i < c->conditions_len; i++)
		yaml_fields_release(condition_fields, &c->conditions[i]);
	free(c->conditions);
	*c = (struct gate_config){0};
}

struct gate_policy gate_config_policy(const struct gate_config *c) {
	return (struct gate_policy){c->min_records, c->min_coverage / 100, (enum rule_severity)c->fail_on};
}
