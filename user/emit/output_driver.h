/* SPDX-License-Identifier: MIT */
/* The drivers in the table of output.c, and what they share. */
#ifndef EMIT_OUTPUT_DRIVER_H
#define EMIT_OUTPUT_DRIVER_H

#include "emit/http_client.h"
#include "emit/output.h"

extern const struct output_driver output_file, output_journal_socket, output_syslog, output_webhook,
    output_alertmanager, output_otlp, output_kafka;

/* "output NAME (DRIVER): ..." to the diagnostics; -EINVAL. */
int output_complain(struct diags *diags, const struct output_settings *o, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The error of a result; returns error_number. */
int output_fail(struct output_result *ret, int error_number, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* How an event is written. */
struct output_form {
	const char *name;
	/* A new reference; NULL without memory. */
	json_t *(*make)(const json_t *event);
};
const struct output_form *output_form_find(const char *name); /* NULL: no such form; that of NULL is "logspill" */
/* Malloc'ed JSON on one line; NULL without memory. */
char *output_form_text(const struct output_form *form, const struct output_event *e);

/* The text at a path like "logspill.sink.path"; "" when there is none. Borrowed from the event. */
const char *output_text(const json_t *event, const char *path);
json_int_t output_integer(const json_t *event, const char *path);
/* "E-mail address (medium) logged by shop to /var/log/shop/app.log: 3 matches of 2 values, j***@e***.org". */
char *output_words(const json_t *event, enum output_kind kind);
/* 0 (critical) .. 4 (info), of a finding. */
unsigned int output_rank(const json_t *event);

/* For outputs over HTTP: a POST of JSON. As output_driver.send() for one event. */
struct output_http {
	struct http_client *client;
	char *url, *token, *ca_file;
	uint32_t timeout_ms;
};
int output_http_init(struct output_http *h, const struct output_settings *o, const char *path, struct diags *ret_diags);
void output_http_release(struct output_http *h);
/* 0: taken (2xx). -EBADMSG: refused for good (4xx but 401, 403, 404, 408, 425 and 429). -EAGAIN and others: later. */
int output_http_post(struct output_http *h, const char *json, struct output_result *ret);

#endif
