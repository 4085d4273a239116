/* SPDX-License-Identifier: MIT */
/* What an agent would have to say against a configuration, and against the files that it names, before it watches. */
#include "agent/state.h"

#include "agent/token.h"
#include "app/engine.h"
#include "app/privileges.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "find/waiver.h"

#include <errno.h>
#include <string.h>

/* Nothing is kept: a cache that the caller has written would be none to the agent's own user. */
static int check_rules(struct config *c, const struct options *o, struct diags *diags) {
	_cleanup_(engine_release) struct engine engine = {0};
	struct rule_options rules = o->rules;
	(void)c;
	rules.cache_dir = NULL;
	return engine_init(&engine, &rules, diags);
}

static int check_waivers(struct config *c, const struct options *o, struct diags *diags) {
	_cleanup_(waivers_freep) struct waivers *waivers = NULL;
	(void)o;
	return c->waivers ? waivers_load(&waivers, c->waivers, clock_realtime_ns(), diags) : 0;
}

static int check_port(struct config *c, const struct options *o, struct diags *diags) {
	struct agent a = {.watch_config = c};
	(void)o;
	int r = agent_http_new(&a, diags);
	http_server_free(a.http);
	http_server_free(a.http_local);
	snapshot_board_free(a.board);
	return r;
}

static int check_user(struct config *c, const struct options *o, struct diags *diags) {
	(void)o;
	return privileges_check_user(c->user, diags);
}

static int check_token(const struct config *c, const struct config_output *output, struct diags *diags) {
	_cleanup_(buf_release) struct buf token = {0};
	_cleanup_(diags_release) struct diags said = {0};
	_cleanup_free_ char *setting = text_format("outputs.%s.token_file", output->name);
	int r = !setting ? -ENOMEM : output->token_file ? token_read(output->token_file, &token, &said) : 0;
	if (setting)
		config_complain(c, setting, &said, diags);
	return r;
}

static int check_all(struct config *c, const struct options *o, struct diags *diags) {
	static const struct {
		const char *setting;
		int (*check)(struct config *c, const struct options *o, struct diags *diags);
	} checks[] = {{"rules", check_rules}, {"waivers", check_waivers}, {"http", check_port}, {"user", check_user}};
	int r = 0;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		_cleanup_(diags_release) struct diags said = {0};
		int result = checks[i].check(c, o, &said);
		config_complain(c, checks[i].setting, &said, diags);
		r = r ? r : result;
	}
	for (size_t i = 0; i < c->outputs_len; i++) {
		int result = check_token(c, &c->outputs[i], diags);
		r = r ? r : result;
	}
	return r;
}

int agent_check(struct config *c, struct diags *ret_diags) {
	_cleanup_(options_release) struct options options = {0};
	int r = config_options(c, &options);
	if (!r)
		r = options_complete(&options, ret_diags);
	return r ? r : check_all(c, &options, ret_diags);
}
