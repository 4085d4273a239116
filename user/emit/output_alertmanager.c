/* SPDX-License-Identifier: MIT */
/*
 * Alertmanager, API v2. An alert is a finding; it fires until the finding is resolved or waived. Alertmanager keeps
 * alerts in memory alone, so each says when it ends by itself, and is sent again in time: five times until then.
 */
#include "emit/output_driver.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <string.h>

#define ENDS_NS 300000000000ull
#define TIMES 5
#define FIRING_MAX 4096 /* sent again; what is above ends by itself if nothing new is heard of it */
#define AGAIN_BATCH 256
#define TIME_SIZE 40

struct firing {
	char *finding_id;
	char *alert; /* JSON without endsAt: as objects thousands of them would take megabytes */
};

struct alertmanager {
	struct output_http http;
	uint64_t ends_ns, since_ns; /* since: when all that fires was last begun to be sent again */
	struct firing *firing;
	size_t firing_len;
	size_t again; /* so many were sent since; all others are to be */
};

static int alertmanager_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	_cleanup_free_ struct alertmanager *a = calloc(1, sizeof(*a));
	_cleanup_free_ struct firing *firing = calloc(FIRING_MAX, sizeof(*firing));
	if (!a || !firing)
		return -ENOMEM;
	a->ends_ns = o->resolve_ns ?: ENDS_NS;
	a->since_ns = clock_monotonic_ns();
	int r = output_http_init(&a->http, o, "/api/v2/alerts", ret_diags);
	if (r)
		return r;
	a->firing = take(firing);
	*ret = take(a);
	return 0;
}

static int put_text(json_t *object, const char *key, const json_t *event, const char *path) {
	const char *text = output_text(event, path);
	return *text ? json_object_set_new(object, key, json_string(text)) : 0;
}

/* What tells one alert from another: nothing in it may change while it fires. */
static json_t *make_labels(const json_t *event) {
	static const char *const names[][2] = {
	    {"finding_id", "logspill.finding_id"}, {"rule", "rule.id"},           {"severity", "rule.severity"},
	    {"entity", "logspill.entity"},         {"category", "rule.category"}, {"process", "process.name"},
	    {"sink", "logspill.sink.path"},        {"host", "host.name"},         {"service", "service.name"},
	};
	json_t *labels = json_pack("{s:s}", "alertname", "PersonalDataInLog");
	int r = labels ? 0 : -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !r; i++)
		r = put_text(labels, names[i][0], event, names[i][1]);
	if (!r)
		return labels;
	json_decref(labels);
	return NULL;
}

static json_t *make_annotations(const json_t *event) {
	_cleanup_free_ char *words = output_words(event, OUTPUT_UPDATE);
	json_t *annotations = words ? json_pack("{s:s}", "summary", words) : NULL;
	if (annotations && (put_text(annotations, "description", event, "logspill.remediation") ||
	                    put_text(annotations, "template", event, "logspill.template") ||
	                    put_text(annotations, "container_id", event, "container.id"))) {
		json_decref(annotations);
		return NULL;
	}
	return annotations;
}

static json_t *make_alert(const json_t *event) {
	json_t *labels = make_labels(event), *annotations = make_annotations(event);
	/* json_pack() takes both over, and fails when one is missing. */
	return json_pack("{s:o,s:o,s:s}", "labels", labels, "annotations", annotations, "startsAt",
	                 output_text(event, "logspill.first_seen"));
}

static void forget(struct alertmanager *a, size_t i) {
	free(a->firing[i].finding_id);
	free(a->firing[i].alert);
	if (i < a->again) {
		a->firing[i] = a->firing[--a->again];
		i = a->again;
	}
	a->firing[i] = a->firing[--a->firing_len];
}

static bool forget_finding(struct alertmanager *a, const char *finding_id) {
	for (size_t i = 0; i < a->firing_len; i++) {
		if (!strcmp(a->firing[i].finding_id, finding_id)) {
			forget(a, i);
			return true;
		}
	}
	return false;
}

