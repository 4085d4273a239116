/* SPDX-License-Identifier: MIT */
#include "app/config.h"

#include "emit/output.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <xxhash.h>

#define VERSION 1
#define NS_PER_S 1000000000ull
#define DAY_S 86400.0
#define GIB (1024.0 * 1024 * 1024)

#define AT(member) .offset = offsetof(struct config, member)
#define OF_OUTPUT(member) .offset = offsetof(struct config_output, member)

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
    {"timeout", YAML_DURATION, OF_OUTPUT(timeout_ns), .min = 0.1, .max = 3600},
    {"resolve_after", YAML_DURATION, OF_OUTPUT(resolve_ns), .min = 60, .max = 7 * DAY_S},
    {NULL},
};

static const char *const target_kinds[] = {"unit", "container", "comm", "exe", "cgroup", NULL};
static const char *const hooks[] = {"auto", "tracepoint", "raw", NULL};
static const char *const rights[] = {"naming", "none", NULL};
static const char *const origins[] = {"leaking", "always", "never", NULL};

static void read_version(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	double version;
	(void)base;
	yaml_number(y, value, key, "version", true, VERSION, VERSION, &version);
}

static void read_target(struct yaml *y, struct fy_node *item, struct fy_node *key, struct config *c) {
	struct fy_node_pair *pair = NULL;
	void *iter = NULL;
	unsigned int kind = 0;
	if (item && fy_node_is_mapping(item) && fy_node_mapping_item_count(item) == 1)
		pair = fy_node_mapping_iterate(item, &iter);
	if (!pair) {
		yaml_complain(y, yaml_place(item, key), 0,
		              "a target is one of unit, container, comm, exe, cgroup, and its name: {unit: nginx.service}");
		return;
	}
	if (!yaml_word(y, fy_node_pair_key(pair), key, "a target", target_kinds, &kind))
		return;
	char *name = yaml_text(y, fy_node_pair_value(pair), fy_node_pair_key(pair), target_kinds[kind]);
	struct config_target *targets = reallocarray(c->targets, c->targets_len + 1, sizeof(*targets));
	if (targets)
		c->targets = targets;
	if (targets && name)
		c->targets[c->targets_len++] = (struct config_target){(enum config_target_kind)kind, take(name)};
	y->diags->oom |= !targets;
	free(name);
}

static void read_targets(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	struct fy_node *item;
	void *iter = NULL;
	if (!value || !fy_node_is_sequence(value)) {
		yaml_complain(y, yaml_place(value, key), 0, "targets must be a list, not %s", yaml_kind(value));
		return;
	}
	while ((item = fy_node_sequence_iterate(value, &iter)))
		read_target(y, item, key, base);
}

static void check_output(struct yaml *y, struct fy_node *item, const struct config *c) {
	const struct config_output *o = &c->outputs[c->outputs_len - 1];
	for (size_t i = 0; o->name && i + 1 < c->outputs_len; i++)
		if (c->outputs[i].name && !strcmp(c->outputs[i].name, o->name))
			yaml_complain(y, yaml_member(item, "name"), 0, "there is another output of that name");
	if (o->type && !output_driver_exists(o->type))
		yaml_complain(y, yaml_member(item, "type"), 0, "type is one of %s, not \"%s\"", output_driver_names(), o->type);
}

static void read_outputs(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	struct config *c = base;
	struct fy_node *item;
	void *iter = NULL;
	if (!value || !fy_node_is_sequence(value)) {
		yaml_complain(y, yaml_place(value, key), 0, "outputs must be a list, not %s", yaml_kind(value));
		return;
	}
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

const char *config_target_kind_name(enum config_target_kind kind) {
	return target_kinds[kind];
}

static void check(struct yaml *y, struct fy_node *root, const struct config *c) {
	struct fy_node *p = yaml_member(root, "probe");
	if (c->probe.patience_ns < c->probe.every_ns && p)
		yaml_complain(y, p, 0, "patience must not be less than every: no probe record would be in time");
	if (c->targets_len > WIRE_TARGETS_MAX - 1)
		yaml_complain(y, yaml_member(root, "targets"), 0, "at most %d targets can be watched at once",
		              WIRE_TARGETS_MAX - 1);
}

static int read_file(struct config *c, const char *path, XXH3_state_t *hash, struct diags *diags) {
	_cleanup_(yaml_release) struct yaml y;
	int r = yaml_open(&y, path, diags);
	if (r)
		return r == -ENOMEM ? r : 0;
	XXH3_128bits_update(hash, y.text.data, y.text.len);
	XXH3_128bits_update(hash, &y.text.len, sizeof(y.text.len));
	struct fy_node *root = fy_document_root(y.document);
	yaml_read(&y, root, NULL, "the configuration", fields, c);
	check(&y, root, c);
	return yaml_texts_add(&c->files, path);
}

static int is_yaml(const struct dirent *entry) {
	size_t len = strlen(entry->d_name);
	return *entry->d_name != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".yaml");
}

