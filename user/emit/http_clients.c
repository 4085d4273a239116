/* SPDX-License-Identifier: MIT */
#include "emit/http_clients.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

struct http_client_state {
	int fd;
	uint64_t waits_since_ns; /* 0: it does not */
	LIST_ENTRY(http_client_state) link;
};

void http_clients_init(struct http_clients *c, uint32_t request_s) {
	*c = (struct http_clients){.request_s = request_s};
	pthread_mutex_init(&c->lock, NULL);
}

void http_clients_release(struct http_clients *c) {
	pthread_mutex_destroy(&c->lock);
}

struct http_client_state *http_clients_add(struct http_clients *c, int fd) {
	struct http_client_state *client = calloc(1, sizeof(*client));
	if (!client)
		return NULL;
	*client = (struct http_client_state){.fd = fd, .waits_since_ns = clock_monotonic_ns()};
	pthread_mutex_lock(&c->lock);
	LIST_INSERT_HEAD(&c->list, client, link);
	pthread_mutex_unlock(&c->lock);
	return client;
}

void http_clients_remove(struct http_clients *c, struct http_client_state *client) {
	if (!client)
		return;
	pthread_mutex_lock(&c->lock);
	LIST_REMOVE(client, link);
	pthread_mutex_unlock(&c->lock);
	free(client);
}

void http_clients_wait(struct http_clients *c, struct http_client_state *client, bool waits) {
	pthread_mutex_lock(&c->lock);
	client->waits_since_ns = waits ? clock_monotonic_ns() : 0;
	pthread_mutex_unlock(&c->lock);
}

void http_clients_end_dawdlers(struct http_clients *c) {
	uint64_t now = clock_monotonic_ns();
	struct http_client_state *client;
	pthread_mutex_lock(&c->lock);
	LIST_FOREACH(client, &c->list, link)
	if (client->waits_since_ns && now - client->waits_since_ns > c->request_s * 1000000000ull)
		shutdown(client->fd, SHUT_RDWR);
	pthread_mutex_unlock(&c->lock);
}
