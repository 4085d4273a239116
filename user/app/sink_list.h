/* SPDX-License-Identifier: MIT */
/* What was written where: the list that --sinks asks for. One thread. */
#ifndef APP_SINK_LIST_H
#define APP_SINK_LIST_H

#include "find/verdict.h"

/* Fills in the sinks of a summary, which borrows from the capture. 0 or -ENOMEM. */
int sink_list_fill(struct capture *c, struct summary *s);

#endif
