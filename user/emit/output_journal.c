/* SPDX-License-Identifier: MIT */
/*
 * journald, by its native protocol. Not sd_journal_sendv(): that says nothing when nobody takes the message. Values go
 * out with their length before them, so that no byte in them can begin a field.
 */
#include "emit/output_driver.h"

#include "base/buf.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SOCKET_PATH "/run/systemd/journal/socket"

struct journal {
	struct sockaddr_un address;
	int fd;
};

static int journal_open(void **ret, const struct output_settings *o, struct diags *ret_diags) {
	const char *path = o->path ? o->path : SOCKET_PATH;
	struct journal *j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->address.sun_family = AF_UNIX;
	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(j->address.sun_path) || j->fd < 0) {
		int r = j->fd < 0 ? -errno : output_complain(ret_diags, o, "the path of the socket is too long");
		closep(&j->fd);
		free(j);
		return r;
	}
	memcpy(j->address.sun_path, path, strlen(path));
	/* Nothing reads slower than it may: a full socket is tried again. */
	setsockopt(j->fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = 5}, sizeof(struct timeval));
	*ret = j;
	return 0;
}

/* "NAME\n" length value "\n" */
static int add_field(struct buf *out, const char *name, const char *value) {
	uint64_t len = htole64(strlen(value));
	int r = *value ? buf_printf(out, "%s\n", name) : 0;
	if (r || !*value)
		return r;
	r = buf_append(out, &len, sizeof(len));
	return r ? r : buf_printf(out, "%s\n", value);
}

static int add_fields(struct buf *out, const struct output_event *e) {
	/* Our names do not begin with an underscore: those journald sets itself. */
	static const char *const names[][2] = {
	    {"LOGSPILL_FINDING_ID", "logspill.finding_id"},
	    {"LOGSPILL_ACTION", "event.action"},
	    {"LOGSPILL_RULE", "rule.id"},
	    {"LOGSPILL_SEVERITY", "rule.severity"},
	    {"LOGSPILL_ENTITY", "logspill.entity"},
	    {"LOGSPILL_MASKED", "logspill.masked"},
	    {"LOGSPILL_FINGERPRINT", "logspill.fingerprint"},
	    {"LOGSPILL_SINK", "logspill.sink.path"},
	    {"LOGSPILL_PROCESS", "process.name"},
	    {"LOGSPILL_EXECUTABLE", "process.executable"},
	    {"LOGSPILL_CONTAINER_ID", "container.id"},
	    {"LOGSPILL_UNIT", "service.name"},
	};
	/* crit, err, warning, notice, info */
	static const char *const priorities[] = {"2", "3", "4", "5", "6"};
	const json_t *event = e->fields;
	char count[24];
	_cleanup_free_ char *words = output_words(event, e->kind);
	snprintf(count, sizeof(count), "%lld", (long long)output_integer(event, "logspill.count"));
	int r = words ? add_field(out, "MESSAGE", words) : -ENOMEM;
	if (!r)
		r = add_field(out, "PRIORITY", e->kind == OUTPUT_RESOLVED ? "6" : priorities[output_rank(event)]);
	if (!r)
		r = add_field(out, "SYSLOG_IDENTIFIER", "logspill");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !r; i++)
		r = add_field(out, names[i][0], output_text(event, names[i][1]));
	return r ? r : add_field(out, "LOGSPILL_COUNT", count);
}

static int send_one(struct journal *j, const struct output_event *e) {
	_cleanup_(buf_release) struct buf message = {0};
	int r = add_fields(&message, e);
	if (r)
		return r;
	ssize_t n =
	    sendto(j->fd, message.data, message.len, MSG_NOSIGNAL, (struct sockaddr *)&j->address, sizeof(j->address));
	return n < 0 ? -errno : 0;
}

static int journal_send(void *handle, const struct output_event *events, size_t len, struct output_result *ret) {
	struct journal *j = handle;
	for (; ret->taken < len; ret->taken++) {
		int r = send_one(j, &events[ret->taken]);
		if (r == -EMSGSIZE) {
			ret->refused++;
			output_fail(ret, 0, "a message is too long for journald");
		} else if (r) {
			return output_fail(ret, r, "journald does not take messages at %s: %s", j->address.sun_path, strerror(-r));
		}
	}
	return 0;
}

static void journal_close(void *handle) {
	struct journal *j = handle;
	closep(&j->fd);
	free(j);
}

const struct output_driver output_journal_socket = {
    .name = "journal", .open = journal_open, .send = journal_send, .close = journal_close};
