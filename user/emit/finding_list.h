/* SPDX-License-Identifier: MIT */
/*
 * Which findings of a snapshot a reader asks for, in which order, and a page of them: what the API and the agent's page
 * answer with. Borrows from the query and the snapshot. Any thread.
 */
#ifndef EMIT_FINDING_LIST_H
#define EMIT_FINDING_LIST_H

#include "emit/snapshot.h"

#define FINDING_LIST_LEN 100  /* on one page, unless otherwise asked for, and ... */
#define FINDING_LIST_MAX 1000 /* ... at most */

enum finding_order {
	FINDING_BY_FIRST_SEEN,
	FINDING_BY_LAST_SEEN,
	FINDING_BY_SEVERITY, /* waived ones are the least severe */
	FINDING_BY_ENTITY,
	FINDING_BY_SINK,
	FINDING_BY_PROGRAM,
	FINDING_BY_MATCHES,
	FINDING_BY_VALUES,
	FINDING_BY_SAMPLE,
	FINDING_ORDERS,
};

struct finding_query {
	const char *text;                     /* that a field holds, in any case; NULL: all */
	const char *rule, *severity, *waived; /* exactly; waived: "true" or "false"; NULL: all */
	enum finding_order order;             /* of equal ones the one seen first comes first */
	bool descending;
	uint64_t offset, limit;
};

struct finding_list {
	const struct finding **items; /* of the page */
	size_t len;
	uint64_t total; /* that are asked for */
};

int finding_list_make(struct finding_list *ret, const struct snapshot *s,
                      const struct finding_query *q); /* 0, -ENOMEM */
void finding_list_release(struct finding_list *l);

/* Does what is shown of it hold the text, in any case? */
bool finding_holds(const struct finding *f, const char *text);
const char *finding_order_name(enum finding_order o); /* "first_seen", ... */
/* "first_seen", or "-first_seen" for descending. false: it is neither. */
bool finding_order_parse(const char *text, enum finding_order *ret, bool *ret_descending);

#endif
