/* SPDX-License-Identifier: MIT */
/* Syslog, RFC 5424. What programs chose is made visible and escaped; a value is cut at VALUE_MAX bytes. */
#include "emit/output_driver.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "emit/syslog_link.h"

#include <errno.h>
#include <string.h>

#define FACILITY 10            /* authpriv */
#define SD_ID "logspill@32473" /* the number that RFC 5612 reserves for examples: we have none of our own */
#define VALUE_MAX 512

static int syslog_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	struct syslog_link *l;
	int r = o->url ? syslog_link_new(&l, o->url, o->ca_file) : -EINVAL;
	if (r == -EINVAL)
		return output_complain(ret_diags, o, "needs `url`: udp://, tcp:// or tls://HOST:PORT%s",
		                       o->ca_file ? ", and certificates in ca_file" : "");
	if (!r)
		*ret = l;
	return r;
}

/* Not in the middle of a character. */
static size_t cut(const char *s, size_t max) {
	size_t len = strlen(s);
	if (len <= max)
		return len;
	for (len = max; len && (s[len] & 0xc0) == 0x80; len--)
		;
	return len;
}

static int add_param(struct buf *out, const char *name, const char *value) {
	_cleanup_free_ char *visible = text_visible(value, strlen(value));
	if (!visible)
		return -ENOMEM;
	size_t len = cut(visible, VALUE_MAX);
	int r = buf_printf(out, " %s=\"", name);
	for (size_t i = 0; i < len && !r; i++) {
		if (strchr("\"\\]", visible[i]))
			r = buf_append(out, "\\", 1);
		if (!r)
			r = buf_append(out, &visible[i], 1);
	}
	return r ? r : buf_append(out, "\"", 1);
}

static int add_params(struct buf *out, const json_t *event) {
	static const char *const names[][2] = {
	    {"finding_id", "logspill.finding_id"},   {"action", "event.action"},     {"rule", "rule.id"},
	    {"severity", "rule.severity"},           {"entity", "logspill.entity"},  {"masked", "logspill.masked"},
	    {"fingerprint", "logspill.fingerprint"}, {"sink", "logspill.sink.path"}, {"process", "process.name"},
	    {"executable", "process.executable"},    {"container", "container.id"},  {"unit", "service.name"},
	};
	char count[24];
	snprintf(count, sizeof(count), "%lld", (long long)output_integer(event, "logspill.count"));
	int r = add_param(out, "count", count);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !r; i++) {
		const char *value = output_text(event, names[i][1]);
		r = *value ? add_param(out, names[i][0], value) : 0;
	}
	return r;
}

/* Printable ASCII without spaces, or "-". */
static void host_name(char *ret, size_t size) {
	ret[0] = 0;
	gethostname(ret, size - 1);
	ret[size - 1] = 0;
	for (char *c = ret; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '_';
	if (!*ret)
		snprintf(ret, size, "-");
}

static int make_message(struct buf *out, const struct output_event *e) {
	static const int severities[] = {2, 3, 4, 5, 6};
	char time[40], host[256];
	_cleanup_free_ char *words = output_words(e->fields, e->kind);
	_cleanup_free_ char *visible = words ? text_visible(words, strlen(words)) : NULL;
	if (!visible)
		return -ENOMEM;
	host_name(host, sizeof(host));
	clock_rfc3339(time, sizeof(time), e->time_ns);
	int severity = e->kind == OUTPUT_RESOLVED ? 6 : severities[output_rank(e->fields)];
	/* At most six decimals are allowed. */
	int r = buf_printf(out, "<%d>1 %.26sZ %s logspill %d %s [" SD_ID, FACILITY * 8 + severity, time, host, getpid(),
	                   output_kind_name(e->kind));
	if (!r)
		r = add_params(out, e->fields);
	return r ? r : buf_printf(out, "] \xef\xbb\xbf%.*s", (int)cut(visible, 4 * VALUE_MAX), visible);
}

static int syslog_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	const char *why = "";
	int r = 0;
	size_t sent = 0;
	for (; sent < len && !r; sent++) {
		_cleanup_(buf_release) struct buf message = {0};
		r = make_message(&message, &events[sent]);
		if (!r)
			r = syslog_link_send(handle, message.data, message.len, &why);
		if (r == -EMSGSIZE) {
			ret->refused++;
			r = output_fail(ret, 0, "a message is too long for one datagram");
		}
	}
	if (!r)
		r = syslog_link_settle(handle, &why);
	if (r) {
		ret->refused = 0;
		return output_fail(ret, r, "%s: %s", why, strerror(-r));
	}
	ret->taken = len;
	return 0;
}

static void syslog_close(void *handle) {
	syslog_link_free(handle);
}

const struct output_driver output_syslog = {
    .name = "syslog", .open = syslog_open, .send = syslog_send, .close = syslog_close};
