/* SPDX-License-Identifier: MIT */
/*
 * A finding as it was at one moment, for whoever looks at it on another thread: it does not change, owns all that it
 * points at, and lives as long as somebody holds it. Any thread.
 */
#ifndef FIND_COPY_H
#define FIND_COPY_H

#include "base/cleanup.h"
#include "find/find.h"
#include "find/waiver.h"

struct rule_copy;

struct finding_copy {
	struct finding finding; /* its rule and waiver are those below */
	struct rule_copy *rule;
	struct waiver *waiver; /* owner, reason, until; NULL: none */
	unsigned int holders;
};

/* What is shown of a rule: id, name, entity, category, region, severity, impact, remediation. */
int rule_copy_new(struct rule_copy **ret, const struct rule *r); /* 0 or -ENOMEM; the caller holds it */
void rule_copy_drop(struct rule_copy *c);                        /* NULL: nothing */
DEFINE_CLEANUP(struct rule_copy *, rule_copy_drop)

/* rule: of its rule, which copies of many findings share: it takes a hold of it; NULL: it makes one. 0 or -ENOMEM; the
 * caller holds the copy. */
int finding_copy_new(struct finding_copy **ret, const struct finding *f, struct rule_copy *rule);
struct finding_copy *finding_copy_hold(struct finding_copy *c);
void finding_copy_drop(struct finding_copy *c); /* NULL: nothing */
DEFINE_CLEANUP(struct finding_copy *, finding_copy_drop)

/* One finding of two hosts: into, which nobody else holds, becomes both. Values count once if both were counted under
 * one key; else the sum may count some twice. 0 or -ENOMEM. */
int finding_copy_unite(struct finding_copy *into, struct finding_copy *from);

/* Would a copy made now differ from this one? */
bool finding_copy_is_old(const struct finding_copy *c, const struct finding *f);

#endif
