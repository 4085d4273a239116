/* SPDX-License-Identifier: MIT */
/*
 * Where findings go. The store's thread asks the policy what is due, and writes it into the store, from where the
 * outputs take it, each in its time: what is in there is lost over no restart.
 */
#include "agent/state.h"

#include "agent/token.h"
#include "base/buf.h"
#include "base/clock.h"
#include "emit/output.h"
#include "emit/policy.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define FLUSH_NS 3000000000ull /* at the end, for all: what is not sent then is sent after the next start */

struct agent_outputs {
	struct store *store;
	char host_name[256];
	pthread_mutex_t lock; /* the store's thread steps while the agent's sets: policy, items, len */
	struct policy *policy;
	struct output **items; /* as in the configuration in force */
	size_t len;
	struct output **leaving; /* of configurations before: told to end, which they do in their time */
	size_t leaving_len;
	uint64_t newest; /* the store's thread: last event of this round */
};

static int journal_next(void *arg, const char *output, uint64_t seq, struct output_event *ret) {
	struct store_outgoing o;
	int r = store_outgoing_next(arg, output, seq, &o);
	if (r)
		return r;
	enum output_kind kind = OUTPUT_NEW;
	while (kind + 1 < OUTPUT_KINDS && strcmp(output_kind_name(kind), o.kind) != 0)
		kind++;
	*ret = (struct output_event){o.seq, o.time_ns, kind, take(o.finding_id), take(o.json), NULL};
	store_outgoing_release(&o);
	return 0;
}

static int journal_acknowledge(void *arg, const char *output, uint64_t seq) {
	return store_outgoing_acknowledge(arg, output, seq);
}

static uint64_t journal_acknowledged(void *arg, const char *output) {
	return store_outgoing_acknowledged(arg, output);
}

static int tell(void *arg, enum output_kind kind, struct finding_copy *finding) {
	struct agent_outputs *o = arg;
	_cleanup_free_ char *json = policy_json(&finding->finding, kind, o->host_name);
	if (!json)
		return -ENOMEM;
	return store_outgoing_add(o->store, clock_realtime_ns(), output_kind_name(kind), finding->finding.id, json,
	                          &o->newest);
}

/* What it cannot tell now comes again with the next snapshot. */
void agent_outputs_step(struct agent_outputs *o, struct snapshot *s) {
	o->newest = 0;
	pthread_mutex_lock(&o->lock);
	if (o->len)
		(void)policy_step(o->policy, s, clock_monotonic_ns(), tell, o);
	for (size_t i = 0; o->newest && i < o->len; i++)
		output_wake(o->items[i], o->newest);
	pthread_mutex_unlock(&o->lock);
}

static int open_output(struct output **ret, const struct agent_outputs *o, const struct config_output *c,
                       struct diags *diags) {
	_cleanup_(buf_release) struct buf token = {0};
	const struct output_journal journal = {o->store, journal_next, journal_acknowledge, journal_acknowledged};
	int r = c->token_file ? token_read(c->token_file, &token, diags) : 0;
	_cleanup_free_ const char **properties = r ? NULL : calloc(c->properties.len + 1, sizeof(*properties));
	if (!properties)
		return r ? r : -ENOMEM;
	struct output_settings settings = config_output_settings(c, properties);
	settings.token = token.data;
	return output_new(ret, &settings, &journal, diags);
}

static int name_outputs(struct agent_outputs *o, const struct config *c) {
	_cleanup_free_ const char **names = calloc(c->outputs_len + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < c->outputs_len; i++)
		names[i] = c->outputs[i].name;
	return store_outputs(o->store, names, c->outputs_len);
}

struct restoring {
	struct policy *policy;
	uint64_t wall_ns, now_ns;
};

static int restore_one(void *arg, struct finding_copy *finding) {
	const struct restoring *r = arg;
	uint64_t seen_ns = finding->finding.last_seen_ns;
	return policy_restore(r->policy, finding, r->wall_ns > seen_ns ? r->wall_ns - seen_ns : 0, r->now_ns);
}

/* Those that the last run had not resolved: told again they are no news, and in their time they are resolved. */
static int restore(struct agent_outputs *o) {
	struct restoring r = {o->policy, clock_realtime_ns(), clock_monotonic_ns()};
	uint64_t back_ns = policy_quiet_ns(o->policy) + store_was_away_ns(o->store);
	return store_read_findings(o->store, r.wall_ns > back_ns ? r.wall_ns - back_ns : 0, UINT64_MAX >> 1, restore_one,
	                           &r);
}

