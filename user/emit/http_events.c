/* SPDX-License-Identifier: MIT */
#include "emit/http_events.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/queue.h>

#define CHUNK (16 * 1024)

/* One connection. */
struct stream {
	struct http_events *events;
	struct MHD_Connection *connection;
	struct snapshot *shown; /* what it has been told; NULL: nothing yet */
	struct buf text;        /* on its way, from `at` on */
	size_t at;
	uint64_t wrote_ns;
	bool suspended;
	LIST_ENTRY(stream) link;
};

struct http_events {
	struct snapshot_board *board;
	const struct http_page *page;
	pthread_mutex_t lock;
	LIST_HEAD(, stream) streams;
	size_t len;
	bool ends; /* under the lock, as all above */
};

int http_events_new(struct http_events **ret, struct snapshot_board *board, const struct http_page *page) {
	struct http_events *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	pthread_mutex_init(&e->lock, NULL);
	e->board = board;
	e->page = page;
	*ret = e;
	return 0;
}

void http_events_free(struct http_events *e) {
	if (!e)
		return;
	pthread_mutex_destroy(&e->lock);
	free(e);
}

/* Puts into the stream's text what there is to tell. 0 or -errno. */
static int refill(struct stream *s) {
	_cleanup_(snapshot_dropp) struct snapshot *now = snapshot_newest(s->events->board);
	uint64_t time = clock_monotonic_ns();
	int r = 0;
	buf_wipe(&s->text);
	s->at = 0;
	if (now && now != s->shown) {
		r = s->events->page->events(&s->text, now, s->shown);
		snapshot_drop(s->shown);
		s->shown = take(now);
	}
	if (!r && !s->text.len && time - s->wrote_ns > HTTP_PING_S * 1000000000ull)
		r = buf_printf(&s->text, ":\n\n");
	if (s->text.len)
		s->wrote_ns = time;
	return r;
}

/* Called by the server's thread whenever there is room. Nothing to say: it sleeps until the next tick. */
static ssize_t read_stream(void *arg, uint64_t position, char *out, size_t max) {
	(void)position;
	struct stream *s = arg;
	ssize_t n = 0;
	pthread_mutex_lock(&s->events->lock);
	if (s->events->ends || (s->at == s->text.len && refill(s))) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (s->at == s->text.len) {
		s->suspended = true;
		MHD_suspend_connection(s->connection);
	} else {
		size_t left = s->text.len - s->at;
		n = (ssize_t)(left < max ? left : max);
		memcpy(out, s->text.data + s->at, (size_t)n);
		s->at += (size_t)n;
	}
	pthread_mutex_unlock(&s->events->lock);
	return n;
}

static void free_stream(void *arg) {
	struct stream *s = arg;
	pthread_mutex_lock(&s->events->lock);
	LIST_REMOVE(s, link);
	s->events->len--;
	pthread_mutex_unlock(&s->events->lock);
	snapshot_drop(s->shown);
	buf_release(&s->text);
	free(s);
}

static struct stream *add_stream(struct http_events *e, struct MHD_Connection *c) {
	struct stream *s = NULL;
	pthread_mutex_lock(&e->lock);
	if (!e->ends && e->len < HTTP_EVENTS_MAX && (s = calloc(1, sizeof(*s)))) {
		*s = (struct stream){.events = e, .connection = c, .wrote_ns = clock_monotonic_ns()};
		LIST_INSERT_HEAD(&e->streams, s, link);
		e->len++;
	}
	pthread_mutex_unlock(&e->lock);
	return s;
}

enum MHD_Result http_events_answer(struct http_events *e, struct MHD_Connection *c) {
	static char busy[] = "too many listen already\n";
	struct stream *s = add_stream(e, c);
	struct MHD_Response *response =
	    s ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, read_stream, s, free_stream)
	      : MHD_create_response_from_buffer(sizeof(busy) - 1, busy, MHD_RESPMEM_PERSISTENT);
	if (!response) {
		if (s)
			free_stream(s);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, s ? "text/event-stream" : "text/plain");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	enum MHD_Result result = MHD_queue_response(c, s ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, response);
	MHD_destroy_response(response);
	return result;
}

static void resume_all(struct http_events *e) {
	struct stream *s;
	LIST_FOREACH(s, &e->streams, link) {
		if (s->suspended) {
			s->suspended = false;
			MHD_resume_connection(s->connection);
		}
	}
}

void http_events_tick(struct http_events *e) {
	pthread_mutex_lock(&e->lock);
	resume_all(e);
	pthread_mutex_unlock(&e->lock);
}

void http_events_stop(struct http_events *e) {
	pthread_mutex_lock(&e->lock);
	e->ends = true;
	resume_all(e);
	pthread_mutex_unlock(&e->lock);
}
