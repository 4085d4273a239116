/* SPDX-License-Identifier: MIT */
/* Elastic Common Schema 8.17: our own form has its names already; here is what an ECS document must have beside. */
#include "emit/format.h"
#include "emit/output_driver.h"

#include <string.h>

#define ECS_VERSION "8.17.0"

static enum output_kind kind_of(const json_t *event) {
	return !strcmp(output_text(event, "event.action"), "resolved") ? OUTPUT_RESOLVED : OUTPUT_UPDATE;
}

/* 0..100, as Elastic's own detection rules count: 21, 47, 73, 99. */
static json_t *ecs_event(const json_t *event) {
	static const int severities[] = {99, 73, 47, 21, 1};
	const char *action = output_text(event, "event.action");
	return json_pack("{s:s,s:[s],s:[s],s:s,s:s,s:s,s:s,s:i,s:s,s:s}", "kind", "alert", "category", "vulnerability",
	                 "type", "info", "module", "logspill", "dataset", "logspill.finding", "action",
	                 *action ? action : "finding", "id", output_text(event, "logspill.finding_id"), "severity",
	                 severities[output_rank(event)], "start", output_text(event, "logspill.first_seen"), "end",
	                 output_text(event, "logspill.last_seen"));
}

json_t *form_ecs(const json_t *event) {
	if (strcmp(output_text(event, "schema"), "logspill.finding/v1"))
		return json_deep_copy(event);
	_cleanup_free_ char *words = output_words(event, kind_of(event));
	json_t *ecs = json_deep_copy(event);
	if (!ecs || !words || json_object_set_new(ecs, "event", ecs_event(event)) ||
	    json_object_set_new(ecs, "ecs", json_pack("{s:s}", "version", ECS_VERSION)) ||
	    json_object_set_new(ecs, "message", json_string(words)) ||
	    (!strcmp(output_text(event, "logspill.sink.kind"), "file") &&
	     json_object_set_new(ecs, "file", json_pack("{s:s}", "path", output_text(event, "logspill.sink.path"))))) {
		json_decref(ecs);
		return NULL;
	}
	return ecs;
}