static int compare_names(const struct dirent **a, const struct dirent **b) {
	return strcmp((*a)->d_name, (*b)->d_name);
}

char *config_folder(const char *path) {
	const char *slash = strrchr(path, '/');
	char *folder;
	int n = slash ? asprintf(&folder, "%.*s/conf.d", (int)(slash - path), path) : asprintf(&folder, "conf.d");
	return n < 0 ? NULL : folder;
}

static int read_folder(struct config *c, XXH3_state_t *hash, struct diags *diags) {
	_cleanup_free_ char *folder = config_folder(c->path);
	struct dirent **names = NULL;
	if (!folder)
		return -ENOMEM;
	int len = scandir(folder, &names, is_yaml, compare_names), r = 0;
	if (len < 0 && errno != ENOENT)
		diags_add(diags, folder, 0, 0, "cannot be read: %s", strerror(errno));
	for (int i = 0; i < len; i++) {
		_cleanup_free_ char *path = NULL;
		if (!r)
			r = asprintf(&path, "%s/%s", folder, names[i]->d_name) < 0 ? -ENOMEM : read_file(c, path, hash, diags);
		free(names[i]);
	}
	free(names);
	return r;
}

static int load(struct config *c, struct diags *diags) {
	XXH3_state_t *hash = XXH3_createState();
	if (!hash)
		return -ENOMEM;
	XXH3_128bits_reset(hash);
	int r = read_file(c, c->path, hash, diags);
	if (!r)
		r = read_folder(c, hash, diags);
	XXH128_hash_t digest = XXH3_128bits_digest(hash);
	snprintf(c->hash, sizeof(c->hash), "%016llx%016llx", (unsigned long long)digest.high64,
	         (unsigned long long)digest.low64);
	XXH3_freeState(hash);
	return r;
}

int config_load(struct config **ret, const char *path, struct diags *ret_diags) {
	_cleanup_(config_freep) struct config *c = calloc(1, sizeof(*c));
	size_t said = ret_diags->len;
	if (!c)
		return -ENOMEM;
	c->path = strdup(path);
	c->sinks.known_collectors = c->probe.enabled = c->http.enabled = true;
	c->probe.every_ns = c->probe.patience_ns = 10 * NS_PER_S;
	int r = c->path ? load(c, ret_diags) : -ENOMEM;
	if (!r && !c->targets_len && ret_diags->len == said)
		diags_add(ret_diags, path, 0, 0,
		          "names no target. What shall be watched? For example\n  targets:\n    - unit: nginx.service");
	if (!r && ret_diags->oom)
		r = -ENOMEM;
	if (!r && ret_diags->len > said)
		r = -EINVAL;
	if (!r)
		*ret = take(c);
	return r;
}

void config_free(struct config *c) {
	if (!c)
		return;
	for (size_t i = 0; i < c->targets_len; i++)
		free(c->targets[i].name);
	free(c->targets);
	for (size_t i = 0; i < c->outputs_len; i++)
		yaml_fields_release(output_fields, &c->outputs[i]);
	free(c->outputs);
	yaml_fields_release(fields, c);
	yaml_texts_release(&c->files);
	free(c->path);
	free(c);
}

static int borrow(struct strings *ret, const struct yaml_texts *texts) {
	int r = 0;
	for (size_t i = 0; !r && i < texts->len; i++)
		r = strings_add(ret, texts->items[i]);
	return r;
}

static int borrow_lists(const struct config *c, struct options *o) {
	const struct {
		struct strings *to;
		const struct yaml_texts *from;
	} lists[] = {
	    {&o->rules.dirs, &c->rules.directories},      {&o->rules.only, &c->rules.only},
	    {&o->rules.except, &c->rules.except},         {&o->rules.watchlists, &c->rules.watchlists},
	    {&o->watch.sinks, &c->sinks.include},         {&o->watch.no_sinks, &c->sinks.exclude},
	    {&o->watch.collectors, &c->sinks.collectors},
	};
	int r = 0;
	for (size_t i = 0; !r && i < sizeof(lists) / sizeof(*lists); i++)
		r = borrow(lists[i].to, lists[i].from);
	return r;
}

