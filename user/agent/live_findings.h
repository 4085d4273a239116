/* SPDX-License-Identifier: MIT */
/* The findings on the agent's page: a form to search them, a table that can be sorted, and its pages. Any thread. */
#ifndef AGENT_LIVE_FINDINGS_H
#define AGENT_LIVE_FINDINGS_H

#include "emit/finding_list.h"
#include "report/page.h"

void live_say_findings(struct page *p, const struct snapshot *s, const struct finding_query *query);
/* A name from outside, shortened. */
void live_say_name(struct page *p, const char *s);

#endif
