/* SPDX-License-Identifier: MIT */
/* What may stand in a configuration. */
#include "app/config_fields.h"

#include "emit/output.h"

#include <errno.h>
#include <string.h>

#define FORMAT 1
#define DAY_S 86400.0
#define GIB (1024.0 * 1024 * 1024)

#define AT(member) .offset = offsetof(struct config, member)
#define OF_OUTPUT(member) .offset = offsetof(struct config_output, member)

static const char *const severities[] = {"info", "low", "medium", "high", "critical", NULL};
static const struct yaml_field output_fields[] = {
    {"name", YAML_TEXT, OF_OUTPUT(name), .required = true},
    {"type", YAML_TEXT, OF_OUTPUT(type), .required = true},
    {"path", YAML_TEXT, OF_OUTPUT(path)},
    {"url", YAML_TEXT, OF_OUTPUT(url)},
    {"token_file", YAML_TEXT, OF_OUTPUT(token_file)},
    {"ca_file", YAML_TEXT, OF_OUTPUT(ca_file)},
    {"brokers", YAML_TEXT, OF_OUTPUT(brokers)},
    {"topic", YAML_TEXT, OF_OUTPUT(topic)},
    {"properties", YAML_TEXTS, OF_OUTPUT(properties)},
    {"form", YAML_TEXT, OF_OUTPUT(form)},
    {"min_severity", YAML_WORD, OF_OUTPUT(min_severity), .words = severities},
    {"timeout", YAML_DURATION, OF_OUTPUT(timeout_ns), .min = 0.1, .max = 3600},
    {"resolve_after", YAML_DURATION, OF_OUTPUT(resolve_ns), .min = 60, .max = 7 * DAY_S},
    {NULL},
};

static const char *const target_kinds[] = {"unit", "container", "comm", "exe", "cgroup", "host", NULL};
static const char *const hooks[] = {"auto", "tracepoint", "raw", NULL};
static const char *const rights[] = {"naming", "none", NULL};
static const char *const origins[] = {"leaking", "always", "never", NULL};

static void read_version(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	double version;
	(void)base;
	yaml_number(y, value, key, "version", true, FORMAT, FORMAT, &version);
}

static bool is_target(const struct config_target *a, const struct config_target *b) {
	return a->kind == b->kind && !strcmp(a->name, b->name);
}

bool config_has_target(const struct config *c, const struct config_target *target) {
	for (size_t i = 0; i < c->targets_len; i++)
		if (is_target(&c->targets[i], target))
			return true;
	return false;
}

const char *config_target_kind_name(enum config_target_kind kind) {
	return target_kinds[kind];
}

/* Of a host there is only all. NULL: said. */
static char *read_target_name(struct yaml *y, struct fy_node *key, struct fy_node *value,
                              enum config_target_kind kind) {
	bool all;
	if (kind != CONFIG_HOST)
		return yaml_text(y, value, key, target_kinds[kind]);
	if (!yaml_bool(y, value, key, target_kinds[kind], &all))
		return NULL;
	if (!all)
		yaml_complain(y, value, 0, "host is true, or left out");
	char *name = all ? strdup("all") : NULL;
	y->diags->oom |= all && !name;
	return name;
}

static void read_target(struct yaml *y, struct fy_node *item, struct fy_node *key, struct config *c) {
	struct fy_node_pair *pair = NULL;
	void *iter = NULL;
	unsigned int kind = 0;
	if (item && fy_node_is_mapping(item) && fy_node_mapping_item_count(item) == 1)
		pair = fy_node_mapping_iterate(item, &iter);
	if (!pair) {
		yaml_complain(y, yaml_place(item, key), 0,
		              "a target is one of unit, container, comm, exe, cgroup, and its name: {unit: nginx.service}; or "
		              "{host: true}");
		return;
	}
	if (!yaml_word(y, fy_node_pair_key(pair), key, "a target", target_kinds, &kind))
		return;
	struct fy_node *value = fy_node_pair_value(pair);
	_cleanup_free_ char *name = read_target_name(y, fy_node_pair_key(pair), value, kind);
	if (!name)
		return;
	if (config_has_target(c, &(struct config_target){(enum config_target_kind)kind, name}))
		yaml_complain(y, value, 0, "this target stands there twice");
	struct config_target *targets = reallocarray(c->targets, c->targets_len + 1, sizeof(*targets));
	y->diags->oom |= !targets;
	if (!targets)
		return;
	c->targets = targets;
	c->targets[c->targets_len++] = (struct config_target){(enum config_target_kind)kind, take(name)};
}

static void read_targets(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	struct fy_node *item;
	void *iter = NULL;
	if (!yaml_list(y, value, key, "targets"))
		return;
	while ((item = fy_node_sequence_iterate(value, &iter)))
		read_target(y, item, key, base);
}

