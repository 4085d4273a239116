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

struct finding_copy {
	struct finding finding; /* its rule and waiver are those below */
	struct rule rule;       /* what is shown of it: id, name, entity, category, region, severity, impact, remediation */
	struct waiver waiver;   /* owner, reason, until */
	unsigned int holders;
};

int finding_copy_new(struct finding_copy **ret, const struct finding *f); /* 0 or -ENOMEM; the caller holds it */
struct finding_copy *finding_copy_hold(struct finding_copy *c);
void finding_copy_drop(struct finding_copy *c); /* NULL: nothing */
DEFINE_CLEANUP(struct finding_copy *, finding_copy_drop)

/* Would a copy made now differ from this one? */
bool finding_copy_is_old(const struct finding_copy *c, const struct finding *f);

#endif
