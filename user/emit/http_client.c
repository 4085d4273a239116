/* SPDX-License-Identifier: MIT */
#define CURL_DISABLE_TYPECHECK
#include "emit/http_client.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

/* What is used of the library: each name once. */
#define CURL_FUNCTIONS(f)                                                                                              \
	f(curl_global_init) f(curl_easy_init) f(curl_easy_cleanup) f(curl_easy_setopt) f(curl_share_init)                  \
	    f(curl_share_setopt) f(curl_share_cleanup) f(curl_easy_perform) f(curl_easy_getinfo) f(curl_easy_strerror)     \
	        f(curl_slist_append) f(curl_slist_free_all)

#define DECLARE(name) __typeof__(name) *name;
static struct { CURL_FUNCTIONS(DECLARE) } lib;

struct http_client {
	CURLSH *connections; /* they stay from one request to the next */
	struct curl_slist *headers;
	int stopped;
};

/* While an answer comes. */
struct reception {
	struct http_client *client;
	const struct http_request *request;
	struct http_answer *answer;
	size_t max;
	int error;
};

static pthread_once_t loaded_once = PTHREAD_ONCE_INIT;
static bool loaded;

static void load(void) {
	/* Of the two builds the one with GnuTLS, which we use anyway. */
	static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
	void *so = NULL;
	for (size_t i = 0; !so && i < sizeof(names) / sizeof(*names); i++)
		so = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!so)
		return;
	loaded = true;
#define RESOLVE(name)                                                                                                  \
	lib.name = (__typeof__(lib.name))dlsym(so, #name);                                                                 \
	loaded = loaded && lib.name;
	CURL_FUNCTIONS(RESOLVE)
	loaded = loaded && lib.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

int http_client_new(struct http_client **ret, struct diags *ret_diags) {
	pthread_once(&loaded_once, load);
	if (!loaded) {
		diags_say(ret_diags, "HTTP needs libcurl, which is not installed: on Debian, apt install libcurl3-gnutls");
		return -ENOENT;
	}
	_cleanup_(http_client_freep) struct http_client *c = calloc(1, sizeof(*c));
	if (!c || !(c->connections = lib.curl_share_init()) ||
	    lib.curl_share_setopt(c->connections, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK)
		return -ENOMEM;
	*ret = take(c);
	return 0;
}

void http_client_free(struct http_client *c) {
	if (!c)
		return;
	if (c->connections)
		lib.curl_share_cleanup(c->connections);
	free(c);
}

void http_client_stop(struct http_client *c) {
	__atomic_store_n(&c->stopped, 1, __ATOMIC_RELAXED);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg) {
	struct reception *r = arg;
	size_t len = size * n;
	if (len > r->max - r->answer->body.len)
		r->error = -EMSGSIZE;
	else
		r->error = buf_append(&r->answer->body, data, len);
	return r->error ? 0 : len;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
	const struct reception *r = arg;
	(void)a, (void)b, (void)c, (void)d;
	return __atomic_load_n(&r->client->stopped, __ATOMIC_RELAXED);
}

static int add_header(struct http_client *c, const char *header) {
	struct curl_slist *longer = lib.curl_slist_append(c->headers, header);
	if (!longer)
		return -ENOMEM;
	c->headers = longer;
	return 0;
}

static int add_headers(struct http_client *c, const struct http_request *q) {
	_cleanup_free_ char *bearer = NULL;
	/* Without it a server is asked first whether a large body is welcome, and one that does not answer costs a second.
	 */
	int r = add_header(c, "Expect:");
	for (size_t i = 0; !r && q->headers && q->headers[i]; i++)
		r = add_header(c, q->headers[i]);
	if (r || !q->token)
		return r;
	if (asprintf(&bearer, "Authorization: Bearer %s", q->token) < 0)
		return -ENOMEM;
	return add_header(c, bearer);
}

static void set_up(CURL *h, struct http_client *c, const struct http_request *q, struct reception *r) {
	lib.curl_easy_setopt(h, CURLOPT_SHARE, c->connections);
	lib.curl_easy_setopt(h, CURLOPT_URL, q->url);
	lib.curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, q->socket);
	lib.curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	lib.curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	lib.curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	lib.curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)(q->connect_ms ? q->connect_ms : HTTP_CONNECT_MS));
	lib.curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(q->timeout_ms ? q->timeout_ms : HTTP_TIMEOUT_MS));
	lib.curl_easy_setopt(h, CURLOPT_USERAGENT, "logspill/" LOGSPILL_VERSION);
	lib.curl_easy_setopt(h, CURLOPT_ERRORBUFFER, r->answer->error);
	lib.curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	lib.curl_easy_setopt(h, CURLOPT_WRITEDATA, r);
	lib.curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
	lib.curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
	lib.curl_easy_setopt(h, CURLOPT_XFERINFODATA, r);
	lib.curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->headers);
	if (q->ca_file)
		lib.curl_easy_setopt(h, CURLOPT_CAINFO, q->ca_file);
	if (q->body) {
		lib.curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
		lib.curl_easy_setopt(h, CURLOPT_POSTFIELDS, q->body);
	}
	if (q->method)
		lib.curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, q->method);
}

