/* SPDX-License-Identifier: MIT */
/* logspill rules list: what there is, and what of it is in force under the options given. */
#include "cmd/cmd.h"
#include "cmd/rules.h"

#include "app/engine.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

static const char *state_of(const struct rule *rule, const struct rule_options *o) {
	const struct detect_options options = engine_options(o);
	return detect_is_in_force(rule, &options) ? "in force" : rule->opt_in ? "opt-in" : "off";
}

static double rounded(float x) {
	return round(x * 1e4) / 1e4;
}

static int print_json(const struct rule *r, const char *state) {
	json_auto_t *line =
	    json_pack("{s:s,s:s,s:s,s:s,s:f,s:f,s:i,s:s,s:s,s:s,s:s,s:i}", "id", r->id, "name", r->name, "entity",
	              r->entity, "severity", rule_severity_name(r->severity), "confidence", rounded(r->confidence),
	              "confidence_context", rounded(r->confidence_context), "impact", r->impact, "category", r->category,
	              "region", r->region, "state", state, "file", r->file, "line", r->line);
	_cleanup_free_ char *json = line ? json_encode(line, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	return json ? (puts(json) < 0 ? -EIO : 0) : -ENOMEM;
}

static void print_text(const struct rule *r, const char *state, size_t id_width, size_t entity_width) {
	_cleanup_free_ char *id = text_visible(r->id, strlen(r->id)), *entity = text_visible(r->entity, strlen(r->entity));
	_cleanup_free_ char *name = text_visible(r->name, strlen(r->name));
	printf("%-*s  %-*s  %-8s  %4.2f %4.2f  %-8s  %s\n", (int)id_width, id ? id : "", (int)entity_width,
	       entity ? entity : "", rule_severity_name(r->severity), r->confidence, r->confidence_context, state,
	       name ? name : "");
}

static size_t wider(size_t width, const char *s) {
	size_t len = strlen(s);
	return len > width ? len : width;
}

static int print_all(const struct rules *rules, const struct rules_call *call) {
	const struct rule_options *o = &call->options->rules;
	size_t id_width = strlen("ID"), entity_width = strlen("ENTITY");
	bool jsonl = rules_call_wants_jsonl(call);
	int r = 0;
	for (size_t i = 0; i < rules->len; i++) {
		id_width = wider(id_width, rules->items[i].id);
		entity_width = wider(entity_width, rules->items[i].entity);
	}
	if (!jsonl)
		printf("%-*s  %-*s  SEVERITY  CONFIDENCE  STATE     NAME\n", (int)id_width, "ID", (int)entity_width, "ENTITY");
	for (size_t i = 0; i < rules->len && !r; i++) {
		const char *state = state_of(&rules->items[i], o);
		if (jsonl)
			r = print_json(&rules->items[i], state);
		else
			print_text(&rules->items[i], state, id_width, entity_width);
	}
	return r ? r : fflush(stdout) ? -errno : 0;
}

int rules_list(const struct rules_call *call) {
	_cleanup_(rules_freep) struct rules *rules = NULL;
	if (rules_call_load(call, &rules))
		return EXIT_ERROR;
	int r = print_all(rules, call);
	if (r)
		diags_say(call->diags, "writing failed: %s", strerror(-r));
	return r ? EXIT_ERROR : EXIT_CLEAN;
}
