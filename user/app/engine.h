/* SPDX-License-Identifier: MIT */
/* Rules on disk -> a detector ready to scan. Owned and used by one thread. */
#ifndef APP_ENGINE_H
#define APP_ENGINE_H

#include "app/options.h"
#include "detect/detect.h"

struct engine {
	struct rules *rules;
	struct detect_set *set;
	struct detector *detector;
};

/* What they ask of the detector: borrows from them. */
struct detect_options engine_options(const struct rule_options *options);
/* 0; -EINVAL with every mistake of the rule files; -ENOMEM; -ENOTSUP. */
int engine_init(struct engine *ret, const struct rule_options *options, struct diags *ret_diags);
void engine_release(struct engine *e);

#endif