static int error_of(CURLcode code, const struct reception *r) {
	switch (code) {
	case CURLE_OK:
		return 0;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return -EHOSTUNREACH;
	case CURLE_URL_MALFORMAT:
		return -EINVAL;
	case CURLE_UNSUPPORTED_PROTOCOL: /* of the URL; or of an answer that is not HTTP/1 */
		return !strncmp(r->request->url, "http", 4) ? -EPROTO : -EINVAL;
	case CURLE_ABORTED_BY_CALLBACK:
		return -ECANCELED;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	case CURLE_WRITE_ERROR:
		return r->error ? r->error : -EPROTO;
	default:
		return -EPROTO;
	}
}

static void handle_cleanup(CURL **h) {
	if (*h)
		lib.curl_easy_cleanup(*h);
}

static int perform(struct http_client *c, const struct http_request *q, struct http_answer *answer) {
	struct reception r = {
	    .client = c, .request = q, .answer = answer, .max = q->answer_max ? q->answer_max : HTTP_ANSWER_MAX};
	curl_off_t wait = 0;
	/* One for each request: with the last one's, libcurl 7.88 takes a header that begins with a blank for more of a
	 * header of the answer before, which it has freed. */
	_cleanup_(handle_cleanup) CURL *h = lib.curl_easy_init();
	if (!h)
		return -ENOMEM;
	set_up(h, c, q, &r);
	CURLcode code = lib.curl_easy_perform(h);
	int error = error_of(code, &r);
	if (error == -EMSGSIZE)
		snprintf(answer->error, sizeof(answer->error), "the answer is longer than %zu bytes", r.max);
	else if (error && !*answer->error)
		snprintf(answer->error, sizeof(answer->error), "%s", lib.curl_easy_strerror(code));
	if (error)
		return error;
	lib.curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer->status);
	lib.curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &wait);
	answer->retry_after_s = wait > 0 && wait < 86400 ? (uint32_t)wait : 0;
	*answer->error = 0;
	error = buf_append(&answer->body, "", 1);
	answer->body.len -= !error;
	return error;
}

int http_client_send(struct http_client *c, const struct http_request *request, struct http_answer *ret) {
	*ret = (struct http_answer){0};
	int r = __atomic_load_n(&c->stopped, __ATOMIC_RELAXED) ? -ECANCELED : add_headers(c, request);
	if (!r)
		r = perform(c, request, ret);
	else
		snprintf(ret->error, sizeof(ret->error), "%s", strerror(-r));
	lib.curl_slist_free_all(c->headers);
	c->headers = NULL;
	return r;
}

void http_answer_release(struct http_answer *a) {
	buf_release(&a->body);
}