/* It is sent now. */
static void remember(struct alertmanager *a, const char *finding_id, const json_t *alert) {
	if (a->firing_len == FIRING_MAX)
		return;
	struct firing f = {strdup(finding_id), json_encode(alert, JSON_COMPACT)};
	if (!f.finding_id || !f.alert) {
		free(f.finding_id);
		free(f.alert);
		return; /* it ends by itself */
	}
	a->firing[a->firing_len++] = a->firing[a->again];
	a->firing[a->again++] = f;
}

static int set_end(json_t *alert, uint64_t end_ns) {
	char text[TIME_SIZE];
	return json_object_set_new(alert, "endsAt", json_string(clock_rfc3339(text, sizeof(text), end_ns)));
}

/* Appends the event's alert, if it is one. */
static int add_alert(struct alertmanager *a, json_t *alerts, const struct output_event *e) {
	if (e->kind == OUTPUT_STATE)
		return 0;
	uint64_t now = clock_realtime_ns();
	bool fires =
	    e->kind != OUTPUT_RESOLVED && !json_is_true(json_object_get(json_object_get(e->fields, "logspill"), "waived"));
	bool fired = forget_finding(a, e->finding_id);
	if (!fires && !fired && e->kind != OUTPUT_RESOLVED)
		return 0; /* waived from the start */
	json_t *alert = make_alert(e->fields);
	if (!alert)
		return -ENOMEM;
	if (fires)
		remember(a, e->finding_id, alert);
	return set_end(alert, fires ? now + a->ends_ns : now) || json_array_append_new(alerts, alert) ? -ENOMEM : 0;
}

static int post(struct alertmanager *a, const json_t *alerts, struct output_result *ret) {
	_cleanup_free_ char *json = json_encode(alerts, JSON_COMPACT);
	if (!json)
		return -ENOMEM;
	return json_array_size(alerts) ? output_http_post(&a->http, json, ret) : 0;
}

static int alertmanager_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	json_auto_t *alerts = json_array();
	int r = alerts ? 0 : -ENOMEM;
	for (size_t i = 0; i < len && !r; i++)
		r = add_alert(handle, alerts, &events[i]);
	if (!r)
		r = post(handle, alerts, ret);
	if (r && r != -EBADMSG)
		return r;
	ret->taken = len;
	ret->refused = r ? len : 0; /* some may have been taken: it does not say */
	return 0;
}

static int alertmanager_tick(void *handle, struct output_result *ret) {
	struct alertmanager *a = handle;
	uint64_t now = clock_monotonic_ns();
	if (a->again == a->firing_len) {
		if (now - a->since_ns < a->ends_ns / TIMES)
			return 0;
		a->since_ns = now;
		a->again = 0;
	}
	json_auto_t *alerts = json_array();
	size_t i = a->again, end = i + AGAIN_BATCH < a->firing_len ? i + AGAIN_BATCH : a->firing_len;
	for (; i < end; i++) {
		json_t *alert;
		if (json_decode(a->firing[i].alert, strlen(a->firing[i].alert), 0, &alert) ||
		    json_array_append_new(alerts, alert) || set_end(alert, clock_realtime_ns() + a->ends_ns))
			return -ENOMEM;
	}
	int r = post(a, alerts, ret);
	if (!r)
		a->again = end;
	return r;
}

static void alertmanager_stop(void *handle) {
	http_client_stop(((struct alertmanager *)handle)->http.client);
}

static void alertmanager_close(void *handle) {
	struct alertmanager *a = handle;
	while (a->firing_len)
		forget(a, a->firing_len - 1);
	free(a->firing);
	output_http_release(&a->http);
	free(a);
}

const struct output_driver output_alertmanager = {.name = "alertmanager",
                                                  .open = alertmanager_open,
                                                  .send = alertmanager_send,
                                                  .tick = alertmanager_tick,
                                                  .stop = alertmanager_stop,
                                                  .close = alertmanager_close};
