/* SPDX-License-Identifier: MIT */
/* What was written where: the list that --sinks asks for. One thread. */
#ifndef APP_SINK_LIST_H
#define APP_SINK_LIST_H

#include "find/verdict.h"

/* Logs first, then second hops, then the rest; of each the most written first. What is beyond max is summed up in the
 * entry of the logs that have made way. They borrow from the capture. 0 or -ENOMEM. */
int sink_list_take(struct capture *c, size_t max, struct sink_use **ret, size_t *ret_len);

#endif
