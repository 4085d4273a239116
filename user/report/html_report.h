/* SPDX-License-Identifier: MIT */
/* The parts of report_html that have a file of their own. */
#ifndef REPORT_HTML_REPORT_H
#define REPORT_HTML_REPORT_H

#include "report/digest.h"
#include "report/page.h"

void html_findings(struct page *p, const struct report *r, const struct digest *d);
void html_timeline(struct page *p, const struct report_watch *w);

#endif
