/* SPDX-License-Identifier: MIT */
/*
 * The agent's configuration: one YAML file and what lies in the folder conf.d beside it, in byte order of name. Lists
 * of later files add to those of earlier ones, other settings replace them. deploy/logspill.yaml shows all of it. Does
 * not change once it is loaded; owns everything it points at.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "app/options.h"
#include "app/privileges.h"
#include "base/cleanup.h"
#include "base/yaml_field.h"
#include "emit/output.h"

#define CONFIG_PATH "/etc/logspill/logspill.yaml"
#define CONFIG_HASH_SIZE 33

enum config_target_kind { CONFIG_UNIT, CONFIG_CONTAINER, CONFIG_COMM, CONFIG_EXE, CONFIG_CGROUP, CONFIG_HOST };

struct config_target {
	enum config_target_kind kind;
	char *name;
};

/* Of struct output_settings, where its strings are from. */
struct config_output {
	char *name, *type, *path, *url, *token_file, *ca_file, *brokers, *topic, *form;
	struct yaml_texts properties;
	uint64_t timeout_ns, resolve_ns;
	unsigned int min_severity; /* enum rule_severity */
};

struct config {
	char *path;
	struct yaml_texts files;     /* that were read, path first */
	char hash[CONFIG_HASH_SIZE]; /* of their bytes */

	struct config_target *targets;
	size_t targets_len;
	struct {
		struct yaml_texts include, exclude, collectors;
		bool known_collectors, follow_mapped;
	} sinks;
	struct {
		struct yaml_texts directories, only, except, watchlists;
		double min_confidence;
	} rules;
	char *waivers;
	struct {
		unsigned int hook, origins;
		uint64_t ring_bytes, workers;
	} watch;
	struct {
		uint64_t sample_of, sink_bytes_per_s, total_bytes_per_s, max_cpu_percent;
	} budgets;
	struct {
		char *state, *cache;
	} directories;
	struct {
		uint64_t keep_ns, max_bytes;
	} store;
	struct {
		bool enabled;
		uint64_t every_ns, patience_ns;
	} probe;
	struct config_output *outputs;
	size_t outputs_len;
	struct {
		uint64_t repeat_ns, quiet_ns, updates_per_minute;
	} policy;
	struct {
		bool enabled;
		char *listen, *token_file, *certificate, *key, *socket;
		struct yaml_texts names;
	} http;
	char *user;          /* that it runs as once it has what it needs */
	unsigned int rights; /* enum privileges_keep */
};

/* Every mistake of every file goes to ret_diags. 0; -EINVAL with diagnostics; -ENOMEM. */
int config_load(struct config **ret, const char *path, struct diags *ret_diags);
/* Likewise, but -EINVAL gives what of it is sound: to be looked at on, not to be used. */
int config_load_sound(struct config **ret, const char *path, struct diags *ret_diags);
void config_free(struct config *c);
DEFINE_CLEANUP(struct config *, config_free)

/* Passes on what is said against a setting, such as "http" or "outputs.NAME.token_file": where that stands, unless it
 * names a file itself. */
void config_complain(const struct config *c, const char *setting, const struct diags *said, struct diags *ret_diags);

/* What of it a watch is made with: borrows from the configuration. options_release() it. 0 or -ENOMEM. */
int config_options(const struct config *c, struct options *ret);
bool config_has_target(const struct config *c, const struct config_target *target);
const char *config_target_kind_name(enum config_target_kind kind); /* "unit", ... */
/* Do both ask for the same, but for what can be changed while the watch goes on: targets, rules, waivers, outputs,
 * policy? */
bool config_same_watch(const struct config *a, const struct config *b);
bool config_same_output(const struct config_output *a, const struct config_output *b);
/* Borrows from the output; properties: room for them and a NULL. */
struct output_settings config_output_settings(const struct config_output *c, const char **properties);
char *config_folder(const char *path); /* conf.d beside the file; malloced, NULL without memory */

#endif
