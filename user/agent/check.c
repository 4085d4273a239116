/* SPDX-License-Identifier: MIT */
/* What an agent would have to say against a configuration, and against the files that it names, before it watches. */
#include "agent/state.h"

#include "agent/token.h"
#include "app/engine.h"
#include "app/privileges.h"
#include "base/buf.h"
#include "base/clock.h"
#include "find/waiver.h"

#include <errno.h>
#include <string.h>

/* Nothing is kept: a cache that the caller has written would be none to the agent's own user. */
static int check_rules(const struct rule_options *options, struct diags *diags) {
	_cleanup_(engine_release) struct engine engine = {0};
	struct rule_options rules = *options;
	rules.cache_dir = NULL;
	return engine_init(&engine, &rules, diags);
}

static int check_waivers(const char *path, struct diags *diags) {
	_cleanup_(waivers_freep) struct waivers *waivers = NULL;
	return path ? waivers_load(&waivers, path, clock_realtime_ns(), diags) : 0;
}

static int check_tokens(const struct config *c, struct diags *diags) {
	int r = 0;
	for (size_t i = 0; i < c->outputs_len; i++) {
		_cleanup_(buf_release) struct buf token = {0};
		if (c->outputs[i].token_file)
			r = token_read(c->outputs[i].token_file, &token, diags) ?: r;
	}
	return r;
}

static int check_port(struct config *c, struct diags *diags) {
	struct agent a = {.watch_config = c};
	int r = agent_http_new(&a, diags);
	http_server_free(a.http);
	snapshot_board_free(a.board);
	return r;
}

int agent_check(struct config *c, struct diags *ret_diags) {
	_cleanup_(options_release) struct options options = {0};
	int r = config_options(c, &options);
	if (!r)
		r = options_complete(&options, ret_diags);
	if (r)
		return r;
	const int results[] = {check_rules(&options.rules, ret_diags), check_waivers(c->waivers, ret_diags),
	                       check_tokens(c, ret_diags), check_port(c, ret_diags),
	                       privileges_check_user(c->user, ret_diags)};
	for (size_t i = 0; i < sizeof(results) / sizeof(*results) && !r; i++)
		r = results[i];
	return r;
}
