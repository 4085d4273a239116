/* SPDX-License-Identifier: MIT */
#include "app/config_fields.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <xxhash.h>

#define NS_PER_S 1000000000ull

static int read_file(struct config *c, const char *path, XXH3_state_t *hash, struct diags *diags) {
	_cleanup_(yaml_release) struct yaml y = {0};
	int r = yaml_open(&y, path, TRUST_ALWAYS, diags);
	if (r)
		return r == -ENOMEM ? r : 0;
	XXH3_128bits_update(hash, y.text.data, y.text.len);
	XXH3_128bits_update(hash, &y.text.len, sizeof(y.text.len));
	config_fields_read(c, &y);
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
	_cleanup_free_ char *beside = file_folder(path);
	char *folder;
	return !beside || asprintf(&folder, "%sconf.d", beside) < 0 ? NULL : folder;
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

int config_load_sound(struct config **ret, const char *path, struct diags *ret_diags) {
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
	if (r)
		return r;
	*ret = take(c);
	return ret_diags->len > said ? -EINVAL : 0;
}

int config_load(struct config **ret, const char *path, struct diags *ret_diags) {
	_cleanup_(config_freep) struct config *c = NULL;
	int r = config_load_sound(&c, path, ret_diags);
	if (!r)
		*ret = take(c);
	return r;
}

static struct fy_node *item_named(struct fy_node *list, const char *name) {
	struct fy_node *item;
	void *iter = NULL;
	while ((item = fy_node_sequence_iterate(list, &iter))) {
		struct fy_node *own = yaml_member(item, "name");
		if (own && yaml_is(own, name))
			break;
	}
	return item;
}

static struct fy_node *setting_at(struct fy_node *node, const char *setting) {
	char name[64];
	while (node && *setting) {
		size_t len = strcspn(setting, ".");
		snprintf(name, sizeof(name), "%.*s", (int)len, setting);
		node = fy_node_is_sequence(node) ? item_named(node, name) : yaml_member(node, name);
		setting += len + (setting[len] == '.');
	}
	return node;
}

void config_complain(const struct config *c, const char *setting, const struct diags *said, struct diags *ret_diags) {
	_cleanup_(yaml_release) struct yaml y = {0};
	_cleanup_(diags_release) struct diags unreadable = {0}; /* by now: then there is no place */
	struct fy_node *node = NULL;
	for (size_t i = said->len ? c->files.len : 0; i-- && !node;) { /* what stands in later ones is in force */
		yaml_release(&y);
		if (!yaml_open(&y, c->files.items[i], TRUST_ALWAYS, &unreadable))
			node = setting_at(fy_document_root(y.document), setting);
	}
	y.diags = ret_diags;
	for (size_t i = 0; i < said->len; i++) {
		const struct diag *d = &said->items[i];
		if (node && !d->file)
			yaml_complain(&y, node, 0, "%s", d->text);
		else
			diags_add(ret_diags, d->file, d->line, d->col, "%s", d->text);
	}
	ret_diags->oom |= said->oom;
}

void config_free(struct config *c) {
	if (!c)
		return;
	config_fields_release(c);
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
	o.watch.workers = (unsigned int)c->watch.workers;
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