struct output_settings config_output_settings(const struct config_output *c, const char **properties) {
	for (size_t i = 0; i < c->properties.len; i++)
		properties[i] = c->properties.items[i];
	properties[c->properties.len] = NULL;
	return (struct output_settings){
	    .name = c->name,
	    .driver = c->type,
	    .path = c->path,
	    .url = c->url,
	    .ca_file = c->ca_file,
	    .brokers = c->brokers,
	    .topic = c->topic,
	    .properties = properties,
	    .form = c->form,
	    .min_severity = (enum rule_severity)c->min_severity,
	    .timeout_ms = (uint32_t)(c->timeout_ns / 1000000),
	    .resolve_ns = c->resolve_ns,
	};
}

/* What its kind has to say against it. */
static void try_output(struct yaml *y, struct fy_node *item, const struct config_output *o) {
	_cleanup_free_ const char **properties = calloc(o->properties.len + 1, sizeof(*properties));
	_cleanup_(diags_release) struct diags said = {0};
	_cleanup_(output_freep) struct output *output = NULL;
	if (!properties) {
		y->diags->oom = true;
		return;
	}
	const struct output_settings settings = config_output_settings(o, properties);
	y->diags->oom |= output_new(&output, &settings, &(struct output_journal){0}, &said) == -ENOMEM;
	for (size_t i = 0; i < said.len; i++)
		yaml_complain(y, item, 0, "%s", said.items[i].text);
}

static void check_output(struct yaml *y, struct fy_node *item, const struct config *c) {
	const struct config_output *o = &c->outputs[c->outputs_len - 1];
	for (size_t i = 0; o->name && i + 1 < c->outputs_len; i++)
		if (c->outputs[i].name && !strcmp(c->outputs[i].name, o->name))
			yaml_complain(y, yaml_member(item, "name"), 0, "there is another output of that name");
	if (o->type && !output_driver_exists(o->type))
		yaml_complain(y, yaml_member(item, "type"), 0, "type is one of %s, not \"%s\"", output_driver_names(), o->type);
	else if (o->name && o->type)
		try_output(y, item, o);
}

static void read_outputs(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	struct config *c = base;
	struct fy_node *item;
	void *iter = NULL;
	if (!yaml_list(y, value, key, "outputs"))
		return;
	while ((item = fy_node_sequence_iterate(value, &iter))) {
		struct config_output *outputs = reallocarray(c->outputs, c->outputs_len + 1, sizeof(*outputs));
		y->diags->oom |= !outputs;
		if (!outputs)
			return;
		c->outputs = outputs;
		outputs[c->outputs_len++] = (struct config_output){0};
		yaml_read(y, item, key, "an output", output_fields, &outputs[c->outputs_len - 1]);
		check_output(y, item, c);
	}
}

static void read_ring(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	static const struct yaml_unit units[] = {{"K", 1024}, {"M", 1024 * 1024}, {"G", GIB}, {NULL, 0}};
	static const struct yaml_quantity size = {units, "a size such as 16M", "bytes", 64 * 1024, GIB};
	double bytes;
	if (!yaml_quantity(y, value, key, &size, "ring_size", &bytes))
		return;
	uint64_t n = (uint64_t)bytes;
	if (n & (n - 1))
		yaml_complain(y, value, 0, "ring_size must be a power of two, such as 16M");
	else
		((struct config *)base)->watch.ring_bytes = n;
}

/* "1/100" */
static void read_sample(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	_cleanup_free_ char *text = yaml_text(y, value, key, "sample");
	char *end;
	if (!text)
		return;
	unsigned long long n = strncmp(text, "1/", 2) ? 0 : strtoull(text + 2, &end, 10);
	if (!n || text[2] < '0' || text[2] > '9' || *end)
		yaml_complain(y, value, 0, "sample is 1/N, such as 1/100");
	else
		((struct config *)base)->budgets.sample_of = n;
}

