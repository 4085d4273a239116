/* SPDX-License-Identifier: MIT */
/* What was written where: the list that --sinks asks for. One thread. */
#ifndef APP_SINK_LIST_H
#define APP_SINK_LIST_H

#include "find/verdict.h"

/* Logs first, then second hops, then the rest; of each the most written first. What is beyond max is summed up in the
 * entry of the logs that have made way. They borrow from the capture. 0 or -ENOMEM. */
int sink_list_take(struct capture *c, size_t max, struct sink_use **ret, size_t *ret_len);

/* The list alone: begins with max and, in past, with what is known of those that have made way. */
struct sink_list {
	size_t max;
	struct capture_totals past;
	struct sink_use *items;
	size_t len, cap;
	bool is_cut; /* the first max are those of all that came before the last cut */
	int error;
};

void sink_list_add(struct sink_list *list, const struct sink *s, const struct capture_totals *totals);
int sink_list_end(struct sink_list *list, struct sink_use **ret, size_t *ret_len); /* frees itself if it fails */

#endif