static struct policy_options policy_of(const struct config *c) {
	return (struct policy_options){
	    .repeat_ns = c->policy.repeat_ns,
	    .quiet_ns = c->policy.quiet_ns,
	    .updates_per_minute = (uint32_t)c->policy.updates_per_minute,
	};
}

int agent_outputs_new(struct agent_outputs **ret, struct store *s, const struct config *c, struct diags *diags) {
	const struct policy_options options = policy_of(c);
	_cleanup_(agent_outputs_freep) struct agent_outputs *o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	pthread_mutex_init(&o->lock, NULL);
	o->store = s;
	if (gethostname(o->host_name, sizeof(o->host_name) - 1) < 0)
		o->host_name[0] = 0;
	int r = policy_new(&o->policy, &options);
	if (!r)
		r = agent_outputs_set(o, NULL, c, diags);
	if (!r)
		r = restore(o);
	if (!r)
		*ret = take(o);
	return r;
}

static struct output *find_same(const struct agent_outputs *o, const struct config *was,
                                const struct config_output *c) {
	for (size_t i = 0; i < o->len; i++)
		if (config_same_output(&was->outputs[i], c))
			return o->items[i];
	return NULL;
}

static bool has(const struct agent_outputs *o, const struct output *item) {
	for (size_t i = 0; i < o->len; i++)
		if (o->items[i] == item)
			return true;
	return false;
}

static int reserve_leaving(struct agent_outputs *o) {
	struct output **leaving = reallocarray(o->leaving, o->leaving_len + o->len + 1, sizeof(*leaving));
	if (!leaving)
		return -ENOMEM;
	o->leaving = leaving;
	return 0;
}

/* One that waits for its server would hold up the watch. */
static void let_go(struct agent_outputs *o, struct output *item) {
	output_end(item);
	o->leaving[o->leaving_len++] = item;
}

static void free_ended(struct agent_outputs *o) {
	size_t left = 0;
	for (size_t i = 0; i < o->leaving_len; i++) {
		if (output_has_ended(o->leaving[i]))
			output_free(o->leaving[i]);
		else
			o->leaving[left++] = o->leaving[i];
	}
	o->leaving_len = left;
}

int agent_outputs_set(struct agent_outputs *o, const struct config *was, const struct config *c, struct diags *diags) {
	const struct policy_options options = policy_of(c);
	_cleanup_free_ struct output **items = calloc(c->outputs_len + 1, sizeof(*items));
	size_t len = 0, before = o->len;
	int r = items ? reserve_leaving(o) : -ENOMEM;
	for (; !r && len < c->outputs_len; len += !r) {
		items[len] = find_same(o, was, &c->outputs[len]);
		if (!items[len])
			r = open_output(&items[len], o, &c->outputs[len], diags);
	}
	if (!r)
		r = name_outputs(o, c);
	for (size_t i = 0; r && i < len; i++)
		if (!has(o, items[i]))
			output_free(items[i]);
	if (r)
		return r;
	pthread_mutex_lock(&o->lock);
	struct output **old = o->items;
	o->items = take(items);
	o->len = len;
	policy_set(o->policy, &options);
	pthread_mutex_unlock(&o->lock);
	items = old;
	for (size_t i = 0; i < before; i++)
		if (!has(o, old[i]))
			let_go(o, old[i]);
	return 0;
}

int agent_outputs_start(struct agent_outputs *o) {
	int r = 0;
	for (size_t i = 0; !r && i < o->len; i++)
		r = output_start(o->items[i]);
	return r;
}

void agent_outputs_flush(struct agent_outputs *o) {
	uint64_t until = clock_monotonic_ns() + FLUSH_NS;
	for (size_t i = 0; i < o->len; i++) {
		uint64_t now = clock_monotonic_ns();
		(void)output_flush(o->items[i], now < until ? until - now : 0);
	}
}

void agent_outputs_free(struct agent_outputs *o) {
	if (!o)
		return;
	for (size_t i = 0; i < o->len; i++)
		output_end(o->items[i]); /* all of them, before one is waited for */
	for (size_t i = 0; i < o->len; i++)
		output_free(o->items[i]);
	for (size_t i = 0; i < o->leaving_len; i++)
		output_free(o->leaving[i]);
	policy_free(o->policy);
	pthread_mutex_destroy(&o->lock);
	free(o->leaving);
	free(o->items);
	free(o);
}

int agent_outputs_fill(struct agent_outputs *o, struct snapshot *ret) {
	free_ended(o);
	ret->outputs = calloc(o->len + 1, sizeof(*ret->outputs));
	int r = ret->outputs ? 0 : -ENOMEM;
	for (size_t i = 0; !r && i < o->len; i++) {
		r = output_fill(o->items[i], &ret->outputs[i]);
		ret->outputs_len += !r;
	}
	return r;
}
