/* SPDX-License-Identifier: MIT */
#include "emit/http_server.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "emit/http_clients.h"
#include "emit/http_events.h"
#include "emit/http_reply.h"
#include "emit/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PER_ADDRESS_MAX 100
#define MEMORY_MAX (32 * 1024) /* of a request: its line and headers */
#define NAMES_MAX 8

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

struct http_server {
	struct MHD_Daemon *daemon;
	struct snapshot_board *board;
	struct http_events *events; /* NULL: there is no page */
	const struct http_page *page;
	const struct http_path *paths;
	void *paths_arg;
	char *token;
	char *names[NAMES_MAX + 1]; /* NULL-ended: beside those of loopback */
	struct buf cert, key;
	union address address;
	uint16_t port;
	int socket; /* that is listened at instead; -1: none */
	struct http_clients clients;
};

const char *http_query_value(const struct http_query *q, const char *name) {
	return MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool http_query_number(const struct http_query *q, const char *name, uint64_t min, uint64_t max, uint64_t fallback,
                       uint64_t *ret) {
	const char *text = http_query_value(q, name);
	char *end;
	*ret = fallback;
	if (!text)
		return true;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *ret >= min && *ret <= max;
}

int http_reply_error(struct http_reply *r, unsigned int status, const char *text) {
	buf_wipe(&r->body);
	r->status = status;
	r->type = "application/json";
	return buf_printf(&r->body, "{\"error\":\"%s\"}\n", text);
}

static int write_metrics(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	r->type = q->open_metrics ? METRICS_TYPE_OPEN : METRICS_TYPE_TEXT;
	return metrics_write(&r->body, s, q->open_metrics);
}

/* Healthy: figures are taken, and records that are planted come out. Ready: and it watches. */
static bool is_healthy(const struct snapshot *s) {
	uint64_t now = clock_realtime_ns();
	bool fresh = now < s->time_ns + 20000000000ull;
	return fresh && (!s->probe.enabled || s->probe.healthy);
}

static int write_state(struct http_reply *r, bool good, const char *bad) {
	r->status = good ? 200 : 503;
	r->type = "text/plain; charset=utf-8";
	return buf_printf(&r->body, "%s\n", good ? "ok" : bad);
}

static int write_healthz(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	(void)q;
	return write_state(r, is_healthy(s), "records do not come through");
}

static int write_readyz(struct http_reply *r, const struct http_query *q, const struct snapshot *s) {
	(void)q;
	return write_state(r, s->ready && is_healthy(s), "not watching");
}

static const struct route {
	const char *path;
	bool open; /* without token */
	int (*write)(struct http_reply *r, const struct http_query *q, const struct snapshot *s);
} routes[] = {
    {"/metrics", false, write_metrics},        {"/healthz", true, write_healthz},
    {"/readyz", true, write_readyz},           {"/api/v1/status", false, api_status},
    {"/api/v1/findings", false, api_findings}, {"/api/v1/targets", false, api_targets},
    {"/api/v1/coverage", false, api_coverage},
};

static const struct route *find_route(const char *path) {
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (!strcmp(routes[i].path, path))
			return &routes[i];
	return NULL;
}

static const struct http_path *find_path(const struct http_server *s, const char *path) {
	for (const struct http_path *p = s->paths; p && p->path; p++)
		if (!strcmp(p->path, path))
			return p;
	return NULL;
}

static enum MHD_Result queue(struct MHD_Connection *c, struct http_reply *r, const char *policy) {
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(r->body.len, r->body.len ? r->body.data : (char *)"", MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Content-Security-Policy", policy ? policy : "default-src 'none'");
	if (r->status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (r->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result result = MHD_queue_response(c, r->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned int status, const char *text) {
	_cleanup_(http_reply_release) struct http_reply r = {0};
	return http_reply_error(&r, status, text) ? MHD_NO : queue(c, &r, NULL);
}

static const char *header(struct MHD_Connection *c, const char *name) {
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* "name", "name:port", "[address]:port": is the name one of ours? */
static bool is_our_name(const struct http_server *s, const char *host) {
	static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]", NULL};
	if (!host)
		return false;
	const char *end = *host == '[' ? strchr(host, ']') : NULL;
	size_t len = end ? (size_t)(end - host) + 1 : strcspn(host, ":");
	if (host[len] && host[len] != ':')
		return false;
	for (int k = 0; k < 2; k++)
		for (const char *const *name = k ? (const char *const *)s->names : loopback; *name; name++)
			if (strlen(*name) == len && !strncasecmp(*name, host, len))
				return true;
	return false;
}

static bool is_token(const struct http_server *s, const char *given) {
	size_t len = strlen(s->token);
	return strlen(given) == len && !sodium_memcmp(given, s->token, len);
}

/* As the password of whoever: some programs can ask with nothing but a URL, https://any:TOKEN@host. */
static bool is_basic_token(const struct http_server *s, const char *given) {
	char text[512];
	size_t len;
	if (sodium_base642bin((unsigned char *)text, sizeof(text) - 1, given, strlen(given), NULL, &len, NULL,
	                      sodium_base64_VARIANT_ORIGINAL))
		return false;
	text[len] = 0;
	const char *colon = strchr(text, ':');
	bool is = colon && is_token(s, colon + 1);
	explicit_bzero(text, sizeof(text));
	return is;
}

static bool brings_token(const struct http_server *s, struct MHD_Connection *c) {
	const char *given = header(c, MHD_HTTP_HEADER_AUTHORIZATION);
	if (!s->token || !given)
		return !s->token;
	return !strncasecmp(given, "Bearer ", 7)  ? is_token(s, given + 7)
	       : !strncasecmp(given, "Basic ", 6) ? is_basic_token(s, given + 6)
	                                          : false;
}

static enum MHD_Result answer_route(struct http_server *s, struct MHD_Connection *c, const struct route *route) {
	_cleanup_(http_reply_release) struct http_reply r = {.status = 200, .type = "application/json"};
	_cleanup_(snapshot_dropp) struct snapshot *snapshot = snapshot_newest(s->board);
	const char *accept = header(c, MHD_HTTP_HEADER_ACCEPT);
	const struct http_query q = {c, accept && strstr(accept, "application/openmetrics-text")};
	if (!snapshot)
		return refuse(c, MHD_HTTP_SERVICE_UNAVAILABLE, "there is nothing to show yet");
	if (route->write(&r, &q, snapshot))
		return refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
	return queue(c, &r, NULL);
}

static enum MHD_Result answer_page(struct http_server *s, struct MHD_Connection *c) {
	_cleanup_(http_reply_release) struct http_reply r = {.status = 200, .type = "text/html; charset=utf-8"};
	_cleanup_(snapshot_dropp) struct snapshot *now = snapshot_newest(s->board);
	struct finding_query query = {.order = s->page->order, .descending = s->page->descending};
	if (!http_query_findings(&(struct http_query){.connection = c}, &query))
		return refuse(c, MHD_HTTP_BAD_REQUEST, http_findings_usage);
	return s->page->page(&r.body, now, &query) ? refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory")
	                                           : queue(c, &r, s->page->policy);
}

static enum MHD_Result answer_path(struct http_server *s, struct MHD_Connection *c, const struct http_path *path) {
	_cleanup_(http_reply_release) struct http_reply r = {.status = 200, .type = "application/json"};
	const struct http_query q = {.connection = c};
	return path->answer(s->paths_arg, &q, &r) ? refuse(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory")
	                                          : queue(c, &r, NULL);
}

static enum MHD_Result answer(struct http_server *s, struct MHD_Connection *c, const char *path) {
	const struct route *route = find_route(path);
	const struct http_path *other = find_path(s, path);
	if (!is_our_name(s, header(c, MHD_HTTP_HEADER_HOST)))
		return refuse(c, MHD_HTTP_MISDIRECTED_REQUEST, "not a name of this server");
	if (!(route && route->open) && !brings_token(s, c))
		return refuse(c, MHD_HTTP_UNAUTHORIZED, "a token is needed");
	if (route)
		return answer_route(s, c, route);
	if (other)
		return answer_path(s, c, other);
	if (s->page && !strcmp(path, "/"))
		return answer_page(s, c);
	if (s->events && !strcmp(path, "/events"))
		return http_events_answer(s->events, c);
	return refuse(c, MHD_HTTP_NOT_FOUND, "no such path");
}

static void set_waiting(struct http_server *s, struct MHD_Connection *c, bool waits) {
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info && info->socket_context)
		http_clients_wait(&s->clients, info->socket_context, waits);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *path, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **request) {
	(void)version, (void)upload;
	struct http_server *s = arg;
	bool is_post = !strcmp(method, "POST") && find_path(s, path);
	if (is_post && (!*request || *upload_len)) { /* there may be more of it */
		*request = s;
		*upload_len = 0;
		return MHD_YES;
	}
	set_waiting(s, c, false);
	if (!is_post && strcmp(method, "GET") && strcmp(method, "HEAD"))
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
	return answer(s, c, path);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode code) {
	(void)request, (void)code;
	set_waiting(arg, c, true);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code) {
	struct http_server *s = arg;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = info ? http_clients_add(&s->clients, info->connect_fd) : NULL;
	else
		http_clients_remove(&s->clients, take(*context));
}

void http_server_tick(struct http_server *s) {
	http_clients_end_dawdlers(&s->clients);
	if (s->events)
		http_events_tick(s->events);
}

uint16_t http_server_port(const struct http_server *s) {
	return s->port;
}

/* "127.0.0.1:10532", "[::1]:10532". */
static int read_address(const char *text, union address *ret) {
	char host[64];
	unsigned int port;
	int end = 0;
	*ret = (union address){0};
	if (sscanf(text, "[%63[0-9a-fA-F:.]]:%5u%n", host, &port, &end) == 2 && !text[end] && port <= UINT16_MAX) {
		ret->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
		return inet_pton(AF_INET6, host, &ret->in6.sin6_addr) == 1 ? 0 : -EINVAL;
	}
	if (sscanf(text, "%63[0-9.]:%5u%n", host, &port, &end) == 2 && !text[end] && port <= UINT16_MAX) {
		ret->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
		return inet_pton(AF_INET, host, &ret->in.sin_addr) == 1 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static bool is_loopback(const union address *a) {
	return a->any.sa_family == AF_INET ? ntohl(a->in.sin_addr.s_addr) >> 24 == 127
	                                   : IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

static int read_pem(struct buf *ret, const char *path, struct diags *ret_diags) {
	int r = file_read(path, 1 << 20, ret);
	if (!r)
		r = buf_append(ret, "", 1);
	if (r)
		diags_say(ret_diags, "cannot read %s: %s", path, strerror(-r));
	return r;
}

static int copy_options(struct http_server *s, const struct http_server_options *o, struct diags *ret_diags) {
	int r = o->cert_file ? read_pem(&s->cert, o->cert_file, ret_diags) : 0;
	if (!r && o->key_file)
		r = read_pem(&s->key, o->key_file, ret_diags);
	if (!r && o->token && !(s->token = strdup(o->token)))
		r = -ENOMEM;
	for (size_t i = 0; !r && o->names && o->names[i]; i++)
		r = i == NAMES_MAX ? -E2BIG : (s->names[i] = strdup(o->names[i])) ? 0 : -ENOMEM;
	return r;
}

static int listen_at(struct http_server *s, const union address *at) {
	const bool tls = s->cert.len;
	const struct MHD_OptionItem with_tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert.data},
	                                          {MHD_OPTION_HTTPS_MEM_KEY, 0, s->key.data},
	                                          {MHD_OPTION_END, 0, NULL}};
	const struct MHD_OptionItem without[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0) |
	                     (at->any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0);
	const struct MHD_OptionItem where[] = {at->any.sa_family == AF_UNIX
	                                           ? (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, s->socket, NULL}
	                                           : (struct MHD_OptionItem){MHD_OPTION_SOCK_ADDR, 0, (void *)&at->any},
	                                       {MHD_OPTION_END, 0, NULL}};
	s->daemon = MHD_start_daemon(
	    flags, 0, NULL, NULL, on_request, s, MHD_OPTION_ARRAY, where, MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, PER_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, 2 * s->clients.request_s,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_ARRAY, tls ? with_tls : without, MHD_OPTION_END);
	if (!s->daemon)
		return errno ? -errno : -EINVAL;
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	s->port = info ? info->port : 0;
	return 0;
}

static int choose_port(const struct http_server_options *o, union address *ret, struct diags *ret_diags) {
	const char *text = o->address ? o->address : "127.0.0.1:10532";
	if (read_address(text, ret)) {
		diags_say(ret_diags, "'%s' is no address to listen at: 127.0.0.1:10532, or [::1]:10532", text);
		return -EINVAL;
	}
	if (!o->cert_file != !o->key_file) {
		diags_say(ret_diags, "TLS needs both a certificate and its key");
		return -EINVAL;
	}
	if (!is_loopback(ret) && (!o->cert_file || !o->token)) {
		diags_say(ret_diags, "beyond loopback, at %s, a certificate with its key and a token are needed", text);
		return -EINVAL;
	}
	return 0;
}

static int choose_socket(const struct http_server_options *o, union address *ret, struct diags *ret_diags) {
	*ret = (union address){.un = {.sun_family = AF_UNIX}};
	if (*o->socket != '/' || strlen(o->socket) >= sizeof(ret->un.sun_path)) {
		diags_say(ret_diags, "'%s' is no path for a socket: absolute, of at most %zu bytes", o->socket,
		          sizeof(ret->un.sun_path) - 1);
		return -EINVAL;
	}
	strcpy(ret->un.sun_path, o->socket);
	return 0;
}

int http_server_new(struct http_server **ret, const struct http_server_options *o, struct snapshot_board *board,
                    struct diags *ret_diags) {
	union address at;
	int r = o->socket ? choose_socket(o, &at, ret_diags) : choose_port(o, &at, ret_diags);
	if (r)
		return r;
	_cleanup_(http_server_freep) struct http_server *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->socket = -1;
	s->board = board;
	s->page = o->page;
	s->paths = o->paths;
	s->paths_arg = o->paths_arg;
	http_clients_init(&s->clients, o->request_s ? o->request_s : HTTP_REQUEST_S);
	r = copy_options(s, o, ret_diags);
	if (!r && o->page && o->page->events)
		r = http_events_new(&s->events, board, o->page);
	s->address = at;
	if (!r)
		*ret = take(s);
	return r;
}

/* What an agent has left that was killed: a socket, but nobody answers. */
static void clear_way(const struct sockaddr_un *at) {
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	if (fd >= 0 && !lstat(at->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)at, sizeof(*at)) && errno == ECONNREFUSED)
		unlink(at->sun_path);
}

/* bind() gives the file the mode that the socket has: there is no moment in which others may connect. */
static int bind_socket(const struct sockaddr_un *at, int *ret) {
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	clear_way(at);
	if (fd < 0 || fchmod(fd, 0600) || bind(fd, (const struct sockaddr *)at, sizeof(*at)) ||
	    listen(fd, HTTP_CONNECTIONS_MAX))
		return -errno;
	*ret = take_fd(&fd);
	return 0;
}

int http_server_bind(struct http_server *s, struct diags *ret_diags) {
	if (s->address.any.sa_family != AF_UNIX)
		return 0;
	int r = bind_socket(&s->address.un, &s->socket);
	if (r)
		diags_say(ret_diags, "cannot listen at %s: %s", s->address.un.sun_path, strerror(-r));
	return r;
}

int http_server_start(struct http_server *s, struct diags *ret_diags) {
	const union address *at = &s->address;
	errno = 0;
	int r = listen_at(s, at);
	if (r && at->any.sa_family == AF_UNIX)
		diags_say(ret_diags, "cannot listen at %s: %s", at->un.sun_path, strerror(-r));
	else if (r)
		diags_say(ret_diags, "cannot listen at port %d: %s",
		          ntohs(at->any.sa_family == AF_INET ? at->in.sin_port : at->in6.sin6_port), strerror(-r));
	return r;
}

void http_server_free(struct http_server *s) {
	if (!s)
		return;
	if (s->events)
		http_events_stop(s->events); /* the daemon waits for those that are suspended */
	if (s->socket >= 0)
		unlink(s->address.un.sun_path); /* if we still may */
	if (s->daemon)
		MHD_stop_daemon(s->daemon); /* closes the socket as well */
	else if (s->socket >= 0)
		close(s->socket);
	http_events_free(s->events);
	if (s->token)
		explicit_bzero(s->token, strlen(s->token));
	free(s->token);
	for (size_t i = 0; i < NAMES_MAX; i++)
		free(s->names[i]);
	buf_release(&s->cert);
	buf_release(&s->key);
	http_clients_release(&s->clients);
	free(s);
}
