/* SPDX-License-Identifier: MIT */
/* What a request asks and what it gets: for the files of the server. */
#ifndef EMIT_HTTP_REPLY_H
#define EMIT_HTTP_REPLY_H

#include "base/buf.h"
#include "emit/finding_list.h"

#include <stdbool.h>

struct http_query {
	void *connection;  /* where http_query_value() looks */
	bool open_metrics; /* is accepted */
};

struct http_reply {
	unsigned int status;
	const char *type; /* static */
	struct buf body;
};

static inline void http_reply_release(struct http_reply *r) {
	buf_release(&r->body);
}

/* Of "?name=value"; NULL: not there. */
const char *http_query_value(const struct http_query *q, const char *name);
/* In [min, max], which is fallback when it is not there; false: it is no such number. */
bool http_query_number(const struct http_query *q, const char *name, uint64_t min, uint64_t max, uint64_t fallback,
                       uint64_t *ret);
/* What is not in it stays as it is; offset and limit get defaults. false: http_findings_usage says what it takes. */
bool http_query_findings(const struct http_query *q, struct finding_query *ret);
extern const char http_findings_usage[];
/* {"error":"..."}; returns 0 or -ENOMEM. */
int http_reply_error(struct http_reply *r, unsigned int status, const char *text);

/* http_api.c */
int api_status(struct http_reply *r, const struct http_query *q, const struct snapshot *s);
int api_findings(struct http_reply *r, const struct http_query *q, const struct snapshot *s);
int api_targets(struct http_reply *r, const struct http_query *q, const struct snapshot *s);
int api_coverage(struct http_reply *r, const struct http_query *q, const struct snapshot *s);

#endif