static const struct yaml_field sinks[] = {
    {"include", YAML_TEXTS, AT(sinks.include)},
    {"exclude", YAML_TEXTS, AT(sinks.exclude)},
    {"collectors", YAML_TEXTS, AT(sinks.collectors)},
    {"known_collectors", YAML_BOOL, AT(sinks.known_collectors)},
    {"follow_mapped", YAML_BOOL, AT(sinks.follow_mapped)},
    {NULL},
};
static const struct yaml_field rules[] = {
    {"directories", YAML_TEXTS, AT(rules.directories)},
    {"only", YAML_TEXTS, AT(rules.only)},
    {"except", YAML_TEXTS, AT(rules.except)},
    {"watchlists", YAML_TEXTS, AT(rules.watchlists)},
    {"min_confidence", YAML_NUMBER, AT(rules.min_confidence), .min = 0.01, .max = 1},
    {NULL},
};
static const struct yaml_field watch[] = {
    {"hook", YAML_WORD, AT(watch.hook), .words = hooks},
    {"origin", YAML_WORD, AT(watch.origins), .words = origins},
    {"ring_size", YAML_READ, .read = read_ring},
    {"workers", YAML_COUNT, AT(watch.workers), .min = 1, .max = OPTIONS_WORKERS_MAX},
    {NULL},
};
static const struct yaml_field budgets[] = {
    {"sample", YAML_READ, .read = read_sample},
    {"each_log", YAML_SIZE, AT(budgets.sink_bytes_per_s), .min = 1, .max = 1024 * GIB},
    {"all_logs", YAML_SIZE, AT(budgets.total_bytes_per_s), .min = 1, .max = 1024 * GIB},
    {"max_cpu_percent", YAML_COUNT, AT(budgets.max_cpu_percent), .min = 1, .max = 100},
    {NULL},
};
static const struct yaml_field directories[] = {
    {"state", YAML_TEXT, AT(directories.state)},
    {"cache", YAML_TEXT, AT(directories.cache)},
    {NULL},
};
static const struct yaml_field store[] = {
    {"keep", YAML_DURATION, AT(store.keep_ns), .min = 3600, .max = 3660 * DAY_S},
    {"max_size", YAML_SIZE, AT(store.max_bytes), .min = 1024 * 1024, .max = 1024 * GIB},
    {NULL},
};
static const struct yaml_field probe[] = {
    {"enabled", YAML_BOOL, AT(probe.enabled)},
    {"every", YAML_DURATION, AT(probe.every_ns), .min = 0.1, .max = 3600},
    {"patience", YAML_DURATION, AT(probe.patience_ns), .min = 0.1, .max = 3600},
    {NULL},
};
static const struct yaml_field policy[] = {
    {"repeat", YAML_DURATION, AT(policy.repeat_ns), .min = 1, .max = 30 * DAY_S},
    {"resolve_after", YAML_DURATION, AT(policy.quiet_ns), .min = 1, .max = 30 * DAY_S},
    {"updates_per_minute", YAML_COUNT, AT(policy.updates_per_minute), .min = 1, .max = 100000},
    {NULL},
};
static const struct yaml_field http[] = {
    {"enabled", YAML_BOOL, AT(http.enabled)},
    {"listen", YAML_TEXT, AT(http.listen)},
    {"socket", YAML_TEXT, AT(http.socket)},
    {"token_file", YAML_TEXT, AT(http.token_file)},
    {"certificate", YAML_TEXT, AT(http.certificate)},
    {"key", YAML_TEXT, AT(http.key)},
    {"names", YAML_TEXTS, AT(http.names)},
    {NULL},
};
static const struct yaml_field fields[] = {
    {"version", YAML_READ, .read = read_version, .required = true},
    {"targets", YAML_READ, .read = read_targets},
    {"sinks", YAML_MAPPING, .fields = sinks},
    {"rules", YAML_MAPPING, .fields = rules},
    {"waivers", YAML_TEXT, AT(waivers)},
    {"watch", YAML_MAPPING, .fields = watch},
    {"budgets", YAML_MAPPING, .fields = budgets},
    {"directories", YAML_MAPPING, .fields = directories},
    {"store", YAML_MAPPING, .fields = store},
    {"http", YAML_MAPPING, .fields = http},
    {"probe", YAML_MAPPING, .fields = probe},
    {"outputs", YAML_READ, .read = read_outputs},
    {"policy", YAML_MAPPING, .fields = policy},
    {"user", YAML_TEXT, AT(user)},
    {"rights", YAML_WORD, AT(rights), .words = rights},
    {NULL},
};

static void check(struct yaml *y, struct fy_node *root, const struct config *c) {
	struct fy_node *p = yaml_member(root, "probe");
	if (c->probe.patience_ns < c->probe.every_ns && p)
		yaml_complain(y, p, 0, "patience must not be less than every: no probe record would be in time");
	if (c->targets_len > WIRE_TARGETS_MAX - 1)
		yaml_complain(y, yaml_member(root, "targets"), 0, "at most %d targets can be watched at once",
		              WIRE_TARGETS_MAX - 1);
}

void config_fields_read(struct config *c, struct yaml *y) {
	struct fy_node *root = fy_document_root(y->document);
	yaml_read(y, root, NULL, "the configuration", fields, c);
	check(y, root, c);
}

void config_fields_release(struct config *c) {
	for (size_t i = 0; i < c->targets_len; i++)
		free(c->targets[i].name);
	free(c->targets);
	for (size_t i = 0; i < c->outputs_len; i++)
		yaml_fields_release(output_fields, &c->outputs[i]);
	free(c->outputs);
	yaml_fields_release(fields, c);
}

/* While the watch goes on. Lists that YAML_READ makes are compared by themselves. */
static const char *const changeable[] = {"rules", "waivers", "policy", NULL};

bool config_same_output(const struct config_output *a, const struct config_output *b) {
	return yaml_fields_equal(output_fields, a, b, NULL);
}

bool config_same_watch(const struct config *a, const struct config *b) {
	return yaml_fields_equal(fields, a, b, changeable) && a->watch.ring_bytes == b->watch.ring_bytes &&
	       a->budgets.sample_of == b->budgets.sample_of;
}
