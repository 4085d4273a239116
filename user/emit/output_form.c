/* SPDX-License-Identifier: MIT */
/* Forms of an event: our own, Elastic Common Schema, Open Cybersecurity Schema Framework. */
#include "emit/output_driver.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "emit/format.h"

#include <string.h>

static json_t *make_own(const json_t *event) {
	return json_deep_copy(event);
}

static const struct output_form forms[] = {{"logspill", make_own}, {"ecs", form_ecs}, {"ocsf", form_ocsf}};

const struct output_form *output_form_find(const char *name) {
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (!strcmp(forms[i].name, name ? name : "logspill"))
			return &forms[i];
	return NULL;
}

char *output_form_text(const struct output_form *form, const struct output_event *e) {
	json_auto_t *made = form->make(e->fields);
	return made ? json_encode(made, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
}

/* Streams in the same forms, for -f. */
static char *in_form(json_t *(*make)(const json_t *event), char *text) {
	_cleanup_free_ char *line = text;
	json_auto_t *event = NULL;
	json_auto_t *made = !line || json_decode(line, strlen(line), 0, &event) ? NULL : make(event);
	_cleanup_free_ char *json = made ? json_encode(made, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	char *ret = NULL;
	return json && asprintf(&ret, "%s\n", json) >= 0 ? ret : NULL;
}

static char *ecs_finding(const struct finding *f, const struct emit_context *context) {
	return in_form(form_ecs, emit_jsonl.finding(f, context));
}

static char *ocsf_finding(const struct finding *f, const struct emit_context *context) {
	return in_form(form_ocsf, emit_jsonl.finding(f, context));
}

/* The summary is ours in each of them: neither schema has the like. */
static char *own_summary(const struct summary *s, const struct emit_context *context) {
	return emit_jsonl.summary(s, context);
}

const struct emit_format emit_ecs = {.name = "ecs", .finding = ecs_finding, .summary = own_summary};
const struct emit_format emit_ocsf = {.name = "ocsf", .finding = ocsf_finding, .summary = own_summary};
