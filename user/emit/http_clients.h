/* SPDX-License-Identifier: MIT */
/*
 * The open connections of the server. A library's limit is of silence: who sends a byte now and then could hold one for
 * ever. Here each has so long for a whole request. Any thread.
 */
#ifndef EMIT_HTTP_CLIENTS_H
#define EMIT_HTTP_CLIENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct http_client_state;

struct http_clients {
	pthread_mutex_t lock;
	LIST_HEAD(, http_client_state) list;
	uint32_t request_s;
};

void http_clients_init(struct http_clients *c, uint32_t request_s);
void http_clients_release(struct http_clients *c); /* all must have been removed */
/* It waits for a request from now on. NULL without memory: then only the library's limit is of it. */
struct http_client_state *http_clients_add(struct http_clients *c, int fd);
void http_clients_remove(struct http_clients *c, struct http_client_state *client); /* NULL: nothing */
/* For a request; or one is being answered. */
void http_clients_wait(struct http_clients *c, struct http_client_state *client, bool waits);
void http_clients_end_dawdlers(struct http_clients *c);

#endif
