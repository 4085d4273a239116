/* SPDX-License-Identifier: MIT */
/* What drivers read out of an event. */
#include "emit/output_driver.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "rule/rule.h"

#include <errno.h>
#include <string.h>

int output_event_read(struct output_event *e) {
	json_auto_t *fields = NULL;
	int r = json_decode(e->json, strlen(e->json), 0, &fields);
	if (!r && !json_is_object(fields))
		r = -EBADMSG;
	if (!r)
		e->fields = take(fields);
	return r;
}

static const json_t *member(const json_t *event, const char *path) {
	char key[32];
	while (event && *path) {
		size_t len = strcspn(path, ".");
		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = 0;
		event = json_object_get(event, key);
		path += len + (path[len] == '.');
	}
	return event;
}

const char *output_text(const json_t *event, const char *path) {
	return json_string_value(member(event, path)) ?: "";
}

json_int_t output_integer(const json_t *event, const char *path) {
	return json_integer_value(member(event, path));
}

unsigned int output_rank(const json_t *event) {
	const char *severity = output_text(event, "rule.severity");
	for (enum rule_severity s = RULE_INFO; s <= RULE_CRITICAL; s++)
		if (!strcmp(severity, rule_severity_name(s)))
			return RULE_CRITICAL - s;
	return RULE_CRITICAL - RULE_INFO;
}

char *output_words(const json_t *event, enum output_kind kind) {
	char *words;
	if (kind == OUTPUT_STATE)
		return asprintf(&words, "logspill: %s", output_text(event, "verdict")) < 0 ? NULL : words;
	const char *program = output_text(event, "process.name");
	json_int_t count = output_integer(event, "logspill.count");
	int len = asprintf(&words, "%s%s (%s) logged by %s to %s: %lld %s, such as %s",
	                   kind == OUTPUT_RESOLVED ? "No longer: " : "", output_text(event, "rule.name"),
	                   output_text(event, "rule.severity"), *program ? program : "a program",
	                   output_text(event, "logspill.sink.path"), (long long)count, count == 1 ? "match" : "matches",
	                   output_text(event, "logspill.masked"));
	return len < 0 ? NULL : words;
}
