/* SPDX-License-Identifier: MIT */
/* A POST of JSON for each event. */
#include "emit/output_driver.h"

#include <errno.h>

struct webhook {
	struct output_http http;
	const struct output_form *form;
};

static int webhook_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	const struct output_form *form = output_form_find(o->form);
	if (!form)
		return output_complain(ret_diags, o, "there is no form '%s': logspill, ecs or ocsf", o->form);
	_cleanup_free_ struct webhook *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->form = form;
	int r = output_http_init(&w->http, o, "/", ret_diags);
	if (!r)
		*ret = take(w);
	return r;
}

static int webhook_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	struct webhook *w = handle;
	for (; ret->taken < len; ret->taken++) {
		_cleanup_free_ char *json = output_form_text(w->form, &events[ret->taken]);
		int r = json ? output_http_post(&w->http, json, ret) : -ENOMEM;
		if (r == -EBADMSG)
			ret->refused++;
		else if (r)
			return r;
	}
	return 0;
}

static void webhook_stop(void *handle) {
	http_client_stop(((struct webhook *)handle)->http.client);
}

static void webhook_close(void *handle) {
	struct webhook *w = handle;
	output_http_release(&w->http);
	free(w);
}

const struct output_driver output_webhook = {
    .name = "webhook", .open = webhook_open, .send = webhook_send, .stop = webhook_stop, .close = webhook_close};
