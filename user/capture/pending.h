/* SPDX-License-Identifier: MIT */
/*
 * Pipes of a target's own, until it is known whether a collector reads them: what they carry is held. One thread.
 */
#ifndef CAPTURE_PENDING_H
#define CAPTURE_PENDING_H

#include "capture/state.h"

#define PENDING_MAX 64 /* of more the oldest is given up: no collector has come for it */

/* Takes a sink that has just been judged to be pending. */
void pending_begin(struct capture *c, struct sink_entry *e);
/* Holds a write to it; false: it is pending no longer, and the write is to be delivered if it is a log. */
bool pending_hold(struct capture *c, struct sink_entry *e, const struct capture_write *w);
/* Settles those for which a collector has come, and wipes what has waited too long; give_up: settles all others, too,
 * as no logs. */
void pending_settle(struct capture *c, bool give_up);
void pending_give_up(struct capture *c, struct sink_entry *e);

#endif
