/* SPDX-License-Identifier: MIT */
/*
 * One HTTP request at a time, with limits on all that a server may choose: its time, the length of its answer, where it
 * sends us (redirects are not followed). Certificates are verified. The connection is kept for the next request.
 * Whether to try again is the caller's. One thread each.
 */
#ifndef EMIT_HTTP_CLIENT_H
#define EMIT_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"

#include <stdint.h>

#define HTTP_CONNECT_MS 5000
#define HTTP_TIMEOUT_MS 30000
#define HTTP_ANSWER_MAX (8 * 1024 * 1024)
#define HTTP_ERROR_SIZE 256

struct http_client;

struct http_request {
	const char *method;         /* NULL: POST if there is a body, else GET */
	const char *url;            /* http:// or https:// */
	const char *const *headers; /* "Name: value", NULL-ended; NULL: none of its own */
	const char *token;          /* bearer; NULL: none */
	const char *ca_file;        /* instead of the system's; NULL: those */
	const char *socket;         /* path of one that is connected to, whatever the URL's host; NULL: none */
	const void *body;
	size_t body_len;
	uint32_t connect_ms, timeout_ms; /* 0: the defaults above */
	size_t answer_max;               /* 0: HTTP_ANSWER_MAX */
};

struct http_answer {
	long status;                 /* 0: no answer came */
	struct buf body;             /* ends with a NUL that len does not count */
	uint32_t retry_after_s;      /* as the server wishes; 0: it says nothing */
	char error[HTTP_ERROR_SIZE]; /* in words, when no answer came */
};

/* Loads the library, which takes too long to do it before it is needed. 0; -ENOENT: it is not installed, with a
 * diagnostic; -ENOMEM. */
int http_client_new(struct http_client **ret, struct diags *ret_diags);
void http_client_free(struct http_client *c);
DEFINE_CLEANUP(struct http_client *, http_client_free)

/*
 * 0: an answer came, of whatever status. -ETIMEDOUT, -EHOSTUNREACH, -EPROTO (not HTTP, or TLS failed), -EMSGSIZE (a
 * longer answer than allowed), -EINVAL (a URL that is none), -ECANCELED (http_client_stop()), -ENOMEM: error says more.
 * ret is zero-initialised before; http_answer_release() it after.
 */
int http_client_send(struct http_client *c, const struct http_request *request, struct http_answer *ret);
void http_answer_release(struct http_answer *a);
/* From any thread: what is being sent and all that follows fails at once. */
void http_client_stop(struct http_client *c);

#endif
