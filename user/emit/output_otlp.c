/* SPDX-License-Identifier: MIT */
/* OpenTelemetry logs over OTLP/HTTP, JSON encoding: one request a batch. 64-bit integers are text there. */
#include "emit/output_driver.h"

#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <string.h>

static int otlp_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	_cleanup_free_ struct output_http *h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	int r = output_http_init(h, o, "/v1/logs", ret_diags);
	if (!r)
		*ret = take(h);
	return r;
}

static json_t *attribute(const char *key, const char *value) {
	return json_pack("{s:s,s:{s:s}}", "key", key, "value", "stringValue", value);
}

static int add_attributes(json_t *array, const json_t *event) {
	static const char *const names[][2] = {
	    {"event.action", "event.action"},
	    {"rule.id", "rule.id"},
	    {"rule.name", "rule.name"},
	    {"rule.severity", "rule.severity"},
	    {"logspill.finding_id", "logspill.finding_id"},
	    {"logspill.entity", "logspill.entity"},
	    {"logspill.masked", "logspill.masked"},
	    {"logspill.fingerprint", "logspill.fingerprint"},
	    {"log.file.path", "logspill.sink.path"},
	    {"process.executable.name", "process.name"},
	    {"process.executable.path", "process.executable"},
	    {"container.id", "container.id"},
	    {"service.name", "service.name"},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = output_text(event, names[i][1]);
		if (*value && json_array_append_new(array, attribute(names[i][0], value)))
			return -ENOMEM;
	}
	char count[24];
	snprintf(count, sizeof(count), "%lld", (long long)output_integer(event, "logspill.count"));
	return json_array_append_new(array, json_pack("{s:s,s:{s:s}}", "key", "logspill.count", "value", "intValue", count))
	           ? -ENOMEM
	           : 0;
}

/* Severity numbers of the log data model: FATAL 21, ERROR 17, WARN 13, INFO 9, DEBUG 5. */
static json_t *record(const struct output_event *e) {
	static const char *const names[] = {"FATAL", "ERROR", "WARN", "INFO", "DEBUG"};
	_cleanup_free_ char *words = output_words(e->fields, e->kind);
	char time[24], now[24];
	if (!words)
		return NULL;
	unsigned int rank = output_rank(e->fields);
	snprintf(time, sizeof(time), "%lu", e->time_ns);
	snprintf(now, sizeof(now), "%lu", clock_realtime_ns());
	json_t *attributes = json_array();
	if (!attributes || add_attributes(attributes, e->fields)) {
		json_decref(attributes);
		return NULL;
	}
	return json_pack("{s:s,s:s,s:i,s:s,s:{s:s},s:o}", "timeUnixNano", time, "observedTimeUnixNano", now,
	                 "severityNumber", 21 - 4 * (int)rank, "severityText", names[rank], "body", "stringValue", words,
	                 "attributes", attributes);
}

static char *request(const struct output_event *events, size_t len) {
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	json_t *records = json_array();
	for (size_t i = 0; records && i < len; i++) {
		if (json_array_append_new(records, record(&events[i]))) {
			json_decref(records);
			records = NULL;
		}
	}
	if (!records)
		return NULL;
	json_auto_t *all = json_pack("{s:[{s:{s:[o,o]},s:[{s:{s:s,s:s},s:o}]}]}", "resourceLogs", "resource", "attributes",
	                             attribute("service.name", "logspill"), attribute("host.name", host), "scopeLogs",
	                             "scope", "name", "logspill", "version", LOGSPILL_VERSION, "logRecords", records);
	return all ? json_encode(all, JSON_COMPACT) : NULL;
}

static int otlp_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	_cleanup_free_ char *json = request(events, len);
	int r = json ? output_http_post(handle, json, ret) : -ENOMEM;
	if (r && r != -EBADMSG)
		return r;
	ret->taken = len;
	ret->refused = r ? len : 0;
	return 0;
}

static void otlp_stop(void *handle) {
	http_client_stop(((struct output_http *)handle)->client);
}

static void otlp_close(void *handle) {
	output_http_release(handle);
	free(handle);
}

const struct output_driver output_otlp = {
    .name = "otlp", .open = otlp_open, .send = otlp_send, .stop = otlp_stop, .close = otlp_close};
