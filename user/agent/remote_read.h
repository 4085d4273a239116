/* SPDX-License-Identifier: MIT */
/*
 * What an agent's API answers, read back into a snapshot. The answers come from outside: whatever is missing, or of
 * another kind than it should be, is empty or 0. Each adds to the snapshot, which owns what it gets. 0 or -ENOMEM.
 */
#ifndef AGENT_REMOTE_READ_H
#define AGENT_REMOTE_READ_H

#include "emit/snapshot.h"

#include <jansson.h>

int remote_read_status(struct snapshot *s, const json_t *status);
int remote_read_targets(struct snapshot *s, const json_t *targets);
int remote_read_coverage(struct snapshot *s, const json_t *coverage); /* sinks and blind spots */
int remote_read_findings(struct snapshot *s, const json_t *findings);

#endif
