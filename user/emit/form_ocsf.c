/* SPDX-License-Identifier: MIT */
/*
 * Open Cybersecurity Schema Framework 1.3: Data Security Finding, class 2006. data_security.pattern_match, which is for
 * the value itself, is left empty.
 */
#include "emit/format.h"
#include "emit/output_driver.h"

#include <string.h>
#include <time.h>

#define OCSF_VERSION "1.3.0"
#define CLASS_UID 2006
#define CATEGORY_UID 2

enum activity { ACTIVITY_CREATE = 1, ACTIVITY_UPDATE = 2, ACTIVITY_CLOSE = 3 };

static enum activity activity_of(const json_t *event) {
	const char *action = output_text(event, "event.action");
	return !strcmp(action, "resolved") ? ACTIVITY_CLOSE : !strcmp(action, "update") ? ACTIVITY_UPDATE : ACTIVITY_CREATE;
}

/* Milliseconds of an RFC 3339 time of ours. */
static json_int_t milliseconds(const char *text) {
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int ms = 0;
	if (!rest)
		return 0;
	for (int i = 1; i <= 3 && *rest == '.' && rest[i] >= '0' && rest[i] <= '9'; i++)
		ms = ms * 10 + rest[i] - '0';
	return (json_int_t)timegm(&tm) * 1000 + ms;
}

static json_t *finding_info(const json_t *event, const char *words) {
	json_int_t first = milliseconds(output_text(event, "logspill.first_seen"));
	json_int_t last = milliseconds(output_text(event, "logspill.last_seen"));
	return json_pack("{s:s,s:s,s:s,s:[s],s:I,s:I,s:I,s:I,s:{s:s,s:s,s:i,s:s}}", "uid",
	                 output_text(event, "logspill.finding_id"), "title", output_text(event, "rule.name"), "desc", words,
	                 "types", "Personal data in a log", "created_time", first, "first_seen_time", first,
	                 "last_seen_time", last, "modified_time", last, "analytic", "name", output_text(event, "rule.name"),
	                 "uid", output_text(event, "rule.id"), "type_id", 1, "type", "Rule");
}

static json_t *data_security(void) {
	return json_pack("{s:i,s:s,s:i,s:s,s:s,s:i,s:s}", "category_id", 1, "category", "Personal",
	                 "data_lifecycle_state_id", 1, "data_lifecycle_state", "Data at-rest", "pattern_match", "",
	                 "detection_system_id", 99, "detection_system", "logspill");
}

static int set(json_t *object, const char *key, json_t *value) {
	return json_object_set_new(object, key, value);
}

static int add_places(json_t *ocsf, const json_t *event) {
	const char *host = output_text(event, "host.name"), *container = output_text(event, "container.id");
	const char *path = output_text(event, "logspill.sink.path");
	json_t *process =
	    json_pack("{s:s,s:I,s:{s:s,s:s,s:i}}", "name", output_text(event, "process.name"), "pid",
	              output_integer(event, "process.pid"), "file", "name", output_text(event, "process.name"), "path",
	              output_text(event, "process.executable"), "type_id", 1);
	int r = set(ocsf, "actor", json_pack("{s:o}", "process", process));
	if (!r && *container)
		r = set(process, "container", json_pack("{s:s}", "uid", container));
	if (!r)
		r = set(ocsf, "file", json_pack("{s:s,s:s,s:i}", "name", path, "path", path, "type_id", 1));
	if (!r && *host)
		r = set(ocsf, "device", json_pack("{s:s,s:i}", "hostname", host, "type_id", 0));
	return r;
}

json_t *form_ocsf(const json_t *event) {
	static const char *const names[] = {"Critical", "High", "Medium", "Low", "Informational"};
	static const char *const activities[] = {"Unknown", "Create", "Update", "Close"};
	if (strcmp(output_text(event, "schema"), "logspill.finding/v1"))
		return json_deep_copy(event);
	enum activity activity = activity_of(event);
	unsigned int rank = output_rank(event);
	_cleanup_free_ char *words = output_words(event, activity == ACTIVITY_CLOSE ? OUTPUT_RESOLVED : OUTPUT_UPDATE);
	if (!words)
		return NULL;
	json_t *ocsf = json_pack(
	    "{s:i,s:s,s:i,s:s,s:i,s:i,s:s,s:i,s:s,s:i,s:s,s:I,s:I,s:s,s:b,s:{s:s,s:{s:s,s:s,s:s}},s:o,s:o,s:O}",
	    "class_uid", CLASS_UID, "class_name", "Data Security Finding", "category_uid", CATEGORY_UID, "category_name",
	    "Findings", "type_uid", CLASS_UID * 100 + (int)activity, "activity_id", (int)activity, "activity_name",
	    activities[activity], "severity_id", 5 - (int)rank, "severity", names[rank], "status_id",
	    activity == ACTIVITY_CLOSE ? 4 : 1, "status", activity == ACTIVITY_CLOSE ? "Resolved" : "New", "time",
	    milliseconds(output_text(event, "@timestamp")), "count", output_integer(event, "logspill.count"), "message",
	    words, "is_alert", 1, "metadata", "version", OCSF_VERSION, "product", "name", "logspill", "vendor_name",
	    "logspill", "version", LOGSPILL_VERSION, "finding_info", finding_info(event, words), "data_security",
	    data_security(), "unmapped", json_object_get(event, "logspill"));
	if (ocsf && add_places(ocsf, event)) {
		json_decref(ocsf);
		return NULL;
	}
	return ocsf;
}
