/* SPDX-License-Identifier: MIT */
/* The way to a syslog server: UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425). One thread. */
#ifndef EMIT_SYSLOG_LINK_H
#define EMIT_SYSLOG_LINK_H

#include <stddef.h>

struct syslog_link;

/* url: udp://, tcp:// or tls://HOST[:PORT], HOST in brackets when it is an IPv6 address. ca_file: NULL: the system's.
 * Connects to nobody. 0; -EINVAL: no such URL, or no certificates in ca_file; -ENOMEM. */
int syslog_link_new(struct syslog_link **ret, const char *url, const char *ca_file);
void syslog_link_free(struct syslog_link *l);

/* One message; connects if need be. 0 or -errno; *ret_why: static, what failed. */
int syslog_link_send(struct syslog_link *l, const char *message, size_t len, const char **ret_why);
/* Waits until the other host has all that was sent, for some seconds. Of UDP nobody can tell. 0 or -errno. */
int syslog_link_settle(struct syslog_link *l, const char **ret_why);

#endif
