/* SPDX-License-Identifier: MIT */
/*
 * The agent's port: /metrics, /healthz, /readyz, the JSON API below /api/v1/, and a page with events if there is one.
 * Answers come from the newest snapshot alone, on a thread of its own: no request reaches the watch. Loopback unless
 * there are TLS and a token. Names in the Host header that are not ours are refused, so that a web page that has its
 * name resolve to this host reads nothing.
 */
#ifndef EMIT_HTTP_SERVER_H
#define EMIT_HTTP_SERVER_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "emit/finding_list.h"

#include <stdint.h>

#define HTTP_SERVER_PORT 10532
#define HTTP_CONNECTIONS_MAX 128
#define HTTP_REQUEST_S 15

struct http_server;

/* What is shown at / and /events; buffers are the callee's to append to. 0 or -errno. Any thread. */
struct http_page {
	/* now is NULL before there is one; with the findings that are asked for. */
	int (*page)(struct buf *out, const struct snapshot *now, const struct finding_query *query);
	enum finding_order order; /* of these, unless another one is asked for */
	bool descending;
	const char *policy; /* of its content, for the header of that name */
	/* What has changed since `before` (NULL: all), as server-sent events. Nothing appended: nothing to say. */
	int (*events)(struct buf *out, const struct snapshot *now, const struct snapshot *before);
};

struct http_query;
struct http_reply;

/* What somebody else answers, by GET or POST; what is posted is not looked at. 0 or -ENOMEM. The server's thread: who
 * takes long holds up all others. */
struct http_path {
	const char *path;
	int (*answer)(void *arg, const struct http_query *q, struct http_reply *r);
};

struct http_server_options {
	const char *address; /* "127.0.0.1:10532", "[::1]:10532"; NULL: the former; port 0: any that is free */
	const char *socket;  /* instead: absolute path of one for our user alone, without TLS and token; NULL: none */
	const char *token;   /* that each request but /healthz and /readyz must bring, as bearer or password; NULL: none */
	const char *cert_file, *key_file; /* PEM; NULL: no TLS */
	const char *const *names;         /* further names that it is asked by, NULL-ended; NULL: none */
	uint32_t request_s;               /* for a request to be complete; 0: HTTP_REQUEST_S */
	const struct http_page *page;     /* NULL: none */
	const struct http_path *paths;    /* ended by one without path; NULL: none */
	void *paths_arg;
};

/* Reads what it needs; listens to nobody. The board must outlive it. 0; -EINVAL, ... with a diagnostic. */
int http_server_new(struct http_server **ret, const struct http_server_options *o, struct snapshot_board *board,
                    struct diags *ret_diags);
/* Makes the socket, if there is to be one, where its folder may be written to now. What nobody listens at any more
 * makes way. 0; -EADDRINUSE, ... with a diagnostic. */
int http_server_bind(struct http_server *s, struct diags *ret_diags);
/* Once: listens, on a thread of its own. 0; -EADDRINUSE, ... with a diagnostic. */
int http_server_start(struct http_server *s, struct diags *ret_diags);
void http_server_free(struct http_server *s);
DEFINE_CLEANUP(struct http_server *, http_server_free)
uint16_t http_server_port(const struct http_server *s);
/* To be called once a second, after snapshot_publish(): sends events, and ends connections that dawdle. */
void http_server_tick(struct http_server *s);

#endif
