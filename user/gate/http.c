/* SPDX-License-Identifier: MIT */
/* The gate at the agent's port: for who reads JSON and takes any status but 2xx for an error, as Argo Rollouts does,
 * and for who goes by the status alone, as Flagger does. */
#include "gate/gate.h"

#include "base/clock.h"
#include "emit/http_reply.h"
#include "emit/http_server.h"
#include "emit/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What was written last is the present, unless nothing has been for long; then there is a gap. */
static uint64_t end_of_window_ns(struct store *s) {
	uint64_t written_ns = store_written_ns(s), now_ns = clock_realtime_ns();
	return written_ns + STORE_ALIVE_NS > now_ns ? written_ns : now_ns;
}

static bool read_coverage(const struct http_query *q, double *ret) {
	const char *text = http_query_value(q, "min_coverage");
	char *end;
	*ret = GATE_COVERAGE_DEFAULT;
	if (!text)
		return true;
	*ret = strtod(text, &end) / 100;
	return end != text && !*end && *ret >= 0 && *ret <= 1;
}

/* What is wrong with the query; NULL: nothing. */
static const char *read_query(const struct http_query *q, struct gate_store *asked, struct gate_policy *policy) {
	const char *window = http_query_value(q, "window"), *until = http_query_value(q, "until"),
	           *fail_on = http_query_value(q, "fail_on");
	if (until && (!strchr(until, 'T') || waiver_parse_until(until, &asked->until_ns)))
		return "until is a time with its zone, such as 2026-11-22T18:00:00Z";
	asked->window_ns = window ? clock_parse_duration(window) : GATE_WINDOW_DEFAULT_NS;
	if (!asked->window_ns || asked->window_ns >= asked->until_ns)
		return "window is a time with its unit, such as 60m";
	if (!http_query_number(q, "min_records", 1, UINT64_MAX, 1, &policy->min_records))
		return "min_records is a number";
	if (!read_coverage(q, &policy->min_coverage))
		return "min_coverage is a percentage, such as 99.9";
	policy->fail_on = RULE_INFO;
	if (fail_on && !rule_severity_parse(fail_on, &policy->fail_on))
		return "fail_on is info, low, medium, high or critical";
	return NULL;
}

static int judge(const struct gate_facts *facts, const struct gate_policy *policy, struct http_reply *r,
                 enum verdict *ret) {
	_cleanup_(gate_result_release) struct gate_result result = {0};
	const struct gate_memo memo = {0};
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	int error = gate_judge(&result, facts, policy);
	if (error)
		return error;
	const struct gate_report report = {.facts = facts,
	                                   .policy = policy,
	                                   .result = &result,
	                                   .memo = &memo,
	                                   .made_ns = clock_realtime_ns(),
	                                   .host = host,
	                                   .version = LOGSPILL_VERSION};
	_cleanup_free_ char *json = gate_format_find("json")->write(&report);
	*ret = result.verdict;
	return json ? buf_append(&r->body, json, strlen(json)) : -ENOMEM;
}

static int answer(struct store *store, const struct http_query *q, struct http_reply *r, enum verdict *ret) {
	_cleanup_(gate_facts_release) struct gate_facts facts = {0};
	_cleanup_(diags_release) struct diags diags = {0};
	struct gate_store asked = {.own = store, .until_ns = end_of_window_ns(store), .now_ns = clock_realtime_ns()};
	struct gate_policy policy;
	const char *wrong = read_query(q, &asked, &policy);
	if (wrong)
		return http_reply_error(r, 400, wrong);
	if (gate_read_store(&asked, &facts, &diags))
		return http_reply_error(r, 500, "the store cannot be read");
	return judge(&facts, &policy, r, ret);
}

static int answer_by_body(void *store, const struct http_query *q, struct http_reply *r) {
	enum verdict verdict;
	return answer(store, q, r, &verdict);
}

static int answer_by_status(void *store, const struct http_query *q, struct http_reply *r) {
	static const unsigned int statuses[] = {[VERDICT_PASS] = 200, [VERDICT_FAIL] = 403, [VERDICT_INCONCLUSIVE] = 503};
	enum verdict verdict = VERDICT_INCONCLUSIVE;
	int error = answer(store, q, r, &verdict);
	if (r->status == 200)
		r->status = statuses[verdict];
	return error;
}

const struct http_path gate_paths[] = {
    {"/api/v1/gate", answer_by_body},
    {"/api/v1/gate/status", answer_by_status},
    {NULL, NULL},
};
