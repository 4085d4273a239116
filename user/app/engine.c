/* SPDX-License-Identifier: MIT */
#include "app/engine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

struct detect_options engine_options(const struct rule_options *options) {
	return (struct detect_options){
	    .cache_dir = options->cache_dir,
	    .compiler_fd = options->compiler_fd,
	    .only = options->only.items,
	    .only_len = options->only.len,
	    .except = options->except.items,
	    .except_len = options->except.len,
	    .min_confidence = options->min_confidence,
	    .watchlists = options->watchlists.items,
	    .watchlists_len = options->watchlists.len,
	};
}

/* Misspelt, it would leave what it was to find unfound, in silence. */
static void refuse_unknown(const struct rules *rules, const struct strings *names, const char *option,
                           struct diags *diags) {
	for (size_t i = 0; i < names->len; i++) {
		size_t len = strlen(names->items[i]);
		bool known = false;
		for (size_t j = 0; j < rules->len && !known; j++) {
			const char *id = rules->items[j].id;
			known = !strncmp(id, names->items[i], len) && (!id[len] || id[len] == '.');
		}
		if (!known)
			diags_say(diags, "%s %s: there is no such rule, and no rule below it: `logspill rules list` names them",
			          option, names->items[i]);
	}
}

static int load_rules(struct rules **ret, const struct rule_options *options, struct diags *ret_diags) {
	size_t said = ret_diags->len;
	int r = rules_load(ret, options->dirs.items, options->dirs.len, ret_diags);
	if (r)
		return r;
	refuse_unknown(*ret, &options->only, "only", ret_diags);
	refuse_unknown(*ret, &options->except, "except", ret_diags);
	return ret_diags->len > said ? -EINVAL : 0;
}

int engine_init(struct engine *ret, const struct rule_options *options, struct diags *ret_diags) {
	_cleanup_(engine_release) struct engine e = {0};
	const struct detect_options compile = engine_options(options);
	int r = load_rules(&e.rules, options, ret_diags);
	if (!r)
		r = detect_set_new(&e.set, e.rules, &compile, ret_diags);
	if (!r)
		r = detector_new(&e.detector, e.set);
	if (r) {
		if (!diags_any(ret_diags))
			diags_say(ret_diags, r == -ENOTSUP ? "this CPU lacks SSSE3, which the scanner needs"
			                                   : "out of memory while compiling the rules");
		return r;
	}
	*ret = e;
	e = (struct engine){0};
	return 0;
}

void engine_release(struct engine *e) {
	detector_free(e->detector);
	detect_set_free(e->set);
	rules_free(e->rules);
	*e = (struct engine){0};
}
