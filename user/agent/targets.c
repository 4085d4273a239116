/* SPDX-License-Identifier: MIT */
/* What is watched, as the configuration has it: also when that changes while the watch goes on. */
#include "agent/state.h"

static void end_others(struct agent *a, const struct config *c, const struct config *keep) {
	for (size_t i = 0; c && i < c->targets_len; i++) {
		const struct config_target *t = &c->targets[i];
		if (!config_has_target(keep, t))
			(void)pipeline_end_target(a->pipeline, config_target_kind_name(t->kind), t->name);
	}
}

int agent_targets_set(struct agent *a, const struct config *was, const struct config *c, struct diags *diags) {
	int r = 0;
	for (size_t i = 0; !r && i < c->targets_len; i++) {
		const struct config_target *t = &c->targets[i];
		if (!was || !config_has_target(was, t))
			r = targets_add_one(a->pipeline, config_target_kind_name(t->kind), t->name, diags);
	}
	if (!r)
		end_others(a, was, c);
	else if (was) /* with those that had been added: they end as if they had never been there */
		end_others(a, c, was);
	return r;
}
