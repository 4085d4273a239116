/* SPDX-License-Identifier: MIT */
/* The formats of the table in report.c, and what they share. */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "report/report.h"

extern const struct report_format report_text, report_md, report_html, report_json, report_sarif, report_junit,
    report_github, report_jsonl;

/* "3 matches, 2 distinct values": what a finding amounts to. Returns ret. */
char *report_amount(char *ret, size_t size, const struct finding *f);
/* What was not looked at: blind spots by name or, without one, the reasons of a verdict that is inconclusive. Of how
 * many; borrowed from the summary. */
size_t report_doubts(const struct summary *s, char *const **ret);

#endif
