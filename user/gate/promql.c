/* SPDX-License-Identifier: MIT */
#include "gate/promql.h"

#include "base/json.h"
#include "base/text.h"
#include "emit/http_client.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define ANSWER_MAX (64 * 1024 * 1024)
#define TEXT_MAX 200

struct promql {
	struct http_client *client;
	char *url;
	uint64_t time_ns;
	unsigned int asked;
};

int promql_open(struct promql **ret, const char *url, uint64_t time_ns, struct diags *ret_diags) {
	_cleanup_(promql_closep) struct promql *p = calloc(1, sizeof(*p));
	size_t len = strlen(url);
	while (len && url[len - 1] == '/')
		len--;
	if (!p || asprintf(&p->url, "%.*s/api/v1/query", (int)len, url) < 0)
		return -ENOMEM;
	p->time_ns = time_ns;
	int r = http_client_new(&p->client, ret_diags);
	if (r)
		return r;
	*ret = take(p);
	return 0;
}

void promql_close(struct promql *p) {
	if (!p)
		return;
	http_client_free(p->client);
	free(p->url);
	free(p);
}

unsigned int promql_asked(const struct promql *p) {
	return p->asked;
}

/* The first problem stays. What a server says is shown in part, as text. */
static int say_problem(struct promql_answer *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int say_problem(struct promql_answer *a, const char *fmt, ...) {
	va_list ap;
	if (a->problem)
		return 0;
	va_start(ap, fmt);
	a->problem = text_vformat(fmt, ap);
	va_end(ap);
	return a->problem ? 0 : -ENOMEM;
}

static int say_quoted(struct promql_answer *a, const char *what, const char *text) {
	_cleanup_free_ char *shown = text_visible(text, strnlen(text, TEXT_MAX));
	return shown ? say_problem(a, "%s: %s", what, shown) : -ENOMEM;
}

/* [time, "number"] */
static bool read_value(json_t *pair, double *ret) {
	const char *text = json_string_value(json_array_get(pair, 1));
	char *end;
	if (json_array_size(pair) != 2 || !text || !*text)
		return false;
	if (!strcmp(text, "NaN") || !strcmp(text, "+Inf") || !strcmp(text, "-Inf")) {
		*ret = *text == 'N' ? NAN : *text == '+' ? INFINITY : -INFINITY;
		return true;
	}
	*ret = strtod(text, &end);
	return !*end && isfinite(*ret) && !strpbrk(text, "xXnN");
}

static int read_vector(struct promql_answer *a, json_t *result) {
	json_t *item;
	size_t i;
	a->samples = calloc(json_array_size(result) + 1, sizeof(*a->samples));
	if (!a->samples)
		return -ENOMEM;
	json_array_foreach(result, i, item) {
		struct promql_sample *sample = &a->samples[a->len];
		sample->labels = json_object_get(item, "metric");
		if (!json_is_object(sample->labels) || !read_value(json_object_get(item, "value"), &sample->value))
			return say_problem(a, "what the server sent is no vector of numbers");
		a->len++;
	}
	return 0;
}

static int read_result(struct promql_answer *a) {
	json_t *data = json_object_get(a->json, "data"), *result = json_object_get(data, "result");
	const char *status = json_string_value(json_object_get(a->json, "status"));
	const char *error = json_string_value(json_object_get(a->json, "error"));
	const char *type = json_string_value(json_object_get(data, "resultType"));
	json_t *warnings = json_object_get(a->json, "warnings");
	if (!status || strcmp(status, "success") != 0)
		return error ? say_quoted(a, "the server says", error)
		             : say_problem(a, "the server's answer is not understood");
	if (json_array_size(warnings)) {
		const char *first = json_string_value(json_array_get(warnings, 0));
		return say_quoted(a, "the answer is not complete", first ? first : "a warning");
	}
	if (type && !strcmp(type, "scalar")) {
		a->samples = calloc(1, sizeof(*a->samples));
		if (!a->samples)
			return -ENOMEM;
		a->len = read_value(result, &a->samples[0].value);
		return a->len ? 0 : say_problem(a, "what the server sent is no number");
	}
	if (!type || strcmp(type, "vector") != 0 || !json_is_array(result))
		return say_problem(a, "the query gives a %s, not a number",
		                   type && !strcmp(type, "matrix")   ? "range of values"
		                   : type && !strcmp(type, "string") ? "string"
		                                                     : "result that is not understood");
	return read_vector(a, result);
}

static int send_query(struct promql *p, const char *query, struct http_answer *ret) {
	static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", NULL};
	_cleanup_free_ char *encoded = text_parameter(query);
	_cleanup_free_ char *form =
	    encoded ? text_format("time=%lu.%03lu&query=%s", p->time_ns / 1000000000, p->time_ns / 1000000 % 1000, encoded)
	            : NULL;
	if (!form)
		return -ENOMEM;
	const struct http_request request = {
	    .url = p->url, .headers = headers, .body = form, .body_len = strlen(form), .answer_max = ANSWER_MAX};
	p->asked++;
	return http_client_send(p->client, &request, ret);
}

int promql_ask(struct promql *p, const char *query, struct promql_answer *ret) {
	_cleanup_(http_answer_release) struct http_answer answer = {0};
	struct promql_answer a = {0};
	int r = send_query(p, query, &answer);
	if (r && r != -ENOMEM) {
		r = say_quoted(&a, "no answer", answer.error);
	} else if (!r) {
		r = json_decode(answer.body.data ? answer.body.data : "", answer.body.len, JSON_REJECT_DUPLICATES, &a.json);
		if (!r)
			r = read_result(&a);
		else if (r == -EBADMSG)
			r = say_problem(&a, "the server answered with status %ld, and no JSON", answer.status);
	}
	if (!r && a.problem)
		a.len = 0;
	if (r)
		promql_answer_release(&a);
	else
		*ret = a;
	return r;
}

void promql_answer_release(struct promql_answer *a) {
	if (a->json)
		json_decref(a->json);
	free(a->samples);
	free(a->problem);
	*a = (struct promql_answer){0};
}
