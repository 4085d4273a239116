/* SPDX-License-Identifier: MIT */
/* The parts of report_html that have a file of their own, and which the agent's page shows, too. */
#ifndef REPORT_HTML_REPORT_H
#define REPORT_HTML_REPORT_H

#include "report/digest.h"
#include "report/page.h"

void html_findings(struct page *p, const struct report *r, const struct digest *d);
void html_timeline(struct page *p, const struct report_watch *w);
void html_timeline_bars(struct page *p, const struct report_watch *w); /* there has to be a match */

#endif
