/* SPDX-License-Identifier: MIT */
#include "emit/output_driver.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

static bool is_url(const char *s) {
	return s && (!strncmp(s, "http://", 7) || !strncmp(s, "https://", 8));
}

/* The path is added to a URL that has none. */
static char *full_url(const char *url, const char *path) {
	const char *host = strstr(url, "://") + 3, *slash = strchr(host, '/');
	size_t len = strlen(url);
	char *ret;
	if (slash && slash[1])
		return strdup(url);
	return asprintf(&ret, "%.*s%s", (int)(slash ? len - 1 : len), url, path) < 0 ? NULL : ret;
}

int output_http_init(struct output_http *h, const struct output_settings *o, const char *path,
                     struct diags *ret_diags) {
	if (!is_url(o->url))
		return output_complain(ret_diags, o, "needs `url`: http://... or https://...");
	if (o->token && strpbrk(o->token, "\r\n"))
		return output_complain(ret_diags, o, "the token has more than one line");
	*h = (struct output_http){.timeout_ms = o->timeout_ms, .url = full_url(o->url, path)};
	int r = h->url ? text_copy(&h->token, o->token) : -ENOMEM;
	if (!r)
		r = text_copy(&h->ca_file, o->ca_file);
	if (!r)
		r = http_client_new(&h->client, ret_diags);
	if (r)
		output_http_release(h);
	return r;
}

void output_http_release(struct output_http *h) {
	http_client_free(h->client);
	if (h->token)
		explicit_bzero(h->token, strlen(h->token));
	free(h->token);
	free(h->ca_file);
	free(h->url);
	*h = (struct output_http){0};
}

/* What was wrong with the request itself will be so again; a path that is not there or a login that fails is repaired.
 */
static bool is_for_good(long status) {
	return status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 && status != 408 &&
	       status != 425 && status != 429;
}

int output_http_post(struct output_http *h, const char *json, struct output_result *ret) {
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	const struct http_request request = {
	    .url = h->url,
	    .headers = headers,
	    .token = h->token,
	    .ca_file = h->ca_file,
	    .body = json,
	    .body_len = strlen(json),
	    .timeout_ms = h->timeout_ms ? h->timeout_ms : 10000,
	    .answer_max = 64 * 1024,
	};
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	int r = http_client_send(h->client, &request, &answer);
	if (r)
		return output_fail(ret, r, "%s", answer.error);
	if (answer.status >= 200 && answer.status < 300)
		return 0;
	ret->wait_s = answer.retry_after_s;
	/* What the server says beside may repeat what it was sent. */
	return output_fail(ret, is_for_good(answer.status) ? -EBADMSG : -EAGAIN, "the server answers %ld", answer.status);
}