int config_options(const struct config *c, struct options *ret) {
	struct options o = {0};
	o.rules.min_confidence = (float)c->rules.min_confidence;
	o.watch.hook = (enum capture_hook)c->watch.hook;
	o.watch.origins = (enum origins_when)c->watch.origins;
	o.watch.ring_bytes = c->watch.ring_bytes;
	o.watch.no_collectors = !c->sinks.known_collectors;
	o.watch.follow_mapped = c->sinks.follow_mapped;
	o.watch.shedding = (struct capture_shedding){
	    .sample_of = c->budgets.sample_of,
	    .sink_bytes_per_s = c->budgets.sink_bytes_per_s,
	    .total_bytes_per_s = c->budgets.total_bytes_per_s,
	    .max_cpu = (double)c->budgets.max_cpu_percent / 100,
	};
	o.watch.waivers = c->waivers;
	o.rules.cache_dir = c->directories.cache ? strdup(c->directories.cache) : NULL;
	o.watch.state_dir = c->directories.state ? strdup(c->directories.state) : NULL;
	int r = borrow_lists(c, &o);
	if ((c->directories.cache && !o.rules.cache_dir) || (c->directories.state && !o.watch.state_dir))
		r = -ENOMEM;
	if (r)
		options_release(&o);
	else
		*ret = o;
	return r;
}

static bool same_texts(const struct yaml_texts *a, const struct yaml_texts *b) {
	bool same = a->len == b->len;
	for (size_t i = 0; same && i < a->len; i++)
		same = !strcmp(a->items[i], b->items[i]);
	return same;
}

static bool same_text(const char *a, const char *b) {
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_targets(const struct config *a, const struct config *b) {
	bool same = a->targets_len == b->targets_len;
	for (size_t i = 0; same && i < a->targets_len; i++)
		same = a->targets[i].kind == b->targets[i].kind && !strcmp(a->targets[i].name, b->targets[i].name);
	return same;
}

static bool same_http(const struct config *a, const struct config *b) {
	return a->http.enabled == b->http.enabled && same_text(a->http.listen, b->http.listen) &&
	       same_text(a->http.token_file, b->http.token_file) && same_text(a->http.certificate, b->http.certificate) &&
	       same_text(a->http.key, b->http.key) && same_texts(&a->http.names, &b->http.names);
}

static bool same_outputs(const struct config *a, const struct config *b) {
	bool same = a->outputs_len == b->outputs_len;
	for (size_t i = 0; same && i < a->outputs_len; i++) {
		const struct config_output *x = &a->outputs[i], *y = &b->outputs[i];
		same = same_text(x->name, y->name) && same_text(x->type, y->type) && same_text(x->path, y->path) &&
		       same_text(x->url, y->url) && same_text(x->token_file, y->token_file) &&
		       same_text(x->ca_file, y->ca_file) && same_text(x->brokers, y->brokers) &&
		       same_text(x->topic, y->topic) && same_text(x->form, y->form) &&
		       same_texts(&x->properties, &y->properties) && x->timeout_ns == y->timeout_ns &&
		       x->resolve_ns == y->resolve_ns;
	}
	return same;
}

bool config_same_watch(const struct config *a, const struct config *b) {
	return same_targets(a, b) && same_http(a, b) && same_texts(&a->sinks.include, &b->sinks.include) &&
	       same_texts(&a->sinks.exclude, &b->sinks.exclude) && same_texts(&a->sinks.collectors, &b->sinks.collectors) &&
	       a->sinks.known_collectors == b->sinks.known_collectors && a->sinks.follow_mapped == b->sinks.follow_mapped &&
	       !memcmp(&a->watch, &b->watch, sizeof(a->watch)) && !memcmp(&a->budgets, &b->budgets, sizeof(a->budgets)) &&
	       !memcmp(&a->probe, &b->probe, sizeof(a->probe)) && same_text(a->directories.state, b->directories.state) &&
	       same_text(a->user, b->user) && a->rights == b->rights && same_outputs(a, b) &&
	       !memcmp(&a->policy, &b->policy, sizeof(a->policy)) && !memcmp(&a->store, &b->store, sizeof(a->store));
}
