/* SPDX-License-Identifier: MIT */
#include "agent/remote.h"

#include "agent/remote_read.h"
#include "agent/token.h"
#include "base/json.h"
#include "base/text.h"
#include "base/thread.h"
#include "emit/http_client.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define LOCAL "unix:"
#define PERIOD_S 1
#define CONNECT_MS 3000
#define TIMEOUT_MS 10000
#define ANSWER_MAX (64 * 1024 * 1024)
#define SAID_MAX 200 /* of what a server says */

struct remote {
	struct http_client *client; /* the thread's, once there is one */
	char *url, *ca_file;
	struct buf token;
	struct snapshot_board *board;
	int news; /* eventfd */
	pthread_t thread;
	bool runs;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *text; /* under the lock, as all below */
	struct finding_query query;
	bool wanted_anew, ends;
	char *trouble;
};

static int complain(char **ret_trouble, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int complain(char **ret_trouble, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	*ret_trouble = text_vformat(fmt, args);
	va_end(args);
	return -EPROTO;
}

/* What is at the path, for the caller to free. 0, or -errno with the reason. */
static int ask(struct remote *r, const char *path, json_t **ret, char **ret_trouble) {
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	const char *local = !strncmp(r->url, LOCAL, strlen(LOCAL)) ? r->url + strlen(LOCAL) : NULL;
	_cleanup_free_ char *url = text_format("%s%s", local ? "http://localhost" : r->url, path);
	if (!url)
		return -ENOMEM;
	const struct http_request request = {.url = url,
	                                     .token = r->token.data,
	                                     .ca_file = r->ca_file,
	                                     .socket = local,
	                                     .connect_ms = CONNECT_MS,
	                                     .timeout_ms = TIMEOUT_MS,
	                                     .answer_max = ANSWER_MAX};
	if (http_client_send(r->client, &request, &answer))
		return complain(ret_trouble, "no answer from %s: %s", r->url, answer.error);
	if (answer.status == 401)
		return complain(ret_trouble, "%s wants a token: --token-file FILE", r->url);
	json_t *json = NULL;
	if (answer.status == 200 && answer.body.data && json_decode(answer.body.data, answer.body.len, 0, &json) == -ENOMEM)
		return -ENOMEM;
	if (json_is_object(json)) {
		*ret = json;
		return 0;
	}
	json_decref(json);
	_cleanup_free_ char *said =
	    answer.body.data ? text_visible(answer.body.data, strnlen(answer.body.data, SAID_MAX)) : NULL;
	return complain(ret_trouble, "%s is no agent's address, or not ready: status %ld, %s", r->url, answer.status,
	                said ? said : "");
}

static int ask_for(struct remote *r, struct snapshot *s, const char *path,
                   int (*read)(struct snapshot *s, const json_t *json), char **ret_trouble) {
	json_t *json = NULL;
	int error = ask(r, path, &json, ret_trouble);
	if (!error)
		error = read(s, json);
	json_decref(json);
	return error;
}

static char *findings_path(struct remote *r) {
	pthread_mutex_lock(&r->lock);
	_cleanup_free_ char *text = text_parameter(r->text ? r->text : "");
	char *path = text ? text_format("/api/v1/findings?limit=%d&sort=%s%s&q=%s", FINDING_LIST_MAX,
	                                r->query.descending ? "-" : "", finding_order_name(r->query.order), text)
	                  : NULL;
	r->wanted_anew = false;
	pthread_mutex_unlock(&r->lock);
	return path;
}

static int take_snapshot(struct remote *r, char **ret_trouble) {
	_cleanup_(snapshot_dropp) struct snapshot *s = snapshot_new();
	_cleanup_free_ char *findings = findings_path(r);
	if (!s || !findings)
		return -ENOMEM;
	int error = ask_for(r, s, "/api/v1/status", remote_read_status, ret_trouble);
	if (!error)
		error = ask_for(r, s, "/api/v1/targets?limit=1000", remote_read_targets, ret_trouble);
	if (!error)
		error = ask_for(r, s, "/api/v1/coverage?limit=1000", remote_read_coverage, ret_trouble);
	if (!error)
		error = ask_for(r, s, findings, remote_read_findings, ret_trouble);
	if (!error)
		snapshot_publish(r->board, take(s));
	return error;
}

/* Until the next one is due, or something else is wanted. false: it ends. */
static bool wait_for_next(struct remote *r) {
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PERIOD_S;
	while (!r->ends && !r->wanted_anew && pthread_cond_timedwait(&r->changed, &r->lock, &until) != ETIMEDOUT)
		;
	return !r->ends;
}

static void *run(void *arg) {
	struct remote *r = arg;
	pthread_mutex_lock(&r->lock);
	while (wait_for_next(r)) {
		char *trouble = NULL;
		pthread_mutex_unlock(&r->lock);
		int error = take_snapshot(r, &trouble);
		if (error && !trouble)
			trouble = strdup(strerror(-error));
		pthread_mutex_lock(&r->lock);
		free(r->trouble);
		r->trouble = trouble;
		eventfd_write(r->news, 1);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static int prepare(struct remote *r, const struct remote_options *o, struct diags *diags) {
	pthread_condattr_t monotonic;
	size_t len = strlen(o->url);
	while (len && o->url[len - 1] == '/')
		len--;
	r->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->query = (struct finding_query){.order = FINDING_BY_SEVERITY, .descending = true};
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r->url = strndup(o->url, len);
	r->ca_file = o->ca_file ? strdup(o->ca_file) : NULL;
	if (r->news < 0)
		return -errno;
	if (!r->url || (o->ca_file && !r->ca_file))
		return -ENOMEM;
	int error = o->token_file ? token_read(o->token_file, &r->token, diags) : 0;
	if (!error)
		error = snapshot_board_new(&r->board);
	return error ? error : http_client_new(&r->client, diags);
}

static int start(struct remote *r) {
	int error = thread_start(&r->thread, "agent", run, r);
	r->runs = !error;
	return error;
}

int remote_open(struct remote **ret, const struct remote_options *o, struct diags *ret_diags) {
	_cleanup_(remote_closep) struct remote *r = calloc(1, sizeof(*r));
	_cleanup_free_ char *trouble = NULL;
	if (!r)
		return -ENOMEM;
	int error = prepare(r, o, ret_diags);
	if (!error)
		error = take_snapshot(r, &trouble);
	if (trouble)
		diags_say(ret_diags, "%s", trouble);
	if (!error)
		error = start(r);
	if (error)
		return error;
	eventfd_write(r->news, 1);
	*ret = take(r);
	return 0;
}

void remote_close(struct remote *r) {
	if (!r)
		return;
	if (r->runs) {
		pthread_mutex_lock(&r->lock);
		r->ends = true;
		pthread_cond_signal(&r->changed);
		pthread_mutex_unlock(&r->lock);
		http_client_stop(r->client);
		pthread_join(r->thread, NULL);
	}
	http_client_free(r->client);
	snapshot_board_free(r->board);
	if (r->news >= 0)
		close(r->news);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	buf_release(&r->token);
	free(r->url);
	free(r->ca_file);
	free(r->text);
	free(r->trouble);
	free(r);
}

int remote_fd(const struct remote *r) {
	return r->news;
}

void remote_want(struct remote *r, const struct finding_query *query) {
	const char *text = query->text ? query->text : "";
	pthread_mutex_lock(&r->lock);
	if (r->query.order != query->order || r->query.descending != query->descending ||
	    strcmp(r->text ? r->text : "", text) != 0) {
		free(r->text);
		r->text = strdup(text);
		r->query = *query;
		r->wanted_anew = true;
		pthread_cond_signal(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
}

struct snapshot *remote_newest(struct remote *r, char **ret_trouble) {
	eventfd_t news;
	eventfd_read(r->news, &news);
	pthread_mutex_lock(&r->lock);
	*ret_trouble = r->trouble ? strdup(r->trouble) : NULL;
	pthread_mutex_unlock(&r->lock);
	return snapshot_newest(r->board);
}
