/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events: every connection gets all of the newest snapshot first, then what changes. One that reads too
 * slowly misses changes and then gets all again. Any thread.
 */
#ifndef EMIT_HTTP_EVENTS_H
#define EMIT_HTTP_EVENTS_H

#include "emit/http_server.h"

#include <microhttpd.h>

#define HTTP_EVENTS_MAX 32 /* connections that have events at once */
#define HTTP_PING_S 15     /* a client that has gone shows at the next write */

struct http_events;

int http_events_new(struct http_events **ret, struct snapshot_board *board, const struct http_page *page);
/* Ends all connections; new ones are refused. */
void http_events_stop(struct http_events *e);
void http_events_free(struct http_events *e);
enum MHD_Result http_events_answer(struct http_events *e, struct MHD_Connection *c);
void http_events_tick(struct http_events *e);

#endif
