/* SPDX-License-Identifier: MIT */
#include "app/doctor.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void doctor_add(struct doctor_report *r, const char *name, enum doctor_state state, const char *why, const char *remedy,
                const char *found, ...) {
	va_list args;
	if (r->len == DOCTOR_CHECKS_MAX)
		return;
	va_start(args, found);
	_cleanup_free_ char *text = text_vformat(found, args);
	va_end(args);
	r->items[r->len++] = (struct doctor_check){
	    .name = name,
	    .state = state,
	    .found = text ? text_visible(text, strlen(text)) : NULL,
	    .why = state == DOCTOR_OK ? NULL : why,
	    .remedy = state == DOCTOR_OK ? NULL : remedy,
	};
}

enum doctor_state doctor_worst(const struct doctor_report *r) {
	enum doctor_state worst = DOCTOR_OK;
	for (size_t i = 0; i < r->len; i++)
		worst = r->items[i].state > worst ? r->items[i].state : worst;
	return worst;
}

const char *doctor_state_name(enum doctor_state s) {
	static const char *const names[] = {"ok", "note", "limited", "missing"};
	return names[s];
}

char *doctor_json(const struct doctor_report *r) {
	json_t *checks = json_array();
	for (size_t i = 0; i < r->len; i++) {
		const struct doctor_check *c = &r->items[i];
		json_array_append_new(checks, json_pack("{s:s, s:s, s:s?, s:s*, s:s*}", "name", c->name, "state",
		                                        doctor_state_name(c->state), "found", c->found, "why", c->why, "remedy",
		                                        c->remedy));
	}
	json_t *all =
	    json_pack("{s:s, s:b, s:s, s:o}", "schema", "logspill.doctor/v1", "can_watch",
	              doctor_worst(r) != DOCTOR_MISSING, "state", doctor_state_name(doctor_worst(r)), "checks", checks);
	char *text = all ? json_encode(all, JSON_COMPACT) : NULL;
	json_decref(all);
	return text;
}

void doctor_release(struct doctor_report *r) {
	for (size_t i = 0; i < r->len; i++)
		free(r->items[i].found);
	r->len = 0;
}
