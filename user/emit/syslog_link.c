/* SPDX-License-Identifier: MIT */
#include "emit/syslog_link.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define WAIT_MS 5000
#define SETTLE_STEP_MS 5

enum transport { TRANSPORT_UDP, TRANSPORT_TCP, TRANSPORT_TLS };

static const struct {
	const char *scheme, *port;
} transports[] = {{"udp://", "514"}, {"tcp://", "514"}, {"tls://", "6514"}};

struct syslog_link {
	enum transport transport;
	char *host, *port;
	int fd; /* -1: not connected */
	gnutls_certificate_credentials_t trust;
	gnutls_session_t session; /* NULL: none */
};

DEFINE_CLEANUP(struct syslog_link *, syslog_link_free)

/* "host", "host:port", "[address]:port" */
static int split(struct syslog_link *l, const char *at, const char *port) {
	const char *end = *at == '[' ? strchr(at, ']') : at + strcspn(at, ":/");
	if (!end)
		return -EINVAL;
	bool bracket = *at == '[';
	l->host = strndup(at + bracket, (size_t)(end - at) - bracket);
	end += bracket;
	if (*end == ':')
		port = end + 1;
	else if (*end && strcmp(end, "/"))
		return -EINVAL;
	l->port = strdup(port);
	if (!l->host || !l->port)
		return -ENOMEM;
	l->port[strcspn(l->port, "/")] = 0;
	return *l->host && *l->port ? 0 : -EINVAL;
}

static int init_trust(struct syslog_link *l, const char *ca_file) {
	if (gnutls_certificate_allocate_credentials(&l->trust) < 0)
		return -ENOMEM;
	int n = ca_file ? gnutls_certificate_set_x509_trust_file(l->trust, ca_file, GNUTLS_X509_FMT_PEM)
	                : gnutls_certificate_set_x509_system_trust(l->trust);
	return n > 0 ? 0 : -EINVAL;
}

int syslog_link_new(struct syslog_link **ret, const char *url, const char *ca_file) {
	_cleanup_(syslog_link_freep) struct syslog_link *l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->fd = -1;
	for (; l->transport <= TRANSPORT_TLS; l->transport++)
		if (!strncmp(url, transports[l->transport].scheme, 6))
			break;
	if (l->transport > TRANSPORT_TLS)
		return -EINVAL;
	int r = split(l, url + 6, transports[l->transport].port);
	if (!r && l->transport == TRANSPORT_TLS)
		r = init_trust(l, ca_file);
	if (!r)
		*ret = take(l);
	return r;
}

static void disconnect(struct syslog_link *l) {
	if (l->session)
		gnutls_deinit(l->session);
	l->session = NULL;
	closep(&l->fd);
	l->fd = -1;
}

void syslog_link_free(struct syslog_link *l) {
	if (!l)
		return;
	if (l->session)
		gnutls_bye(l->session, GNUTLS_SHUT_WR);
	disconnect(l);
	if (l->trust)
		gnutls_certificate_free_credentials(l->trust);
	free(l->host);
	free(l->port);
	free(l);
}

static int wait_connected(int fd) {
	int error = 0;
	socklen_t len = sizeof(error);
	int n = poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, WAIT_MS);
	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? -errno : -error;
}

static int connect_to(struct syslog_link *l, const struct addrinfo *a) {
	const struct timeval wait = {.tv_sec = WAIT_MS / 1000};
	_cleanup_close_ int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (fd < 0)
		return -errno;
	int r = connect(fd, a->ai_addr, a->ai_addrlen) < 0 ? -errno : 0;
	if (r == -EINPROGRESS)
		r = wait_connected(fd);
	int no = 0;
	if (r || ioctl(fd, FIONBIO, &no) < 0)
		return r ? r : -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	l->fd = take_fd(&fd);
	return 0;
}

static int shake_hands(struct syslog_link *l) {
	if (gnutls_init(&l->session, GNUTLS_CLIENT) < 0)
		return -ENOMEM;
	gnutls_server_name_set(l->session, GNUTLS_NAME_DNS, l->host, strlen(l->host));
	gnutls_set_default_priority(l->session);
	gnutls_credentials_set(l->session, GNUTLS_CRD_CERTIFICATE, l->trust);
	gnutls_session_set_verify_cert(l->session, l->host, 0);
	gnutls_transport_set_int(l->session, l->fd);
	gnutls_handshake_set_timeout(l->session, WAIT_MS);
	int r;
	do
		r = gnutls_handshake(l->session);
	while (r < 0 && !gnutls_error_is_fatal(r) && r != GNUTLS_E_AGAIN);
	return r < 0 ? -EPROTO : 0;
}

static int connect_link(struct syslog_link *l, const char **ret_why) {
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	                               .ai_socktype = l->transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM};
	struct addrinfo *all = NULL;
	*ret_why = "the name of the server is not known";
	if (getaddrinfo(l->host, l->port, &hints, &all))
		return -EHOSTUNREACH;
	*ret_why = "cannot connect";
	int r = -EHOSTUNREACH;
	for (const struct addrinfo *a = all; a && l->fd < 0; a = a->ai_next)
		r = connect_to(l, a);
	freeaddrinfo(all);
	if (r || l->transport != TRANSPORT_TLS)
		return r;
	*ret_why = "no TLS with the server, or a certificate that is not trusted";
	return shake_hands(l);
}

/* What is written to a connection that the other side has closed is lost without a word. */
static bool is_closed(const struct syslog_link *l) {
	struct pollfd p = {.fd = l->fd, .events = POLLRDHUP};
	return l->transport != TRANSPORT_UDP && poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

static int write_all(struct syslog_link *l, const char *p, size_t len) {
	while (len) {
		ssize_t n = l->session ? gnutls_record_send(l->session, p, len) : send(l->fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && (l->session ? n == GNUTLS_E_INTERRUPTED : errno == EINTR))
			continue;
		if (n < 0)
			return l->session ? -EPIPE : -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_message(struct syslog_link *l, const char *message, size_t len) {
	char count[24];
	if (l->transport == TRANSPORT_UDP)
		return send(l->fd, message, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
	int n = snprintf(count, sizeof(count), "%zu ", len);
	int r = write_all(l, count, (size_t)n);
	return r ? r : write_all(l, message, len);
}

int syslog_link_send(struct syslog_link *l, const char *message, size_t len, const char **ret_why) {
	if (l->fd >= 0 && is_closed(l))
		disconnect(l);
	int r = l->fd < 0 ? connect_link(l, ret_why) : 0;
	if (!r) {
		*ret_why = "cannot send";
		r = send_message(l, message, len);
	}
	if (r)
		disconnect(l);
	return r;
}

int syslog_link_settle(struct syslog_link *l, const char **ret_why) {
	uint64_t until = clock_monotonic_ns() + WAIT_MS * 1000000ull;
	int waiting = 1;
	if (l->transport == TRANSPORT_UDP || l->fd < 0)
		return 0;
	while (!is_closed(l) && !ioctl(l->fd, SIOCOUTQ, &waiting) && waiting && clock_monotonic_ns() < until)
		poll(&(struct pollfd){.fd = l->fd, .events = POLLRDHUP}, 1, SETTLE_STEP_MS);
	if (!waiting)
		return 0;
	*ret_why = "the server does not take what is sent";
	disconnect(l);
	return -ETIMEDOUT;
}
